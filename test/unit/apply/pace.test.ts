import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Pace } from '../../../src/apply/pace.js';

/** A clock that goes on only while rows are worked on. */
function work() {
  let nowMs = 0;
  const pace = new Pace(() => nowMs);
  /** A statement on rows that each take so long; returns how many it was given. */
  const statement = (leftMs: number, msPerRow: number, found = Infinity) => {
    const limit = pace.rowsWithin(leftMs);
    pace.measure(limit, (rows) => {
      const taken = Math.min(rows, found);
      nowMs += taken * msPerRow;
      return taken;
    });
    return limit;
  };
  return { pace, statement };
}

describe('the pace of statements', () => {
  it('gives as many rows as fit in what is left, once a statement was measured', () => {
    const { statement } = work();
    expect(statement(4, 0.125)).toBe(16);
    expect([statement(4, 0.125), statement(1, 0.125), statement(0.01, 0.125)]).toEqual([32, 8, 1]);
  });

  it('grows by steps where rows cost nothing that can be measured, to a bound', () => {
    const { statement } = work();
    const given = Array.from({ length: 8 }, () => statement(4, 0));
    expect(given).toEqual([16, 64, 256, 256, 256, 256, 256, 256]);
  });

  it('gives fewer at once when rows turn out to cost more, and learns nothing of statements that find few', () => {
    const { statement } = work();
    for (let n = 0; n < 5; n++) statement(4, 0.001);
    expect(statement(4, 0.5)).toBe(256);
    expect(statement(4, 0.5)).toBe(8);
    expect(statement(4, 50, 1)).toBe(8);
    expect(statement(4, 0.5)).toBe(8);
  });

  it('keeps every statement within what is left as long as rows cost the same, whatever they cost', () => {
    const costs = fc.double({ min: 0.0001, max: 3, noNaN: true });
    const lefts = fc.array(fc.double({ min: 0.1, max: 4, noNaN: true }), { minLength: 2, maxLength: 30 });
    fc.assert(
      fc.property(costs, lefts, (msPerRow, all) => {
        const { statement } = work();
        const [first = 4, ...others] = all;
        statement(first, msPerRow);
        for (const leftMs of others) {
          const rows = statement(leftMs, msPerRow);
          expect(rows === 1 || rows * msPerRow <= leftMs * (1 + 1e-9)).toBe(true);
        }
      }),
    );
  });
});
