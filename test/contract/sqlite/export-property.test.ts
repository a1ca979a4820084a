import fc from 'fast-check';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CallbackStore } from '../../../src/apply/callbacks.js';
import { type Connection, openForReading, openForWriting } from '../../../src/sqlite/database.js';
import type { ExportScope } from '../../../src/reports/export/mark.js';
import { sqliteTables } from '../../../src/sqlite/tables.js';
import { callbackWorlds } from '../../support/callback-worlds.js';
import { compactAll, openCampaigns, prepareDatabase } from '../../support/campaign-stores.js';
import { HeldTable } from '../../support/exports.js';
import { removeFolder } from '../../support/folders.js';
import { emptyCampaigns } from '../../support/held-evidence.js';
import { type Delivered, deliveredLife } from '../../support/lives.js';
import { digest, T0 } from '../../support/notifications.js';
import { assertUntilSeen, randomRuns } from '../../support/random-runs.js';

const RUNS = randomRuns(50);
const KINDS = ['transitions', 'sessions'].flatMap((what) =>
  ['added', 'corrected', 'withdrawn'].map((change) => `${what} ${change}`),
);
const SCOPES: readonly Partial<ExportScope>[] = [
  { what: 'transitions' },
  { what: 'sessions' },
  { what: 'statistics', resolution: '15m' },
  { what: 'statistics', resolution: 'samples' },
];

let folder: string;
let db: Connection;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ocm-export-'));
  db = openForWriting(join(folder, 'export.db'));
  prepareDatabase(db);
  // Nothing here is about power cuts, and thousands of commits are.
  db.pragma('synchronous = OFF');
});
afterAll(() => {
  db.close();
  removeFolder(folder);
});

/** What happens after a batch: somebody takes an export, evidence is compacted, the service is down for a while. */
const happenings = fc.record({
  takes: fc.array(fc.boolean(), { minLength: 1, maxLength: 9 }),
  compacts: fc.array(fc.boolean(), { minLength: 1, maxLength: 7 }),
  downMs: fc.array(fc.constantFrom(0, 0, 0, 30_000, 3_600_000), { minLength: 1, maxLength: 5 }),
});
type Happenings = typeof happenings extends fc.Arbitrary<infer T> ? T : never;

/** As whoever exports opens it. What a connection prepares is kept until it is closed (retain.ts). */
function reading<T>(work: (reader: Connection) => T): T {
  const reader = openForReading(db.name);
  try {
    return work(reader);
  } finally {
    reader.close();
  }
}

/** Delivers batch by batch, and takes exports between; in the end all tables are held as they are. */
function live(
  reader: Connection,
  { batches }: Delivered,
  { takes, compacts, downMs }: Happenings,
): readonly HeldTable[] {
  const store = openCampaigns(db);
  const held = SCOPES.map((scope) => new HeldTable(reader, scope));
  let aliveMs = T0;
  db.prepare('INSERT INTO uptime (started_ms, alive_ms) VALUES (?, ?)').run(T0, T0);
  batches.forEach((batch, n) => {
    db.transaction(() => {
      for (const notification of batch) store.apply(notification);
    })();
    if (compacts[n % compacts.length] === true) {
      compactAll(db, aliveMs);
      store.dropMemory();
    }
    if (takes[n % takes.length] === true) for (const table of held) table.take(aliveMs);
    aliveMs = Math.max(aliveMs, ...batch.map(({ receivedAtMs }) => receivedAtMs));
    db.prepare('UPDATE uptime SET alive_ms = ? WHERE run_no = (SELECT max(run_no) FROM uptime)').run(aliveMs);
    aliveMs += downMs[n % downMs.length] ?? 0;
    if (downMs[n % downMs.length] !== 0)
      db.prepare('INSERT INTO uptime (started_ms, alive_ms) VALUES (?, ?)').run(aliveMs, aliveMs);
  });
  return held.map((table) => table.take(aliveMs));
}

describe('exports one after the other, over random lives', () => {
  it('come to what a whole export has, whatever comes late or twice', { timeout: 120_000 }, () => {
    const seen = new Set<string>();
    assertUntilSeen(
      fc.property(deliveredLife(['101', '102']), happenings, (delivered, happens) => {
        try {
          reading((reader) => {
            live(reader, delivered, happens).forEach((table, n) => {
              for (const change of table.changes) seen.add(`${String(SCOPES[n]?.what)} ${change}`);
              const whole = new HeldTable(reader, SCOPES[n] ?? {}).take(T0);
              expect(table.sorted()).toEqual(whole.sorted());
            });
          });
        } finally {
          emptyCampaigns(db);
          db.exec('DELETE FROM uptime; DELETE FROM withdrawn_transitions');
        }
      }),
      RUNS,
      () => KINDS.every((kind) => seen.has(kind)),
    );
  });

  it('of callbacks come to what a whole export has', { timeout: 120_000 }, () => {
    const store = new CallbackStore(sqliteTables(db), { digest, hashNumber: (number) => `hash of ${number}` });
    fc.assert(
      fc.property(callbackWorlds, happenings, ({ one: batches }, { takes }) => {
        db.exec('DELETE FROM callback_interactions; DELETE FROM callback_events; DELETE FROM callbacks');
        reading((reader) => {
          const held = new HeldTable(reader, { what: 'callbacks' });
          batches.forEach((batch, n) => {
            db.transaction(() => {
              for (const event of batch) if (event.isComplete || store.isAfterFinal(event)) store.applyEvent(event);
            })();
            if (takes[n % takes.length] === true) held.take(T0);
          });
          held.take(T0);
          expect(held.sorted()).toEqual(new HeldTable(reader, { what: 'callbacks' }).take(T0).sorted());
        });
      }),
      { numRuns: RUNS },
    );
  });
});
