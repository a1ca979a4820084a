import type { LegacyRows } from '../apply/callback-rows.js';
import type { LegacyCallbackEvent } from '../domain/legacy-callback.js';
import type { Connection } from './database.js';
import { LEGACY_COLUMNS } from '../apply/stored/legacy-row.js';
import { isKept, takeName } from './removal-tables.js';

export class LegacyTable implements LegacyRows {
  readonly #sql;

  constructor(db: Connection) {
    this.#sql = {
      // What has its key and is being forgotten makes room.
      takeName: db.prepare(`
        ${takeName('legacy_callback_events', 'digest')}
        WHERE source = ? AND digest = ? AND NOT (${isKept('legacy_callback_events')})`),
      insert: db.prepare(`
        INSERT INTO legacy_callback_events (${Object.values(LEGACY_COLUMNS).join(', ')})
        VALUES (${Object.keys(LEGACY_COLUMNS)
          .map((field) => `@${field}`)
          .join(', ')}) ON CONFLICT DO NOTHING`),
    };
  }

  put(event: LegacyCallbackEvent): boolean {
    this.#sql.takeName.run(event.source, event.digest);
    const sentToIcon = event.sentToIcon === null ? null : Number(event.sentToIcon);
    return this.#sql.insert.run({ ...event, sentToIcon }).changes === 1;
  }
}
