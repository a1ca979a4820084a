import { MonitorError } from '../domain/errors.js';
import { LAST_INSTANT_MS } from '../domain/instant.js';
import { EXPORTED } from '../reports/export/mark.js';
import { exportCompliance, verifyExport } from './export-compliance.js';
import { exportCustomer } from './export-customer.js';
import { exportNotifications } from './export-notifications.js';
import { exportTable } from './export-table.js';
import { customerAsked } from './forget-customer.js';
import type { CliIo } from './io.js';
import { rangeOf } from './log-options.js';
import { configOf, parseCommand } from './options.js';

export const EXPORT_HELP = `ocs-monitor export transitions|sessions|statistics|callbacks [--format csv|ndjson|parquet] [--out FILE]
                   [--from T] [--to T] [--source S] [--resolution 15m|samples] [--since MARK | --mark FILE] [--json]
ocs-monitor export notifications [--from T] [--to T] [--source S] [--out FILE] [--json]
ocs-monitor export compliance [--from DAY] [--to DAY] [--source S] [--out FILE] [--json]
ocs-monitor export --verify FILE [--seal SEAL] [--json]
ocs-monitor export --customer NUMBER | --hash HASH [--out FILE] [--json]

Writes what is held as rows, for a warehouse or a spreadsheet. The first column, change, says how a row comes: added,
corrected (of a time before the mark) or withdrawn (delete it). docs/export.md has every column, and the key of each table.

  --format F        ndjson (default), csv or parquet
  --out FILE        a new file; csv and ndjson are packed by gzip when its name ends in .gz; without it standard output, of
                    which a terminal shows no parquet and no compliance
  --from T, --to T  ISO 8601 in UTC, or epoch seconds; --to does not belong to the range. Transitions and statistics by their
                    time, sessions by when they begin, callbacks by when they were first heard of
  --source S        only of this source
  --resolution R    of statistics: 15m (default), sums of a quarter of an hour; samples, as they were sent
  --since MARK      only what came or changed since the export that told this mark; whoever applies one after the other by
                    the key of the table has what a whole export has
  --mark FILE       the same, with the mark of this file; without the file all is exported. Afterwards it has the new mark;
                    both from a file of SQLite alone
  --customer NUMBER all that is held of a customer, as JSON: every row in which their number stands in whatever spelling, and
                    of each of their callbacks all; see ocs-monitor forget --help. Numbers are whole
  --hash HASH       the same by what ocs-monitor phone-hash prints
  --json            say what was written, as JSON: with --out on standard output, else on standard error

notifications: one a line, as ocs-monitor import notifications takes them: when it was received, its source, and a body that
leads to the same evidence. Group by group, in the order of their times (GSW_DATE_TIME).

compliance: what is known of days that are over (UTC), for whoever has to show it later: how long each campaign group stayed
in which state, for how much of that this service listened, and the overdial rates that OCS said. Each day is sealed together
with all before it; the last seal is printed, to be kept elsewhere. --verify looks whether a file is as it was sealed, and
names the day that is not; with --seal also whether it ends with that seal.

What retention has removed is not held any more, and is not told as withdrawn. Customers' numbers are masked unless pii is full.
Reads beside a service that runs.

Exit: 0 done, 1 the command failed, or a file is not as it was sealed, 2 usage.
`;

const OPTIONS = {
  format: { type: 'string' },
  from: { type: 'string' },
  to: { type: 'string' },
  source: { type: 'string' },
  resolution: { type: 'string' },
  since: { type: 'string' },
  mark: { type: 'string' },
  customer: { type: 'string' },
  hash: { type: 'string' },
  out: { type: 'string' },
  verify: { type: 'string' },
  seal: { type: 'string' },
  json: { type: 'boolean' },
} as const;
/** Options that only tables take. */
const OF_TABLES = ['format', 'resolution', 'since', 'mark'] as const;

export async function exportCommand(args: readonly string[], io: CliIo): Promise<number> {
  const parsed = parseCommand(args, OPTIONS, 1);
  const [what] = parsed.positionals;
  const { out, source, json, verify, seal } = parsed.own;
  if (typeof verify === 'string') {
    if (what !== undefined)
      throw new MonitorError('OCM_USAGE', '--verify takes the name of a file, and nothing besides');
    return verifyExport(verify, typeof seal === 'string' ? seal : null, json === true, io);
  }
  if (seal !== undefined) throw new MonitorError('OCM_USAGE', '--seal goes with --verify');
  const customer = customerAsked(parsed);
  if (customer !== null) {
    if (what !== undefined)
      throw new MonitorError(
        'OCM_USAGE',
        'export takes a table, or --customer, or --hash: of a customer all is written',
      );
    if (json === true && out === undefined) throw new MonitorError('OCM_USAGE', '--json goes with --out');
    return exportCustomer(customer, { parsed, config: configOf(parsed), io });
  }
  const asked = {
    ...rangeOf(parsed),
    source: typeof source === 'string' ? source : null,
    out: typeof out === 'string' ? out : null,
  };
  const table = EXPORTED.find((one) => one === what);
  if (table !== undefined) {
    await exportTable(configOf(parsed), { ...asked, what: table }, parsed, io);
    return 0;
  }
  if (what !== 'notifications' && what !== 'compliance') {
    throw new MonitorError('OCM_USAGE', `export takes ${EXPORTED.join(', ')}, notifications or compliance`);
  }
  const odd = OF_TABLES.find((name) => parsed.own[name] !== undefined);
  if (odd !== undefined)
    throw new MonitorError('OCM_USAGE', `--${odd} is not for ${what}: it is written as lines of JSON`);
  if (what === 'compliance') {
    await exportCompliance(configOf(parsed), { ...asked, isJson: json === true }, io);
    return 0;
  }
  if (json === true && asked.out === null) throw new MonitorError('OCM_USAGE', '--json goes with --out');
  const range = { fromMs: asked.fromMs ?? 0, toMs: asked.toMs ?? LAST_INSTANT_MS };
  await exportNotifications(configOf(parsed), { ...asked, ...range, isJson: json === true }, io);
  return 0;
}
