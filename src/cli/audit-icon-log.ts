import { MonitorError } from '../domain/errors.js';
import { deliveryRatio } from '../reports/ocs-log/audit-view.js';
import { type IconAuditView, iconAuditJson } from '../reports/icon-log/icon-audit-view.js';
import { isoTime } from '../reports/rows.js';
import { auditIconLogs } from '../service/audits/icon-logs.js';
import { percent } from './audit-text.js';
import type { CliIo } from './io.js';
import { dateOf, sourceOf, textOf, toleranceOf, zoneOf } from './log-options.js';
import { configOf, parseCommand } from './options.js';
import { readingProgress } from './progress.js';
import { table } from './table.js';

export const ICON_LOG_HELP = `ocs-monitor audit icon-log FILE... [--source S] [--dn DN] [options]

Reads logs of Interaction Concentrator (ICON), and says which of the user events that arrived on the DN of callbacks
(message 04543) are not held here as callback events, by the hour; and how many records ICON says it queued (25016) and
wrote into its database (25004). One to one by time. An event that came twice word for word is held once, and what lies in
quarantine is not held: both count as missing.

  --source S          the source that posts the callback events; default: default
  --dn DN             the DN on which callbacks report; needed where ICON has user events of several
  --tz, --date, --tolerance, --json, --store, --config   as above

Exit: 0 all are held, 1 something is missing or the command failed, 2 usage.

Example:
  ocs-monitor audit icon-log /var/log/icon/icon.*.log --dn REPORTING --tz Europe/Berlin
`;

const OPTIONS = {
  source: { type: 'string' },
  dn: { type: 'string' },
  tz: { type: 'string' },
  date: { type: 'string' },
  tolerance: { type: 'string' },
  json: { type: 'boolean' },
} as const;

const SHOWN = 100;

export async function auditIconLog(args: readonly string[], io: CliIo): Promise<number> {
  const parsed = parseCommand(args, OPTIONS, Infinity);
  const { own, positionals: files } = parsed;
  if (files.length === 0) throw new MonitorError('OCM_USAGE', 'audit icon-log takes the names of files');
  const asked = {
    files,
    source: sourceOf(own['source']),
    dn: textOf(own['dn']),
    timeZone: zoneOf(own['tz']),
    dateMs: dateOf(own['date']),
    toleranceMs: toleranceOf(own['tolerance']),
    nowMs: io.clock.nowMs(),
  };
  const progress = readingProgress(io, 'Comparing', () => performance.now());
  const view = await auditIconLogs(configOf(parsed), asked, progress.show).finally(progress.stop);
  for (const warning of warningsOf(view)) io.err(`${warning}\n`);
  io.out(own['json'] === true ? `${JSON.stringify(iconAuditJson(view))}\n` : textOfView(view));
  return view.compared.missingCount > 0 ? 1 : 0;
}

function textOfView({ source, dn, lines, timeZone, compared }: IconAuditView): string {
  const { arrivals, received, missing, missingCount, queues } = compared;
  const totals = [
    ['source', source],
    ['DN', dn ?? 'any'],
    ['lines read', `${lines}, by the clock of ${timeZone}`],
    ['user events at ICON', String(arrivals)],
    ['held here', `${received} (${percent(deliveryRatio({ sent: arrivals, received }))})`],
    ['missing here', String(missingCount)],
    ['held, not at ICON', String(compared.unexpected)],
    ['records queued by ICON', String(queues.queuedRecords)],
    ['records written by ICON', String(queues.writtenRecords)],
  ];
  const hours = compared.hours.map((hour) => [
    isoTime(hour.hourMs),
    ...[hour.arrivals, hour.received, hour.arrivals - hour.received, hour.queuedRecords, hour.writtenRecords].map(
      String,
    ),
  ]);
  const shown = missing.slice(0, SHOWN).map((atMs) => [isoTime(atMs)]);
  const more = missingCount - shown.length;
  const parts = [
    table([], totals),
    shown.length > 0 ? table(['missing: arrived at ICON at'], shown) : '',
    more > 0 ? `and ${more} more: see them with --json\n` : '',
    hours.length > 0 ? table(['hour', 'at ICON', 'held', 'missing', 'queued', 'written'], hours) : '',
  ];
  return parts.filter((part) => part !== '').join('\n');
}

function warningsOf({ source, dn, compared, unreadable }: IconAuditView): string[] {
  const { dns, queues, arrivals, beforeHorizon } = compared;
  const named = dns.map((one) => `${one.dn} (${one.count})`).join(', ');
  const warnings: [boolean, string][] = [
    [
      dns.length === 0,
      'no line 04543 of a user event: is it a log of ICON, and does it log at level Interaction? (docs/audit.md)',
    ],
    [dn === null && dns.length > 1, `user events of several DNs: ${named}. Name that of callbacks with --dn`],
    [
      dn !== null && dns.length > 0 && arrivals + beforeHorizon === 0,
      `none of them on DN ${dn ?? ''}, but on ${named}`,
    ],
    [
      arrivals > 0 && compared.received === 0,
      `none of them is held of source ${source}: is --source right, and is --tz the time zone of ICON's machine?`,
    ],
    [
      queues.unwrittenRecords > 0,
      `${queues.unwrittenRecords} records that ICON queued were not written within these logs: look at its database's connection`,
    ],
    [beforeHorizon > 0, `${beforeHorizon} user events are older than callbacks are kept (docs/retention.md)`],
    [unreadable > 0, `${unreadable} lines of these messages were not understood`],
  ];
  return warnings.filter(([isSo]) => isSo).map(([, warning]) => warning);
}
