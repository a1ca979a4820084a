import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ownText } from '../../../src/domain/own-text.js';

it('is the same text, whatever is in it', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom('\ud800', 'ÿ', '\0', 'é', '€') })),
      (text) => {
        expect(ownText(text)).toBe(text);
      },
    ),
  );
});

it('holds on to nothing of the text that it was a piece of', () => {
  const before = process.memoryUsage().heapUsed;
  const kept: string[] = [];
  for (let piece = 0; piece < 2000; piece++) {
    const text = Buffer.alloc(500_000, `name of a campaign group ${String(piece)} `).toString('latin1');
    kept.push(ownText(text.slice(1000, 1030)));
  }
  expect(kept.length).toBe(2000);
  // A gigabyte has gone by; what is not cleared away yet is far less.
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(300_000_000);
});
