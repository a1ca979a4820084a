/** What a comparison with OCS logs came to, for people. */
import type { LogAudit } from '../reports/ocs-log/audit.js';
import { type AuditView, boundText, deliveryRatio } from '../reports/ocs-log/audit-view.js';
import type { SentLines } from '../reports/ocs-log/sent-lines.js';
import { isoTime } from '../reports/rows.js';
import type { Backfilled } from './audit-backfill.js';
import { table } from './table.js';

const SHOWN = 100;

type View = AuditView & {
  readonly timeZone: string;
  readonly isSourceKnown: boolean;
  readonly dryRun: boolean;
  /** What became of the missing changes of state that were to be brought back, or would. */
  readonly brought: Backfilled;
};

export function auditText(view: View): string {
  const { compared } = view;
  const parts = [
    table([], totalsOf(view)),
    listed('missing', compared.missing, view),
    listed('unexpected', compared.unexpected, view),
    section(
      ['sent elsewhere', 'notifications', 'likely slip'],
      view.misdirected.map(({ uri, count, slip }) => [uri, String(count), slip]),
    ),
    section(
      ['this service was down from', 'to', 'sent into it'],
      compared
        .downtime()
        .map(({ fromMs, toMs, missing }) => [
          boundText(fromMs) ?? 'before its first start',
          boundText(toMs) ?? 'now',
          String(missing),
        ]),
    ),
    section(
      ['hour', 'sent', 'received', 'delivered'],
      compared
        .hours()
        .map((hour) => [isoTime(hour.hourMs), String(hour.sent), String(hour.received), percent(deliveryRatio(hour))]),
    ),
  ];
  return parts.filter((part) => part !== '').join('\n');
}

function totalsOf(view: View): string[][] {
  const { compared } = view;
  return [
    ['source', view.source],
    [
      'notifications in the logs',
      view.fromMs === null ? 'none' : `${isoTime(view.fromMs)} to ${isoTime(view.toMs) ?? ''}`,
    ],
    ['lines read', `${view.lines}, by the clock of ${view.timeZone}`],
    ['sent to this source', String(compared.sent)],
    ['received', `${compared.received} (${percent(deliveryRatio(compared))})`],
    ['missing', String(compared.missing.length)],
    ...broughtBack(view),
    ...(compared.restored > 0 ? [['known only from logs', String(compared.restored)]] : []),
    ['missing, of one of several groups', String(compared.ambiguous)],
    ['unexpected', String(compared.unexpected.length)],
    ['longest gap of a campaign group', `${compared.longestGapMs / 1000} s`],
  ];
}

/** Nothing where it was not asked for. */
function broughtBack({ states, dryRun, brought }: View): string[][] {
  if (states === null) return [];
  return [[dryRun ? 'would be brought back' : 'of these brought back', String(brought.imported)]];
}

export function percent(ratio: number | null): string {
  // Never 100 % where something is missing.
  return ratio === null ? '-' : `${Math.floor(ratio * 10_000) / 100} %`;
}

function section(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  return rows.length === 0 ? '' : table(heads, rows);
}

function listed(what: 'missing' | 'unexpected', lines: SentLines, { nameOf }: LogAudit): string {
  const heads = what === 'missing' ? [`${what} at`, 'campaign group', 'kind'] : [`${what} at`, 'campaign group'];
  const shown = [...lines.inTime().subarray(0, SHOWN)].map((index) => {
    const { atMs, nameNo, kind } = lines.at(index);
    return [isoTime(atMs), nameOf(nameNo), ...(what === 'missing' ? [kind] : [])];
  });
  const more = lines.length - shown.length;
  return section(heads, shown) + (more > 0 ? `and ${more} more: --json names them all\n` : '');
}

/** Of the missing changes of state those that were not to be brought back, though it was asked for. */
function notBrought({ states, compared, brought, fitsLaterMs }: View): number {
  if (states === null || fitsLaterMs !== null || brought.interrupted) return 0;
  return compared.missingStates - brought.found;
}

function otherClock({ timeZone, fitsLaterMs, states }: View): string {
  const hours = Math.abs(fitsLaterMs ?? 0) / 3_600_000;
  const way = (fitsLaterMs ?? 0) > 0 ? 'later' : 'earlier';
  const nothing = states === null ? '' : ', and nothing was brought back';
  return `by the clock of ${timeZone} the lines do not fit what is held; ${hours} h ${way} they would. So these figures are wrong${nothing}: name the zone of that OCS with --tz, or the date with --date`;
}

/** What has to be known beside the figures, a sentence each. */
export function auditWarnings(view: View): string[] {
  const { compared } = view;
  const { length: others } = view.misdirected;
  const warnings: [boolean, string][] = [
    [
      view.isTraceOff,
      'no line 81000 or 81001: this OCS does not log at level Trace, or these are logs of another program. Nobody can tell what it sent: set its trace level (docs/audit.md)',
    ],
    [view.fitsLaterMs !== null, otherClock(view)],
    [!view.isSourceKnown, `nothing is stored of source ${view.source}: is --source right, and --store?`],
    [
      view.isSourceKnown &&
        view.fitsLaterMs === null &&
        compared.sent > 0 &&
        compared.received + compared.restored === 0,
      `none of them was received: if that cannot be, look at --tz (${view.timeZone}) and --date`,
    ],
    [
      !view.isTraceOff && compared.sent === 0 && view.beforeHorizon === 0 && others > 0,
      `all notifications went elsewhere: are they of another source than ${view.source}?`,
    ],
    [
      view.beforeHorizon > 0,
      `${view.beforeHorizon} notifications are older than samples are kept: nobody can tell whether they were received (docs/retention.md)`,
    ],
    [
      compared.damaged > 0,
      `${compared.damaged} notifications are of hours whose samples cannot be read: nobody can tell whether they were received (docs/runbooks.md, OcsMonitorSamplesUnreadable)`,
    ],
    [
      compared.ambiguous > 0,
      `${compared.ambiguous} missing notifications bear a name that several campaign groups have: whose they were cannot be told`,
    ],
    [
      notBrought(view) > 0,
      `${notBrought(view)} missing changes of state were not brought back: the logs and what is held do not prove what they said`,
    ],
    [
      view.brought.quarantined > 0,
      `${view.brought.quarantined} of those brought back are in quarantine: ocs-monitor quarantine list says why`,
    ],
    [view.unreadable > 0, `${view.unreadable} lines about campaign groups were not understood`],
    [compared.leftOut > 0, `${compared.leftOut} further ones are only counted`],
  ];
  return warnings.filter(([isSo]) => isSo).map(([, warning]) => warning);
}
