/** What every store promises of the rows that evidence lies in: journal, chunks, quarters of an hour, lists. */
import { expect } from 'vitest';
import type { ChunkRows } from '../../../src/apply/evidence-rows.js';
import { hourOf, QUARTER_HOUR_MS } from '../../../src/evidence/quarter-hours.js';
import type { TaggedSample } from '../../../src/evidence/sample.js';
import { aNotification, T0 } from '../../support/notifications.js';
import type { TestStore } from '../../support/stores.js';
import {
  aChunk,
  aGroup,
  aListQuarter,
  aQuarter,
  aStatement,
  aTagged,
  type ContractCase,
  NO_NUMBERS,
  NO_STATISTICS,
  NOTHING_SETTLED,
} from './contract-rows.js';

const HOUR = hourOf(T0);

/** Rows of a group in the journal, in the order of their arrival, as somebody finds them who knows no numbers. */
function inJournal(store: TestStore, groupNo: number): readonly TaggedSample[] {
  return [...store.readEvidence().uncompacted(groupNo)].reverse();
}

/** Numbers of these rows, within a transaction. */
function numbersOf(store: TestStore, groupNo: number): readonly number[] {
  return store.readEvidence().journal().entriesOf(groupNo).reverse();
}

const JOURNAL: ContractCase[] = [
  {
    name: 'a row of the journal is found as it was put, to the last bit, also one from a clock that is ahead',
    run: (store) => {
      const groupNo = aGroup(store);
      const statistics = { busyRatio: 0.1 + 0.2, hitRatio: -0.5, overdialRatio: 5e-324, timeToCompleteSeconds: 1e15 };
      const lists = [
        { listNo: 3, hitRatio: 0.1 + 0.2, timeToCompleteSeconds: null },
        { listNo: 9, hitRatio: null, timeToCompleteSeconds: 5.25 },
      ];
      const put = [
        aTagged(T0, { receivedMs: T0 - 3000, statistics, lists }),
        aTagged(T0, { receivedMs: T0 + 8_000_000_000, tag: 2 ** 48 - 1, lists: [] }),
        aTagged(T0 + 1, { statistics: { ...NO_STATISTICS, hitRatio: 0 } }),
      ];
      store.within(({ journal }) => {
        put.forEach((sample, n) => {
          journal.insert(n + 7, groupNo, sample);
        });
        expect(journal.samples([7, 8, 9])).toEqual(put);
      });
      store.reopen();
      expect(inJournal(store, groupNo)).toEqual(put);
    },
  },
  {
    name: 'rows of the journal come by their numbers, from one on; those that are not there are left out',
    run: (store) => {
      const [one, two] = [aGroup(store), aGroup(store, '102')];
      const keys = [
        { entryNo: 5, groupNo: two, atMs: T0 + 3000, statementNo: 4, tag: 0 },
        { entryNo: 6, groupNo: one, atMs: T0, statementNo: 5, tag: 77 },
        { entryNo: 8, groupNo: two, atMs: T0 + 1000, statementNo: 4, tag: 0 },
      ];
      store.within(({ journal }) => {
        for (const { entryNo, groupNo, ...sample } of keys) journal.insert(entryNo, groupNo, aTagged(T0, sample));
        const from = [0, 6, 7, 9].map((entryNo) => [...journal.keysFrom(entryNo)]);
        expect(from).toEqual([keys, keys.slice(1), keys.slice(2), []]);
        expect(journal.samples([5, 7, 8, 99]).map(({ atMs }) => atMs)).toEqual([T0 + 3000, T0 + 1000]);
      });
    },
  },
  {
    name: 'rows of the journal keep their numbers, and those of rows that were taken back are given again',
    ofOneWriter: NO_NUMBERS,
    run: (store) => {
      const groupNo = aGroup(store);
      const { journal } = store.tables;
      expect([journal.bounds(), [...journal.keysFrom(0)], journal.samples([1])]).toEqual([null, [], []]);
      store.within(() => {
        for (const entryNo of [5, 6, 8]) journal.insert(entryNo, groupNo, aTagged(T0 + entryNo));
      });
      expect(journal.bounds()).toEqual({ firstNo: 5, lastNo: 8 });
      store.within(() => {
        journal.removeUpTo(5);
      });
      expect([journal.bounds(), journal.samples([5, 6]).length]).toEqual([{ firstNo: 6, lastNo: 8 }, 1]);
      const attempt = () =>
        store.within(() => {
          journal.insert(9, groupNo, aTagged(T0 + 9));
          throw new RangeError('a fault of the work');
        });
      expect(attempt).toThrow(RangeError);
      store.within(() => {
        journal.insert(9, groupNo, aTagged(T0 + 99));
      });
      expect(journal.samples([9]).map(({ atMs }) => atMs)).toEqual([T0 + 99]);
      store.within(() => {
        journal.blank([8]);
      });
      const nothing = { groupNo: 0, atMs: 0, statementNo: 0, tag: 0 };
      expect([...journal.keysFrom(7)]).toEqual([
        { entryNo: 8, ...nothing },
        { entryNo: 9, groupNo, atMs: T0 + 99, statementNo: 1, tag: 0 },
      ]);
      const blanked = { atMs: 0, receivedMs: 0, statementNo: 0, tag: 0, statistics: NO_STATISTICS, lists: [] };
      expect(journal.samples([8])).toEqual([blanked]);
      store.within(() => {
        journal.removeUpTo(9);
      });
      expect([journal.bounds(), [...journal.keysFrom(0)]]).toEqual([null, []]);
    },
  },
  {
    name: 'the journal goes from its front, and nothing of what was done in a transaction that fails is left',
    run: (store) => {
      const groupNo = aGroup(store);
      const left = () => inJournal(store, groupNo).map(({ atMs }) => atMs - T0);
      /** In a transaction: the number of the oldest row. */
      const firstNo = () => numbersOf(store, groupNo)[0] ?? NaN;
      const nextNo = () => (numbersOf(store, groupNo).at(-1) ?? 0) + 1;
      store.within(({ journal }) => {
        for (const entryNo of [1, 2, 3, 4]) journal.insert(entryNo, groupNo, aTagged(T0 + entryNo));
      });
      store.within(({ journal }) => {
        journal.removeUpTo(firstNo() + 1);
      });
      expect(left()).toEqual([3, 4]);
      const attempt = () =>
        store.within(({ journal }) => {
          const first = firstNo();
          journal.insert(nextNo(), groupNo, aTagged(T0 + 5));
          journal.removeUpTo(first);
          throw new RangeError('a fault of the work');
        });
      expect(attempt).toThrow(RangeError);
      expect(left()).toEqual([3, 4]);
      store.within(({ journal }) => {
        const first = firstNo();
        journal.insert(nextNo(), groupNo, aTagged(T0 + 55));
        journal.removeUpTo(first + 1);
      });
      expect(left()).toEqual([55]);
      store.within(({ journal }) => {
        journal.removeUpTo(firstNo());
      });
      store.reopen();
      expect(left()).toEqual([]);
    },
  },
  {
    name: 'of a blanked row nobody finds anything any more',
    run: (store) => {
      const groupNo = aGroup(store);
      const statistics = { busyRatio: 0.5, hitRatio: 0.5, overdialRatio: 0.5, timeToCompleteSeconds: 5 };
      const lists = [{ listNo: 3, hitRatio: 0.5, timeToCompleteSeconds: 5 }];
      const said = { statementNo: 9, tag: 9, statistics, lists };
      store.within(({ journal }) => {
        for (const entryNo of [1, 2, 3]) journal.insert(entryNo, groupNo, aTagged(T0 + entryNo, said));
        journal.blank([1, 3]);
      });
      expect(inJournal(store, groupNo)).toEqual([aTagged(T0 + 2, said)]);
      store.within(({ journal }) => {
        journal.blank(numbersOf(store, groupNo));
      });
      store.reopen();
      expect(inJournal(store, groupNo)).toEqual([]);
    },
  },
  {
    name: 'what comes in an hour that has chunks is found beside them, once, after a restart too',
    run: (store) => {
      const posted = (from: number) => [0, 1, 2].map((n) => T0 + from + n * 1000);
      const post = (times: readonly number[]) => {
        store.within(() => {
          for (const atMs of times) store.stores.campaigns.apply(aNotification({ atMs, receivedAtMs: atMs + 20 }));
        });
      };
      const found = () => {
        const groupNo = store.tables.groups.find('default', '101')?.groupNo ?? 0;
        return store.readEvidence().inOrder.placed(groupNo, 0, Number.MAX_SAFE_INTEGER);
      };
      const compact = () => {
        store.transactions.run(() => {
          store.stores.compaction.all(T0 + 60_000);
        });
      };
      post(posted(0));
      compact();
      post(posted(10_000));
      store.reopen();
      post(posted(20_000));
      const all = [...posted(0), ...posted(10_000), ...posted(20_000)];
      expect(found().map(({ atMs }) => atMs)).toEqual(all);
      compact();
      store.reopen();
      expect(found().map(({ atMs }) => atMs)).toEqual(all);
    },
  },
];

