import type { Config } from '../config/config.js';
import { MonitorError } from '../domain/errors.js';
import { isSourceName } from '../domain/source.js';
import { visibleLine } from '../domain/visible-text.js';
import { faultOfFile } from '../node/input-file.js';
import { enumerationsWith } from '../ocs/enumerations.js';
import { iconTables } from './import-icon.js';
import { notificationLineBytes, notificationLines, refuseOthers } from './import-notifications.js';
import { type ImportKind, type ImportSummary, type Place, resumeOption, runImport } from './import-run.js';
import { openImport } from './import-target.js';
import { tserverLogs } from './import-tserver-log.js';
import type { CliIo } from './io.js';
import { configOf, parseCommand, type Parsed } from './options.js';
import { table } from './table.js';

export const IMPORT_HELP = `ocs-monitor import notifications FILE… [--source S] [--dry-run] [--raise-horizon] [--resume FILE:LINE]
  [--json]
ocs-monitor import tserver-log FILE… [--source S] [--dn DN] [--icon APPLICATION] [--dry-run] [--resume FILE:LINE]
  [--json]
ocs-monitor import icon FILE… [--source S] [--table NAME] [--dry-run] [--raise-horizon] [--json]

Brings in notifications that did not come by posts: history of another installation, as ocs-monitor export notifications
writes it, or what a proxy has captured. One body a line, as it was received, or wrapped with what is known of its receipt:
  {"received_at":"2026-11-20T08:00:00.123Z","source":"eu-1","body":{…}}
body may be a text, or body_base64 its bytes. Files may be packed by gzip; - is standard input.

tserver-log: the user events in logs of T-Servers and SIP Servers, and of PSDK clients. Those with _CB_ keys are callback
events, as if they had been posted; those with gms_ keys are legacy events, kept beside the callbacks. An event counts only
if its user data has as many pairs and bytes as the log says; else it is damaged, reported and quarantined as it stands.

icon: exports (CSV) of ICON's G_CUSTOM_DATA_S, G_USERDATA_HISTORY, GO_CampaignHistory and GO_Campaign, and of Info Mart's
CALLBACK_FACT joined with its dimensions. The header says which it is; comma, semicolon, tab or | may delimit, in UTF-8,
UTF-16 or Windows-1252. What is held already, in more words too, is a duplicate. docs/import.md says what to export.

  --source S        of every line, whatever it says; else what it says, else default
  --dn DN           of a tserver-log only what was distributed on this DN
  --icon APP        of a tserver-log the application that is ICON; else those whose name has icon in it
  --table NAME      of icon the table that the files are of, where their headers do not tell
  --dry-run         only say what would become of each; what is twice in the files counts as new twice
  --raise-horizon   take what is older than the time of which notifications are kept, though what lay beside it went
  --store, --config   the database and the settings, as for every command
  --resume FILE:LINE  go on where an import of the same files was interrupted, as it said; what comes before is passed over

They are judged as posts are: what is invalid goes to quarantine, marked as imported. Nothing that counts or times posts
moves: no group was heard, no alert ends. What is imported twice is a duplicate, so a command that was interrupted may also
be run again from the beginning. Retention removes what is older than it is kept (ocs-monitor hold keeps it).

Goes through the running service (--url, default from the settings; --token or the admin and read tokens), or takes the
writer's lock when none runs. Posts are received meanwhile.

Exit: 0 done, 1 something is damaged (file, line, reason), or the command failed, 2 usage.
`;

const OPTIONS = {
  source: { type: 'string' },
  dn: { type: 'string' },
  icon: { type: 'string' },
  table: { type: 'string' },
  'dry-run': { type: 'boolean' },
  'raise-horizon': { type: 'boolean' },
  resume: { type: 'string' },
  url: { type: 'string' },
  token: { type: 'string' },
  json: { type: 'boolean' },
} as const;

/**
 * @bound files on one command line
 * @beyond the command is refused
 * @seen the answer
 */
const MAX_FILES = 1000;
const NOTHING_READ = 'There was nothing in these files.';
/** Damaged lines that people are shown; --json lists more. */
const SHOWN = 20;

export async function importCommand(args: readonly string[], io: CliIo): Promise<number> {
  const parsed = parseCommand(args, OPTIONS, MAX_FILES + 1);
  const [what, ...named] = parsed.positionals;
  const kindOf = what !== undefined && Object.hasOwn(KINDS, what) ? KINDS[what] : undefined;
  if (what === undefined || kindOf === undefined)
    throw new MonitorError('OCM_USAGE', `import takes ${Object.keys(KINDS).join(' or ')}, and the names of files`);
  mustBeReadable(named);
  const source = sourceOf(parsed);
  const resume = resumeOf(parsed, named);
  const config = configOf(parsed);
  mustBeFor(parsed, what);
  const kind = kindOf({ parsed, source, config });
  if (resume !== null && !kind.resumes)
    throw new MonitorError('OCM_USAGE', `import ${what} is run again whole: what is held already is a duplicate`);
  const files = (await kind.arrange?.(named)) ?? named;
  const [dryRun, raisesHorizon] = [parsed.own['dry-run'] === true, parsed.own['raise-horizon'] === true];
  const target = await openImport({ parsed, config, io }, { what, files, source, dryRun, raisesHorizon });
  let summary: ImportSummary;
  try {
    summary = await runImport(target, { ...kind, files, resume, io });
    await target.end();
  } finally {
    await target.close();
  }
  return tell(summary, kind, { dryRun, parsed, io });
}

