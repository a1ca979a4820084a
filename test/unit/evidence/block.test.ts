import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readBlock, writeBlock } from '../../../src/evidence/block.js';
import type { ListSample, TaggedSample } from '../../../src/evidence/sample.js';
import { T0 } from '../../support/notifications.js';

/** Any double, decimals as senders write them, and null; figures that JSON cannot say come to no store. */
const figure = fc.oneof(
  fc.constant(null),
  fc.double({ noNaN: true }),
  fc.integer({ min: 0, max: 9_999_999 }).map((number) => number / 10_000),
  fc.constantFrom(0, -0, 1, 0.1, 1 / 3, 1e300, 5e-324, 2 ** 53, 123_456_789.123_456_79, Infinity),
);
const list = (listNo: number): fc.Arbitrary<ListSample> =>
  fc.record({ listNo: fc.constant(listNo), hitRatio: figure, timeToCompleteSeconds: figure });
const lists = fc
  .subarray([1, 2, 7, 70_000])
  .chain((nos): fc.Arbitrary<ListSample[]> => fc.tuple(...nos.map((listNo) => list(listNo))));
const instant = fc.oneof(
  fc.integer({ min: T0, max: T0 + 3_600_000 }),
  fc.integer({ min: 0, max: 360 }).map((n) => T0 + 10_000 * n),
  fc.integer({ min: 946_684_800_000, max: 2 ** 51 }),
);
const sample: fc.Arbitrary<TaggedSample> = fc
  .record({
    atMs: instant,
    lagMs: fc.oneof(fc.integer({ min: 0, max: 50 }), fc.integer({ min: -3_600_000, max: 2 ** 40 })),
    statementNo: fc.oneof(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 2 ** 40 })),
    tag: fc.oneof(
      { weight: 4, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 2 ** 48 - 1 }) },
    ),
    statistics: fc.record({
      busyRatio: figure,
      hitRatio: figure,
      overdialRatio: figure,
      timeToCompleteSeconds: figure,
    }),
    lists,
  })
  .map(({ lagMs, ...rest }) => ({ ...rest, receivedMs: rest.atMs + lagMs }));

/** Samples as a sender makes them: every ten seconds, under one statement. */
function steady(count: number, figuresOf: (n: number) => number, listNos: readonly number[] = []): TaggedSample[] {
  return Array.from({ length: count }, (_, n) => {
    const figures = Array.from({ length: 4 + 2 * listNos.length }, (_, place) => figuresOf(7 * n + place));
    const [busyRatio = 0, hitRatio = 0, overdialRatio = 0, timeToCompleteSeconds = 0, ...ofLists] = figures;
    return {
      atMs: T0 + 10_000 * n,
      receivedMs: T0 + 10_000 * n + (n % 13),
      statementNo: 4711,
      tag: 0,
      statistics: { busyRatio, hitRatio, overdialRatio, timeToCompleteSeconds },
      lists: listNos.map((listNo, place) => {
        return { listNo, hitRatio: ofLists[2 * place] ?? 0, timeToCompleteSeconds: ofLists[2 * place + 1] ?? 0 };
      }),
    };
  });
}

/** Four decimals that look drawn at random, the same at every run. */
const drawn = (n: number) => ((n * 2_654_435_761) % 10_000) / 10_000;

describe('a block', () => {
  it('gives every sample back as it was, doubles bit for bit, in the order in which it was given', () => {
    fc.assert(
      fc.property(fc.array(sample, { maxLength: 40 }), (samples) => {
        // `Object.is` on every number: toEqual tells 0 from -0.
        expect(readBlock(writeBlock(samples))).toEqual(samples);
      }),
      { numRuns: 1000 },
    );
  });

  it('takes some ten bytes per sample whose figures are drawn at random, and four more per list', () => {
    const bytes = (samples: readonly TaggedSample[]) => writeBlock(samples).length / samples.length;
    expect(bytes(steady(60, drawn))).toBeLessThan(8.5);
    expect(bytes(steady(60, drawn, [1, 2])) - bytes(steady(60, drawn))).toBeLessThan(2 * 4);
    // Figures that stand still take next to nothing, random doubles their eight bytes.
    expect(bytes(steady(60, () => 0.3127))).toBeLessThan(1.5);
    expect(bytes(steady(60, (n) => Math.sqrt(n + 2)))).toBeLessThan(34);
  });

  it('is no wider for one sample that came a year late', () => {
    const samples = steady(360, drawn);
    const late = samples.map((sample, n) => (n === 0 ? { ...sample, receivedMs: T0 + 31_536_000_000 } : sample));
    expect(writeBlock(late).length).toBeLessThan(writeBlock(samples).length + 400);
  });

  it('of another version, cut short or changed is told, never half read', () => {
    const bytes = writeBlock(steady(20, drawn, [3]));
    expect(() => readBlock(Uint8Array.from([9, ...bytes.slice(1)]))).toThrow('version 9');
    for (let length = 0; length < bytes.length; length++)
      expect(() => readBlock(bytes.slice(0, length))).toThrow(RangeError);
    expect(() => readBlock(Uint8Array.from([...bytes, 0]))).toThrow('more bytes');
  });
});
