/** The table `audit_log`, as every database has it. */
import type { AuditRow } from '../../domain/audit.js';
import { readCursor, writeCursor } from '../../domain/cursor.js';
import type { Page } from '../../domain/store.js';
import { pageOf } from '../../reports/page.js';

export interface StoredEntry {
  readonly audit_no: number;
  readonly at_ms: number;
  readonly action: string;
  readonly actor: string;
  readonly address: string | null;
  readonly detail: string;
  readonly result: string;
}

/** Null: from the newest on. Throws OCM_BAD_PARAMETER for a cursor that no page gave out. */
export function auditNoBefore(cursor: string | null): number | null {
  const [before = null] = cursor === null ? [] : readCursor('audit-log', cursor, ['number']);
  return before === null ? null : Number(before);
}

export function auditPage(rows: readonly StoredEntry[], limit: number): Page<AuditRow> {
  return pageOf(rows, limit, rowOf, ({ audit_no: no }) => writeCursor('audit-log', [no]));
}

function rowOf({ audit_no, at_ms, detail, ...rest }: StoredEntry): AuditRow {
  return { ...rest, id: String(audit_no), atMs: at_ms, detail: JSON.parse(detail) as AuditRow['detail'] };
}
