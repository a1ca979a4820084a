import { MonitorError } from '../domain/errors.js';
import type { ForgetRequest } from '../domain/store.js';
import { visibleLine } from '../domain/visible-text.js';
import { forgetAtRest } from '../service/sqlite/commands.js';
import { shownCounts } from '../reports/forget-view.js';
import type { Config } from '../config/config.js';
import { customerAsked, forgetCustomer } from './forget-customer.js';
import type { CliIo } from './io.js';
import { configOf, parseCommand, type Parsed } from './options.js';
import { answerOf, callService, reasonIn, runningService } from './service-call.js';
import { table } from './table.js';

export const FORGET_HELP = `ocs-monitor forget --group ID | --source NAME [--dry-run] [--yes] [--json]
ocs-monitor forget --customer NUMBER | --hash HASH [--dry-run] [--yes] [--json]

Removes a campaign group with its history, or everything of a source: its groups, callbacks and quarantined bodies. Use it
for a source that was mistyped in OCS, or a group that no longer exists. It cannot be undone: take a backup first. A sender
that posts again starts a new history.

  --group ID      id of a campaign group, as the API shows it
  --source NAME   everything posted to /ocs/NAME/ and /gms/NAME/
  --customer NUMBER  a customer, in whatever spelling their number stands: with + or 00, with spaces and dashes, encoded. The
                  country comes first; 0151 1, without it, is another number. Callbacks and what they measure stay, the
                  customer goes: numbers, hashes, and all keys of their events that no record has. What was received later
                  than this was asked stays. Prints a certificate without the number. See docs/privacy.md
  --hash HASH     the same by what ocs-monitor phone-hash prints; keeps the number out of histories of shells
  --dry-run       only print what would be removed, or where the customer stands
  --yes           do not ask; needed without a terminal

Goes through the running service (--url, default from the settings; --token or the admin and read tokens), or takes the
writer's lock when none runs. Posts are received meanwhile. The file does not shrink: its space is reused.
Earlier copies, and databases moved aside, still hold what is removed here.

Of a PostgreSQL only rows are in reach: dead rows go by VACUUM, and copies are elsewhere. See docs/scaling.md

Exit: 0 done, also where a customer stands nowhere, 1 there is no such group or source, or bytes of a number are left in the
files, or rows of a customer came meanwhile, or the command failed, 2 usage.
`;

const OPTIONS = {
  group: { type: 'string' },
  source: { type: 'string' },
  customer: { type: 'string' },
  hash: { type: 'string' },
  'dry-run': { type: 'boolean' },
  yes: { type: 'boolean' },
  url: { type: 'string' },
  token: { type: 'string' },
  json: { type: 'boolean' },
} as const;

type Counts = Readonly<Record<string, number>>;

export async function forget(args: readonly string[], io: CliIo): Promise<number> {
  const parsed = parseCommand(args, OPTIONS);
  const [group, source] = [textOf(parsed.own['group']), textOf(parsed.own['source'])];
  const customer = customerAsked(parsed);
  if ([group, source, customer].filter((one) => one !== null).length !== 1) {
    throw new MonitorError('OCM_USAGE', 'forget takes one of --group, --source, --customer and --hash');
  }
  const dryRun = parsed.own['dry-run'] === true;
  const config = configOf(parsed);
  if (customer !== null) return forgetCustomer(customer, { parsed, config, io });
  const ask = (isDry: boolean) => forgetAnywhere({ group, source, dryRun: isDry }, { parsed, config, io });
  const meant = await ask(true);
  if (meant === null) {
    const what = group === null ? `source ${visibleLine(source ?? '')}` : `campaign group ${visibleLine(group)}`;
    throw new MonitorError('OCM_NOTHING_STORED', `nothing is stored of ${what}`);
  }
  if (dryRun) return tell(meant, true, parsed, io);
  if (parsed.own['yes'] !== true) {
    if (io.ask === undefined)
      throw new MonitorError('OCM_USAGE', 'there is no terminal to ask on: add --yes, or --dry-run');
    io.err(linesOf(meant));
    if ((await io.ask('Remove this for good? Type yes: ')).trim() !== 'yes') {
      io.err('Nothing was removed.\n');
      return 1;
    }
  }
  return tell((await ask(false)) ?? {}, false, parsed, io);
}

function tell(counts: Counts, dryRun: boolean, { own }: Parsed, io: CliIo): number {
  if (own['json']) io.out(`${JSON.stringify({ dry_run: dryRun, removed: counts })}\n`);
  else io.out(`${linesOf(counts)}${dryRun ? 'Nothing was removed.' : 'Removed.'}\n`);
  return 0;
}

function linesOf(counts: Counts): string {
  const lines = Object.entries(counts).filter(([, count]) => count > 0);
  return table(
    [],
    lines.map(([name, count]) => [name.replaceAll('_', ' '), String(count)]),
  );
}

function textOf(value: string | boolean | undefined): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** Takes the writer's lock when it is free; otherwise asks the service that holds it. Null when nothing is held. */
async function forgetAnywhere(
  request: ForgetRequest,
  { parsed, config, io }: { readonly parsed: Parsed; readonly config: Config; readonly io: CliIo },
): Promise<Counts | null> {
  if (parsed.own['url'] === undefined && config.postgres === null) {
    try {
      const counts = await forgetAtRest(config, request, io.clock.nowMs());
      return Object.values(counts).every((count) => count === 0) ? null : shownCounts(counts);
    } catch (error) {
      if (!(error instanceof MonitorError && error.code === 'OCM_LOCKED')) throw error;
    }
  }
  const { base, tls, headers } = runningService(parsed, config);
  const { dryRun, group, source } = request;
  const answered = await callService({ tls }, `${base}/api/v1/forget`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify({ ...(group === null ? { source } : { group }), dry_run: dryRun }),
    timeoutMs: null,
  }).catch((cause: unknown) => {
    const message = `a service holds the database but does not answer at ${base}; name its address with --url`;
    throw new MonitorError('OCM_UNAVAILABLE', message, { cause });
  });
  const { status } = answered;
  const answer = answerOf(base, answered) as { removed?: Counts; detail?: string; title?: string };
  if (status === 404 && answer.title === 'Nothing to forget') return null;
  if (!answer.removed) {
    throw new MonitorError('OCM_UNAVAILABLE', `${base} answered ${status}: ${reasonIn(answer)}`);
  }
  return answer.removed;
}
