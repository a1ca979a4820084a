/** How often which mandatory key was missing, by day, source and callback service. */
import type { Connection } from './database.js';

/** Callback services told apart a day and source, so that made-up names cannot fill the table. */
const SERVICES_PER_DAY = 200;

export interface MissingKeys {
  readonly source: string;
  /** Name of the callback service, where the event says it. */
  readonly service: string | null;
  readonly serviceId: string | null;
  readonly receivedAtMs: number;
  readonly keys: readonly string[];
}

export class MissingKeyTable {
  readonly #sql;

  constructor(db: Connection) {
    this.#sql = prepare(db);
  }

  /** Counts the mandatory keys that an event lacked. */
  count({ source, service: said, serviceId, receivedAtMs, keys }: MissingKeys): void {
    if (keys.length === 0) return;
    const day = new Date(receivedAtMs).toISOString().slice(0, 10);
    const known = this.#sql.services.pluck().get(day, source) as number;
    const isNew = this.#sql.heldService.get(day, source, said ?? '') === undefined;
    const service = isNew && known >= SERVICES_PER_DAY ? '(other)' : (said ?? '');
    for (const key of keys) this.#sql.countMissing.run(day, source, service, key, receivedAtMs, serviceId);
  }
}

function prepare(db: Connection) {
  return {
    services: db.prepare('SELECT count(DISTINCT service) FROM callback_missing_keys WHERE day = ? AND source = ?'),
    heldService: db.prepare('SELECT 1 FROM callback_missing_keys WHERE day = ? AND source = ? AND service = ? LIMIT 1'),
    countMissing: db.prepare(`
      INSERT INTO callback_missing_keys (day, source, service, key, events, last_received_ms, last_service_id)
      VALUES (?, ?, ?, ?, 1, ?, ?)
      ON CONFLICT DO UPDATE SET events = events + 1, last_received_ms = excluded.last_received_ms,
        last_service_id = excluded.last_service_id`),
  };
}
