/** Random worlds in stores that are moved, and what is told of them by readers that know nothing of a move. */
import fc from 'fast-check';
import type { ReceivedEvent } from '../../src/domain/callback.js';
import { LAST_INSTANT_MS } from '../../src/domain/instant.js';
import { ENUMERATIONS } from '../../src/ocs/enumerations.js';
import type { BlockingConnection } from '../../src/postgres/blocking/blocking-connection.js';
import { openExport as openPostgresExport } from '../../src/postgres/export/export.js';
import { PostgresReportReader } from '../../src/postgres/readers/report-reader.js';
import type { ExportScope } from '../../src/reports/export/mark.js';
import type { Connection } from '../../src/sqlite/database.js';
import { openExport as openSqliteExport } from '../../src/sqlite/export/export.js';
import { SqliteReportReader } from '../../src/sqlite/readers/report-reader.js';
import { aDelivery, eventPost, finalPost } from './callback-writer.js';
import { callbackWorlds } from './callback-worlds.js';
import { aLegacyEvent } from './legacy-events.js';
import { type Delivered, deliveredLife } from './lives.js';
import { digest, T0 } from './notifications.js';
import type { TestStore } from './stores.js';

const NOW_MS = T0 + 86_400_000;
const HOUR_MS = 3_600_000;

export interface MovedWorld {
  readonly delivered: Delivered;
  readonly events: readonly ReceivedEvent[];
  /** Of the batches, so many are in chunks. */
  readonly compacted: number;
  /** Whether a group and a source were forgotten before, and came again. */
  readonly wasForgotten: boolean;
}

export const movedWorlds: fc.Arbitrary<MovedWorld> = fc
  .record({
    delivered: deliveredLife(['101', '102']),
    callbacks: callbackWorlds,
    compacted: fc.constantFrom(0, 0.5, 1),
    wasForgotten: fc.boolean(),
  })
  .map(({ callbacks, ...world }) => ({ ...world, events: callbacks.one.flat() }));

export function fill(store: TestStore, { delivered, events, compacted, wasForgotten }: MovedWorld): void {
  if (wasForgotten) {
    tell(store, delivered.batches.slice(0, 1));
    tellBeside(store, events.slice(0, 3));
    for (const source of ['default', 'eu-1']) store.forget({ source });
  }
  const inChunks = Math.ceil(delivered.batches.length * compacted);
  tell(store, delivered.batches.slice(0, inChunks));
  store.transactions.run(() => {
    store.stores.compaction.all(NOW_MS);
  });
  tell(store, delivered.batches.slice(inChunks));
  tellBeside(store, events);
}

/** Figures and calling lists vary. */
export function tell(store: TestStore, batches: Delivered['batches']): void {
  for (const batch of batches)
    store.transactions.run(() => {
      for (const [n, notification] of batch.entries()) {
        const named = (name: string) => ({
          name,
          dbid: n % 2 === 0 ? null : '7',
          hitRatio: n / 10,
          timeToCompleteSeconds: n,
        });
        const statistics = { ...notification.statistics, busyRatio: (n % 10) / 10, overdialRatio: n / 3 };
        const callingLists = n % 4 === 0 ? [] : [named(`l${String(n % 3)}`), named('a')];
        store.stores.campaigns.apply({ ...notification, statistics, callingLists });
      }
    });
}

