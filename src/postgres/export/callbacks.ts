/** Callbacks for exports, by when they were first heard of. */
import { callbackOf } from '../../apply/stored/callback-row.js';
import type { Stored } from '../../gms/record-columns.js';
import { callbacksTable } from '../../reports/export/callback-table.js';
import { type ExportRow, exportRow } from '../../reports/export/table.js';
import type { Rows } from '../blocking/blocking-connection.js';
import { isKept } from '../readers/kept-sql.js';
import { named } from '../readers/named-sql.js';
import type { RangeAsked } from './asked.js';

/** Rows read at once: of 70 columns. */
const PAGE = 1000;

export function* exportedCallbacks(db: Rows, { scope, toMs }: RangeAsked): Generator<readonly ExportRow[]> {
  const { source, fromMs, pii } = scope;
  const table = callbacksTable(pii);
  let place = { ms: fromMs, no: 0 };
  for (let isMore = true; isMore;) {
    const rows = db.all<Stored>(ALL, { source, toMs, ...place, limit: PAGE });
    yield rows.map((row) => exportRow(table, callbackOf(row), 'added'));
    const last = rows.at(-1);
    isMore = last !== undefined && rows.length === PAGE;
    if (last !== undefined) place = { ms: Number(last['first_received_ms']), no: Number(last['callback_no']) };
  }
}

const ALL = named(`
  SELECT * FROM callbacks
  WHERE (first_received_ms, callback_no) > (@ms, @no) AND first_received_ms < @toMs
    AND (@source::text IS NULL OR source = @source) AND ${isKept('callbacks')}
  ORDER BY first_received_ms, callback_no LIMIT @limit`);
