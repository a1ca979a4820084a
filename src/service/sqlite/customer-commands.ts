/** What is done for a customer where no service runs, and what files are looked through for one. */
import { existsSync, realpathSync } from 'node:fs';
import type { SqliteConfig } from '../../config/config.js';
import type { CoveredFile, CustomerAsked, CustomerRequest, RemovalMark } from '../../domain/customer.js';
import { numberAsked } from '../../domain/number-spellings.js';
import { sha256Digest } from '../../node/digest.js';
import { type CertificateRow, certificateRow, foundIn } from '../../reports/customer-view.js';
import { openBesideWriter } from '../../sqlite/database.js';
import { coverIn, filesAside, lengthsOf } from '../../sqlite/customers/covered-files.js';
import { heldNumberKey } from '../../sqlite/number-key.js';
import { atRest } from '../at-rest.js';
import { customerOf } from '../customer-asked.js';
import { mustExist, startWriter } from './commands.js';
import type { WriterSettings } from './writer-thread-data.js';

/** Throws OCM_LOCKED when a service runs: then it is the one to ask. */
export async function forgetCustomerAtRest(
  config: WriterSettings,
  request: CustomerRequest,
  nowMs: number,
): Promise<CertificateRow> {
  mustExist(config);
  const { client, close } = await startWriter(config);
  try {
    const row = certificateRow(await client.forgetCustomer(request, () => undefined), sha256Digest);
    const detail = { dry_run: request.dryRun, found: foundIn(row), certificate: row.digest };
    await client.audit(atRest('forget.customer', detail, nowMs));
    return row;
  } finally {
    await close();
  }
}

/**
 * Where bytes of a customer's number stand in the files of the database and beside it. They are read as files: no connection
 * of this process may be open, for closing a file would take its locks.
 */
export function tracesOf(config: Pick<SqliteConfig, 'sqlitePath' | 'piiKey'>, asked: CustomerAsked): CoveredFile[] {
  const who = customerOf(keyOf(config), asked);
  const digits = asked.number === null ? null : (numberAsked(asked.number)?.length ?? null);
  const path = realpathSync(config.sqlitePath);
  const files = [path, `${path}-wal`].filter((file) => existsSync(file));
  return [...files, ...filesAside(path)].map((file) => {
    // The hash stands in the register of those who were forgotten.
    const search = coverIn(file, { who: { ...who, hash: null }, lengths: lengthsOf(digits), dryRun: true });
    for (;;) {
      const step = search.next();
      if (step.done === true) return step.value;
    }
  });
}

/** Removes again who was forgotten, where a copy was put in the place of a database; returns how many cannot be. */
export async function forgetAgain(config: WriterSettings, marks: readonly RemovalMark[]): Promise<number> {
  const { client, close } = await startWriter(config);
  try {
    await client.finishForgetting();
  } finally {
    await close();
  }
  const key = keyOf(config);
  return key === null ? marks.length : marks.filter((mark) => mark.key !== sha256Digest(key)).length;
}

/** The key under which numbers are hashed; null: none was needed yet. */
export function keyOf({ sqlitePath, piiKey }: Pick<SqliteConfig, 'sqlitePath' | 'piiKey'>): string | null {
  if (piiKey !== null) return piiKey;
  const db = openBesideWriter(sqlitePath);
  try {
    return heldNumberKey(db);
  } finally {
    db.close();
  }
}
