import type { MissingKeyRows } from '../apply/callback-rows.js';
import type { Connection } from './database.js';

export class MissingKeyTable implements MissingKeyRows {
  readonly #sql;

  constructor(db: Connection) {
    this.#sql = prepare(db);
  }

  countServices(day: string, source: string): number {
    return this.#sql.services.get(day, source) as number;
  }

  hasService(day: string, source: string, service: string): boolean {
    return this.#sql.heldService.get(day, source, service) !== undefined;
  }

  count({ day, source, service, key, receivedAtMs, serviceId }: Parameters<MissingKeyRows['count']>[0]): void {
    this.#sql.countMissing.run(day, source, service, key, receivedAtMs, serviceId);
  }
}

function prepare(db: Connection) {
  return {
    services: db
      .prepare('SELECT count(DISTINCT service) FROM callback_missing_keys WHERE day = ? AND source = ?')
      .pluck(),
    heldService: db.prepare('SELECT 1 FROM callback_missing_keys WHERE day = ? AND source = ? AND service = ? LIMIT 1'),
    countMissing: db.prepare(`
      INSERT INTO callback_missing_keys (day, source, service, key, events, last_received_ms, last_service_id)
      VALUES (?, ?, ?, ?, 1, ?, ?)
      ON CONFLICT DO UPDATE SET events = events + 1, last_received_ms = excluded.last_received_ms,
        last_service_id = excluded.last_service_id`),
  };
}