interface Asked {
  readonly parsed: Parsed;
  readonly source: string | null;
  readonly config: Config;
}

const KINDS: Readonly<Record<string, (asked: Asked) => ImportKind>> = {
  notifications: ({ source, config: { bodyLimitBytes } }) => {
    const readerOf = () => notificationLines({ source, bodyLimitBytes });
    return { maxLineBytes: notificationLineBytes(bodyLimitBytes), resumes: true, arrange: refuseOthers, readerOf };
  },
  'tserver-log': ({ parsed: { own }, source, config: { bodyLimitBytes } }) =>
    tserverLogs({ source: source ?? 'default', dn: textOf(own['dn']), icon: textOf(own['icon']), bodyLimitBytes }),
  icon: ({ parsed: { own }, source, config: { bodyLimitBytes, enumerations } }) =>
    iconTables({ source, table: textOf(own['table']), enumerations: enumerationsWith(enumerations), bodyLimitBytes }),
};

/** Options that one kind of files has. */
const ONLY_FOR = { dn: 'tserver-log', icon: 'tserver-log', table: 'icon' } as const;

function mustBeFor({ own }: Parsed, what: string): void {
  for (const [name, kind] of Object.entries(ONLY_FOR)) {
    if (own[name] !== undefined && what !== kind)
      throw new MonitorError('OCM_USAGE', `--${name} is for import ${kind}`);
  }
}

function textOf(value: string | boolean | undefined): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function mustBeReadable(files: readonly string[]): void {
  if (files.length === 0) throw new MonitorError('OCM_USAGE', 'import takes the names of files; - is standard input');
  for (const file of files) {
    const fault = file === '-' ? null : faultOfFile(file);
    if (fault !== null) throw new MonitorError('OCM_UNAVAILABLE', `${visibleLine(file)} ${fault}`);
  }
}

function sourceOf({ own }: Parsed): string | null {
  const source = own['source'];
  if (typeof source !== 'string') return null;
  if (isSourceName(source)) return source;
  throw new MonitorError('OCM_USAGE', '--source should be 1 to 64 of A-Z a-z 0-9 . _ -');
}

/** A file's name may hold colons. */
const PLACE = /^(.+):(\d{1,12})$/s;

function resumeOf({ own }: Parsed, files: readonly string[]): Place | null {
  const resume = own['resume'];
  if (typeof resume !== 'string') return null;
  const [, file = '', line = ''] = PLACE.exec(resume) ?? [];
  if (files.includes(file) && Number(line) > 0) return { file, line: Number(line) };
  throw new MonitorError('OCM_USAGE', '--resume should be FILE:LINE, with one of the files and the number of a line');
}

interface Telling {
  readonly dryRun: boolean;
  readonly parsed: Parsed;
  readonly io: CliIo;
}

function tell(summary: ImportSummary, kind: ImportKind, { dryRun, parsed: { own }, io }: Telling): number {
  const { read, imported, duplicates, legacy, quarantined, damaged, damagedNotListed, interruptedAt } = summary;
  const counts = { read, imported, duplicates, legacy, quarantined };
  const more = {
    ...kind.more?.(),
    ...(damagedNotListed > 0 && { damaged_not_listed: damagedNotListed }),
    ...(interruptedAt !== null && { interrupted_at: interruptedAt }),
  };
  if (own['json']) io.out(`${JSON.stringify({ ...counts, damaged, ...more })}\n`);
  else {
    const rows = Object.entries(counts).map(([name, count]) => [name, String(count)]);
    const all = damaged.length + damagedNotListed;
    io.out(`${table([], [...rows, ['damaged', String(all)]])}${dryRun ? 'Nothing was imported.\n' : ''}`);
    io.out(kind.report?.() ?? '');
    const shown = damaged.slice(0, SHOWN).map(({ file, line, reason }) => [visibleLine(file), String(line), reason]);
    if (shown.length > 0) io.out(table(['FILE', 'LINE', 'REASON'], shown));
    if (all > shown.length) io.out(`and ${all - shown.length} more: see them with --json\n`);
  }
  if (read === 0 && interruptedAt === null) io.err(`${kind.whenNothing?.() ?? NOTHING_READ}\n`);
  if (interruptedAt !== null) {
    const goOn = kind.resumes ? `Go on with the same command and ${resumeOption(interruptedAt)}` : 'Run it again';
    io.err(`Interrupted: what was imported stays. ${goOn}\n`);
  }
  return damaged.length > 0 || interruptedAt !== null ? 1 : 0;
}
