import { MonitorError } from '../domain/errors.js';
import type { ImportItem } from '../domain/import.js';
import { auditJson } from '../reports/ocs-log/audit-view.js';
import { slipOf } from '../reports/ocs-log/uris.js';
import { auditOcsLogs, type AuditOutcome, type AuditRequest } from '../service/audits/ocs-logs.js';
import { receivingUrl } from '../simulator/receiving-url.js';
import { auditCallbackTables } from './audit-callbacks.js';
import { auditIconLog, ICON_LOG_HELP } from './audit-icon-log.js';
import { backfill, NOTHING_BACKFILLED } from './audit-backfill.js';
import { undoBackfill, UNDO_HELP } from './audit-undo.js';
import { auditText, auditWarnings } from './audit-text.js';
import type { CliIo } from './io.js';
import { dateOf, sourceOf, textOf, toleranceOf, zoneOf } from './log-options.js';
import { configOf, parseCommand, type Parsed } from './options.js';
import { readingProgress } from './progress.js';

export const AUDIT_HELP = `ocs-monitor audit --ocs-log FILE... [--source S] [options]
ocs-monitor audit callbacks FILE... [--source S] [--table NAME] [--json]

Reads logs that Outbound Contact Server (OCS) wrote at level Trace, and says which of the notifications that it sent to a
source are held here, and which are missing. Read docs/audit.md first.

  --ocs-log FILE...   logs of one OCS, rotated ones too, in any order; gzip is recognised
  --source S          the source they were sent to; default: default
  --url URL           where OCS should post to, as in campaigngroup-states-uri, or the base of it. Lines with another
                      scheme, host, port or path are told as misdirected. Without it only the path is judged
  --tz ZONE           time zone of the clock that the lines go by (Europe/Berlin); default: this machine's, unless a
                      log says that it goes by another: then it is asked for
  --date YYYY-MM-DD   date of the first line of the first file; needed where neither lines, head nor file name says it
  --tolerance T       how far a line and what is held may be apart; default 5s
  --backfill          bring missing changes of state back as evidence told by the log (origin ocs-log), where it is proven
                      what they said: figures never. Goes through the running service (--service, default from the
                      settings; --token or the admin token), or takes the writer's lock when none runs
  --dry-run           with --backfill: only say how many
  --json              everything as one JSON document; the table of missing ones is cut off after 100
  --store, --config   the database and the settings, as for every command

Notifications are compared one to one, by name of the campaign group, kind and time. Where several campaign groups have
one name, their neighbours in time tell whose a missing one was; what they do not tell is counted as ambiguous. What
retention has removed is not missing. Reads beside a running service, and changes nothing without --backfill. What was
brought back is missing no longer, and counts as restored, not as received.

callbacks: holds exports (CSV) of G_CUSTOM_DATA_S, G_USERDATA_HISTORY or CALLBACK_FACT, as ocs-monitor import icon takes
them, against what is held of a source: services and events that one side lacks, values that differ, mandatory keys that are
missing, by day and template, calls without their keys, and records that are open for too long.

Exit: 0 nothing is missing, 1 something is or the command failed, 2 usage.

Example:
  ocs-monitor audit --ocs-log /var/log/ocs/ocs.*.log --source eu-1 --tz Europe/Berlin
  ocs-monitor audit callbacks G_CUSTOM_DATA_S.csv G_USERDATA_HISTORY.csv

${UNDO_HELP}
${ICON_LOG_HELP}`;

const OPTIONS = {
  // Takes any number of names, which follow it.
  'ocs-log': { type: 'boolean' },
  source: { type: 'string' },
  url: { type: 'string' },
  tz: { type: 'string' },
  date: { type: 'string' },
  tolerance: { type: 'string' },
  backfill: { type: 'boolean' },
  'dry-run': { type: 'boolean' },
  service: { type: 'string' },
  token: { type: 'string' },
  json: { type: 'boolean' },
} as const;

export async function audit(args: readonly string[], io: CliIo): Promise<number> {
  const [first, ...rest] = args;
  if (first === 'callbacks') return auditCallbackTables(rest, io);
  if (first === 'icon-log') return auditIconLog(rest, io);
  if (args.includes('--undo')) return undoBackfill(args, io);
  const parsed = parseCommand(args.flatMap(fileApart), OPTIONS, Infinity);
  const asked = requestOf(parsed, io.clock.nowMs());
  const config = configOf(parsed);
  const progress = readingProgress(io, 'Comparing', () => performance.now());
  const dryRun = parsed.own['dry-run'] === true;
  let brought = NOTHING_BACKFILLED;
  const bringBack = async (items: Iterable<ImportItem>) => {
    progress.stop();
    const { files, source } = asked;
    brought = await backfill({ parsed, config, io }, { files, source, items, dryRun, takesBack: false });
  };
  const outcome = await auditOcsLogs(config, asked, { onProgress: progress.show, bringBack }).finally(progress.stop);
  const view = { ...outcome, source: asked.source, dryRun, brought, backfilled: dryRun ? 0 : brought.imported };
  for (const warning of auditWarnings(view)) io.err(`${warning}\n`);
  if (parsed.own['json'] === true) for (const piece of auditJson(view)) io.out(piece);
  else io.out(auditText(view));
  return isMissing(outcome) ? 1 : 0;
}

function isMissing({ compared }: AuditOutcome): boolean {
  return compared.missing.length + compared.ambiguous > 0;
}

/** `--ocs-log=FILE` as two words. */
function fileApart(arg: string): string[] {
  return arg.startsWith('--ocs-log=') ? ['--ocs-log', arg.slice('--ocs-log='.length)] : [arg];
}

function requestOf({ own, positionals: files }: Parsed, nowMs: number): AuditRequest {
  if (own['ocs-log'] !== true || files.length === 0)
    throw new MonitorError('OCM_USAGE', 'audit takes --ocs-log and the names of files');
  const only = (['dry-run', 'service', 'token'] as const).find((name) => own[name] !== undefined);
  if (only !== undefined && own['backfill'] !== true)
    throw new MonitorError('OCM_USAGE', `--${only} is for audit --backfill`);
  const source = sourceOf(own['source']);
  return {
    files,
    source,
    url: urlOf(textOf(own['url']), source),
    timeZone: zoneOf(own['tz']),
    dateMs: dateOf(own['date']),
    toleranceMs: toleranceOf(own['tolerance']),
    nowMs,
    asksForStates: own['backfill'] === true,
  };
}

/** A base is completed as senders are told to. */
function urlOf(text: string | null, source: string): URL | null {
  if (text === null) return null;
  const isFull = /\/campaign-group-state\/?$/i.test(text.replace(/[?#].*$/, ''));
  const url = isFull && URL.canParse(text) ? new URL(text) : receivingUrl(text, source === 'default' ? null : source);
  const slip = slipOf(url.href, { source, url: null });
  if (slip === null) return url;
  throw new MonitorError(
    'OCM_USAGE',
    `--url is not where source ${source} is received (${slip}): mend it, or --source`,
  );
}
