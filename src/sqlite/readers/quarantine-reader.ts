/** Reads of the quarantine. */
import { readCursor, writeCursor } from '../../domain/cursor.js';
import type { QuarantinedBody } from '../../domain/quarantine.js';
import type { Page, PageRequest, QuarantineFilter } from '../../domain/store.js';
import { pageOf } from '../../reports/page.js';
import type { Connection } from '../database.js';
import { isKept } from '../removal-tables.js';
import { quarantinedBodyOf, type QuarantineRow } from '../../apply/stored/quarantine-row.js';

export class QuarantineReader {
  readonly #sql;

  constructor(db: Connection) {
    this.#sql = prepare(db);
  }

  /** By their first receipt: a body that comes once more keeps its place while somebody pages. */
  page(filter: QuarantineFilter, { limit, cursor }: PageRequest): Page<QuarantinedBody> {
    const [no] = cursor === null ? [Number.MAX_SAFE_INTEGER] : readCursor('quarantine', cursor, ['number']);
    const { source, reason } = filter;
    const replayed = filter.replayed ? 1 : 0;
    const rows = this.#sql.page.all({ source, reason, replayed, no, limit: limit + 1 }) as (QuarantineRow & {
      quarantine_no: number;
    })[];
    return pageOf(rows, limit, quarantinedBodyOf, (row) => writeCursor('quarantine', [row.quarantine_no]));
  }

  body(id: string): { row: QuarantinedBody; bytes: string } | null {
    const row = this.#sql.body.get(id) as (QuarantineRow & { body: Buffer }) | undefined;
    return row ? { row: quarantinedBodyOf(row), bytes: row.body.toString('latin1') } : null;
  }

  rows(ids: readonly string[]): QuarantinedBody[] {
    return ids.flatMap((id) => {
      const row = this.#sql.row.get(id) as QuarantineRow | undefined;
      return row ? [quarantinedBodyOf(row)] : [];
    });
  }

  /** Those received or replayed since; null when there are more than `limit`. */
  since(sinceMs: number, limit: number): QuarantinedBody[] | null {
    const rows = this.#sql.since.all({ since: sinceMs, limit: limit + 1 }) as QuarantineRow[];
    return rows.length > limit ? null : rows.map(quarantinedBodyOf);
  }
}

/** All of a row but the body, and what an older version does not have. */
const QUARANTINE_ROW = `quarantine_no, id, source, endpoint, reason, violations, schema_version, size, count,
  first_received_ms, last_received_ms, replayed_ms, applied_id`;

function prepare(db: Connection) {
  // A command may look into a database of a version that could not forget.
  const canForget = db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'removals'").get() !== undefined;
  const kept = canForget ? isKept('quarantine') : 'TRUE';
  const knowsOrigin =
    db.prepare("SELECT 1 FROM pragma_table_info('quarantine') WHERE name = 'origin'").get() !== undefined;
  const columns = `${QUARANTINE_ROW}, ${knowsOrigin ? 'origin' : 'NULL AS origin'}`;
  return {
    page: db.prepare(`
      SELECT ${columns} FROM quarantine
      WHERE (@source IS NULL OR source = @source) AND (@reason IS NULL OR reason = @reason)
        AND (@replayed = 1 OR replayed_ms IS NULL) AND quarantine_no < @no AND ${kept}
      ORDER BY quarantine_no DESC LIMIT @limit`),
    since: db.prepare(`
      SELECT ${columns} FROM quarantine WHERE (last_received_ms >= @since OR replayed_ms >= @since) AND ${kept}
      ORDER BY last_received_ms, quarantine_no LIMIT @limit`),
    row: db.prepare(`SELECT ${columns} FROM quarantine WHERE id = ? AND ${kept}`),
    body: db.prepare(`SELECT * FROM quarantine WHERE id = ? AND ${kept}`),
  };
}
