/** What is done for a customer where no service runs, and what is read for one beside a service. */
import { existsSync, realpathSync } from 'node:fs';
import type { SqliteConfig } from '../../config/config.js';
import type { CoveredFile, CustomerAsked, CustomerRequest, RemovalMark } from '../../domain/customer.js';
import { MonitorError } from '../../domain/errors.js';
import { numberAsked } from '../../domain/number-spellings.js';
import { numberHasher, sha256Digest } from '../../node/digest.js';
import { type CertificateRow, certificateRow, foundIn } from '../../reports/customer-view.js';
import { openBesideWriter } from '../../sqlite/database.js';
import { coverIn, filesAside, lengthsOf } from '../../sqlite/customers/covered-files.js';
import type { Customer } from '../../sqlite/customers/customer-search.js';
import { heldOf, type HeldRows } from '../../sqlite/customers/held-rows.js';
import { hasKnownSchema } from '../../sqlite/migrate.js';
import { heldNumberKey } from '../../sqlite/number-key.js';
import { atRest } from '../at-rest.js';
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
  const who = customerOf(config, asked);
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

/** All that is held of a customer, table by table, some rows at a time. Throws OCM_UNAVAILABLE when there is no database yet. */
export function* customerRows(
  config: Pick<SqliteConfig, 'sqlitePath' | 'piiKey'>,
  asked: CustomerAsked,
): Generator<HeldRows> {
  mustExist(config);
  const who = customerOf(config, asked);
  const db = openBesideWriter(config.sqlitePath);
  try {
    if (!hasKnownSchema(db)) {
      const message = `${config.sqlitePath} has the schema of an older version: start the service once, or run ocs-monitor migrate`;
      throw new MonitorError('OCM_UNAVAILABLE', message);
    }
    yield* heldOf(db, who);
  } finally {
    db.close();
  }
}

/** Throws OCM_UNAVAILABLE where no key was made yet, OCM_USAGE for what is no number. */
function customerOf(config: Pick<SqliteConfig, 'sqlitePath' | 'piiKey'>, { number, hash }: CustomerAsked): Customer {
  const key = keyOf(config);
  if (key === null)
    throw new MonitorError('OCM_UNAVAILABLE', `${config.sqlitePath} has no key for hashes yet: start the service once`);
  const hashOf = numberHasher(key);
  const digits = number === null ? null : numberAsked(number);
  if (digits !== null) return { hash: hashOf(digits), isMeant: (found) => found === digits };
  if (hash === null) throw new MonitorError('OCM_USAGE', 'a number has 7 to 15 digits');
  return { hash, isMeant: (found) => hashOf(found) === hash };
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
