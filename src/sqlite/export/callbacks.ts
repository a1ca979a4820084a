/** Callbacks for exports: all, by when they were first heard of, or those that changed since a mark. */
import type { Callback } from '../../domain/callback.js';
import type { Stored } from '../../gms/record-columns.js';
import { callbacksTable } from '../../reports/export/callback-table.js';
import type { ExportMark, ExportScope } from '../../reports/export/mark.js';
import { changeOf, type ExportRow, exportRow } from '../../reports/export/table.js';
import { callbackOf } from '../../apply/stored/callback-row.js';
import type { Connection } from '../database.js';
import { isKept } from '../removal-tables.js';

/** Rows read at once: of 70 columns. */
const PAGE = 1000;

export interface CallbacksAsked {
  readonly scope: ExportScope;
  readonly toMs: number;
  readonly since: ExportMark | null;
  readonly mark: ExportMark;
}

export function* exportedCallbacks(db: Connection, asked: CallbacksAsked): Generator<readonly ExportRow[]> {
  const { scope, since } = asked;
  const table = callbacksTable(scope.pii);
  for (const callbacks of since === null ? all(db, asked) : changed(db, asked, since))
    yield callbacks.map((callback) =>
      exportRow(table, callback, changeOf(callback.firstReceivedMs, since?.madeMs ?? null)),
    );
}

function* all(db: Connection, { scope: { source, fromMs }, toMs }: CallbacksAsked): Generator<readonly Callback[]> {
  const page = db.prepare(`
    SELECT * FROM callbacks WHERE (first_received_ms, callback_no) > (@ms, @no) AND first_received_ms < @toMs
      AND source = coalesce(@source, source) AND ${isKept('callbacks')}
    ORDER BY first_received_ms, callback_no LIMIT ${PAGE}`);
  yield* pages(
    { ms: fromMs, no: 0 },
    (after) => page.all({ source, toMs, ...after }) as Stored[],
    (row) => ({
      ms: Number(row['first_received_ms']),
      no: Number(row['callback_no']),
    }),
  );
}

function* changed(
  db: Connection,
  { scope: { source, fromMs }, mark }: CallbacksAsked,
  since: ExportMark,
): Generator<readonly Callback[]> {
  const page = db.prepare(`
    SELECT * FROM callbacks WHERE change_no > 0 AND change_no > @no AND change_no <= @upTo
      AND first_received_ms >= @fromMs AND source = coalesce(@source, source) AND ${isKept('callbacks')}
    ORDER BY change_no LIMIT ${PAGE}`);
  const bounds = { source, fromMs, upTo: mark.changeNo };
  yield* pages(
    { no: since.changeNo },
    (after) => page.all({ ...bounds, ...after }) as Stored[],
    (row) => ({
      no: Number(row['change_no']),
    }),
  );
}

function* pages<After extends object>(
  first: After,
  read: (after: After) => readonly Stored[],
  placeOf: (row: Stored) => After,
): Generator<readonly Callback[]> {
  for (let after: After | null = first; after !== null;) {
    const rows = read(after);
    yield rows.map(callbackOf);
    const last = rows.at(-1);
    after = last === undefined || rows.length < PAGE ? null : placeOf(last);
  }
}
