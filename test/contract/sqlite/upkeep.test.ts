/** What the store does beside posts, on a real database in which it fails: no post is refused, and it is told. */
import Database from 'better-sqlite3';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RetentionReport } from '../../../src/domain/retention.js';
import type { UpkeepReport } from '../../../src/domain/store-upkeep.js';
import type { Connection } from '../../../src/sqlite/database.js';
import { HeldStore } from '../../../src/sqlite/held-store.js';
import { SqliteTransactions } from '../../../src/sqlite/transactions.js';
import { Retention } from '../../../src/apply/retention.js';
import { KEPT_FOR_EVER } from '../../../src/domain/retention.js';
import { numberHasher } from '../../../src/node/digest.js';
import { ENUMERATIONS } from '../../../src/ocs/enumerations.js';
import { removeFolder } from '../../support/folders.js';
import { aNotification, digest, T0 } from '../../support/notifications.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

let folder: string;
let held: HeldStore;
let transactions: SqliteTransactions;
let other: Connection;
let told: UpkeepReport[];
let [nowMs, elapsedMs] = [T0, 0];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ocm-upkeep-'));
  [nowMs, elapsedMs, told] = [T0, 0, []];
  const path = join(folder, 'test.db');
  const clock = { nowMs: () => nowMs };
  held = new HeldStore({
    path,
    lockWaitMs: 0,
    keepsLedger: false,
    clock,
    digest,
    enumerations: ENUMERATIONS,
    maxHeads: 100,
    numberKey: 'test-key',
    keys: { random: () => 'random-key', hasher: numberHasher },
    quarantineLimitBytes: 1_000_000,
  });
  transactions = new SqliteTransactions(held, {
    clock,
    schemaVersionOf: () => 'schema',
    elapsedMs: () => elapsedMs,
    onUpkeep: (report) => void told.push(report),
  });
  other = new Database(path);
});
afterEach(() => {
  other.close();
  held.release();
  removeFolder(folder);
});

/** As a post does. */
function post(atMs: number, dbid = '101') {
  const { campaigns } = held.store.stores;
  transactions.run(() => campaigns.apply(aNotification({ dbid, atMs, receivedAtMs: atMs })));
}

/** By a clock of both kinds. */
function pass(ms: number) {
  nowMs += ms;
  elapsedMs += ms;
}

/** What the database refuses, whatever it is for. */
const refuse = (when: string) => {
  held.db.exec(`CREATE TRIGGER a_fault BEFORE ${when} BEGIN SELECT raise(ABORT, 'a fault of the test'); END`);
};
const mend = () => held.db.exec('DROP TRIGGER a_fault');
const count = (table: string) => other.prepare(`SELECT count(*) FROM ${table}`).pluck().get() as number;

describe('compaction that fails', () => {
  it('costs no post, is told at each attempt, a minute apart, and when it works again', () => {
    post(T0);
    refuse('INSERT ON chunks');
    for (let minutes = 1; minutes <= 33; minutes++) {
      pass(60_000);
      post(nowMs);
      post(nowMs + 1000);
    }
    // Due after half an hour, and then tried once a minute.
    const fault = { task: 'compaction', why: 'a fault of the test' };
    expect(told).toEqual([fault, fault, fault, fault]);
    expect([count('journal'), count('chunks'), count('quarter_hours')]).toEqual([67, 0, 0]);
    mend();
    pass(60_000);
    transactions.compactWhileIdle(nowMs);
    expect(told.slice(4)).toEqual([{ task: 'compaction', why: null }]);
    expect(count('chunks')).toBeGreaterThan(0);
    transactions.compactWhileIdle(nowMs);
    expect(told).toHaveLength(5);
  });

  it('is told while no post comes, too', () => {
    post(T0);
    refuse('INSERT ON chunks');
    pass(60_000);
    transactions.compactWhileIdle(nowMs);
    pass(31 * 60_000);
    transactions.compactWhileIdle(nowMs);
    transactions.compactWhileIdle(nowMs);
    expect(told).toEqual([{ task: 'compaction', why: 'a fault of the test' }]);
    expect(count('journal')).toBe(1);
  });
});

/** Brings all there is into chunks, and spoils the first block. */
function damagedChunk() {
  transactions.run(() => {
    held.store.stores.compaction.all(nowMs);
  });
  other.exec("UPDATE chunks SET samples = x'01ffffff' WHERE chunk_no = 1");
}

