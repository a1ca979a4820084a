/**
 * Events of callbacks, told to one database by several receivers at once, are merged as SQLite merges them that is told the
 * same in another order. A callback's id is the sender's, and an event is known by the digest of what it says: both are
 * compared, with all that follows from the set of events. What follows from who came first cannot be: numbers of events in
 * their callback, when something was received first, and how many came after a final record.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CallbackStore } from '../../../src/apply/callbacks.js';
import type { Tables } from '../../../src/apply/tables.js';
import type { ReceivedEvent } from '../../../src/domain/callback.js';
import { openForWriting } from '../../../src/sqlite/database.js';
import { sqliteTables } from '../../../src/sqlite/tables.js';
import { prepareDatabase } from '../../support/campaign-stores.js';
import { callbackWorlds } from '../../support/callback-worlds.js';
import { removeFolder } from '../../support/folders.js';
import { LaneWorlds } from '../../support/lane-worlds.js';
import { digest, T0 } from '../../support/notifications.js';
import { postgresServer } from '../../support/postgres-server.js';

const RUNS = process.env['OCM_TEST_LONG'] === undefined ? 30 : 500;

const folder = mkdtempSync(join(tmpdir(), 'ocm-lanes-'));
const db = openForWriting(join(folder, 'callbacks.db'));
prepareDatabase(db);
// Nothing here is about power cuts.
db.pragma('synchronous = OFF');
const tablesOfSqlite = sqliteTables(db);
const sqlite = new CallbackStore(tablesOfSqlite, { digest, hashNumber: (number) => `hash of ${number}` });

let worlds: LaneWorlds;
beforeAll(async () => {
  worlds = await LaneWorlds.open(await postgresServer(), [50, 1, 50, 2]);
});
afterAll(async () => {
  await worlds.close();
  db.close();
  removeFolder(folder);
});

/** As the writer does: what is incomplete counts only after a final record. */
function apply(store: CallbackStore, events: readonly ReceivedEvent[]): void {
  for (const event of events) if (event.isComplete || store.isAfterFinal(event)) store.applyEvent(event);
}

function claimsOf(events: readonly ReceivedEvent[]) {
  return events.flatMap(({ source, record }) => [
    { kind: 'lock source', values: [source] },
    { kind: 'lock callback', values: [source, record.serviceId] },
  ]);
}

/** What follows from the set of events alone; null: there is no such callback. When it ended does where somebody said so. */
function toldOf({ callbacks }: Pick<Tables, 'callbacks'>, { source, record: { serviceId } }: ReceivedEvent) {
  const row = callbacks.find(source, serviceId);
  if (row === null || row.callback.events === 0) return null;
  const { record, isFinal, finalDigest, phoneHash, aniHash, endedMs } = row.callback;
  const complete = callbacks.mergeable(row.callbackNo, '').map((event) => event.digest);
  return {
    ...{ source, serviceId, record, isFinal, finalDigest, phoneHash, aniHash },
    endedMs: record.serviceEndMs === null ? null : endedMs,
    complete: [...complete].sort(),
  };
}

let told = 0;

describe('callbacks in one database, over random sets of events', () => {
  it('are what SQLite makes of the set, told by two and four receivers at once', async () => {
    await fc.assert(
      fc.asyncProperty(callbackWorlds, fc.constantFrom(2, 4), async ({ set, one, other }, receivers) => {
        const world = `world-${String(told++)}`;
        const inWorld = (events: readonly ReceivedEvent[]) =>
          events.map((event) => ({ ...event, source: `${world} ${event.source}`, receivedAtMs: T0 + 10_000 }));
        await worlds.eachTurn(one.map(inWorld), receivers, async ({ lane, stores, run }, events) => {
          const work = () => {
            apply(stores.callbacks, events);
          };
          await run(lane.perform(work, claimsOf(events)));
        });
        for (const events of other.map(inWorld))
          db.transaction(() => {
            apply(sqlite, events);
          })();
        for (const event of inWorld(set)) {
          const stored = await worlds.read(receivers, ({ tables }) => toldOf(tables, event));
          expect(stored).toEqual(toldOf(tablesOfSqlite, event));
        }
      }),
      { numRuns: RUNS },
    );
  });
});
