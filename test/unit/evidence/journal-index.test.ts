/** The keys of the journal, beside a plain array that does the same. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JournalIndex, type JournalKey } from '../../../src/evidence/journal-index.js';

/** Of rows in order; group 0: a row of nobody. */
class Model {
  rows: JournalKey[] = [];
  firstNo = 1;
  nextNo = 1;

  add(key: JournalKey): void {
    if (this.rows.length === 0) this.firstNo = key.entryNo;
    else while (this.nextNo < key.entryNo) this.rows.push({ ...NOBODY, entryNo: this.nextNo++ });
    this.rows.push(key);
    this.nextNo = key.entryNo + 1;
  }

  entriesOf(groupNo: number, fromNo = 0): number[] {
    const entries = this.rows.filter((row) => row.groupNo === groupNo && row.entryNo >= fromNo);
    return entries.map(({ entryNo }) => entryNo).reverse();
  }

  blank(entryNos: readonly number[]): void {
    const gone = new Set(entryNos);
    this.rows = this.rows.map((row) => (gone.has(row.entryNo) ? { ...NOBODY, entryNo: row.entryNo } : row));
  }

  dropUpTo(entryNo: number): void {
    this.rows = this.rows.filter((row) => row.entryNo > entryNo);
    this.firstNo = Math.max(this.firstNo, Math.min(entryNo + 1, this.nextNo));
  }

  rewindTo(nextNo: number): void {
    this.rows = this.rows.filter((row) => row.entryNo < nextNo);
    this.nextNo = Math.max(Math.min(nextNo, this.nextNo), this.firstNo);
  }

  clear(nextNo: number): void {
    this.rows = [];
    this.firstNo = this.nextNo = nextNo;
  }
}

const NOBODY = { groupNo: 0, atMs: 0, statementNo: 0, tag: 0 };
const GROUPS = [1, 2, 3, 4_000_000_000];

type Act = (index: JournalIndex, model: Model) => void;

const adds: fc.Arbitrary<Act> = fc
  .record({
    rows: fc.integer({ min: 1, max: 900 }),
    gap: fc.constantFrom(0, 0, 0, 1, 7),
    groups: fc.constantFrom(1, 2, 4),
    tag: fc.constantFrom(0, 0, 5, 2 ** 48 - 1),
  })
  .map(({ rows, gap, groups, tag }) => (index, model) => {
    for (let n = 0; n < rows; n++) {
      const entryNo = model.nextNo + (n === 0 ? gap : 0);
      const groupNo = GROUPS[(n * 7 + (n % 3)) % groups] ?? 1;
      const key = { entryNo, groupNo, atMs: 1e12 + entryNo, statementNo: n % 5, tag: n % 4 === 0 ? tag : 0 };
      index.add(key);
      model.add(key);
    }
  });
const drops: fc.Arbitrary<Act> = fc.nat(2000).map((rows) => (index, model) => {
  const upToNo = model.firstNo + rows - 1;
  index.dropUpTo(upToNo);
  model.dropUpTo(upToNo);
});
const rewinds: fc.Arbitrary<Act> = fc.nat(1200).map((rows) => (index, model) => {
  const nextNo = model.nextNo - rows;
  index.rewindTo(nextNo);
  model.rewindTo(nextNo);
});
const blanks: fc.Arbitrary<Act> = fc
  .record({ group: fc.nat(3), limit: fc.nat(300) })
  .map(({ group, limit }) => (index, model) => {
    const groupNo = GROUPS[group] ?? 1;
    const entryNos = model.entriesOf(groupNo).slice(0, limit);
    index.blank(groupNo, entryNos);
    model.blank(entryNos);
  });
const clears: fc.Arbitrary<Act> = fc.nat(5000).map((nextNo) => (index, model) => {
  index.clear(nextNo + 1);
  model.clear(nextNo + 1);
});

function expectEqual(index: JournalIndex, model: Model): void {
  expect([index.firstNo, index.nextNo, index.size]).toEqual([model.firstNo, model.nextNo, model.rows.length]);
  const groupsWithRows = new Set(model.rows.map(({ groupNo }) => groupNo).filter((groupNo) => groupNo !== 0));
  expect(index.groupCount).toBe(groupsWithRows.size);
  const middleNo = model.firstNo + Math.floor(model.rows.length / 2);
  for (const groupNo of GROUPS) {
    const entries = model.entriesOf(groupNo);
    expect(index.entriesOf(groupNo)).toEqual(entries);
    expect(index.entriesOf(groupNo, middleNo)).toEqual(model.entriesOf(groupNo, middleNo));
    expect(index.newestOf(groupNo)).toBe(entries[0] ?? 0);
  }
  const known = model.rows.map(({ entryNo }) => {
    const groupNo = index.groupNo(entryNo);
    if (groupNo === 0) return { ...NOBODY, entryNo };
    const [atMs, statementNo, tag] = [index.atMs(entryNo), index.statementNo(entryNo), index.tag(entryNo)];
    return { entryNo, groupNo, atMs, statementNo, tag };
  });
  expect(known).toEqual(model.rows);
  for (const row of [model.rows[0], model.rows[Math.floor(model.rows.length / 2)], model.rows.at(-1)]) {
    if (row === undefined || row.groupNo === 0) continue;
    const { entryNo, groupNo, ...key } = row;
    expect(index.find(groupNo, (one) => one.atMs === key.atMs)).toBe(entryNo);
    const seen: unknown[] = [];
    index.find(groupNo, (one) => seen.push({ ...one }) > 0 && one.atMs === key.atMs);
    expect(seen.at(-1)).toEqual(key);
    expect(index.find(groupNo, () => false)).toBeNull();
  }
}

describe('the index of the journal', () => {
  it('knows what a plain array would, whatever is added, dropped, taken back and blanked', { timeout: 120_000 }, () => {
    const acts = fc.array(fc.oneof(adds, adds, adds, drops, rewinds, blanks, clears), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(acts, (all) => {
        const [index, model] = [new JournalIndex(), new Model()];
        for (const act of all) {
          act(index, model);
          expectEqual(index, model);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('finds the newest row that is asked for', () => {
    const index = new JournalIndex();
    for (const entryNo of [1, 2, 3]) index.add({ entryNo, groupNo: 7, atMs: 10, statementNo: entryNo, tag: 0 });
    expect(index.find(7, ({ atMs }) => atMs === 10)).toBe(3);
    expect(index.find(7, ({ statementNo }) => statementNo < 3)).toBe(2);
    expect(index.find(8, () => true)).toBeNull();
  });

  it('takes no row that is not behind the others', () => {
    const index = new JournalIndex();
    const key = { groupNo: 1, atMs: 0, statementNo: 1, tag: 0 };
    index.add({ entryNo: 5, ...key });
    expect(() => {
      index.add({ entryNo: 5, ...key });
    }).toThrow('entry 5 of the journal is not behind the others');
    expect([index.firstNo, index.nextNo]).toEqual([5, 6]);
  });
});
