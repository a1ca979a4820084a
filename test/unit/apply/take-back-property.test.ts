/** What a log told, taken back, has never been: history, quarters and how groups stand are what they were. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commitBatch } from '../../../src/apply/commit.js';
import type { ImportItem } from '../../../src/domain/import.js';
import type { Notification } from '../../../src/domain/notification.js';
import { encodeNotification } from '../../../src/ocs/encode-notification.js';
import { deliveredLife } from '../../support/lives.js';
import { aNotification } from '../../support/notifications.js';
import { memoryStore, type TestStore } from '../../support/stores.js';
import { randomRuns } from '../../support/random-runs.js';

const DBIDS = ['101', '102'];
/** Lives may be longer than the stores' clock has run. */
const NOW_MS = 4e12;
const nowMs = () => NOW_MS;

function commit(store: TestStore, notifications: readonly Notification[]): void {
  const deliveries = notifications.map((one) => ({
    endpoint: 'campaign-group-state' as const,
    source: one.source,
    receivedAtMs: one.receivedAtMs,
    bytes: encodeNotification(one),
  }));
  commitBatch(deliveries, { judges: store.judges, nowMs: NOW_MS, transactions: store.transactions });
}

/** All that is derived of evidence; heads as a restart finds them, and as they are in memory. */
function derived(store: TestStore) {
  const { tables, stores } = store;
  const groups = DBIDS.flatMap((dbid) => tables.groups.find('default', dbid) ?? []);
  return groups.map(({ groupNo, dbid }) => {
    const samples = stores.evidence.inOrder.placed(groupNo, 0, 8e15);
    const starts = new Set(samples.map(({ atMs }) => Math.floor(atMs / 900_000) * 900_000));
    return {
      samples,
      steps: [...tables.steps.newestFirst(groupNo, Infinity)],
      quarters: [...starts].map((startMs) => tables.quarters.quarter(groupNo, startMs)),
      snapshot: { ...stores.campaigns.heads.snapshot('default', dbid), groupNo: null },
    };
  });
}

const told = fc.record({
  dbid: fc.constantFrom(...DBIDS),
  /** Where in the time of what is posted. */
  place: fc.double({ min: -0.1, max: 1.1, noNaN: true }),
  /** Just where something was posted. */
  isThere: fc.boolean(),
  stateCode: fc.constantFrom(0, 1, 2, 4, 5),
  actionCode: fc.constantFrom(null, 7, 8, 9, 10, 11, 29),
});
type Told = typeof told extends fc.Arbitrary<infer T> ? T : never;

function itemOf({ dbid, place, isThere, stateCode, actionCode }: Told, times: readonly number[]): ImportItem {
  const [firstMs, lastMs] = [times[0] ?? 0, times.at(-1) ?? 0];
  const anyMs = Math.round(firstMs + place * (lastMs - firstMs + 1000));
  const atMs = isThere ? (times[Math.floor(Math.abs(place) * times.length) % times.length] ?? anyMs) : anyMs;
  const { statement } = aNotification();
  const bare = {
    dialModeCode: null,
    optimizeByCode: null,
    optimizeGoal: null,
    actorCode: null,
    sendsStatistics: false,
  };
  const attributes = { ...statement.attributes, guid: '' };
  const notification = aNotification({ dbid, atMs, statement: { ...bare, stateCode, actionCode, attributes } });
  const statistics = { busyRatio: null, hitRatio: null, overdialRatio: null, timeToCompleteSeconds: null };
  const bytes = encodeNotification({ ...notification, source: 'default', statistics, callingLists: [] });
  return { endpoint: 'campaign-group-state', source: 'default', origin: 'ocs-log', receivedAtMs: null, bytes };
}

const timeOf = ({ bytes }: ImportItem) => Number(/"GSW_DATE_TIME":"([^"]+)"/.exec(bytes)?.[1]);

describe('what a log told', () => {
  it('can be taken back, whenever it came, and wherever it lies by then', { timeout: 300_000 }, () => {
    const habits = fc.record({
      compactsBefore: fc.boolean(),
      compactsAfter: fc.boolean(),
      goesOn: fc.boolean(),
      isInterrupted: fc.boolean(),
    });
    fc.assert(
      fc.property(
        deliveredLife(DBIDS),
        fc.array(told, { minLength: 1, maxLength: 12 }),
        habits,
        (life, tells, habit) => {
          const { compactsBefore, compactsAfter, goesOn, isInterrupted } = habit;
          const store = memoryStore({ nowMs });
          const plain = memoryStore({ nowMs });
          const half = goesOn ? Math.ceil(life.batches.length / 2) : life.batches.length;
          const both = (batches: readonly (readonly Notification[])[]) => {
            for (const batch of batches) for (const one of [store, plain]) commit(one, batch);
          };
          const compact = (isIt: boolean) => {
            for (const one of isIt ? [store, plain] : [])
              one.transactions.run(() => {
                one.stores.compaction.all(NOW_MS);
              });
          };
          both(life.batches.slice(0, half));
          compact(compactsBefore);
          const times = life.batches.flat().map(({ atMs }) => atMs);
          const known = new Set(life.batches.slice(0, half).flatMap((batch) => batch.map(({ dbid }) => dbid)));
          const items = tells
            .filter(({ dbid }) => known.has(dbid))
            .map((one) =>
              itemOf(
                one,
                times.sort((a, b) => a - b),
              ),
            )
            .sort((a, b) => timeOf(b) - timeOf(a));
          if (items.length === 0) return;
          store.import(items, {}, NOW_MS);
          both(life.batches.slice(half));
          compact(compactsAfter);
          if (isInterrupted) {
            store.import(items, { takesBack: true, dryRun: true }, NOW_MS);
            store.import(items.slice(0, 3), { takesBack: true }, NOW_MS);
          }
          store.import(items, { takesBack: true }, NOW_MS);
          const again = store.import(items, { takesBack: true }, NOW_MS).receipts;
          expect(again.every(({ outcome }) => outcome === 'duplicate')).toBe(true);
          const inMemory = derived(store).map(({ snapshot }) => snapshot);
          store.reopen();
          plain.reopen();
          // Numbers of statements are the store's own.
          const bare = (one: TestStore) =>
            derived(one).map((of) => ({
              ...of,
              samples: of.samples.map(({ statementNo, ...sample }) => ({
                ...sample,
                content: one.tables.statements.byNo(statementNo).contentDigest,
              })),
            }));
          expect(bare(store)).toEqual(bare(plain));
          expect(inMemory).toEqual(derived(plain).map(({ snapshot }) => snapshot));
        },
      ),
      { numRuns: randomRuns(150) },
    );
  });

  it('is all that can be taken back: what was posted, or imported as it was received, stays', () => {
    const store = memoryStore({ nowMs });
    const posted = aNotification({ source: 'default' });
    commit(store, [posted]);
    const item = { endpoint: 'campaign-group-state' as const, source: 'default', receivedAtMs: null };
    const before = derived(store);
    for (const origin of ['import', 'ocs-log'] as const) {
      const items = [{ ...item, origin, bytes: encodeNotification(posted) }];
      expect(store.import(items, { takesBack: true }, NOW_MS).receipts).toMatchObject([{ outcome: 'duplicate' }]);
    }
    const none = [{ ...item, origin: 'ocs-log' as const, bytes: '{}' }];
    expect(store.import(none, { takesBack: true }, NOW_MS).receipts).toMatchObject([{ outcome: 'duplicate' }]);
    expect(derived(store)).toEqual(before);
  });
});
