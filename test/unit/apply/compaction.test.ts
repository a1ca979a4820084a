/** Evidence on its way from the journal into chunks: what goes when, once, and what is left after a fault. */
import { beforeEach, describe, expect, it } from 'vitest';
import { hourOf, HOUR_MS, QUARTER_HOUR_MS, addToQuarter } from '../../../src/evidence/quarter-hours.js';
import { freshQuarters } from '../../../src/apply/fresh-quarters.js';
import { NO_STATISTICS } from '../../../src/domain/campaign-group.js';
import { readBlock } from '../../../src/evidence/block.js';
import type { TaggedSample } from '../../../src/evidence/sample.js';
import { openHistory } from '../../support/campaign-stores.js';
import { CampaignRows, memoryCampaigns } from '../../support/memory-campaigns.js';
import { UndoLog } from '../../support/memory-rows.js';
import { aNotification, T0 } from '../../support/notifications.js';

/** What the journal of few groups holds at least, and how many more begin a slice: see `compaction.ts`. */
const KEPT = 5000;
const SLICE = 1000;
const MINUTE = 60_000;

let log: UndoLog;
let rows: CampaignRows;
let store: ReturnType<typeof openHistory>;
let lastNo: number;
beforeEach(() => {
  log = new UndoLog();
  rows = new CampaignRows(log);
  lastNo = 0;
  reopen();
});

/** As a restart does: nothing but the rows is known. */
function reopen(): void {
  store = openHistory(memoryCampaigns(rows, () => ++lastNo));
}

const aGroup = (dbid = '101') => store.tables.groups.insert({ id: dbid, source: 'default', dbid, heardMs: T0 });
const sample = (afterMs: number, parts: Partial<TaggedSample> = {}): TaggedSample => {
  const statistics = { busyRatio: null, hitRatio: 0.5, overdialRatio: null, timeToCompleteSeconds: null };
  const atMs = T0 + afterMs;
  return { atMs, receivedMs: atMs + 20, statementNo: 1, tag: 0, lists: [], statistics, ...parts };
};
const append = (groupNo: number, ...samples: readonly TaggedSample[]) => {
  for (const one of samples) store.evidence.append(groupNo, one);
};
/** So many samples in turn, one of each group every second. */
const fill = (groupNos: readonly number[], count: number, from = 0) => {
  for (let n = from; n < from + count; n++) {
    append(groupNos[n % groupNos.length] ?? 0, sample(Math.floor(n / groupNos.length) * 1000));
  }
};
/** A clock on which every look takes a millisecond. */
const budget = (sliceMs: number) => {
  let ms = 0;
  return { elapsedMs: () => ms++, sliceMs };
};
const LONG = 1_000_000;
/** Numbers of the samples in all chunks of a group, by chunk. */
const chunksOf = (groupNo: number) =>
  rows.chunks
    .where((chunk) => chunk.groupNo === groupNo)
    .sort((a, b) => a.chunkNo - b.chunkNo)
    .map(({ hour, block }) => ({ hour: hour - hourOf(T0), atMs: readBlock(block).map(({ atMs }) => atMs - T0) }));
const compactedRows = () => rows.chunks.all().reduce((sum, { count }) => sum + count, 0);
const inJournal = () => rows.journal.all().length;
const undo = () => {
  log.rollBackTo(0);
  store.compaction.dropMemory();
  store.evidence.dropMemory();
};

