/** Reads of the quarantine. */
import { quarantinedBodyOf, type QuarantineRow } from '../../apply/stored/quarantine-row.js';
import { readCursor, writeCursor } from '../../domain/cursor.js';
import type { QuarantinedBody } from '../../domain/quarantine.js';
import type { Page, PageRequest, QuarantineFilter } from '../../domain/store.js';
import { pageOf } from '../../reports/page.js';
import type { Rows } from '../blocking/blocking-connection.js';
import { isKept } from './kept-sql.js';
import { named, texts } from './named-sql.js';

type NumberedRow = QuarantineRow & { readonly quarantine_no: number };
type BodyRow = QuarantineRow & { readonly body: Uint8Array };

export class QuarantineReader {
  readonly #db: Rows;

  constructor(db: Rows) {
    this.#db = db;
  }

  /** By their first receipt: a body that comes once more keeps its place while somebody pages. */
  page(filter: QuarantineFilter, { limit, cursor }: PageRequest): Page<QuarantinedBody> {
    const [no = 0] = cursor === null ? [Infinity] : readCursor('quarantine', cursor, ['number']);
    const { source, reason } = filter;
    const replayed = filter.replayed ? 1 : 0;
    const rows = this.#db.all<NumberedRow>(PAGE, { source, reason, replayed, no, limit: limit + 1 });
    return pageOf(rows, limit, quarantinedBodyOf, (row) => writeCursor('quarantine', [row.quarantine_no]));
  }

  body(id: string): { row: QuarantinedBody; bytes: string } | null {
    const [row] = this.#db.all<BodyRow>(BODY, { id });
    return row === undefined ? null : { row: quarantinedBodyOf(row), bytes: Buffer.from(row.body).toString('latin1') };
  }

  rows(ids: readonly string[]): QuarantinedBody[] {
    const found = new Map(this.#db.all<QuarantineRow>(OF_IDS, { ids: texts(ids) }).map((row) => [row.id, row]));
    return ids.flatMap((id) => {
      const row = found.get(id);
      return row === undefined ? [] : [quarantinedBodyOf(row)];
    });
  }

  /** Those received or replayed since; null when there are more than `limit`. */
  since(sinceMs: number, limit: number): QuarantinedBody[] | null {
    const rows = this.#db.all<QuarantineRow>(SINCE, { sinceMs, limit: limit + 1 });
    return rows.length > limit ? null : rows.map(quarantinedBodyOf);
  }
}

/** All of a row but the body. */
const COLUMNS = `quarantine_no, id, source, endpoint, reason, violations, schema_version, size, count,
  first_received_ms, last_received_ms, replayed_ms, applied_id, origin`;
const KEPT = isKept('quarantine');

const PAGE = named(`
  SELECT ${COLUMNS} FROM quarantine
  WHERE (@source::text IS NULL OR source = @source) AND (@reason::text IS NULL OR reason = @reason)
    AND (@replayed = 1 OR replayed_ms IS NULL) AND quarantine_no < @no AND ${KEPT}
  ORDER BY quarantine_no DESC LIMIT @limit`);

const SINCE = named(`
  SELECT ${COLUMNS} FROM quarantine WHERE (last_received_ms >= @sinceMs OR replayed_ms >= @sinceMs) AND ${KEPT}
  ORDER BY last_received_ms, quarantine_no LIMIT @limit`);

const OF_IDS = named(`SELECT ${COLUMNS} FROM quarantine WHERE id = ANY (@ids::text[]) AND ${KEPT}`);
const BODY = named(`SELECT ${COLUMNS}, body FROM quarantine WHERE id = @id AND ${KEPT}`);
