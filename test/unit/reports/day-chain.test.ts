import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sha256Hashing } from '../../../src/node/digest.js';
import { END, HEAD, SealedLines, SealVerifier } from '../../../src/reports/export/day-chain.js';
import { randomRuns } from '../../support/random-runs.js';

const DAYS = ['2026-02-27', '2026-02-28', '2026-03-01', '2026-03-02'];
/** Lines of the head, then of each day. */
const contents = fc.array(
  fc.array(
    fc.string({ unit: 'binary-ascii', maxLength: 12 }).filter((text) => !text.includes('\n')),
    { maxLength: 3 },
  ),
  {
    minLength: 2,
    maxLength: DAYS.length + 1,
  },
);

/** The parts of a file, each up to its seal. */
function parts(lines: readonly (readonly string[])[]): { readonly of: string; readonly text: string }[] {
  const sealed = new SealedLines(sha256Hashing);
  const names = [HEAD, ...DAYS].slice(0, lines.length);
  const told = names.map((of, n) => {
    const content = lines[n] ?? [];
    const head = of === HEAD ? [`{"from":"${DAYS[0] ?? ''}"}`] : [];
    const text = [...head, ...content].map((line) => sealed.line(line)).join('');
    return { of, text: text + sealed.seal(of) };
  });
  return [...told, { of: END, text: sealed.seal(END) }];
}

function verified(text: string, pieceLength = 17) {
  const verifier = new SealVerifier(sha256Hashing);
  for (let at = 0; at < text.length; at += pieceLength) verifier.feed(text.slice(at, at + pieceLength));
  return verifier.end();
}

describe('lines that are sealed day by day', () => {
  it('are as they were sealed, in pieces of any length', () => {
    fc.assert(
      fc.property(contents, fc.integer({ min: 1, max: 400 }), (lines, pieceLength) => {
        const all = parts(lines);
        const text = all.map((part) => part.text).join('');
        const lastSeal = /"sha256":"(\w+)"\}\n$/.exec(text)?.[1];
        expect(verified(text, pieceLength)).toEqual({ days: lines.length - 1, lastSeal, changed: [] });
      }),
    );
  });

  it('tell of any byte that is changed, put in or taken out, and of which day it is', () => {
    const change = fc.record({
      place: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      byte: fc.integer({ min: 0, max: 255 }),
      kind: fc.constantFrom('changed', 'put in', 'taken out'),
    });
    fc.assert(
      fc.property(contents, change, (lines, { place, byte, kind }) => {
        const all = parts(lines);
        const text = all.map((part) => part.text).join('');
        const at = Math.floor(place * text.length);
        const put = kind === 'taken out' ? '' : String.fromCharCode(byte);
        const other = text.slice(0, at) + put + text.slice(kind === 'put in' ? at : at + 1);
        if (other === text) return;
        let end = 0;
        // What is put in before a part's first byte stands behind the one before.
        const index = all.findIndex((part) => (end += part.text.length) > at);
        const { changed } = verified(other);
        const isLast = end === at + 1;
        const before = kind === 'put in' ? all[index - 1]?.of : undefined;
        const mayBe = [all[index]?.of, before, isLast ? all[index + 1]?.of : undefined].filter(
          (of) => of !== undefined,
        );
        expect(mayBe).toContain(changed[0]);
      }),
      { numRuns: randomRuns(700) },
    );
  });

  it('tell of a day that is missing, and of an end that is', () => {
    const all = parts([['head'], ['a'], ['b'], ['c']]);
    const without = (...names: readonly string[]) =>
      verified(all.flatMap(({ of, text }) => (names.includes(of) ? [] : [text])).join('')).changed;
    expect(without('2026-02-28')).toEqual(['2026-02-28']);
    expect(without(END)).toEqual([END]);
    expect(without('2026-03-01')).toEqual([END]);
    expect(without('2026-02-27')).toEqual(['2026-02-27']);
    expect(without(HEAD)[0]).toBe(HEAD);
    expect(verified('').changed).toEqual([HEAD]);
    expect(verified('x'.repeat(1_000_001)).changed).toEqual([HEAD]);
  });
});
