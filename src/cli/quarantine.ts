import { MonitorError } from '../domain/errors.js';
import { notHeld, QUARANTINE_REASONS } from '../domain/quarantine.js';
import type { ReplayRequest } from '../domain/store.js';
import { visibleLine } from '../domain/visible-text.js';
import { withHeld } from '../service/open-held.js';
import { replayAtRest } from '../service/sqlite/commands.js';
import { shownBody, shownQuarantined, shownViolations } from '../reports/quarantine-view.js';
import { QUARANTINE_COLUMNS, rowOf } from '../reports/rows.js';
import type { Config } from '../config/config.js';
import type { CliIo } from './io.js';
import { configOf, parseCommand, type Parsed } from './options.js';
import { answerOf, callService, reasonIn, runningService } from './service-call.js';
import { table } from './table.js';

export const QUARANTINE_HELP = `ocs-monitor quarantine list | show ID | replay [ID …]

Bodies that could not be applied are kept with every reason. Mend the sender, the schema or an enumeration table, then
replay. Replaying twice changes nothing: a body that was applied is a duplicate.

  list     newest first            --source S  --reason R  --replayed (those too)  --limit N (100)  --json
  show ID  one body, why, and raw  --json
  replay   all held, or the IDs    --source S  --reason R  --dry-run  --json
           Goes through the running service (--url, default from the settings; --token or the admin and read tokens),
           or takes the writer's lock when none runs.

Reasons: ${QUARANTINE_REASONS.join(', ')}
Outcomes are those of the API; quarantined: still faulty.
Exit: 0 done, 1 failed or some bodies are still faulty, 2 usage.
`;

const OPTIONS = {
  source: { type: 'string' },
  reason: { type: 'string' },
  replayed: { type: 'boolean' },
  limit: { type: 'string' },
  'dry-run': { type: 'boolean' },
  url: { type: 'string' },
  token: { type: 'string' },
  json: { type: 'boolean' },
} as const;

/** At most so many ids on one command line. */
const MAX_IDS = 1000;

export async function quarantine(args: readonly string[], io: CliIo): Promise<number> {
  const parsed = parseCommand(args, OPTIONS, MAX_IDS + 1);
  const [verb, ...ids] = parsed.positionals;
  const config = configOf(parsed);
  switch (verb) {
    case 'list':
      return list(parsed, config, io);
    case 'show':
      return show(ids[0], parsed, config, io);
    case 'replay':
      return replay(ids, parsed, config, io);
    case undefined:
    default:
      throw new MonitorError('OCM_USAGE', 'quarantine takes list, show or replay');
  }
}

function reasonOf({ own }: Parsed) {
  const reason = QUARANTINE_REASONS.find((one) => one === own['reason']) ?? null;
  if (own['reason'] !== undefined && reason === null) {
    throw new MonitorError('OCM_USAGE', `--reason should be one of ${QUARANTINE_REASONS.join(', ')}`);
  }
  return reason;
}

