/** `forget --customer`: out of everything that is held, with a certificate that names nobody. */
import type { Config, SqliteConfig } from '../config/config.js';
import type { CoveredFile, CustomerAsked } from '../domain/customer.js';
import { isNumberHash } from '../domain/customer.js';
import { MonitorError } from '../domain/errors.js';
import { numberAsked } from '../domain/number-spellings.js';
import { visibleLine } from '../domain/visible-text.js';
import { type CertificateRow, foundIn } from '../reports/customer-view.js';
import { withRowsOf } from '../service/open-held.js';
import { forgetCustomerAtRest, tracesOf } from '../service/sqlite/customer-commands.js';
import type { CliIo } from './io.js';
import type { Parsed } from './options.js';
import { atRestOrAsked } from './service-or-rest.js';
import { table } from './table.js';

/** Null: the command line names no customer. Throws OCM_USAGE, without the number. */
export function customerAsked({ own }: Parsed): CustomerAsked | null {
  const [number = null, hash = null] = [own['customer'], own['hash']];
  if (number === null && hash === null) return null;
  if (number !== null && hash !== null) throw new MonitorError('OCM_USAGE', '--customer and --hash exclude each other');
  if (number !== null && (typeof number !== 'string' || numberAsked(number) === null)) {
    throw new MonitorError('OCM_USAGE', '--customer takes a telephone number of 7 to 15 digits, the country first');
  }
  if (hash !== null && (typeof hash !== 'string' || !isNumberHash(hash))) {
    throw new MonitorError('OCM_USAGE', '--hash takes what ocs-monitor phone-hash prints: 16 hexadecimal digits');
  }
  return { number, hash };
}

interface Asking {
  readonly parsed: Parsed;
  readonly config: Config;
  readonly io: CliIo;
}

export async function forgetCustomer(asked: CustomerAsked, { parsed, config, io }: Asking): Promise<number> {
  const ask = async (dryRun: boolean) => {
    const { number: customer, hash } = asked;
    const body = { ...(hash === null ? { customer } : { customer_hash: hash }), dry_run: dryRun };
    const work = (file: SqliteConfig) => forgetCustomerAtRest(file, { ...asked, dryRun }, io.clock.nowMs());
    const answer = await atRestOrAsked({ parsed, config }, work, {
      method: 'POST',
      path: '/api/v1/forget/customer',
      body,
    });
    if (answer === null) throw new MonitorError('OCM_UNAVAILABLE', 'the service that runs is of an older version');
    return answer;
  };
  if (parsed.own['dry-run'] === true) {
    tell(await ask(true), 'Nothing was changed.\n', null, { parsed, io });
    return 0;
  }
  if (parsed.own['yes'] !== true && !(await isConfirmed(ask, io))) return 1;
  const certificate = await ask(false);
  // Of a service elsewhere nothing is here.
  if (parsed.own['url'] !== undefined) {
    tell(certificate, endOf(certificate, 'The files are elsewhere and were not searched.'), null, { parsed, io });
    return 0;
  }
  return config.postgres === null
    ? tellOfFile(certificate, asked, config, { parsed, io })
    : tellOfServer(certificate, asked, { parsed, config, io });
}

async function tellOfFile(
  certificate: CertificateRow,
  asked: CustomerAsked,
  config: SqliteConfig,
  { parsed, io }: Pick<Asking, 'parsed' | 'io'>,
): Promise<number> {
  const traces = tracesOf(config, asked);
  tell(certificate, endOf(certificate, 'The files were searched after it.'), traces, { parsed, io });
  const left = traces.filter(({ places }) => places > 0);
  for (const { file, places } of left) {
    io.err(`${visibleLine(file)} has the number in ${places} places still.\n`);
  }
  if (left.length === 0) return 0;
  const rows = await rowsOf(config, asked);
  io.err(
    rows === 0
      ? 'It stands between rows: stop the service and run this again, which writes the database anew.\n'
      : cameAgain(rows),
  );
  return 1;
}

async function tellOfServer(
  certificate: CertificateRow,
  asked: CustomerAsked,
  { parsed, config, io }: Asking,
): Promise<number> {
  const rows = await rowsOf(config, asked);
  const said = 'The tables were searched after it; what a server keeps of rows that went: docs/scaling.md.';
  tell(certificate, endOf(certificate, said), null, { parsed, io });
  if (rows > 0) io.err(cameAgain(rows));
  return rows > 0 ? 1 : 0;
}

function rowsOf(config: Config, asked: CustomerAsked): Promise<number> {
  return withRowsOf(config, asked, (held) => {
    let count = 0;
    for (const { rows } of held) count += rows.length;
    return count;
  });
}

/** Who calls again while they are being forgotten stands in new rows, and nobody can tell the places of these from others. */
function cameAgain(rows: number): string {
  return `They came again: ${rows} rows were received since this was asked. To take those out, too, run it again.\n`;
}

async function isConfirmed(ask: (dryRun: boolean) => Promise<CertificateRow>, io: CliIo): Promise<boolean> {
  if (io.ask === undefined) {
    throw new MonitorError('OCM_USAGE', 'there is no terminal to ask on: add --yes, or --dry-run');
  }
  io.err(linesOf(await ask(true)));
  if ((await io.ask('Take the customer out of this for good? Type yes: ')).trim() === 'yes') return true;
  io.err('Nothing was changed.\n');
  return false;
}

function tell(
  certificate: CertificateRow,
  end: string,
  traces: readonly CoveredFile[] | null,
  { parsed, io }: Pick<Asking, 'parsed' | 'io'>,
): void {
  if (parsed.own['json']) io.out(`${JSON.stringify({ ...certificate, traces })}\n`);
  else io.out(linesOf(certificate) + end);
}

function linesOf(certificate: CertificateRow): string {
  const { tables, files, copies } = certificate;
  const found = [
    ...tables
      .filter((one) => one.found > 0)
      .map((one) => [one.table.replaceAll('_', ' '), String(one.found), String(one.rows)]),
    ...files.map((one) => [visibleLine(one.file), String(one.places), '']),
  ];
  const there = copies.filter(({ exists }) => exists !== false);
  const kept = there.map(({ file, made_at: madeAt }) => `  ${visibleLine(file)}, ${madeAt}\n`).join('');
  return [
    foundIn(certificate) === 0 ? 'The customer stands nowhere.\n' : table(['where', 'found', 'of rows'], found),
    there.length === 0 ? '' : `Backups that hold the customer still; restore takes them out again:\n${kept}`,
  ].join('');
}

function endOf({ customer_hash: hash, digest }: CertificateRow, searched: string): string {
  return `Forgotten: hash ${hash}, certificate ${digest}. ${searched}\n`;
}
