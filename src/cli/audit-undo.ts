import type { Config } from '../config/config.js';
import type { ImportItem } from '../domain/import.js';
import { LAST_INSTANT_MS } from '../domain/instant.js';
import type { TimeRange } from '../domain/store.js';
import { encodeNotification } from '../ocs/encode-notification.js';
import { exportedNotifications } from '../service/sqlite/export-commands.js';
import { backfill } from './audit-backfill.js';
import type { CliIo } from './io.js';
import { rangeOf, sourceOf } from './log-options.js';
import { configOf, parseCommand } from './options.js';

export const UNDO_HELP = `ocs-monitor audit --undo --source S [--from T] [--to T] [--dry-run] [--json]

Takes back what --backfill brought: of a source and a range of time, as if it had never been; the rest of history stays.

  --from T, --to T    times of the changes: ISO 8601 in UTC, or epoch seconds; --to does not belong to the range
  --service, --token, --store, --config   as above
`;

const OPTIONS = {
  undo: { type: 'boolean' },
  source: { type: 'string' },
  from: { type: 'string' },
  to: { type: 'string' },
  'dry-run': { type: 'boolean' },
  service: { type: 'string' },
  token: { type: 'string' },
  json: { type: 'boolean' },
} as const;

export async function undoBackfill(args: readonly string[], io: CliIo): Promise<number> {
  const parsed = parseCommand(args, OPTIONS);
  const source = sourceOf(parsed.own['source']);
  const { fromMs, toMs } = rangeOf(parsed);
  const range = { fromMs: fromMs ?? 0, toMs: toMs ?? LAST_INSTANT_MS };
  const config = configOf(parsed);
  const items = toldByLog(config, source, range);
  const dryRun = parsed.own['dry-run'] === true;
  const { imported } = await backfill({ parsed, config, io }, { files: [], items, dryRun, takesBack: true });
  if (parsed.own['json'] === true)
    io.out(`${JSON.stringify({ source, undone: dryRun ? 0 : imported, found: items.length })}\n`);
  else io.out(`${imported} changes of state that a log told ${dryRun ? 'would be' : 'were'} taken back.\n`);
  return 0;
}

/** The last first: so each is taken back to where the one before it stands. */
function toldByLog(config: Config, source: string, range: TimeRange): ImportItem[] {
  const found: { readonly atMs: number; readonly item: ImportItem }[] = [];
  for (const page of exportedNotifications(config, { source, ...range })) {
    for (const notification of page) {
      if (notification.statement.origin !== 'ocs-log') continue;
      const [bytes, atMs] = [encodeNotification(notification), notification.atMs];
      const item: ImportItem = {
        endpoint: 'campaign-group-state',
        source,
        origin: 'ocs-log',
        receivedAtMs: null,
        bytes,
      };
      found.push({ atMs, item });
    }
  }
  return found.sort((a, b) => b.atMs - a.atMs).map(({ item }) => item);
}