function textOf(value: string | boolean | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

async function list(parsed: Parsed, config: Config, io: CliIo): Promise<number> {
  const limit = Number(parsed.own['limit'] ?? 100);
  if (!Number.isInteger(limit) || limit < 1) throw new MonitorError('OCM_USAGE', '--limit should be 1 or more');
  const filter = {
    source: textOf(parsed.own['source']),
    reason: reasonOf(parsed),
    replayed: parsed.own['replayed'] === true,
  };
  const page = await withHeld(config, (held) => held.quarantine(filter, { limit, cursor: null }));
  if (page.nextCursor !== null) io.err(`There are more than ${limit}: see the rest with a greater --limit.\n`);
  const items = page.items.map((row) => shownQuarantined(row, config.pii));
  const rows = items.map((item) => rowOf(QUARANTINE_COLUMNS, item));
  if (parsed.own['json']) {
    io.out(`${JSON.stringify(rows)}\n`);
    return 0;
  }
  const lines = items.map(({ id, source, reason, count, violations }, index) => [
    id,
    String(rows[index]?.['last_received_at']),
    source,
    reason,
    String(count),
    violations
      .map(({ field, rule }) => `${field || 'body'}: ${rule}`)
      .slice(0, 2)
      .join('; '),
  ]);
  io.out(
    lines.length === 0
      ? 'Nothing is held in quarantine.\n'
      : table(['ID', 'LAST RECEIVED', 'SOURCE', 'REASON', 'TIMES', 'WHY'], lines),
  );
  return 0;
}

async function show(id: string | undefined, parsed: Parsed, config: Config, io: CliIo): Promise<number> {
  if (id === undefined)
    throw new MonitorError('OCM_USAGE', 'quarantine show takes an id; see: ocs-monitor quarantine list');
  const found = await withHeld(config, (held) => held.quarantinedBody(id));
  if (!found) {
    throw new MonitorError(
      'OCM_NOTHING_STORED',
      `no body ${visibleLine(id)} in quarantine; see: ocs-monitor quarantine list --replayed`,
    );
  }
  const body = shownBody(found.row, found.bytes, config.pii);
  const shown = shownQuarantined(found.row, config.pii);
  const row = rowOf(QUARANTINE_COLUMNS, shown);
  if (parsed.own['json']) {
    io.out(`${JSON.stringify({ ...row, ...body })}\n`);
    return 0;
  }
  const { violations, ...rest } = row;
  const facts = Object.entries(rest).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  const why = shown.violations.map(({ field, rule, found }) => [field || 'body', rule, found]);
  io.out(`${table([], facts)}\n${table(['FIELD', 'SHOULD BE', 'FOUND'], why)}\n${body.body}\n`);
  return violations === undefined ? 1 : 0;
}

async function replay(ids: readonly string[], parsed: Parsed, config: Config, io: CliIo): Promise<number> {
  const dryRun = parsed.own['dry-run'] === true;
  const request = { ids, source: textOf(parsed.own['source']), reason: reasonOf(parsed), dryRun };
  const replayed = await replayAnywhere(request, parsed, config, io.clock.nowMs());
  const { failed } = replayed;
  const items = replayed.items.map((item) => ({ ...item, violations: shownViolations(item.violations, config.pii) }));
  const faulty = items.filter(({ outcome }) => outcome === 'quarantined').length;
  const missing = failed === null ? notHeld(ids, items) : [];
  for (const id of missing)
    io.err(`${visibleLine(id)} is not in quarantine: replayed already, dropped at the bound, or never there\n`);
  if (parsed.own['json']) io.out(`${JSON.stringify({ dry_run: dryRun, items, not_held: missing, failed })}\n`);
  else {
    const lines = items.map(({ id, outcome, violations }) => [
      id,
      dryRun ? `would be: ${outcome}` : outcome,
      violations
        .map(({ field, rule }) => `${field || 'body'}: ${rule}`)
        .slice(0, 2)
        .join('; '),
    ]);
    if (lines.length > 0) io.out(table(['ID', 'OUTCOME', 'REMARKS'], lines));
    else if (failed === null) io.out('Nothing to replay.\n');
  }
  if (failed !== null) io.err(`The replay broke off after ${items.length} bodies: ${failed}\n`);
  return failed !== null || faulty + missing.length > 0 ? 1 : 0;
}

type Replayed = Awaited<ReturnType<typeof replayAtRest>>;

/** Takes the writer's lock when it is free; otherwise asks the service that holds it. */
async function replayAnywhere(
  request: ReplayRequest,
  parsed: Parsed,
  config: Config,
  nowMs: number,
): Promise<Replayed> {
  if (parsed.own['url'] === undefined && config.postgres === null) {
    try {
      return await replayAtRest(config, request, nowMs);
    } catch (error) {
      if (!(error instanceof MonitorError && error.code === 'OCM_LOCKED')) throw error;
    }
  }
  const { base, tls, headers } = runningService(parsed, config);
  const { dryRun, ids, ...rest } = request;
  const answered = await callService({ tls }, `${base}/api/v1/quarantine/replay`, {
    method: 'POST',
    timeoutMs: null,
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify({ ...rest, ...(ids.length > 0 && { ids }), dry_run: dryRun }),
  }).catch((error: unknown) => {
    throw new MonitorError(
      'OCM_UNAVAILABLE',
      `a service holds the database but does not answer at ${base}; name its address with --url`,
      { cause: error },
    );
  });
  return replayedOf(base, answered.status, answerOf(base, answered));
}

interface ReplayAnswer {
  readonly items?: Replayed['items'];
  readonly failed?: { readonly detail: string } | null;
  readonly detail?: string;
}

/** A refusal may list what was done before the replay broke off. */
function replayedOf(base: string, status: number, answer: ReplayAnswer): Replayed {
  const { items, failed } = answer;
  const why = `${base} answered ${status}: ${reasonIn(answer)}`;
  if (!items) throw new MonitorError('OCM_UNAVAILABLE', why);
  return { items, failed: status === 200 ? (failed?.detail ?? null) : why };
}
