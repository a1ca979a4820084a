import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { longKey, nextShortKey, shortKey } from '../../../src/domain/surrogate-key.js';

describe('a key made of content', () => {
  it('is the one that every version gives: facts of a warehouse go by it', () => {
    expect(['', 'a', '7:Sale EU;'].map((text) => [longKey(text), shortKey(text)])).toMatchInlineSnapshot(`
      [
        [
          5239054864098682,
          331815663,
        ],
        [
          1086646154029559,
          1489392663,
        ],
        [
          6789028641355349,
          284790429,
        ],
      ]
    `);
  });

  it('is positive and within its bits, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        for (const [key, most] of [
          [longKey(text), Number.MAX_SAFE_INTEGER],
          [shortKey(text), 0x7fffffff],
        ] as const) {
          expect(Number.isInteger(key) && key >= 1 && key <= most).toBe(true);
        }
      }),
    );
  });

  it('is another one for texts that differ in little', () => {
    const texts = Array.from({ length: 50_000 }, (_, n) => `5:group;13:${String(1_790_000_000_000 + n)};2:20;`);
    expect(new Set(texts.map(longKey)).size).toBe(texts.length);
  });

  it('leads from any short key to one that is no 0', () => {
    expect([nextShortKey(1), nextShortKey(0x7fffffff)]).toEqual([2, 1]);
  });
});
