/** What was done for a customer, as the API and the command line show it: a certificate that names nobody. */
import type { CustomerCertificate } from '../domain/customer.js';
import type { Digest } from '../domain/identity.js';
import { count, flag, listOf, objectOf, orNull, type Schema, text, time } from './schema.js';
import { isoTime } from './rows.js';

export type CertificateRow = ReturnType<typeof certificateRow>;

/** The digest is of the other members, as JSON in this order: who changes the certificate changes it. */
export function certificateRow(certificate: CustomerCertificate, digest: Digest) {
  const { dryRun, hash, askedMs, doneMs, tables, files, isRewritten, isLogEmptied, copies } = certificate;
  const row = {
    dry_run: dryRun,
    customer_hash: hash,
    asked_at: isoTime(askedMs),
    done_at: isoTime(doneMs),
    tables: Object.entries(tables).map(([table, { looked, found }]) => ({ table, rows: looked, found })),
    files: files.map(({ file, places }) => ({ file, places })),
    rewritten: isRewritten,
    log_emptied: isLogEmptied,
    copies: copies.map(({ file, madeMs, exists }) => ({ file, made_at: isoTime(madeMs), exists })),
  };
  return { ...row, digest: digest(JSON.stringify(row)) };
}

/** Rows and places in which the customer stood. */
export function foundIn({ tables, files }: Pick<CertificateRow, 'tables' | 'files'>): number {
  return [...tables.map(({ found }) => found), ...files.map(({ places }) => places)].reduce((sum, one) => sum + one, 0);
}

export const CERTIFICATE_SCHEMA: Schema = objectOf({
  dry_run: flag('Whether nothing was changed.'),
  customer_hash: text('Keyed hash of the number; finds nobody any more.'),
  asked_at: time('When it was asked. What was received later stays.'),
  done_at: time('When it was done.'),
  tables: listOf(
    objectOf({
      table: text('A table of the database.'),
      rows: count('Rows that were looked through.'),
      found: count('Rows in which the customer stood.'),
    }),
    'What was looked through.',
  ),
  files: listOf(
    objectOf({
      file: text('A database that lies aside.'),
      places: count('Places in which the customer stood.'),
    }),
    'Files beside the database in which numbers were covered.',
  ),
  rewritten: flag('Whether the database was written anew. If not, bytes of what went may stand between its rows.'),
  log_emptied: flag('Whether the write-ahead log was emptied.'),
  copies: listOf(
    objectOf({
      file: text('Where the copy was made.'),
      made_at: time('When.'),
      exists: orNull(flag('Whether it is there; null: it cannot be looked for.')),
    }),
    'Backups, as the audit log has them, that hold the customer still.',
  ),
  digest: text('Of the other members, as JSON in this order.'),
});