const CHUNKS: ContractCase[] = [
  {
    name: 'an hour of a group may have several chunks: blocks come in their order, byte for byte',
    run: (store) => {
      const [groupNo, other] = [aGroup(store), aGroup(store, '102')];
      const { chunks } = store.tables;
      expect([chunks.lastNo(), chunks.blocks(groupNo, HOUR)]).toEqual([0, []]);
      const blocks = [new Uint8Array([1, 0, 255]), new Uint8Array([2]), new Uint8Array(5000).fill(7)];
      store.within(() => {
        blocks.forEach((block, n) => {
          chunks.insert(aChunk({ chunkNo: n + 3, groupNo, block }));
        });
        chunks.insert(aChunk({ chunkNo: 6, groupNo, hour: HOUR + 1 }));
        chunks.insert(aChunk({ chunkNo: 8, groupNo: other }));
      });
      expect(chunks.lastNo()).toBe(8);
      store.reopen();
      expect(store.tables.chunks.lastNo()).toBe(8);
      expect(store.tables.chunks.blocks(groupNo, HOUR).map(({ chunkNo, block }) => [chunkNo, [...block]])).toEqual(
        blocks.map((block, n) => [n + 3, [...block]]),
      );
      expect(store.tables.chunks.blocks(other, HOUR + 1)).toEqual([]);
    },
  },
  {
    name: 'a chunk that is set aside is found by nobody any more, and counted; others stay',
    run: (store) => {
      const groupNo = aGroup(store);
      store.within(({ chunks }) => {
        chunks.insert(aChunk({ chunkNo: 3, groupNo }));
        chunks.insert(aChunk({ chunkNo: 4, groupNo }));
        chunks.insert(aChunk({ chunkNo: 5, groupNo, hour: HOUR + 1 }));
      });
      store.within(({ chunks }) => {
        expect(chunks.damaged()).toBe(0);
        for (const chunkNo of [3, 5, 99]) chunks.setAside(chunkNo, 'the block ends too early', T0);
      });
      store.reopen();
      const { chunks } = store.tables;
      expect(chunks.blocks(groupNo, HOUR).map(({ chunkNo }) => chunkNo)).toEqual([4]);
      expect([chunks.blocks(groupNo, HOUR + 1), chunks.hourAfter(groupNo, HOUR), chunks.damaged()]).toEqual([
        [],
        null,
        2,
      ]);
    },
  },
  {
    name: 'hours with chunks are found before and after one, of their own group, with their greatest date-time',
    run: (store) => {
      const [groupNo, other] = [aGroup(store), aGroup(store, '102')];
      const { chunks } = store.tables;
      store.within(() => {
        chunks.insert(aChunk({ chunkNo: 1, groupNo, hour: HOUR + 5, newestMs: T0 + 500 }));
        chunks.insert(aChunk({ chunkNo: 2, groupNo, hour: HOUR, newestMs: T0 + 900 }));
        chunks.insert(aChunk({ chunkNo: 3, groupNo, hour: HOUR, newestMs: T0 + 300 }));
        chunks.insert(aChunk({ chunkNo: 4, groupNo: other, hour: HOUR + 2 }));
      });
      const before = [HOUR, HOUR + 1, HOUR + 5, HOUR + 6, Infinity].map((hour) => chunks.hourBefore(groupNo, hour));
      expect(before).toEqual([null, HOUR, HOUR, HOUR + 5, HOUR + 5]);
      const after = [-1, HOUR - 1, HOUR, HOUR + 4, HOUR + 5].map((hour) => chunks.hourAfter(groupNo, hour));
      expect(after).toEqual([HOUR, HOUR, HOUR + 5, HOUR + 5, null]);
      const newest = [HOUR, HOUR + 5, HOUR + 2].map((hour) => chunks.newestMs(groupNo, hour));
      expect(newest).toEqual([T0 + 900, T0 + 500, null]);
    },
  },
  {
    name: 'an hour of a group is settled up to the latest row that a chunk of it settles',
    ofOneWriter: NOTHING_SETTLED,
    run: (store) => {
      const [groupNo, other] = [aGroup(store), aGroup(store, '102')];
      const { chunks } = store.tables;
      store.within(() => {
        chunks.insert(aChunk({ chunkNo: 1, groupNo, journalNo: 20 }));
        chunks.insert(aChunk({ chunkNo: 2, groupNo, journalNo: 10 }));
        chunks.insert(aChunk({ chunkNo: 3, groupNo, journalNo: 30, hour: HOUR + 1 }));
      });
      expect([HOUR, HOUR + 1, HOUR + 2].map((hour) => chunks.settledNo(groupNo, hour))).toEqual([20, 30, 0]);
      expect(chunks.settledNo(other, HOUR)).toBe(0);
    },
  },
  {
    name: 'a chunk is found behind a number, thinned in its place, and removed with its hour',
    run: (store) => {
      const groupNo = aGroup(store);
      const { chunks } = store.tables;
      store.within(() => {
        for (const chunkNo of [3, 5]) chunks.insert(aChunk({ chunkNo, groupNo, hour: HOUR + chunkNo, count: 2 }));
      });
      const found = [0, 3, 5].map((chunkNo) => chunks.after(chunkNo)?.chunkNo ?? null);
      expect(found).toEqual([3, 5, null]);
      const block = new Uint8Array([9]);
      store.within(() => {
        chunks.replace({ chunkNo: 3, groupNo, hour: HOUR + 3, count: 1, newestMs: T0 + 7, block });
        chunks.remove({ chunkNo: 5, groupNo, hour: HOUR + 5 });
      });
      expect(chunks.blocks(groupNo, HOUR + 3).map((one) => [...one.block])).toEqual([[9]]);
      expect([chunks.newestMs(groupNo, HOUR + 3), chunks.after(3)]).toEqual([T0 + 7, null]);
      expect([chunks.blocks(groupNo, HOUR + 5), chunks.hourAfter(groupNo, HOUR + 3)]).toEqual([[], null]);
    },
  },
  {
    name: 'what is done to chunks that are there is told by a number, also after a restart; others are added without',
    run: (store) => {
      const groupNo = aGroup(store);
      const told = new Set<number>();
      const isTold = () => told.size !== told.add(store.tables.chunks.changes()).size;
      store.within(({ chunks }) => {
        for (const chunkNo of [3, 4, 5, 6]) chunks.insert(aChunk({ chunkNo, groupNo }));
      });
      expect([isTold(), isTold()]).toEqual([true, false]);
      store.within(({ chunks }) => {
        chunks.insert(aChunk({ chunkNo: 7, groupNo }));
      });
      expect(isTold()).toBe(false);
      const replaced = aChunk({ chunkNo: 3, groupNo, count: 1 });
      const changes: readonly ((chunks: ChunkRows) => void)[] = [
        (chunks) => {
          chunks.replace(replaced);
        },
        (chunks) => {
          chunks.setAside(4, 'the block ends too early', T0);
        },
        (chunks) => {
          chunks.remove(aChunk({ chunkNo: 5, groupNo }));
        },
      ];
      for (const change of changes) {
        store.within(({ chunks }) => {
          change(chunks);
        });
        expect([isTold(), isTold()]).toEqual([true, false]);
      }
      store.reopen();
      expect(isTold()).toBe(false);
      store.forget({ source: 'default' });
      expect(isTold()).toBe(true);
    },
  },
  {
    name: 'the number of a chunk that was set aside, or that retention has come to, is not given again',
    run: (store) => {
      const groupNo = aGroup(store);
      store.within(({ chunks }) => {
        chunks.insert(aChunk({ chunkNo: 3, groupNo }));
        chunks.insert(aChunk({ chunkNo: 4, groupNo }));
        chunks.setAside(4, 'the block ends too early', T0);
      });
      expect(store.tables.chunks.lastNo()).toBe(4);
      for (const [name, upToNo] of [
        ['thinned', 9],
        ['history_chunk', 11],
      ] as const) {
        store.within(({ numbers }) => {
          numbers.keep(name, upToNo);
          numbers.keep('thinned_ms', T0);
        });
        expect(store.tables.chunks.lastNo()).toBe(upToNo);
      }
    },
  },
  {
    name: 'chunks that were written since the journal held a row come newest first',
    ofOneWriter: NOTHING_SETTLED,
    run: (store) => {
      const [one, two] = [aGroup(store), aGroup(store, '102')];
      const { chunks } = store.tables;
      expect([...chunks.writtenSince(0)]).toEqual([]);
      store.within(() => {
        chunks.insert(aChunk({ chunkNo: 1, groupNo: two, journalNo: 10 }));
        chunks.insert(aChunk({ chunkNo: 2, groupNo: one, journalNo: 20 }));
        chunks.insert(aChunk({ chunkNo: 3, groupNo: one, journalNo: 20, hour: HOUR + 1 }));
        chunks.insert(aChunk({ chunkNo: 4, groupNo: two, journalNo: 30 }));
      });
      const all = [
        { groupNo: two, journalNo: 30 },
        { groupNo: one, journalNo: 20 },
        { groupNo: one, journalNo: 20 },
        { groupNo: two, journalNo: 10 },
      ];
      expect([...chunks.writtenSince(0)]).toEqual(all);
      expect([...chunks.writtenSince(20)]).toEqual(all.slice(0, 3));
      expect([...chunks.writtenSince(21)]).toEqual(all.slice(0, 1));
      expect([...chunks.writtenSince(31)]).toEqual([]);
    },
  },
];

