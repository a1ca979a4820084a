import type { LegacyRows } from '../apply/callback-rows.js';
import type { LegacyCallbackEvent } from '../domain/legacy-callback.js';
import type { Connection } from './database.js';
import { isKept, takeName } from './removal-tables.js';

/** Columns of `legacy_callback_events` behind its number, and what stands in them. */
const COLUMNS = {
  source: 'source',
  digest: 'digest',
  atMs: 'at_ms',
  dn: 'dn',
  sentToIcon: 'sent_to_icon',
  origin: 'origin',
  sessionId: 'session_id',
  sequence: 'sequence',
  service: 'service',
  userId: 'user_id',
  externalId: 'external_id',
  startedMs: 'started_ms',
  waitingMs: 'waiting_ms',
  agentAvailableMs: 'agent_available_ms',
  agentConnectedMs: 'agent_connected_ms',
  userConnectedMs: 'user_connected_ms',
  completedMs: 'completed_ms',
  stoppedMs: 'stopped_ms',
  received: 'received',
} as const satisfies Readonly<Record<keyof LegacyCallbackEvent, string>>;

type Field = keyof typeof COLUMNS;
const FIELDS = Object.keys(COLUMNS) as readonly Field[];

/** SQL: the columns under the names of their fields. */
export const LEGACY_FIELDS = FIELDS.map((field) => `${COLUMNS[field]} AS ${field}`).join(', ');

/** An event as the columns say it. */
export function legacyEventOf(row: Readonly<Record<string, unknown>>): LegacyCallbackEvent {
  const { sentToIcon, ...rest } = row;
  return { ...rest, sentToIcon: sentToIcon === null ? null : sentToIcon === 1 } as unknown as LegacyCallbackEvent;
}

export class LegacyTable implements LegacyRows {
  readonly #sql;

  constructor(db: Connection) {
    this.#sql = {
      // What has its key and is being forgotten makes room.
      takeName: db.prepare(`
        ${takeName('legacy_callback_events', 'digest')}
        WHERE source = ? AND digest = ? AND NOT (${isKept('legacy_callback_events')})`),
      insert: db.prepare(`
        INSERT INTO legacy_callback_events (${FIELDS.map((field) => COLUMNS[field]).join(', ')})
        VALUES (${FIELDS.map((field) => `@${field}`).join(', ')}) ON CONFLICT DO NOTHING`),
    };
  }

  put(event: LegacyCallbackEvent): boolean {
    this.#sql.takeName.run(event.source, event.digest);
    const sentToIcon = event.sentToIcon === null ? null : Number(event.sentToIcon);
    return this.#sql.insert.run({ ...event, sentToIcon }).changes === 1;
  }
}
