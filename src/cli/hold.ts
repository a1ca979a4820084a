import { MonitorError } from '../domain/errors.js';
import { holdEndMs } from '../domain/retention.js';
import { visibleLine } from '../domain/visible-text.js';
import { holdRow, madeHoldRow } from '../reports/retention-view.js';
import { holdAtRest, holdsAtRest, releaseAtRest } from '../service/sqlite/retention-commands.js';
import type { CliIo } from './io.js';
import { configOf, parseCommand, type Parsed } from './options.js';
import { atRestOrAsked } from './service-or-rest.js';
import { table } from './table.js';

export const HOLD_HELP = `ocs-monitor hold --source NAME | --group ID --until TIME --why TEXT [--json]
ocs-monitor hold --list [--json]
ocs-monitor hold --release ID

Keeps all that is stored of a campaign group, or of a source, from retention until a moment: for a complaint, an audit, a
court. What went before is not brought back, and ocs-monitor forget removes it all the same.

  --source NAME   everything posted to /ocs/NAME/ and /gms/NAME/
  --group ID      id of a campaign group, as the API shows it
  --until TIME    a time ahead like 2027-03-31 or 2027-03-31T12:00:00Z, or a duration like 90d
  --why TEXT      what it is for; it stands in the audit log
  --list          the holds that there are
  --release ID    ends one before its time

Goes through the running service (--url, default from the settings; --token or the admin and read tokens), or takes the
writer's lock when none runs.

A source of which nothing is stored so far can be held, too; it is said, since its name may be mistyped.

Exit: 0 done, 1 there is no such campaign group or hold, or the command failed, 2 usage.
`;

const OPTIONS = {
  source: { type: 'string' },
  group: { type: 'string' },
  until: { type: 'string' },
  why: { type: 'string' },
  list: { type: 'boolean' },
  release: { type: 'string' },
  url: { type: 'string' },
  token: { type: 'string' },
  json: { type: 'boolean' },
} as const;

type Row = ReturnType<typeof madeHoldRow>;

export async function hold(args: readonly string[], io: CliIo): Promise<number> {
  const parsed = parseCommand(args, OPTIONS);
  if (parsed.own['list'] === true) return list(parsed, io);
  const released = textOf(parsed.own['release']);
  return released === null ? make(parsed, io) : release(released, parsed, io);
}

async function make(parsed: Parsed, io: CliIo): Promise<number> {
  const [group, source] = [textOf(parsed.own['group']), textOf(parsed.own['source'])];
  if ((group === null) === (source === null)) throw new MonitorError('OCM_USAGE', 'hold takes --group or --source');
  const [until, why] = [textOf(parsed.own['until']), textOf(parsed.own['why'])];
  if (until === null || why === null) throw new MonitorError('OCM_USAGE', 'hold takes --until and --why');
  const nowMs = io.clock.nowMs();
  const untilMs = holdEndMs(until, nowMs);
  if (untilMs === null || untilMs <= nowMs)
    throw new MonitorError('OCM_USAGE', '--until should be a time ahead like 2027-03-31, or a duration like 90d');
  const config = configOf(parsed);
  const made = await atRestOrAsked<Row>(
    { parsed, config },
    async (atRest) => madeHoldRow(await holdAtRest(atRest, { group, source, untilMs, why }, nowMs)),
    { method: 'POST', path: '/api/v1/holds', body: { ...(group === null ? { source } : { group }), until, why } },
  );
  if (made === null)
    throw new MonitorError('OCM_NOTHING_STORED', `there is no campaign group of the id ${visibleLine(group ?? '')}`);
  if (parsed.own['json'] === true) io.out(`${JSON.stringify(made)}\n`);
  else io.out(`Held until ${made.until}; end it before with: ocs-monitor hold --release ${made.id}\n`);
  if (made.nothing_stored)
    io.err(`Nothing is stored so far of source ${visibleLine(source ?? '')}: is its name right?\n`);
  return 0;
}

async function release(id: string, parsed: Parsed, io: CliIo): Promise<number> {
  const config = configOf(parsed);
  const released = await atRestOrAsked<object>(
    { parsed, config },
    async (atRest) => ((await releaseAtRest(atRest, id, io.clock.nowMs())) ? {} : null),
    { method: 'DELETE', path: `/api/v1/holds/${encodeURIComponent(id)}` },
  );
  if (released === null) throw new MonitorError('OCM_NOTHING_STORED', `there is no hold ${visibleLine(id)}`);
  if (parsed.own['json'] === true) io.out(`${JSON.stringify({ released: id })}\n`);
  else io.out('Released.\n');
  return 0;
}

async function list(parsed: Parsed, io: CliIo): Promise<number> {
  const config = configOf(parsed);
  const answer = await atRestOrAsked<{ readonly items: readonly ReturnType<typeof holdRow>[] }>(
    { parsed, config },
    async (atRest) => ({ items: (await holdsAtRest(atRest)).map(holdRow) }),
    { method: 'GET', path: '/api/v1/holds' },
  );
  const items = answer?.items ?? [];
  if (parsed.own['json'] === true) io.out(`${JSON.stringify({ items })}\n`);
  else
    io.out(
      table(
        ['id', 'source', 'group', 'until', 'why'],
        items.map(({ id, source, group, until, why }) => [id, source ?? '-', group ?? '-', until, visibleLine(why)]),
      ),
    );
  return 0;
}

function textOf(value: string | boolean | undefined): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