const QUARTERS: ContractCase[] = [
  {
    name: 'a quarter of an hour is found as it was put last, of its own group and start',
    run: (store) => {
      const [groupNo, other] = [aGroup(store), aGroup(store, '102')];
      const next = T0 + QUARTER_HOUR_MS;
      const { quarters } = store.tables;
      store.within(() => {
        quarters.putQuarter(groupNo, aQuarter(T0));
        quarters.putQuarter(groupNo, aQuarter(next, { count: 9 }));
        quarters.putQuarter(other, aQuarter(T0, { count: 8 }));
      });
      expect(quarters.quarter(groupNo, T0)).toEqual(aQuarter(T0));
      store.within(() => {
        quarters.putQuarter(groupNo, aQuarter(T0, { count: 7, observedMs: 1 }));
      });
      store.reopen();
      const found = [T0, next, T0 + 1].map((startMs) => store.tables.quarters.quarter(groupNo, startMs));
      expect(found).toEqual([aQuarter(T0, { count: 7, observedMs: 1 }), aQuarter(next, { count: 9 }), null]);
      expect(store.tables.quarters.quarter(other, T0)?.count).toBe(8);
      expect(store.tables.quarters.quarter(other, next)).toBeNull();
    },
  },
  {
    name: 'of figures of four decimals all is found as it was put, and their sum without what adding had put to it',
    run: (store) => {
      const groupNo = aGroup(store);
      const busyRatio = { count: 3, min: 0.1, max: 0.2001, sum: 0.1 + 0.2 + 0.2001, last: 0.2001 };
      const figures = { ...aQuarter(T0).figures, busyRatio, overdialRatio: null };
      store.within(({ quarters }) => {
        quarters.putQuarter(groupNo, aQuarter(T0, { figures }));
      });
      const { sum = NaN, ...rest } = store.tables.quarters.quarter(groupNo, T0)?.figures.busyRatio ?? {};
      expect(rest).toEqual({ count: 3, min: 0.1, max: 0.2001, last: 0.2001 });
      expect(sum).toBeCloseTo(0.5001, 9);
    },
  },
  {
    name: 'a quarter of an hour of a list is found as it was put last',
    run: (store) => {
      const groupNo = aGroup(store);
      const { quarters } = store.tables;
      const [one, two] = store.within(({ lists }) =>
        ['A', 'B'].map((name) => lists.insert(groupNo, { name, dbid: null })),
      ) as [number, number];
      const next = T0 + QUARTER_HOUR_MS;
      store.within(() => {
        quarters.putListQuarter(aListQuarter(one, T0));
        quarters.putListQuarter(aListQuarter(one, next, { hitRatio: null }));
      });
      expect(quarters.listQuarter(one, T0)).toEqual(aListQuarter(one, T0));
      const seconds = { count: 1, min: 5, max: 5, sum: 5, last: 5 };
      store.within(() => {
        quarters.putListQuarter(aListQuarter(one, T0, { timeToCompleteSeconds: seconds }));
      });
      expect(quarters.listQuarter(one, T0)).toEqual(aListQuarter(one, T0, { timeToCompleteSeconds: seconds }));
      expect(quarters.listQuarter(one, next)).toEqual(aListQuarter(one, next, { hitRatio: null }));
      expect([quarters.listQuarter(two, T0), quarters.listQuarter(one, T0 + 1)]).toEqual([null, null]);
    },
  },
];

