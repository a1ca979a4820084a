/** `forget --customer`: out of everything that is held, with a certificate that names nobody. */
import type { SqliteConfig } from '../config/config.js';
import type { CoveredFile, CustomerAsked } from '../domain/customer.js';
import { isNumberHash } from '../domain/customer.js';
import { MonitorError } from '../domain/errors.js';
import { numberAsked } from '../domain/number-spellings.js';
import { visibleLine } from '../domain/visible-text.js';
import { type CertificateRow, foundIn } from '../reports/customer-view.js';
import { customerRows, forgetCustomerAtRest, tracesOf } from '../service/sqlite/customer-commands.js';
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

export async function forgetCustomer(
  asked: CustomerAsked,
  { parsed, config, io }: { readonly parsed: Parsed; readonly config: SqliteConfig; readonly io: CliIo },
): Promise<number> {
  const ask = async (dryRun: boolean) => {
    const { number: customer, hash } = asked;
    const body = { ...(hash === null ? { customer } : { customer_hash: hash }), dry_run: dryRun };
    const work = () => forgetCustomerAtRest(config, { ...asked, dryRun }, io.clock.nowMs());
    const answer = await atRestOrAsked({ parsed, config }, work, {
      method: 'POST',
      path: '/api/v1/forget/customer',
      body,
    });
    if (answer === null) throw new MonitorError('OCM_UNAVAILABLE', 'the service that runs is of an older version');
    return answer;
  };
  if (parsed.own['dry-run'] === true) return tell(await ask(true), null, parsed, io);
  if (parsed.own['yes'] !== true && !(await isConfirmed(ask, io))) return 1;
  const certificate = await ask(false);
  // Of a service elsewhere the files are not here.
  const traces = parsed.own['url'] === undefined ? tracesOf(config, asked) : null;
  const status = tell(certificate, traces, parsed, io);
  if (status !== 0) io.err(nextStep(config, asked));
  return status;
}

/** Who calls again while they are being forgotten stands in new rows, and nobody can tell the places of these from others. */
function nextStep(config: SqliteConfig, asked: CustomerAsked): string {
  let rows = 0;
  for (const held of customerRows(config, asked)) rows += held.rows.length;
  if (rows === 0)
    return 'It stands between rows: stop the service and run this again, which writes the database anew.\n';
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

function tell(certificate: CertificateRow, traces: readonly CoveredFile[] | null, { own }: Parsed, io: CliIo): number {
  const isDry = certificate.dry_run;
  const left = traces?.filter(({ places }) => places > 0) ?? [];
  if (own['json']) io.out(`${JSON.stringify({ ...certificate, traces })}\n`);
  else io.out(linesOf(certificate) + (isDry ? 'Nothing was changed.\n' : endOf(certificate, traces)));
  for (const { file, places } of left) {
    io.err(`${visibleLine(file)} has the number in ${places} places still.\n`);
  }
  return left.length > 0 ? 1 : 0;
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

function endOf({ customer_hash: hash, digest }: CertificateRow, traces: readonly CoveredFile[] | null): string {
  const searched =
    traces === null ? 'The files are elsewhere and were not searched.' : 'The files were searched after it.';
  return `Forgotten: hash ${hash}, certificate ${digest}. ${searched}\n`;
}