describe('a chunk that cannot be read', () => {
  beforeEach(() => {
    post(T0);
    post(T0 + HOUR_MS);
    damagedChunk();
  });
  const meet = () => held.store.stores.evidence.inOrder.placed(1, T0, T0 + HOUR_MS);

  it('is set aside while no post comes, and its number is given to no other', () => {
    held.dropMemory();
    expect(meet()).toEqual([]);
    transactions.compactWhileIdle(nowMs);
    expect([count('chunks'), count('damaged_chunks'), told]).toEqual([1, 1, []]);
    expect(held.store.damagedChunks()).toEqual({
      count: 1,
      newest: expect.objectContaining({ source: 'default', dbid: '101', samples: 1 }) as object,
    });
  });

  it('costs no post where it cannot be set aside', () => {
    refuse('INSERT ON damaged_chunks');
    held.dropMemory();
    meet();
    post(T0 + 2 * HOUR_MS);
    expect(told).toEqual([{ task: 'set_aside', why: 'a fault of the test' }]);
    mend();
    pass(60_000);
    meet();
    post(T0 + 3 * HOUR_MS);
    expect(told.slice(1)).toEqual([{ task: 'set_aside', why: null }]);
    expect([count('journal'), count('chunks'), count('damaged_chunks')]).toEqual([2, 1, 1]);
  });

  it('is set aside when another says so and it is true, and not else', () => {
    const { evidence } = held.store.stores;
    for (const chunkNo of [2, 7]) evidence.lookAtChunk(chunkNo);
    expect(evidence.hasDamaged).toBe(false);
    evidence.lookAtChunk(1);
    transactions.run(() => undefined);
    expect(other.prepare('SELECT chunk_no FROM damaged_chunks').pluck().all()).toEqual([1]);
  });
});

function retain(days: number): RetentionReport {
  const { tables, stores } = held.store;
  const retentionMs = { ...KEPT_FOR_EVER.retentionMs, notifications: days * DAY_MS, rollups: days * DAY_MS };
  const clock = { nowMs: () => nowMs };
  const options = { ...KEPT_FOR_EVER, retentionMs, clock, elapsedMs: () => performance.now() };
  const slices = new Retention(tables, stores, transactions, options).run();
  for (let slice = slices.next(); ; slice = slices.next()) if (slice.done === true) return slice.value;
}

describe('retention', () => {
  beforeEach(() => {
    for (let minute = 0; minute < 30; minute++) post(T0 + minute * 60_000);
    damagedOrWhole();
  });
  /** Two chunks: the last one stays. */
  function damagedOrWhole() {
    for (const atMs of [T0 + 20 * DAY_MS, T0 + 40 * DAY_MS]) {
      transactions.run(() => {
        held.store.stores.compaction.all(nowMs);
      });
      nowMs = atMs;
      post(atMs);
    }
    transactions.run(() => {
      held.store.stores.compaction.all(nowMs);
    });
    // Behind the journal's rows, which are in chunks.
    for (const one of [1, 2]) post(nowMs + one);
    held.db.exec('DELETE FROM journal WHERE entry_no < (SELECT max(entry_no) FROM journal)');
    held.dropMemory();
  }

  it('of one class that fails keeps no other from it, and says what failed', () => {
    refuse('UPDATE ON chunks');
    const quarters = count('quarter_hours');
    const { removed, failed } = retain(30);
    const why = expect.stringMatching(/^chunk \d+ cannot be thinned: a fault of the test$/) as string;
    expect(failed).toEqual([{ class: 'notifications', why }]);
    expect([removed.notifications, removed.rollups > 0, count('quarter_hours') < quarters]).toEqual([0, true, true]);
    mend();
    const again = retain(30);
    expect([again.failed, again.removed.notifications > 0]).toEqual([[], true]);
  });

  it('sets a chunk aside that cannot be read, and removes it when its time is over', () => {
    other.exec("UPDATE chunks SET samples = x'01ffffff' WHERE chunk_no = 2");
    expect(retain(10).failed).toEqual([]);
    expect(count('damaged_chunks')).toBe(0);
    expect(count('chunks')).toBe(2);
  });

  it('keeps a chunk that cannot be read for as long as samples of its time', () => {
    other.exec("UPDATE chunks SET samples = x'01ffffff' WHERE chunk_no = 2");
    held.store.stores.evidence.lookAtChunk(2);
    expect(retain(30).failed).toEqual([]);
    expect(count('damaged_chunks')).toBe(1);
    retain(0);
    expect(count('damaged_chunks')).toBe(1);
    retain(10);
    expect(count('damaged_chunks')).toBe(0);
  });
});