describe('compaction', () => {
  it('is not due while the journal is short, and takes the oldest groups first until it is short enough', () => {
    const groupNos = ['1', '2', '3', '4', '5', '6', '7', '8'].map(aGroup);
    fill(groupNos, KEPT + SLICE);
    expect(store.compaction.isDue(T0)).toBe(false);
    fill(groupNos, 1, KEPT + SLICE);
    expect(store.compaction.isDue(T0)).toBe(true);
    store.compaction.slice(T0, budget(LONG));
    // Each group is settled as a whole, and so much is kept of the last ones.
    expect(inJournal() - compactedRows()).toBeLessThanOrEqual(KEPT);
    const settled = groupNos.map((groupNo) => store.compaction.settledNo(groupNo));
    expect(settled).toEqual([...settled].sort((a, b) => b - a));
    for (const groupNo of groupNos) {
      expect(store.evidence.inOrder.placed(groupNo, 0, T0 * 2).length).toBe(
        groupNo === groupNos[0] ? (KEPT + SLICE) / 8 + 1 : (KEPT + SLICE) / 8,
      );
    }
  });

  it('ends a slice with its time, one group at least done, and goes on with the next', () => {
    const groupNos = ['1', '2', '3', '4'].map(aGroup);
    fill(groupNos, 4 * KEPT);
    const settled = () => groupNos.filter((groupNo) => store.compaction.settledNo(groupNo) > 0).length;
    store.compaction.slice(T0, budget(0));
    expect(settled()).toBe(1);
    store.compaction.slice(T0, budget(2));
    expect(settled()).toBe(3);
    store.compaction.slice(T0, budget(LONG));
    expect([settled(), compactedRows()]).toEqual([4, 4 * KEPT]);
  });

  it('moves a few rows for each that came, where posts go on, and keeps up all the same', () => {
    const groupNos = Array.from({ length: 50 }, (_, n) => aGroup(String(n + 1)));
    const paced = { ...budget(LONG), isPaced: true };
    let moved = 0;
    let longest = 0;
    for (let came = 0; came < 10 * KEPT; came += 10) {
      fill(groupNos, 10, came);
      if (store.compaction.isDue(T0)) store.compaction.slice(T0, paced);
      // What a group has goes as a whole: some slices rest for it.
      expect(compactedRows() - moved).toBeLessThanOrEqual(300);
      moved = compactedRows();
      longest = Math.max(longest, inJournal());
    }
    expect(moved).toBeGreaterThan(8 * KEPT);
    expect(longest).toBeLessThan(2 * (KEPT + SLICE));
  });

  it('is not paced where the journal has grown to twice what it keeps', () => {
    const groupNos = ['1', '2', '3', '4'].map(aGroup);
    fill(groupNos, 4 * KEPT);
    store.compaction.slice(T0, { ...budget(LONG), isPaced: true });
    expect(compactedRows()).toBe(4 * KEPT);
  });

  it('takes what came half an hour ago, however little, and leaves what came since of others', () => {
    const [old, young] = [aGroup('1'), aGroup('2')];
    append(old, sample(0), sample(10));
    expect(store.compaction.isDue(T0)).toBe(false);
    append(young, sample(20));
    for (let minute = 1; minute < 30; minute++) expect(store.compaction.isDue(T0 + minute * MINUTE)).toBe(false);
    append(young, sample(30));
    expect(store.compaction.isDue(T0 + 30 * MINUTE)).toBe(true);
    store.compaction.slice(T0 + 30 * MINUTE, budget(LONG));
    expect([chunksOf(old), chunksOf(young)]).toEqual([[{ hour: 0, atMs: [0, 10] }], []]);
    expect(store.compaction.isDue(T0 + 30 * MINUTE)).toBe(false);
    expect(store.compaction.isDue(T0 + 61 * MINUTE)).toBe(true);
  });

  it('does not take a clock that was set back for age', () => {
    const groupNo = aGroup();
    append(groupNo, sample(0));
    expect(store.compaction.isDue(T0 + 90 * MINUTE)).toBe(false);
    expect(store.compaction.isDue(T0)).toBe(false);
    expect(store.compaction.isDue(T0 + 29 * MINUTE)).toBe(false);
    expect(store.compaction.isDue(T0 + 31 * MINUTE)).toBe(true);
  });

  it('writes a chunk per hour, in the order of places, with what settles its group', () => {
    const groupNo = aGroup();
    const repeat = sample(0, { tag: 7, receivedMs: T0 + HOUR_MS + 5 });
    append(groupNo, sample(HOUR_MS + 9), sample(2000), sample(0), repeat, sample(3 * HOUR_MS));
    store.compaction.all(T0 + 99);
    expect(chunksOf(groupNo)).toEqual([
      { hour: 0, atMs: [0, 2000] },
      { hour: 1, atMs: [0, HOUR_MS + 9] },
      { hour: 3, atMs: [3 * HOUR_MS] },
    ]);
    const [first, second] = rows.chunks.all();
    expect(first).toMatchObject({ chunkNo: 1, count: 2, newestMs: T0 + 2000, journalNo: 5, writtenMs: T0 + 99 });
    expect(second).toMatchObject({ chunkNo: 2, count: 2, newestMs: T0 + HOUR_MS + 9, journalNo: 5 });
    expect(store.tables.journal.bounds()).toBeNull();
  });

  it('adds a chunk to an hour that has one, and touches none that is there', () => {
    const groupNo = aGroup();
    append(groupNo, sample(0), sample(20));
    store.compaction.all(T0);
    const [before] = rows.chunks.all();
    append(groupNo, sample(10), sample(30));
    store.compaction.all(T0);
    expect(chunksOf(groupNo)).toEqual([
      { hour: 0, atMs: [0, 20] },
      { hour: 0, atMs: [10, 30] },
    ]);
    expect(rows.chunks.get(1)).toBe(before);
    expect(store.evidence.inOrder.placed(groupNo, 0, T0 * 2).map(({ atMs }) => atMs - T0)).toEqual([0, 10, 20, 30]);
  });

  it('adds up a quarter of an hour as if nothing had come late, though it was settled', () => {
    const groupNo = aGroup();
    const listNo = store.tables.lists.insert(groupNo, { name: 'VIP', dbid: null });
    const naming = (afterMs: number, hitRatio: number) =>
      sample(afterMs, { lists: [{ listNo, hitRatio, timeToCompleteSeconds: null }] });
    const all = [naming(0, 0.5), naming(10_000, 0.25), naming(70_000, 1), naming(QUARTER_HOUR_MS, 0.125)];
    const [one, two, three, four] = all as [TaggedSample, TaggedSample, TaggedSample, TaggedSample];
    for (const arrived of [[one, three], [two], [four]]) {
      append(groupNo, ...arrived);
      store.compaction.all(T0);
    }
    const { quarters } = store.tables;
    expect(quarters.quarter(groupNo, T0)).toEqual(addToQuarter(null, [one, two, three]));
    expect(quarters.quarter(groupNo, T0 + QUARTER_HOUR_MS)).toEqual(addToQuarter(null, [four]));
    expect(quarters.listQuarter(listNo, T0)?.hitRatio).toEqual({ count: 3, min: 0.25, max: 1, sum: 1.75, last: 1 });
  });

  it('adds nothing up of what a log tells: nobody measured it', () => {
    const groupNo = aGroup();
    const { statement } = aNotification();
    const [posted, told] = (['import', 'ocs-log'] as const).map((origin) =>
      store.tables.statements.insert(groupNo, origin, { ...statement, origin }),
    );
    const of = (afterMs: number, statementNo = posted) =>
      sample(afterMs, { statementNo: statementNo ?? 0, statistics: NO_STATISTICS });
    append(groupNo, of(0), of(30_000, told), of(QUARTER_HOUR_MS, told));
    store.compaction.all(T0);
    append(groupNo, of(120_000), of(10_000, told));
    store.compaction.all(T0);
    const { quarters } = store.tables;
    expect(quarters.quarter(groupNo, T0)).toEqual(addToQuarter(null, [of(0), of(120_000)]));
    expect(quarters.quarter(groupNo, T0 + QUARTER_HOUR_MS)).toBeNull();
    append(groupNo, of(QUARTER_HOUR_MS + 1, told), of(200_000), of(150_000, told));
    const range = { fromMs: T0, toMs: T0 + 2 * QUARTER_HOUR_MS };
    const whole = addToQuarter(null, [of(0), of(120_000), of(200_000)]);
    expect(freshQuarters(store.tables, store.evidence, groupNo, range)).toEqual([{ startMs: T0, quarter: whole }]);
    expect(store.evidence.inOrder.placed(groupNo, 0, T0 * 2)).toHaveLength(8);
  });

  it('keeps of a list what its newest date-time said, whatever is compacted after it', () => {
    const groupNo = aGroup();
    const listNo = store.tables.lists.insert(groupNo, { name: 'VIP', dbid: null });
    const said = (afterMs: number, hitRatio: number, parts: Partial<TaggedSample> = {}) =>
      sample(afterMs, { lists: [{ listNo, hitRatio, timeToCompleteSeconds: null }], ...parts });
    const kept = () => rows.lists.get(listNo)?.said?.hitRatio;
    append(groupNo, said(10_000, 0.1), said(0, 0.2), said(0, 0.3, { tag: 5, receivedMs: T0 + 2 * HOUR_MS }));
    store.compaction.all(T0);
    expect(kept()).toBe(0.1);
    append(groupNo, said(5000, 0.4));
    store.compaction.all(T0);
    expect(kept()).toBe(0.1);
    append(groupNo, said(10_000, 0.5, { tag: 6, receivedMs: T0 + HOUR_MS }));
    store.compaction.all(T0);
    expect(kept()).toBe(0.5);
  });
});

