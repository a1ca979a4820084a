import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dispositionOf, mergeEvents, type ReceivedEvent } from '../../../src/domain/callback.js';
import type { CallbackRecord } from '../../../src/domain/callback-record.js';
import { RECORD_COLUMNS, type Stored, valuesOf } from '../../../src/gms/record-columns.js';
import { CallbackStore } from '../../../src/apply/callbacks.js';
import { type Connection, openForWriting } from '../../../src/sqlite/database.js';
import { createInfoMartViews } from '../../../src/sqlite/info-mart-views.js';
import { sqliteTables } from '../../../src/sqlite/tables.js';
import { migrate } from '../../../src/sqlite/migrate.js';
import { callbackWorlds } from '../../support/callback-worlds.js';
import { removeFolder } from '../../support/folders.js';
import { digest, T0 } from '../../support/notifications.js';
import { randomRuns } from '../../support/random-runs.js';

/** The logic itself goes through many more in memory: test/unit/apply/merge-property.test.ts. */
const RUNS = randomRuns(80);

let folder: string;
let db: Connection;
let store: CallbackStore;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ocm-merge-'));
  db = openForWriting(join(folder, 'merge.db'));
  migrate(db);
  createInfoMartViews(db);
  // Nothing here is about power cuts, and thousands of commits are.
  db.pragma('synchronous = OFF');
  store = new CallbackStore(sqliteTables(db), { digest, hashNumber: (number) => `hash of ${number}` });
});
afterAll(() => {
  db.close();
  removeFolder(folder);
});

interface Outcome {
  readonly merged: readonly Stored[];
  readonly recorded: number;
}

/** Delivers to an empty store as the writer does: one transaction a batch, what is incomplete only after a final. */
function deliver(batches: readonly (readonly ReceivedEvent[])[]): Outcome {
  db.exec('DELETE FROM callback_interactions; DELETE FROM callback_events; DELETE FROM callbacks');
  let recorded = 0;
  let arrived = 0;
  for (const batch of batches) {
    db.exec('BEGIN');
    for (const event of batch) {
      const refused = !event.isComplete && !store.isAfterFinal(event);
      if (refused) continue;
      const applied = store.applyEvent({ ...event, receivedAtMs: T0 + 10_000 + arrived++ });
      if (applied !== null && applied.outcome !== 'duplicate') recorded++;
    }
    db.exec('COMMIT');
  }
  const merged = db.prepare('SELECT * FROM callbacks WHERE events > 0 ORDER BY source, service_id').all() as Stored[];
  return { merged, recorded };
}

/** What follows from the set of events alone. When it ended does only where somebody said so. */
const ofTheSet = (row: Stored) => {
  const columns = [
    ...RECORD_COLUMNS,
    'source',
    'state',
    'sub_state',
    'is_final',
    'final_digest',
    'phone_hash',
    'ani_hash',
  ];
  if (row['service_end_ms'] !== null) columns.push('ended_ms');
  return Object.fromEntries(columns.map((column) => [column, row[column]]));
};

/** The definition: the merge of the distinct complete events of each callback. */
function definition(set: readonly ReceivedEvent[]) {
  const callbacks = new Map<string, ReceivedEvent[]>();
  for (const event of set) {
    const key = `${event.source};${event.record.serviceId}`;
    if (event.isComplete) callbacks.set(key, [...(callbacks.get(key) ?? []), event]);
  }
  return [...callbacks.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, ofOne]) => {
      const merged = mergeEvents([...new Map(ofOne.map((event) => [event.digest, event])).values()]);
      if (merged === null) throw new Error('an event must take part');
      const { state, subState } = dispositionOf(merged.record.disposition, merged.isFinal);
      return {
        ...columnsOf(merged.record),
        source: ofOne[0]?.source,
        state,
        sub_state: subState,
        is_final: Number(merged.isFinal),
        final_digest: merged.finalDigest,
      };
    });
}

const columnsOf = (record: CallbackRecord) =>
  Object.fromEntries(valuesOf(record).map((value, at) => [RECORD_COLUMNS[at] ?? '', value]));

describe('callbacks in the store, over random sets of events', () => {
  it('are the merge of the set, whatever the order, the batches and the duplicates', { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(callbackWorlds, ({ set, one, other }) => {
        const { merged } = deliver(one);
        const again = deliver(other).merged;

        expect(merged).toMatchObject(definition(set));
        expect(again.map(ofTheSet)).toEqual(merged.map(ofTheSet));
      }),
      { numRuns: RUNS },
    );
  });

  it(
    'hold every distinct event once, in the order of arrival, and count what came after the final',
    { timeout: 120_000 },
    () => {
      fc.assert(
        fc.property(callbackWorlds, ({ set, one }) => {
          const { merged, recorded } = deliver(one);
          const rows = db
            .prepare(
              'SELECT callback_no, event_sequence, digest, is_complete, is_late FROM callback_events ORDER BY event_no',
            )
            .all() as {
            callback_no: number;
            event_sequence: number;
            digest: string;
            is_complete: number;
            is_late: number;
          }[];

          expect(rows).toHaveLength(recorded);
          expect(new Set(rows.map((row) => `${String(row.callback_no)} ${row.digest}`)).size).toBe(recorded);
          const complete = new Set(
            set.filter(({ isComplete }) => isComplete).map(({ source, digest: content }) => `${source} ${content}`),
          );
          expect(rows.filter((row) => row.is_complete === 1)).toHaveLength(complete.size);
          for (const callback of merged) {
            const own = rows.filter((row) => row.callback_no === callback['callback_no']);
            expect(own.map((row) => row.event_sequence)).toEqual(own.map((_, index) => index + 1));
            expect([callback['events'], callback['late_events']]).toEqual([
              own.length,
              own.filter((row) => row.is_late === 1).length,
            ]);
          }
        }),
        { numRuns: RUNS },
      );
    },
  );

  it('never count twice: each that ended has one final row that is not after the final', { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(callbackWorlds, ({ one }) => {
        const { merged } = deliver(one);
        const counted = db
          .prepare('SELECT count(*) FROM CALLBACK_FACT WHERE FINAL_RECORD = 1 AND AFTER_FINAL = 0')
          .pluck()
          .get();

        expect(counted).toBe(merged.filter((row) => row['is_final'] === 1).length);
      }),
      { numRuns: RUNS },
    );
  });
});
