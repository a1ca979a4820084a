/** The audit log: administrative actions, kept beside what they were done to. */
import { auditNoBefore, auditPage, type StoredEntry } from '../apply/stored/audit-row.js';
import type { AuditEntry, AuditRow } from '../domain/audit.js';
import type { Page, PageRequest } from '../domain/store.js';
import type { Connection } from './database.js';

/**
 * Rows kept; the oldest go.
 * @bound rows of the audit log
 * @beyond the oldest go
 * @seen `/api/v1/audit-log`
 */
const ROWS_KEPT = 10_000;
/**
 * Characters of a row's detail and result. What is longer is cut.
 * @bound text of one row of the audit log
 * @beyond it is cut
 * @seen `/api/v1/audit-log`
 */
const MAX_TEXT = 4000;

export class AuditLog {
  readonly #insert;
  readonly #trim;

  constructor(db: Connection) {
    this.#insert = db.prepare(
      `INSERT INTO audit_log (at_ms, action, actor, address, detail, result)
       VALUES (@atMs, @action, @actor, @address, @detail, @result)`,
    );
    this.#trim = db.prepare('DELETE FROM audit_log WHERE audit_no <= ?');
  }

  /** Adds a row within the caller's transaction. */
  append({ atMs, action, actor, address, detail, result }: AuditEntry): void {
    const text = JSON.stringify(detail);
    const row = {
      atMs,
      action,
      actor,
      address,
      result: result.slice(0, MAX_TEXT),
      detail: text.length <= MAX_TEXT ? text : JSON.stringify({ cut: text.slice(0, MAX_TEXT) }),
    };
    const no = Number(this.#insert.run(row).lastInsertRowid);
    this.#trim.run(no - ROWS_KEPT);
  }
}

/** One page, newest first. Throws OCM_BAD_PARAMETER for a cursor it did not give out. */
export function readAuditLog(db: Connection, { limit, cursor }: PageRequest): Page<AuditRow> {
  const rows = db
    .prepare(
      `SELECT audit_no, at_ms, action, actor, address, detail, result FROM audit_log
       WHERE audit_no < coalesce(?, 9223372036854775807) ORDER BY audit_no DESC LIMIT ?`,
    )
    .all(auditNoBefore(cursor), limit + 1) as StoredEntry[];
  return auditPage(rows, limit);
}
