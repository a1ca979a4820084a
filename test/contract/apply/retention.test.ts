/** Retention over every store: what is too old goes, what is held stays, and nothing that history stands on is missed. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Batch } from '../../../src/apply/batch.js';
import { Retention } from '../../../src/apply/retention.js';
import { lookAgain } from '../../../src/apply/thinning-pass.js';
import type { Transactions } from '../../../src/apply/transactions.js';
import type { LegacyCallbackEvent } from '../../../src/domain/legacy-callback.js';
import { KEPT_FOR_EVER, type Retentions } from '../../../src/domain/retention.js';
import { eachStore } from '../../support/each-store.js';
import { aLegacyEvent } from '../../support/legacy-events.js';
import { aNotification, T0 } from '../../support/notifications.js';
import type { TestStore } from '../../support/stores.js';

const DAY_MS = 86_400_000;
const [LOADED, RUNNING, NOT_LOADED] = [4, 5, 0];

const STORES = eachStore();

describe.each(Object.entries(STORES))('retention: %s', (name, open) => {
  let store: TestStore;
  beforeEach(() => {
    store = open();
  });
  afterEach(() => {
    store.close();
  });

  function post(dbid: string, atMs: number, stateCode: number, actionCode: number | null = null) {
    const { statement, statistics } = aNotification({ dbid });
    return aNotification({
      dbid,
      atMs,
      receivedAtMs: atMs,
      statement: { ...statement, stateCode, actionCode },
      statistics: { ...statistics, busyRatio: (atMs % 100_000) / 100_000 },
    });
  }

  /** A day of a group that is loaded, runs and posts every minute, received in one batch; compacted at its end. */
  function day(dbid: string, startMs: number) {
    const posts = [post(dbid, startMs, LOADED, 7)];
    for (let n = 1; n <= 100; n++) posts.push(post(dbid, startMs + n * 60_000, RUNNING, n === 1 ? 9 : null));
    posts.push(post(dbid, startMs + 200 * 60_000, LOADED, 10), post(dbid, startMs + 201 * 60_000, NOT_LOADED, 8));
    store.transactions.run(() => {
      for (const one of posts) store.stores.campaigns.apply(one);
    });
    store.transactions.run(() => {
      store.stores.compaction.all(startMs + 3 * 3_600_000);
    });
  }

  function retain(
    nowMs: number,
    retentionMs: Partial<Retentions>,
    { transactions = store.transactions, isRunAgain = name.startsWith('PostgreSQL') } = {},
  ) {
    const settings = { ...KEPT_FOR_EVER, retentionMs: { ...KEPT_FOR_EVER.retentionMs, ...retentionMs } };
    const clock = { nowMs: () => nowMs };
    const run = new Retention(store.tables, store.stores, transactions, {
      ...settings,
      clock,
      elapsedMs: () => performance.now(),
      isRunAgain,
    }).run();
    for (let slice = run.next(); ; slice = run.next()) if (slice.done) return slice.value;
  }

  const samplesOf = (dbid: string) => {
    const groupNo = store.tables.groups.find('default', dbid)?.groupNo ?? 0;
    return store.stores.evidence.inOrder.placed(groupNo, 0, Number.MAX_SAFE_INTEGER);
  };
  const stepsOf = (dbid: string) => [
    ...store.tables.steps.newestFirst(store.tables.groups.find('default', dbid)?.groupNo ?? 0, 1_000_000),
  ];

  it('removes the samples of days past, but those beside transitions, and heads stay as they are', () => {
    day('1', T0);
    day('1', T0 + 40 * DAY_MS);
    const [before, steps] = [store.snapshots(), stepsOf('1')];
    const { removed } = retain(T0 + 41 * DAY_MS, { notifications: 30 * DAY_MS });
    const left = samplesOf('1').filter(({ atMs }) => atMs < T0 + DAY_MS);
    // At each of four steps, and the last before the stop; those before the other steps are steps.
    expect(left.map(({ atMs }) => (atMs - T0) / 60_000)).toEqual([0, 1, 100, 200, 201]);
    expect(removed.notifications).toBe(103 - left.length);
    expect(samplesOf('1').filter(({ atMs }) => atMs > T0 + DAY_MS)).toHaveLength(103);
    expect(stepsOf('1')).toEqual(steps);
    store.stores.campaigns.dropMemory();
    expect(store.snapshots()).toEqual(before);
  });

  it('quarantines what belongs where samples went, and places what belongs beside a transition', () => {
    day('1', T0);
    day('1', T0 + 40 * DAY_MS);
    retain(T0 + 41 * DAY_MS, { notifications: 30 * DAY_MS });
    const { campaigns } = store.stores;
    const late = (minutes: number) => aNotification({ dbid: '1', atMs: T0 + minutes * 60_000 });
    expect(campaigns.isTooOld(late(50.5))).toBe(true);
    expect(campaigns.isTooOld(late(150))).toBe(false);
    expect(campaigns.isTooOld(late(100))).toBe(false);
    expect(campaigns.isTooOld(late(50.5), { samplesMs: -Infinity, historyMs: -Infinity })).toBe(false);
    store.reopen();
    expect(store.stores.campaigns.isTooOld(late(50.5))).toBe(true);
  });

  it('keeps all of a group that is held, and removes it after the hold', () => {
    day('1', T0);
    day('2', T0);
    day('2', T0 + 40 * DAY_MS);
    const group = store.tables.groups.find('default', '1')?.id ?? null;
    const hold = { source: null, group, untilMs: T0 + 50 * DAY_MS, why: 'a complaint', madeMs: T0 };
    store.within(({ retention }) => retention.insertHold(hold));
    retain(T0 + 41 * DAY_MS, { notifications: 30 * DAY_MS, rollups: 30 * DAY_MS });
    expect(samplesOf('1')).toHaveLength(103);
    expect(samplesOf('2').filter(({ atMs }) => atMs < T0 + DAY_MS)).toHaveLength(5);
    retain(T0 + 51 * DAY_MS, { notifications: 30 * DAY_MS, rollups: 30 * DAY_MS });
    expect(samplesOf('1')).toHaveLength(5);
    expect(store.tables.retention.holds()).toEqual([]);
  });

  it('keeps to a hold that is made while it runs', () => {
    day('1', T0);
    day('2', T0 + 40 * DAY_MS);
    const retentionMs = { ...KEPT_FOR_EVER.retentionMs, notifications: 30 * DAY_MS, rollups: 30 * DAY_MS };
    let looks = 0;
    const run = new Retention(store.tables, store.stores, store.transactions, {
      ...KEPT_FOR_EVER,
      retentionMs,
      clock: { nowMs: () => T0 + 41 * DAY_MS },
      // So that each chunk is a slice of its own.
      elapsedMs: () => 1000 * looks++,
    }).run();
    run.next();
    const left = samplesOf('1').length;
    expect(left).toBeLessThan(103);
    const hold = { source: 'default', group: null, untilMs: T0 + 50 * DAY_MS, why: 'a complaint', madeMs: T0 };
    store.within(({ retention }) => retention.insertHold(hold));
    for (let slice = run.next(); !slice.done; slice = run.next());
    const groupNo = store.tables.groups.find('default', '1')?.groupNo ?? 0;
    expect(samplesOf('1')).toHaveLength(left);
    expect(store.tables.quarters.quarter(groupNo, T0 - (T0 % 900_000))).not.toBeNull();
  });

  it('looks again at what a released hold kept', () => {
    day('1', T0);
    day('2', T0 + 40 * DAY_MS);
    const hold = { source: 'default', group: null, untilMs: T0 + 900 * DAY_MS, why: 'a complaint', madeMs: T0 };
    const id = store.within(({ retention }) => retention.insertHold(hold));
    expect(retain(T0 + 41 * DAY_MS, { notifications: 30 * DAY_MS }).removed.notifications).toBe(0);
    store.within(({ retention, numbers }) => {
      retention.removeHold(id);
      lookAgain(numbers);
    });
    expect(retain(T0 + 41 * DAY_MS, { notifications: 30 * DAY_MS }).removed.notifications).toBe(98);
  });

  it('passes over chunks that cannot be thinned, tries the first again with each run, and then those behind it', () => {
    day('1', T0);
    day('2', T0);
    day('1', T0 + 40 * DAY_MS);
    const { chunks } = store.tables;
    const first = chunks.after(0)?.chunkNo ?? 0;
    const refuse =
      <Args extends readonly { readonly chunkNo: number }[]>(work: (...args: Args) => void) =>
      (...args: Args) => {
        if (args.some(({ chunkNo }) => chunkNo === first || chunkNo === first + 1))
          throw new Error('a fault of the test');
        work(...args);
      };
    const [replace, remove] = [refuse(chunks.replace.bind(chunks)), refuse(chunks.remove.bind(chunks))];
    vi.spyOn(chunks, 'replace').mockImplementation(replace);
    vi.spyOn(chunks, 'remove').mockImplementation(remove);
    const run = () => retain(T0 + 41 * DAY_MS, { notifications: 30 * DAY_MS });
    const why = `chunk ${String(first)} cannot be thinned: a fault of the test`;
    const { failed, removed } = run();
    expect(failed).toEqual([{ class: 'notifications', why: `${why}, and 1 more` }]);
    // All of the other group.
    expect(removed.notifications).toBeGreaterThanOrEqual(98);
    const again = run();
    expect([again.failed, again.removed.notifications]).toEqual([[{ class: 'notifications', why }], 0]);
    vi.restoreAllMocks();
    store.reopen();
    expect(store.tables.numbers.kept('unthinned_chunk')).toBe(first);
    const mended = run();
    expect([mended.failed, removed.notifications + mended.removed.notifications]).toEqual([[], 2 * 98]);
    expect(store.tables.numbers.kept('unthinned_chunk')).toBeNull();
  });

  it('counts what went once where the store runs a slice again, and leaves none of its work out', () => {
    day('1', T0);
    day('1', T0 + 40 * DAY_MS);
    const delivery = { source: 'default', endpoint: 'campaign-group-state' as const, receivedAtMs: T0 };
    store.transactions.run((batch) => {
      for (const bytes of ['no JSON', 'nor this']) batch.quarantine({ ...delivery, bytes }, 'not_json', []);
    });
    const undone = new Error('the transaction could not be committed');
    const runOnlyToBeUndone = (work: (batch: Batch) => void) => {
      expect(() => {
        store.transactions.run((batch) => {
          work(batch);
          throw undone;
        });
      }).toThrow(undone);
    };
    const twice: Transactions = {
      run: (work) => {
        runOnlyToBeUndone(work);
        return store.transactions.run(work);
      },
      attempt: (batch, work) => store.transactions.attempt(batch, work),
    };
    const { removed, failed } = retain(
      T0 + 41 * DAY_MS,
      { notifications: 30 * DAY_MS, quarantine: 30 * DAY_MS },
      { transactions: twice, isRunAgain: true },
    );
    expect([removed.notifications, removed.quarantine, failed]).toEqual([98, 2, []]);
    expect(samplesOf('1').filter(({ atMs }) => atMs < T0 + DAY_MS)).toHaveLength(5);
    expect(store.stores.quarantine.counts()).toEqual([]);
  });

  it('removes quarters of an hour, and old history but the present state', () => {
    day('1', T0);
    day('1', T0 + 40 * DAY_MS);
    const groupNo = store.tables.groups.find('default', '1')?.groupNo ?? 0;
    const { removed } = retain(T0 + 41 * DAY_MS, { rollups: 30 * DAY_MS });
    expect(removed.rollups).toBeGreaterThan(5);
    expect(store.tables.quarters.quarter(groupNo, T0 - (T0 % 900_000))).toBeNull();
    for (let n = 0; n < 8; n++) day('1', T0 + (50 + n) * DAY_MS);
    const before = store.snapshots();
    const history = retain(T0 + 58 * DAY_MS, { notifications: 5 * DAY_MS, history: 10 * DAY_MS });
    expect(history.removed.history).toBeGreaterThan(0);
    expect(Math.min(...stepsOf('1').map(({ atMs }) => atMs))).toBeGreaterThan(T0 + DAY_MS);
    expect(samplesOf('1').filter(({ atMs }) => atMs < T0 + DAY_MS)).toEqual([]);
    expect(store.snapshots()).toEqual(before);
    store.reopen();
    expect(store.snapshots()).toEqual(before);
  });

  it('removes nothing where everything is kept for ever', () => {
    day('1', T0);
    const { removed } = retain(T0 + 9000 * DAY_MS, {});
    expect(Object.values(removed)).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('removes events from before there were records by their own time, but those of a source that is held', () => {
    const events = [-2, 0, 1].map((days) => aLegacyEvent({ digest: String(days), atMs: T0 + days * DAY_MS }));
    const held = aLegacyEvent({ source: 'held', atMs: T0 - 2 * DAY_MS });
    store.within(({ legacyEvents, retention }) => {
      for (const event of [...events, held]) legacyEvents.put(event);
      retention.insertHold({ source: 'held', group: null, untilMs: T0 + 9 * DAY_MS, why: 'audit', madeMs: T0 });
    });
    expect(retain(T0 + DAY_MS, { callbacks: DAY_MS + 1 }).removed.callbacks).toBe(1);
    const put = (event: LegacyCallbackEvent) => store.within(({ legacyEvents }) => legacyEvents.put(event));
    expect([...events, held].map(put)).toEqual([true, false, false, false]);
  });

  it('removes bodies that were received last long ago, and counts them no longer', () => {
    const delivery = { source: 'default', endpoint: 'campaign-group-state' as const, bytes: 'no JSON' };
    store.transactions.run((batch) => {
      batch.quarantine({ ...delivery, receivedAtMs: T0 }, 'not_json', []);
      batch.quarantine({ ...delivery, bytes: 'newer', receivedAtMs: T0 + DAY_MS }, 'not_json', []);
    });
    expect(retain(T0 + 91 * DAY_MS - 1, { quarantine: 90 * DAY_MS }).removed.quarantine).toBe(1);
    expect(store.stores.quarantine.counts()).toEqual([{ source: 'default', reason: 'not_json', rows: 1 }]);
    expect(retain(T0 + 92 * DAY_MS, { quarantine: 90 * DAY_MS }).removed.quarantine).toBe(1);
    expect(store.stores.quarantine.counts()).toEqual([]);
  });

  it.runIf(name === 'SQLite')('lets samples go before their time for the limit, oldest first, and says so', () => {
    for (let n = 0; n < 3; n++) day('1', T0 + n * DAY_MS);
    const steps = stepsOf('1');
    const limited = new Retention(store.tables, store.stores, store.transactions, {
      ...KEPT_FOR_EVER,
      storeLimitBytes: 1,
      clock: { nowMs: () => T0 + 3 * DAY_MS },
      elapsedMs: () => performance.now(),
    });
    expect(limited.isOverLimit).toBe(true);
    const run = limited.run();
    let report = run.next();
    while (!report.done) report = run.next();
    expect(report.value).toMatchObject({ isLimited: true });
    expect(report.value.removed.notifications).toBeGreaterThan(200);
    expect(stepsOf('1')).toEqual(steps);
  });

  it.runIf(name !== 'memory')('says what is kept since when, and about how many bytes', () => {
    day('1', T0);
    day('2', T0 + 40 * DAY_MS);
    const { kept, usedBytes } = retain(T0 + 41 * DAY_MS, { notifications: 30 * DAY_MS });
    expect(kept.notifications.oldestMs).toBe(T0 + 40 * DAY_MS + 3 * 3_600_000);
    expect(kept.history.oldestMs).toBe(T0);
    expect(kept.rollups.bytes).toBeGreaterThan(1000);
    expect(usedBytes).toBeGreaterThan(100_000);
  });
});
