/** What is exported and imported elsewhere is the same history. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HeldNotifications } from '../../../src/apply/held-notifications.js';
import { commitBatch } from '../../../src/apply/commit.js';
import { notificationLine } from '../../../src/cli/export-notifications.js';
import { notificationLines } from '../../../src/cli/import-notifications.js';
import type { ImportItem } from '../../../src/domain/import.js';
import { placeMs } from '../../../src/evidence/sample.js';
import { encodeNotification } from '../../../src/ocs/encode-notification.js';
import { type Delivered, deliveredLife } from '../../support/lives.js';
import { memoryStore, type TestStore } from '../../support/stores.js';
import { randomRuns } from '../../support/random-runs.js';

const DBIDS = ['101', '102'];
const RUNS = randomRuns(100);
const EVER = { fromMs: 0, toMs: 8.64e15 };
/** Lives may be longer than the stores' clock has run. */
const nowMs = () => 4e12;

/** What every group has of evidence and of transitions, and how it stands; but numbers, which are the store's own. */
function told({ tables, stores }: TestStore) {
  return DBIDS.map((dbid) => {
    const group = tables.groups.find('default', dbid);
    if (group === null) return null;
    const samples = stores.evidence.inOrder.placed(group.groupNo, EVER.fromMs, EVER.toMs).map((sample) => {
      const { contentDigest } = tables.statements.byNo(sample.statementNo);
      return {
        at: placeMs(sample),
        atMs: sample.atMs,
        receivedMs: sample.receivedMs,
        contentDigest,
        ...sample.statistics,
      };
    });
    const transitions = [...tables.steps.newestFirst(group.groupNo, Infinity)].flatMap(
      ({ transition }) => transition ?? [],
    );
    return { samples, transitions };
  });
}

function exported({ tables, stores }: TestStore): ImportItem[] {
  const held = new HeldNotifications(tables, stores.evidence);
  const reader = notificationLines({ source: null, bodyLimitBytes: 256 * 1024 });
  let no = 0;
  return DBIDS.flatMap((dbid) => {
    const group = tables.groups.find('default', dbid);
    return group === null ? [] : held.page(group, EVER).notifications;
  }).flatMap((notification) => {
    const text = notificationLine(notification).trimEnd();
    return reader.feed({ no: ++no, text, bytes: text.length }).flatMap(({ item }) => item ?? []);
  });
}

/** Posts a life as it arrives. */
function received({ batches }: Delivered): TestStore {
  const store = memoryStore({ nowMs });
  for (const batch of batches) {
    const deliveries = batch.map((notification) => ({
      endpoint: 'campaign-group-state' as const,
      source: notification.source,
      receivedAtMs: notification.receivedAtMs,
      bytes: encodeNotification(notification),
    }));
    commitBatch(deliveries, { judges: store.judges, nowMs: nowMs(), transactions: store.transactions });
  }
  return store;
}

describe('an export', () => {
  it('imported into an empty store is the same evidence and the same history, and once', { timeout: 300_000 }, () => {
    fc.assert(
      fc.property(deliveredLife(DBIDS), (life) => {
        const store = received(life);
        const other = memoryStore({ nowMs });
        const items = exported(store);
        for (let from = 0; from < items.length; from += 50) other.import(items.slice(from, from + 50), {}, nowMs());
        expect(told(other)).toEqual(told(store));
        const again = other.import(items.slice(0, 200), {}, nowMs()).receipts.map(({ outcome }) => outcome);
        expect(again.filter((outcome) => outcome !== 'duplicate')).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });
});