const STANDING: ContractCase[] = [
  {
    name: 'samples of a date-time that stands still are found by what they are, and the one received last without',
    run: (store) => {
      const [groupNo, other] = [aGroup(store), aGroup(store, '102')];
      const statementNo = aStatement(store, groupNo);
      const { standing } = store.tables;
      const key = (tag: number, atMs = T0) => ({ atMs, statementNo, tag });
      expect([standing.newest(groupNo, T0), standing.receivedMs(groupNo, key(9))]).toEqual([null, null]);
      store.within(() => {
        standing.insert(groupNo, key(9), T0 + 2000);
        standing.insert(groupNo, key(3), T0 + 4000);
        standing.insert(groupNo, key(5), T0 + 1000);
        standing.insert(groupNo, key(2 ** 48 - 1, T0 + 1), T0 + 9000);
        standing.insert(other, key(9), T0 + 8000);
      });
      const received = [9, 3, 5, 4].map((tag) => standing.receivedMs(groupNo, key(tag)));
      expect(received).toEqual([T0 + 2000, T0 + 4000, T0 + 1000, null]);
      expect(standing.receivedMs(groupNo, { ...key(9), statementNo: statementNo + 1 })).toBeNull();
      expect(standing.newest(groupNo, T0)).toEqual({ ...key(3), receivedMs: T0 + 4000 });
      expect(standing.newest(groupNo, T0 + 1)?.tag).toBe(2 ** 48 - 1);
      store.within(() => {
        standing.insert(groupNo, key(1), T0 + 4000);
        standing.insert(groupNo, { ...key(2), statementNo: statementNo + 1 }, T0 + 4000);
      });
      const last = { atMs: T0, statementNo: statementNo + 1, tag: 2, receivedMs: T0 + 4000 };
      expect(standing.newest(groupNo, T0)).toEqual(last);
      store.within(() => {
        standing.remove(groupNo, last);
      });
      expect([standing.receivedMs(groupNo, last), standing.newest(groupNo, T0)?.tag]).toEqual([null, 3]);
    },
  },
];