function tellBeside(store: TestStore, events: readonly ReceivedEvent[]): void {
  const { callbacks, legacyEvents } = store.stores;
  events.forEach((event, n) => {
    store.transactions.run(() => {
      if (event.isComplete || callbacks.isAfterFinal(event))
        callbacks.applyEvent({ ...event, receivedAtMs: T0 + n * HOUR_MS });
      if (n % 2 === 0) {
        const of = { source: event.source, serviceId: event.record.serviceId, receivedAtMs: T0 + n };
        const received = { digest: digest(`attached ${String(n)}`), received: '{"a":"\\u0000 b"}' };
        callbacks.applyAttachedData({
          ...{ ...of, ...received, interactionId: `i${String(n)}`, serviceStartMs: T0, acceptedMs: null },
          ...{ customerConnectedMs: null, offeredMs: T0 + 3 },
        });
        callbacks.applyStatus({
          ...of,
          ...received,
          event: 'CALLBACK_SCHEDULED',
          state: 'scheduled',
          desiredMs: T0 + n,
        });
      }
      legacyEvents.put(aLegacyEvent({ digest: `legacy ${String(n)}`, atMs: T0 + n * 20 * HOUR_MS }));
    });
  });
  store.commit(
    eventPost(),
    finalPost({ _CB_SERVICE_ID: 'service-9' }),
    aDelivery('callback-events', { _CB_SERVICE_ID: 'incomplete' }),
    { ...aDelivery('campaign-group-state', {}), bytes: '\u0000\xff{ no JSON' },
    aDelivery('campaign-group-state', { GSW_CAMPAIGN_GROUP_DBID: 'none' }, { source: 'eu-1' }),
  );
}

/** Rows that no delivery makes. The SQL of both databases. */
export const BESIDE_DELIVERIES = [
  `INSERT INTO holds (hold_no, source, group_id, until_ms, why, made_ms) VALUES (3, 'default', NULL, 9, 'a complaint', 5)`,
  `INSERT INTO source_rhythms (source, interval_ms, kept_ms) VALUES ('default', 10000, 5)`,
  `INSERT INTO audit_log (audit_no, at_ms, action, actor, address, detail, result)
    VALUES (4, 7, 'forget', 'cli:root', NULL, '{}', 'done'), (9, 8, 'hold', 'cli:root', '::1', '{}', 'done')`,
  `INSERT INTO customer_removals (removal_no, number_hash, key_fingerprint, digits, asked_ms, counts, done_ms)
    VALUES (6, 'hash', 'key', 12, 5, '{}', 7)`,
  `INSERT INTO kept_numbers (name, value) VALUES ('thinned_ms', 55), ('swept_ms', 44)`,
];

const EXPORTS: readonly Pick<ExportScope, 'what' | 'resolution'>[] = [
  ...(['transitions', 'sessions', 'callbacks'] as const).map((what) => ({ what, resolution: '15m' as const })),
  { what: 'statistics', resolution: 'samples' },
  { what: 'statistics', resolution: '15m' },
];

/** In whatever order rows come in, for numbers of callbacks order what is otherwise equal. */
export function toldBySqlite(db: Connection): string[] {
  return EXPORTS.flatMap((of) => {
    const scope = { ...of, source: null, fromMs: 0, pii: 'full' as const };
    return rowsOf(openSqliteExport(db, { scope, toMs: LAST_INSTANT_MS, since: null, nowMs: NOW_MS }));
  }).concat(quarantined(new SqliteReportReader(db)));
}

export function toldByPostgres(db: BlockingConnection): string[] {
  return EXPORTS.flatMap((of) => {
    const scope = { ...of, source: null, fromMs: 0, pii: 'full' as const };
    return rowsOf(openPostgresExport(db, ENUMERATIONS, { scope, toMs: LAST_INSTANT_MS }));
  }).concat(quarantined(new PostgresReportReader(db)));
}

/** Of numbers that each store gives itself nothing is compared. */
function rowsOf({ headings, pages }: Exported): string[] {
  const isOwn = (at: number) => headings[at]?.name === 'statement';
  return [...pages].flatMap((page) => page.map((row) => JSON.stringify(row.filter((_, at) => !isOwn(at))))).sort();
}

interface Exported {
  readonly headings: readonly { readonly name: string }[];
  readonly pages: Iterable<readonly (readonly unknown[])[]>;
}

function quarantined(reader: Pick<SqliteReportReader, 'quarantine'>): string[] {
  const every = { source: null, reason: null, replayed: true };
  const { items } = reader.quarantine(every, { limit: 1000, cursor: null });
  return items.map((item) => JSON.stringify(item)).sort();
}
