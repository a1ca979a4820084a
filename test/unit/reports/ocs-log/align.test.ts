import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { align, NOBODY, type Timed } from '../../../../src/reports/ocs-log/align.js';

const timed = (times: readonly number[], kind: Timed['kind'] = null) => times.map((atMs) => ({ atMs, kind }));

describe('what was sent and what is held', () => {
  const times = fc.array(fc.integer({ min: 0, max: 3000 }), { maxLength: 60 }).map((all) => all.sort((a, b) => a - b));

  it('go together one to one, in order, within the tolerance, and none is left over beside its partner', () => {
    fc.assert(
      fc.property(times, times, fc.integer({ min: 1, max: 500 }), (sent, held, toleranceMs) => {
        const partners = align(timed(sent), timed(held), toleranceMs);
        const pairs = partners.flatMap((partner, index) => (partner === NOBODY ? [] : [[index, partner] as const]));
        const ours = pairs.map(([, partner]) => partner);
        expect(ours).toEqual([...new Set(ours)].sort((a, b) => a - b));
        for (const [index, partner] of pairs)
          expect(Math.abs((sent[index] ?? NaN) - (held[partner] ?? NaN))).toBeLessThanOrEqual(toleranceMs);
        const lonely = held.filter((_, index) => !ours.includes(index));
        const lost = sent.filter((_, index) => partners[index] === NOBODY);
        for (const ms of lost) for (const other of lonely) expect(Math.abs(ms - other)).toBeGreaterThan(toleranceMs);
      }),
    );
  });

  it('show exactly what was lost, while jitter is less than half of what lies between two', () => {
    const gaps = fc.array(
      fc.record({
        gap: fc.integer({ min: 101, max: 5000 }),
        by: fc.integer({ min: -50, max: 50 }),
        lost: fc.boolean(),
      }),
      { maxLength: 300 },
    );
    fc.assert(
      fc.property(gaps, fc.integer({ min: 60, max: 8000 }), (some, toleranceMs) => {
        let atMs = 0;
        const all = some.map(({ gap, by, lost }) => ({ atMs: (atMs += gap), by, lost }));
        const held = all.filter(({ lost }) => !lost).map((one) => one.atMs + one.by);
        const partners = align(timed(all.map((one) => one.atMs)), timed(held), toleranceMs);
        expect(partners.map((partner) => partner === NOBODY)).toEqual(all.map(({ lost }) => lost));
      }),
    );
  });

  it('are told apart by their kind where times are nearly equal', () => {
    const sent: Timed[] = [
      { atMs: 1000, kind: 'state' },
      { atMs: 1040, kind: 'periodic' },
    ];
    expect(align(sent, timed([1015], 'periodic'), 5000)).toEqual([NOBODY, 0]);
    expect(align(sent, timed([1015]), 5000)).toEqual([0, NOBODY]);
  });

  it('are compared in parts where they are very many', () => {
    const sent = Array.from({ length: 3000 }, (_, n) => n * 100);
    const held = sent.filter((_, n) => n % 100 !== 7);
    const lost = align(timed(sent), timed(held), 5000).flatMap((partner, n) => (partner === NOBODY ? [n] : []));
    expect(lost).toEqual(sent.flatMap((_, n) => (n % 100 === 7 ? [n] : [])));
    const atOnce = timed(Array.from({ length: 2500 }, () => 0));
    expect(align(atOnce, atOnce, 1).filter((partner) => partner !== NOBODY)).toHaveLength(2500);
  });
});