const LISTS: ContractCase[] = [
  {
    name: 'calling lists keep the order in which they were named, each its own number',
    run: (store) => {
      const [groupNo, other] = [aGroup(store), aGroup(store, '102')];
      const named = [
        { name: 'Z', dbid: null },
        { name: 'A', dbid: '2' },
        { name: 'A', dbid: '1' },
        { name: 'A', dbid: null },
      ];
      const nos = store.within(({ lists }) => named.map((list) => lists.insert(groupNo, list)));
      expect(new Set(nos).size).toBe(4);
      store.reopen();
      const { lists } = store.tables;
      expect(lists.lists(groupNo)).toEqual(named.map((list, n) => ({ listNo: nos[n], ...list })));
      expect(lists.lists(other)).toEqual([]);
    },
  },
  {
    name: 'of the figures of a list those of the newest date-time are kept, and of one date-time those received last',
    run: (store) => {
      const groupNo = aGroup(store);
      const [listNo, unsaid] = store.within(({ lists }) =>
        ['A', 'B'].map((name) => lists.insert(groupNo, { name, dbid: null })),
      ) as [number, number];
      expect(store.newestFigures(groupNo)).toEqual([]);
      const keep = (hitRatio: number | null, atMs: number, receivedMs = atMs) => {
        store.within(({ lists }) => {
          lists.keepNewest({ listNo, hitRatio, timeToCompleteSeconds: 5.25 }, { atMs, receivedMs });
        });
        return store.newestFigures(groupNo);
      };
      const said = (hitRatio: number | null, atMs: number) => {
        return [{ listNo, hitRatio, timeToCompleteSeconds: 5.25, atMs }];
      };
      expect(keep(0.1 + 0.2, T0 + 1000)).toEqual(said(0.1 + 0.2, T0 + 1000));
      expect(keep(0.9, T0, T0 + 9000)).toEqual(said(0.1 + 0.2, T0 + 1000));
      expect(keep(0.8, T0 + 1000, T0 + 999)).toEqual(said(0.1 + 0.2, T0 + 1000));
      expect(keep(null, T0 + 1000, T0 + 1001)).toEqual(said(null, T0 + 1000));
      expect(keep(0.5, T0 + 2000, T0)).toEqual(said(0.5, T0 + 2000));
      expect(unsaid).not.toBe(listNo);
    },
  },
];

const NUMBERS: ContractCase[] = [
  {
    name: 'a number is kept by its name until it is kept no longer',
    run: (store) => {
      expect(store.tables.numbers.kept('thinned')).toBeNull();
      store.within(({ numbers }) => {
        numbers.keep('thinned', 7);
        numbers.keep('thinned_ms', T0);
        numbers.keep('thinned', 8);
      });
      store.reopen();
      expect([store.tables.numbers.kept('thinned'), store.tables.numbers.kept('thinned_ms')]).toEqual([8, T0]);
      store.within(({ numbers }) => {
        numbers.keep('thinned', null);
      });
      expect([store.tables.numbers.kept('thinned'), store.tables.numbers.kept('thinned_ms')]).toEqual([null, T0]);
    },
  },
];

export const EVIDENCE_CASES: readonly ContractCase[] = [
  ...NUMBERS,
  ...JOURNAL,
  ...CHUNKS,
  ...QUARTERS,
  ...STANDING,
  ...LISTS,
];
