import { LAST_INSTANT_MS } from '../domain/instant.js';
import { toldByLog } from '../reports/ocs-log/told-by-log.js';
import { withHeld } from '../service/open-held.js';
import { backfill } from './audit-backfill.js';
import type { CliIo } from './io.js';
import { rangeOf, sourceOf } from './log-options.js';
import { configOf, parseCommand, type Parsed } from './options.js';

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
  const dryRun = parsed.own['dry-run'] === true;
  const { imported, found } = await withHeld(config, (held) => {
    const items = toldByLog(() => held.notifications({ source, ...range }));
    return backfill({ parsed, config, io }, { files: [], source, items, dryRun, takesBack: true });
  });
  if (found === 0)
    io.err(
      `No log told anything of source ${source}${isRanged(parsed) ? ' in this time' : ''}: is --source right, and --store?\n`,
    );
  if (parsed.own['json'] === true) io.out(`${JSON.stringify({ source, undone: dryRun ? 0 : imported, found })}\n`);
  else io.out(`${imported} changes of state that a log told ${dryRun ? 'would be' : 'were'} taken back.\n`);
  return 0;
}

function isRanged({ own }: Parsed): boolean {
  return own['from'] !== undefined || own['to'] !== undefined;
}
