/** Copies that were made of a database: what went since is in them still. */
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { OlderCopy } from '../../domain/customer.js';
import type { Connection } from '../database.js';
import { prepared } from '../prepared.js';

/**
 * @bound backups that a certificate names, the newest
 * @beyond older ones are left out
 * @seen the audit log
 */
const MAX_COPIES = 1000;

/** As the audit log tells of them; those that were made beside a service that ran stand in no log. */
export function copiesIn(db: Connection, beforeMs: number): OlderCopy[] {
  const rows = prepared(
    db,
    `SELECT at_ms AS madeMs, json_extract(detail, '$.file') AS file FROM audit_log
       WHERE action = 'backup' AND at_ms <= ? AND json_valid(detail) ORDER BY audit_no DESC LIMIT ${MAX_COPIES}`,
  ).all(beforeMs) as { readonly madeMs: number; readonly file: unknown }[];
  return rows.flatMap(({ madeMs, file }) =>
    typeof file === 'string' ? [{ file, madeMs, exists: existsSync(dirname(file)) ? existsSync(file) : null }] : [],
  );
}