describe('compaction, cut off', () => {
  it('settles nothing twice after a start between two slices', () => {
    const groupNos = ['1', '2', '3'].map(aGroup);
    fill(groupNos, 3 * KEPT);
    store.compaction.slice(T0, budget(0));
    const settled = groupNos.map((groupNo) => store.compaction.settledNo(groupNo));
    reopen();
    expect(groupNos.map((groupNo) => store.compaction.settledNo(groupNo))).toEqual(settled);
    fill(groupNos, 3, 3 * KEPT);
    store.compaction.all(T0);
    expect(compactedRows()).toBe(3 * KEPT + 3);
    for (const groupNo of groupNos) {
      const quarters = rows.quarters.where((one) => one.groupNo === groupNo);
      expect(quarters.reduce((sum, { quarter }) => sum + quarter.count, 0)).toBe(KEPT + 1);
    }
  });

  it('is as before when its transaction is undone, and is done anew', () => {
    const [one, two] = [aGroup('1'), aGroup('2')];
    append(one, sample(0), sample(10));
    store.compaction.all(T0);
    append(two, sample(0));
    append(one, sample(20));
    log.forgetAll();
    store.compaction.all(T0);
    expect(inJournal()).toBe(0);
    undo();
    // What stands in the journal again is settled no more.
    expect(store.compaction.settledNo(one)).toBeLessThan(3);
    expect(store.compaction.settledNo(two)).toBe(0);
    expect([inJournal(), compactedRows()]).toEqual([2, 2]);
    store.compaction.all(T0);
    expect([inJournal(), compactedRows(), chunksOf(one)[1]?.atMs]).toEqual([0, 4, [20]]);
    expect(store.tables.quarters.quarter(one, T0)?.count).toBe(3);
  });

  it('gives numbers behind those that are settled when the journal was emptied before a start', () => {
    const groupNo = aGroup();
    append(groupNo, sample(0), sample(10));
    store.compaction.all(T0);
    reopen();
    append(groupNo, sample(20));
    expect(store.tables.journal.bounds()).toEqual({ firstNo: 3, lastNo: 3 });
    reopen();
    store.compaction.all(T0);
    expect(chunksOf(groupNo).map(({ atMs }) => atMs)).toEqual([[0, 10], [20]]);
  });

  it('gives no number again while it runs, though its last rows were of a group that is forgotten', () => {
    const [kept, gone] = [aGroup('1'), aGroup('2')];
    append(kept, sample(0));
    append(gone, sample(0), sample(10));
    const group = rows.groups.get(gone);
    if (group) rows.groups.put(gone, { ...group, isHidden: true });
    store.compaction.all(T0);
    expect(inJournal()).toBe(0);
    log.forgetAll();
    append(kept, sample(20));
    undo();
    append(kept, sample(30));
    expect(store.tables.journal.bounds()?.firstNo).toBeGreaterThan(3);
  });
});

