import { LEFTOVERS, RETENTION_CLASSES, type Leftover, type RetentionSettings } from '../domain/retention.js';
import { retentionRow } from '../reports/retention-view.js';
import { isoTime } from '../reports/rows.js';
import { retainAtRest, wouldGo } from '../service/sqlite/retention-commands.js';
import type { CliIo } from './io.js';
import { configOf, onFile, parseCommand } from './options.js';
import { atRestOrAsked } from './service-or-rest.js';
import { table } from './table.js';

export const RETENTION_HELP = `ocs-monitor retention [--dry-run] [--json]

Removes what is older than it is kept (OCM_RETENTION_NOTIFICATIONS, _ROLLUPS, _HISTORY, _CALLBACKS, _QUARANTINE; the audit
log for five years), as the service does by itself every hour. What is on hold stays: see ocs-monitor hold.

  --dry-run  only print what would go, and since when the rest is kept. Of notifications and history it is at most so much:
             what a transition, or the present state of a group, stands on stays. Reads beside a running service.

What nothing that is kept needs any more goes, too: statements that no notification names, groups of which nothing is left,
runs of the service before all that is kept, counts of missing keys as old as callbacks. --dry-run counts those that nothing
needs already; what goes first leaves more.

Goes through the running service (--url, default from the settings; --token or the admin and read tokens), or takes the
writer's lock when none runs. Posts are received meanwhile. The file does not shrink: its space is reused.

A class whose rows cannot be removed keeps no other from it; what failed is told with the reason.

Exit: 0 done, 1 something failed, 2 usage.
`;

const OPTIONS = {
  'dry-run': { type: 'boolean' },
  url: { type: 'string' },
  token: { type: 'string' },
  json: { type: 'boolean' },
} as const;

export async function retention(args: readonly string[], io: CliIo): Promise<number> {
  const parsed = parseCommand(args, OPTIONS);
  const config = configOf(parsed);
  const isJson = parsed.own['json'] === true;
  const nowMs = io.clock.nowMs();
  if (parsed.own['dry-run'] === true) {
    const { classes: found, leftovers } = wouldGo(
      onFile(config, 'retention --dry-run', 'only SQLite can tell beforehand'),
      nowMs,
    );
    const leftover = LEFTOVERS.map((what) => ({ what, would_go: { rows: leftovers[what] } }));
    const rows = RETENTION_CLASSES.map((name) => ({
      class: name,
      kept_seconds: keptSeconds(config.retention, name),
      oldest_at: found[name].oldestMs === null ? null : isoTime(found[name].oldestMs),
      would_go: { rows: found[name].rows, bytes: found[name].bytes },
    }));
    if (isJson) io.out(`${JSON.stringify({ dry_run: true, classes: rows, leftovers: leftover })}\n`);
    else
      io.out(
        table(
          ['class', 'kept for', 'oldest', 'rows that would go', 'bytes'],
          [
            ...rows.map((row) => [
              row.class,
              daysOf(row.kept_seconds),
              row.oldest_at ?? '-',
              String(row.would_go.rows),
              String(row.would_go.bytes),
            ]),
            ...leftover.map(({ what, would_go }) => leftoverRow(what, would_go.rows)),
          ],
        ),
      );
    return 0;
  }
  const done = await atRestOrAsked<ReturnType<typeof retentionRow>>(
    { parsed, config },
    async (atRest) => retentionRow(config.retention, await retainAtRest(atRest, nowMs)),
    { method: 'POST', path: '/api/v1/retention' },
  );
  const classes = done?.classes ?? [];
  const failed = classes.filter((row) => row.failed !== null);
  if (isJson) {
    io.out(`${JSON.stringify({ dry_run: false, ...done })}\n`);
  } else {
    io.out(
      table(
        ['class', 'kept for', 'oldest', 'rows removed', 'bytes left (about)'],
        [
          ...classes.map((row) => [
            row.class,
            daysOf(row.kept_seconds),
            row.oldest_at ?? '-',
            String(row.removed ?? 0),
            String(row.bytes ?? 0),
          ]),
          ...(done?.leftovers ?? []).map(({ what, removed }) => leftoverRow(what, removed ?? 0)),
        ],
      ),
    );
    for (const row of failed) io.err(`${row.class}: not all could be removed: ${row.failed ?? ''}\n`);
  }
  return failed.length > 0 ? 1 : 0;
}

const LEFTOVER_NAMES: Readonly<Record<Leftover, string>> = {
  statements: 'statements',
  groups: 'groups',
  runs: 'runs',
  missing_keys: 'missing keys',
};

function leftoverRow(what: Leftover, rows: number): string[] {
  return [LEFTOVER_NAMES[what], 'as needed', '-', String(rows), '-'];
}

function keptSeconds({ retentionMs }: RetentionSettings, name: keyof RetentionSettings['retentionMs']): number | null {
  return retentionMs[name] === 0 ? null : retentionMs[name] / 1000;
}

function daysOf(seconds: number | null): string {
  if (seconds === null) return 'ever';
  return seconds < 86_400 ? `${seconds} s` : `${Math.round(seconds / 8640) / 10} d`;
}
