import { knownMigrations, migrateStore } from '../service/sqlite/commands.js';
import type { CliIo } from './io.js';
import { configOnFile, parseCommand } from './options.js';
import { workProgress } from './progress.js';

export const MIGRATE_HELP = `ocs-monitor migrate [settings] [--json]

Brings the database to this version's schema and prints what was done. The service does this at every start, before it
listens; use the command to do it beforehand. There is no way back: keep a backup. Fails while a service writes to the
database.

Notifications of a version without chunks are brought into chunks: a bar on a terminal says how far it is. It can be
broken off, by a kill too: the next start goes on. It takes room on the disk besides the database: a third of its size
is ample. The room of the old rows is used again.
`;

export function migrateCommand(args: readonly string[], io: CliIo): number {
  const parsed = parseCommand(args, { json: { type: 'boolean' } });
  const config = configOnFile(
    parsed,
    'migrate',
    'start the service: it does this before it listens, one receiver at a time',
  );
  const bar = workProgress(io, 'bringing notifications into chunks');
  const { applied, schema, converted } = migrateStore(config, io.clock.nowMs(), ({ done, of, leftMs }) => {
    bar.show(done, of, leftMs);
  });
  bar.stop();
  if (parsed.own['json']) io.out(`${JSON.stringify({ store: config.sqlitePath, schema, applied, converted })}\n`);
  else if (applied.length + converted === 0)
    io.out(`${config.sqlitePath} is at schema ${schema} of ${knownMigrations().length}; nothing to do.\n`);
  else {
    const done = [...applied, ...(converted > 0 ? [`${converted} notifications brought into chunks`] : [])];
    io.out(`${config.sqlitePath} is now at schema ${schema}: ${done.join(', ')}\n`);
  }
  return 0;
}