describe('compaction of a group that is being forgotten', () => {
  it('keeps nothing of it, and does not stop at its rows', () => {
    const [gone, kept] = [aGroup('1'), aGroup('2')];
    append(gone, sample(0), sample(10));
    append(kept, sample(0));
    const group = rows.groups.get(gone);
    if (group) rows.groups.put(gone, { ...group, isHidden: true });
    store.compaction.all(T0);
    expect([chunksOf(gone), chunksOf(kept).length, inJournal()]).toEqual([[], 1, 0]);
    expect(rows.quarters.where(({ groupNo }) => groupNo === gone)).toEqual([]);
  });

  it('passes over rows that were blanked', () => {
    const [gone, kept] = [aGroup('1'), aGroup('2')];
    append(gone, sample(0), sample(10));
    append(kept, sample(0));
    expect(store.evidence.blank(gone, 1)).toEqual([2]);
    expect(store.evidence.blank(gone, 5)).toEqual([1]);
    store.compaction.all(T0);
    expect([chunksOf(gone), chunksOf(kept).length, inJournal()]).toEqual([[], 1, 0]);
  });
});

describe('the front of the journal', () => {
  it('goes some thousand rows at a time, and never beyond what is settled', () => {
    const [one, two] = [aGroup('1'), aGroup('2')];
    fill([one], 9000);
    append(two, sample(0));
    fill([one], 9000, 9000);
    store.compaction.slice(T0, budget(0));
    expect(store.tables.journal.bounds()?.firstNo).toBe(4001);
    store.compaction.slice(T0, budget(LONG));
    const firstNo = store.tables.journal.bounds()?.firstNo ?? 0;
    expect(firstNo).toBe(8001);
    expect(store.evidence.inOrder.placed(two, 0, T0 * 2).length).toBe(1);
    expect(store.evidence.inOrder.placed(one, 0, T0 * 2).length).toBe(18_000);
  });
});
