/** One history, wherever evidence lies: in the journal, in chunks, half in each, or in both at once. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Evidence } from '../../../src/apply/evidence.js';
import { HOUR_MS } from '../../../src/evidence/quarter-hours.js';
import { placeMs, type TaggedSample } from '../../../src/evidence/sample.js';
import { eachStore } from '../../support/each-store.js';
import { T0 } from '../../support/notifications.js';
import type { TestStore } from '../../support/stores.js';
import { aGroup, aStatement, aTagged, NO_STATISTICS } from './contract-rows.js';

const STORES = eachStore();

/** After which of the samples that a case puts all there is is compacted. */
const COMPACTED = {
  'in the journal': () => false,
  'in chunks': (_n: number, of: number) => of === 1,
  'half in each': (n: number, of: number) => n === Math.ceil(of / 2),
  'in a chunk per sample': () => true,
} as const;

const CASES = Object.entries(STORES).flatMap(([name, open]) =>
  Object.entries(COMPACTED).map(([where, isCompacted]) => ({ name, where, open, isCompacted })),
);

describe.each(CASES)('evidence of a store: $name, $where', ({ open, isCompacted }) => {
  let store: TestStore;
  let groupNo: number;
  let [one, two] = [0, 0];
  beforeEach(() => {
    store = open();
    groupNo = aGroup(store);
    one = aStatement(store, groupNo, 'one');
    two = aStatement(store, groupNo, 'two');
  });
  afterEach(() => {
    store.close();
  });

  /** As commits do, one for each sample. */
  function put(samples: readonly TaggedSample[], ofGroup = groupNo): void {
    samples.forEach((sample, n) => {
      store.within(() => {
        const { evidence, compaction } = store.stores;
        evidence.append(ofGroup, sample);
        if (isCompacted(n + 1, samples.length) || (n + 1 === samples.length && isCompacted(1, 1))) compaction.all(T0);
      });
    });
  }

  /** As it is known, and as it is read by whoever comes new. */
  function bothSee(look: (evidence: Evidence) => void): void {
    look(store.stores.evidence);
    store.reopen();
    look(store.stores.evidence);
  }

  it('has every sample as it was put, to the last bit, also one from a clock that is ahead', () => {
    const statistics = { busyRatio: 0.1 + 0.2, hitRatio: -0.5, overdialRatio: 5e-324, timeToCompleteSeconds: 1e15 };
    const lists = [
      { listNo: 3, hitRatio: 0.1 + 0.2, timeToCompleteSeconds: null },
      { listNo: 9, hitRatio: null, timeToCompleteSeconds: 5.25 },
    ];
    const samples = [
      aTagged(T0, { statementNo: one, statistics, lists, receivedMs: T0 - 3000 }),
      aTagged(T0 + HOUR_MS, { statementNo: two, lists: lists.slice(1) }),
    ];
    put(samples);
    bothSee((evidence) => {
      expect(evidence.sample(groupNo, T0, one, 0)).toEqual(samples[0]);
      expect(evidence.sample(groupNo, T0 + HOUR_MS, two, 0)).toEqual(samples[1]);
      expect(evidence.sample(groupNo, T0, two, 0)).toBeNull();
      expect(evidence.sample(groupNo, T0, one, 1)).toBeNull();
      expect(evidence.sample(groupNo, T0 + 1, one, 0)).toBeNull();
      expect(evidence.sample(groupNo + 1, T0, one, 0)).toBeNull();
      expect(evidence.inOrder.placed(groupNo, 0, T0 + 2 * HOUR_MS)).toEqual(samples);
    });
  });

  it('has date-times, distinct and ascending, from one on and before one, however they came, over hours', () => {
    const other = aGroup(store, '102');
    const foreign = aStatement(store, other);
    bothSee((evidence) => {
      expect([evidence.newestAtMs(groupNo), evidence.timesFrom(groupNo, 0, 10)]).toEqual([null, []]);
      expect(evidence.lastAtMsBefore(groupNo, T0)).toBeNull();
    });
    const times = [T0 + 3000, T0, T0 + 5 * HOUR_MS, T0 + 1000, T0 + 2 * HOUR_MS];
    put(times.map((atMs) => aTagged(atMs, { statementNo: one })));
    put([aTagged(T0 + 1000, { statementNo: two })]);
    put([aTagged(T0 + 9 * HOUR_MS, { statementNo: foreign })], other);
    const ascending = [T0, T0 + 1000, T0 + 3000, T0 + 2 * HOUR_MS, T0 + 5 * HOUR_MS];
    bothSee((evidence) => {
      expect(evidence.timesFrom(groupNo, 0, 10)).toEqual(ascending);
      for (const limit of [1, 2, 3, 4, 5]) {
        expect(evidence.timesFrom(groupNo, Number.MIN_SAFE_INTEGER, limit)).toEqual(ascending.slice(0, limit));
        expect(evidence.timesFrom(groupNo, T0 + 1000, limit)).toEqual(ascending.slice(1, 1 + limit));
      }
      expect(evidence.timesFrom(groupNo, T0 + 3001, 10)).toEqual(ascending.slice(3));
      expect(evidence.newestAtMs(groupNo)).toBe(T0 + 5 * HOUR_MS);
      expect(ascending.map((atMs) => evidence.lastAtMsBefore(groupNo, atMs))).toEqual([null, ...ascending.slice(0, 4)]);
      expect(evidence.lastAtMsBefore(groupNo, T0 + 99 * HOUR_MS)).toBe(T0 + 5 * HOUR_MS);
      expect(new Set(evidence.statementNosAt(groupNo, T0 + 1000))).toEqual(new Set([one, two]));
      expect(evidence.statementNosAt(groupNo, T0 + 1000).length).toBe(2);
      expect([evidence.statementNosAt(groupNo, T0), evidence.statementNosAt(groupNo, T0 + 1)]).toEqual([[one], []]);
    });
  });

  it('knows of repeats of a date-time the one received last, whatever its tag, and the hour it was received in', () => {
    const received = [0, 9 * HOUR_MS, 2 * HOUR_MS, HOUR_MS];
    bothSee((evidence) => {
      expect(evidence.newestRepeat(groupNo, T0)).toBeNull();
    });
    put(
      received.map((afterMs, n) =>
        aTagged(T0, { statementNo: one, tag: n === 0 ? 0 : 10 - n, receivedMs: T0 + afterMs }),
      ),
    );
    bothSee((evidence) => {
      expect(evidence.newestRepeat(groupNo, T0)).toMatchObject({ receivedMs: T0 + 9 * HOUR_MS });
      expect(evidence.newestReceivedMs(groupNo, T0)).toBe(T0 + 9 * HOUR_MS);
      expect(evidence.sample(groupNo, T0, one, 8)?.receivedMs).toBe(T0 + 2 * HOUR_MS);
      expect([evidence.sample(groupNo, T0, one, 6), evidence.newestRepeat(groupNo, T0 + 1)]).toEqual([null, null]);
      expect(evidence.newestReceivedMs(groupNo, T0 + 1)).toBe(0);
      expect([evidence.timesFrom(groupNo, 0, 10), evidence.newestAtMs(groupNo)]).toEqual([[T0], T0]);
      expect(evidence.lastAtMsBefore(groupNo, T0 + 99 * HOUR_MS)).toBe(T0);
    });
  });

  it('has the greatest date-time as the newest, though one before it is repeated hours later', () => {
    put([
      aTagged(T0, { statementNo: one }),
      aTagged(T0 + HOUR_MS, { statementNo: one }),
      aTagged(T0, { statementNo: one, tag: 5, receivedMs: T0 + 4 * HOUR_MS }),
    ]);
    bothSee((evidence) => {
      expect(evidence.newestAtMs(groupNo)).toBe(T0 + HOUR_MS);
      expect(evidence.lastAtMsBefore(groupNo, T0 + 9 * HOUR_MS)).toBe(T0 + HOUR_MS);
    });
  });

  it('has the time to complete that was said last between two moments, by date-time, then by receipt', () => {
    const says = (atMs: number, tag: number, timeToCompleteSeconds: number | null, receivedMs = atMs) =>
      aTagged(atMs, { statementNo: one, tag, receivedMs, statistics: { ...NO_STATISTICS, timeToCompleteSeconds } });
    put([
      says(T0, 0, 900),
      says(T0 + 1000, 0, 800, T0 + 7000),
      says(T0 + 1000, 4, 700, T0 + 1000),
      says(T0 + 2000, 0, null),
      says(T0 + HOUR_MS, 0, 600),
    ]);
    bothSee((evidence) => {
      expect(evidence.secondsLeft(groupNo, T0, T0 + 2000)).toBe(800);
      expect(evidence.secondsLeft(groupNo, T0, T0 + HOUR_MS)).toBe(600);
      expect(evidence.secondsLeft(groupNo, T0, T0 + HOUR_MS - 1)).toBe(800);
      expect(evidence.secondsLeft(groupNo, T0 + 1500, T0 + 2500)).toBeNull();
      expect(evidence.secondsLeft(groupNo, T0 - 9, T0 - 1)).toBeNull();
    });
  });

  it('is read in the order of places, forwards and backwards, each sample once, within a half-open range', () => {
    const other = aGroup(store, '102');
    put([
      aTagged(T0 + 2 * HOUR_MS, { statementNo: one }),
      aTagged(T0, { statementNo: one, receivedMs: T0 + 500 }),
      aTagged(T0, { statementNo: two, receivedMs: T0 + 100 }),
      aTagged(T0, { statementNo: one, tag: 9, receivedMs: T0 + HOUR_MS }),
      aTagged(T0, { statementNo: one, tag: 3, receivedMs: T0 + 2 * HOUR_MS }),
      aTagged(T0 + 10, { statementNo: one }),
    ]);
    put([aTagged(T0 + 5, { statementNo: aStatement(store, other) })], other);
    const order = [
      [0, two, 0],
      [0, one, 0],
      [10, one, 0],
      [0, one, 9],
      [0, one, 3],
      [2 * HOUR_MS, one, 0],
    ];
    const shape = ({ atMs, statementNo, tag }: TaggedSample) => [atMs - T0, statementNo, tag];
    bothSee((evidence) => {
      const all = [...evidence.inOrder.forwards(groupNo, 0, Number.MAX_SAFE_INTEGER)];
      const places = all.map(placeMs);
      expect(places).toEqual([...places].sort((a, b) => a - b));
      expect(all.slice(0, 4).map(shape)).toEqual(order.slice(0, 4));
      expect(all.slice(4).map(shape).sort()).toEqual(order.slice(4).sort());
      expect([...evidence.inOrder.backwards(groupNo, 0, Number.MAX_SAFE_INTEGER)]).toEqual([...all].reverse());
      expect(evidence.inOrder.placed(groupNo, 0, Number.MAX_SAFE_INTEGER)).toEqual(all);
      expect(evidence.inOrder.placed(groupNo, T0, T0 + 10).map(shape)).toEqual(order.slice(0, 2));
      expect(evidence.inOrder.placed(groupNo, T0 + 1, T0 + HOUR_MS).map(shape)).toEqual([[10, one, 0]]);
      expect(evidence.inOrder.placed(groupNo, T0 + HOUR_MS, T0 + HOUR_MS + 1).map(shape)).toEqual([[0, one, 9]]);
      expect(evidence.inOrder.placed(groupNo, T0 + 11, T0 + HOUR_MS)).toEqual([]);
    });
  });

  it('is found by a reader that has looked before, and looks again', () => {
    const reader = store.readEvidence();
    const seen = (from: number) =>
      reader.inOrder.placed(groupNo, from, Number.MAX_SAFE_INTEGER).map(({ atMs }) => atMs - T0);
    put([aTagged(T0, { statementNo: one }), aTagged(T0 + 10, { statementNo: one })]);
    reader.refresh();
    expect(seen(0)).toEqual([0, 10]);
    put([aTagged(T0 + 20, { statementNo: one }), aTagged(T0 + 5, { statementNo: one })]);
    reader.refresh();
    expect(seen(0)).toEqual([0, 5, 10, 20]);
    store.within(() => {
      store.stores.compaction.all(T0);
    });
    put([aTagged(T0 + 15, { statementNo: one })]);
    reader.refresh();
    expect(seen(T0 + 6)).toEqual([10, 15, 20]);
    expect(reader.newestAtMs(groupNo)).toBe(T0 + 20);
  });

  it('forgets what a transaction put that was undone, compacted or not, and goes on behind what stayed', () => {
    put([aTagged(T0, { statementNo: one }), aTagged(T0 + 10, { statementNo: one })]);
    for (const isCompactedToo of [false, true]) {
      const attempt = () =>
        store.within(() => {
          const { evidence, compaction } = store.stores;
          evidence.append(groupNo, aTagged(T0 + 20, { statementNo: two }));
          if (isCompactedToo) compaction.all(T0);
          expect(evidence.newestAtMs(groupNo)).toBe(T0 + 20);
          throw new RangeError('a fault of the work');
        });
      expect(attempt).toThrow(RangeError);
      const { evidence } = store.stores;
      expect(evidence.newestAtMs(groupNo)).toBe(T0 + 10);
      expect(evidence.sample(groupNo, T0 + 20, two, 0)).toBeNull();
      expect(evidence.timesFrom(groupNo, 0, 10)).toEqual([T0, T0 + 10]);
    }
    put([aTagged(T0 + 20, { statementNo: one })]);
    bothSee((evidence) => {
      expect(evidence.inOrder.placed(groupNo, 0, Number.MAX_SAFE_INTEGER).map(({ atMs }) => atMs)).toEqual([
        T0,
        T0 + 10,
        T0 + 20,
      ]);
      expect(evidence.sample(groupNo, T0 + 20, one, 0)).not.toBeNull();
    });
  });

  it('is blanked in the journal some rows at a time, until none is left there', () => {
    put([0, 10, 20].map((afterMs) => aTagged(T0 + afterMs, { statementNo: one })));
    const other = aGroup(store, '102');
    store.within(() => {
      store.stores.evidence.append(groupNo, aTagged(T0 + 30, { statementNo: one }));
      store.stores.evidence.append(other, aTagged(T0, { statementNo: one }));
      store.stores.evidence.append(groupNo, aTagged(T0 + 40, { statementNo: one }));
    });
    const inJournal = store.stores.evidence.uncompacted(groupNo).length;
    const blanked: (readonly number[])[] = [];
    const blankSome = () =>
      store.within(() => {
        const nos = store.stores.evidence.blank(groupNo, 2);
        if (nos.length > 0) blanked.push(nos);
        return nos.length;
      });
    while (blankSome() > 0);
    expect(blanked.flat().length).toBe(inJournal);
    expect(blanked.every(({ length }) => length <= 2)).toBe(true);
    bothSee((evidence) => {
      expect([evidence.uncompacted(groupNo).length, evidence.uncompacted(other).length]).toEqual([0, 1]);
      expect(evidence.inOrder.placed(other, 0, Number.MAX_SAFE_INTEGER).length).toBe(1);
    });
  });
});
