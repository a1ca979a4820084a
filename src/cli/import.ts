import { existsSync } from 'node:fs';
import { MonitorError } from '../domain/errors.js';
import { isSourceName } from '../domain/source.js';
import { visibleLine } from '../domain/visible-text.js';
import { notificationLineBytes, notificationLines } from './import-notifications.js';
import { type ImportSummary, runImport } from './import-run.js';
import { openImport } from './import-target.js';
import type { CliIo } from './io.js';
import { configOf, parseCommand, type Parsed } from './options.js';
import { table } from './table.js';

export const IMPORT_HELP = `ocs-monitor import notifications FILE… [--source S] [--dry-run] [--raise-horizon] [--json]

Brings in notifications that did not come by posts: history of another installation, as ocs-monitor export notifications
writes it, or what a proxy has captured. One body a line, as it was received, or wrapped with what is known of its receipt:
  {"received_at":"2026-11-20T08:00:00.123Z","source":"eu-1","body":{…}}
body may be a text, or body_base64 its bytes. Files may be packed by gzip; - is standard input.

  --source S        of every line, whatever it says; else what it says, else default
  --dry-run         only say what would become of each; what is twice in the files counts as new twice
  --raise-horizon   take what is older than the time of which notifications are kept, though what lay beside it went

They are judged as posts are: what is invalid goes to quarantine, marked as imported. Nothing that counts or times posts
moves: no group was heard, no alert ends. What is imported twice is a duplicate, so a command that was interrupted is just
run again. Retention removes what is older than it is kept (ocs-monitor hold keeps it).

Goes through the running service (--url, default from the settings; --token or the admin and read tokens), or takes the
writer's lock when none runs. Posts are received meanwhile.

Exit: 0 done, 1 something is damaged (file, line, reason), or the command failed, 2 usage.
`;

const OPTIONS = {
  source: { type: 'string' },
  'dry-run': { type: 'boolean' },
  'raise-horizon': { type: 'boolean' },
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
/** Damaged lines that people are shown; --json lists more. */
const SHOWN = 20;

export async function importCommand(args: readonly string[], io: CliIo): Promise<number> {
  const parsed = parseCommand(args, OPTIONS, MAX_FILES + 1);
  const [what, ...files] = parsed.positionals;
  if (what !== 'notifications')
    throw new MonitorError('OCM_USAGE', 'import takes notifications and the names of files');
  mustBeThere(files);
  const source = sourceOf(parsed);
  const config = configOf(parsed);
  const { bodyLimitBytes } = config;
  const [dryRun, raisesHorizon] = [parsed.own['dry-run'] === true, parsed.own['raise-horizon'] === true];
  const target = await openImport({ parsed, config, io }, { what, files, dryRun, raisesHorizon });
  let summary: ImportSummary;
  try {
    const readerOf = () => notificationLines({ source, bodyLimitBytes });
    summary = await runImport(target, { files, maxLineBytes: notificationLineBytes(bodyLimitBytes), readerOf, io });
    await target.end();
  } finally {
    await target.close();
  }
  return tell(summary, dryRun, parsed, io);
}

function mustBeThere(files: readonly string[]): void {
  if (files.length === 0) throw new MonitorError('OCM_USAGE', 'import takes the names of files; - is standard input');
  const missing = files.find((file) => file !== '-' && !existsSync(file));
  if (missing !== undefined) throw new MonitorError('OCM_UNAVAILABLE', `${visibleLine(missing)} does not exist`);
}

function sourceOf({ own }: Parsed): string | null {
  const source = own['source'];
  if (typeof source !== 'string') return null;
  if (isSourceName(source)) return source;
  throw new MonitorError('OCM_USAGE', '--source should be 1 to 64 of A-Z a-z 0-9 . _ -');
}

function tell(summary: ImportSummary, dryRun: boolean, { own }: Parsed, io: CliIo): number {
  const { read, imported, duplicates, quarantined, damaged, damagedNotListed, interruptedAt } = summary;
  const counts = { read, imported, duplicates, legacy: 0, quarantined };
  const more = {
    ...(damagedNotListed > 0 && { damaged_not_listed: damagedNotListed }),
    ...(interruptedAt !== null && { interrupted_at: interruptedAt }),
  };
  if (own['json']) io.out(`${JSON.stringify({ ...counts, damaged, ...more })}\n`);
  else {
    const rows = Object.entries(counts).map(([name, count]) => [name, String(count)]);
    const all = damaged.length + damagedNotListed;
    io.out(`${table([], [...rows, ['damaged', String(all)]])}${dryRun ? 'Nothing was imported.\n' : ''}`);
    const shown = damaged.slice(0, SHOWN).map(({ file, line, reason }) => [visibleLine(file), String(line), reason]);
    if (shown.length > 0) io.out(table(['FILE', 'LINE', 'REASON'], shown));
    if (all > shown.length) io.out(`and ${all - shown.length} more: see them with --json\n`);
  }
  if (interruptedAt !== null) {
    const { file, line } = interruptedAt;
    io.err(
      `Interrupted at ${visibleLine(file)}, line ${line}: what was imported stays. Run the command again to go on.\n`,
    );
  }
  return damaged.length > 0 || interruptedAt !== null ? 1 : 0;
}
