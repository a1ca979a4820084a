import { setImmediate as turn } from 'node:timers/promises';
import { MonitorError } from '../domain/errors.js';
import { LAST_INSTANT_MS, parseInstant } from '../domain/instant.js';
import { LocalTime } from '../domain/local-time.js';
import { visibleLine } from '../domain/visible-text.js';
import { NewFile } from '../node/new-file.js';
import { exportedNotifications } from '../service/sqlite/export-commands.js';
import { notificationLine } from './export-notifications.js';
import { exportCustomer } from './export-customer.js';
import { customerAsked } from './forget-customer.js';
import type { CliIo } from './io.js';
import { configOf, parseCommand, type Parsed } from './options.js';

export const EXPORT_HELP = `ocs-monitor export notifications [--from T] [--to T] [--source S] [--out FILE] [--json]
ocs-monitor export --customer NUMBER | --hash HASH [--out FILE] [--json]

Writes the notifications that are held, one a line, as ocs-monitor import notifications takes them: when it was received, its
source, and a body that leads to the same evidence. Group by group, in the order of their times. What retention has thinned
is not held any more.

  --from T, --to T  GSW_DATE_TIME: ISO 8601 in UTC, or epoch seconds; --to does not belong to the range
  --source S        only of this source
  --customer NUMBER all that is held of a customer, as JSON: every row in which their number stands in whatever spelling, and
                    of each of their callbacks all; see ocs-monitor forget --help. Numbers are whole
  --hash HASH       the same by what ocs-monitor phone-hash prints
  --out FILE        a new file, packed by gzip when its name ends in .gz; without it standard output
  --json            say what was written, as JSON; with --out

Reads beside a service that runs.

Exit: 0 done, 1 the command failed, 2 usage.
`;

const OPTIONS = {
  from: { type: 'string' },
  to: { type: 'string' },
  source: { type: 'string' },
  customer: { type: 'string' },
  hash: { type: 'string' },
  out: { type: 'string' },
  json: { type: 'boolean' },
} as const;

const UTC = new LocalTime('UTC');

export async function exportCommand(args: readonly string[], io: CliIo): Promise<number> {
  const parsed = parseCommand(args, OPTIONS, 1);
  const { out, source, json } = parsed.own;
  if (json === true && out === undefined) throw new MonitorError('OCM_USAGE', '--json goes with --out');
  const customer = customerAsked(parsed);
  const [what] = parsed.positionals;
  if ((what === undefined) === (customer === null) || (what ?? 'notifications') !== 'notifications') {
    throw new MonitorError('OCM_USAGE', 'export takes notifications, or --customer, or --hash');
  }
  if (customer !== null) return exportCustomer(customer, { parsed, config: configOf(parsed), io });
  const range = { fromMs: instantOf(parsed, 'from') ?? 0, toMs: instantOf(parsed, 'to') ?? LAST_INSTANT_MS };
  const asked = { ...range, source: typeof source === 'string' ? source : null };
  const pages = exportedNotifications(configOf(parsed), asked);
  if (typeof out !== 'string') {
    for await (const page of untilInterrupted(pages, io)) io.out(page.map(notificationLine).join(''));
    return 0;
  }
  let notifications = 0;
  const bytes = await NewFile.write(out, async (file) => {
    for await (const page of untilInterrupted(pages, io)) {
      file.append(page.map(notificationLine).join(''));
      notifications += page.length;
    }
  });
  if (json) io.out(`${JSON.stringify({ file: out, notifications, bytes })}\n`);
  else io.out(`${visibleLine(out)}: ${notifications} notifications, ${bytes} bytes.\n`);
  return 0;
}

/** Signals are heard between two of them. */
async function* untilInterrupted<T>(pages: Iterable<T>, { signal }: CliIo): AsyncGenerator<T> {
  for (const page of pages) {
    await turn();
    if (signal.aborted) throw new MonitorError('OCM_INTERRUPTED', 'interrupted: nothing whole was written');
    yield page;
  }
}

function instantOf({ own }: Parsed, name: 'from' | 'to'): number | null {
  const said = own[name];
  if (typeof said !== 'string') return null;
  const ms = parseInstant(said, UTC);
  if (ms === null) throw new MonitorError('OCM_USAGE', `--${name} should be a time like 2026-11-20T08:00:00Z`);
  return ms;
}
