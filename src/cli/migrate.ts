import { knownMigrations, migrateStore } from '../service/sqlite/commands.js';
import type { CliIo } from './io.js';
import { configOf, parseCommand } from './options.js';

export const MIGRATE_HELP = `ocs-monitor migrate [settings] [--json]

Brings the database to this version's schema and prints what was done. The service does this at every start; use the
command to do it beforehand. There is no way back: keep a backup. Fails while a service writes to the database.
`;

export function migrateCommand(args: readonly string[], io: CliIo): number {
  const parsed = parseCommand(args, { json: { type: 'boolean' } });
  const config = configOf(parsed);
  const { applied, schema } = migrateStore(config, io.clock.nowMs());
  if (parsed.own['json']) io.out(`${JSON.stringify({ store: config.sqlitePath, schema, applied })}\n`);
  else if (applied.length === 0)
    io.out(`${config.sqlitePath} is at schema ${schema} of ${knownMigrations().length}; nothing to do.\n`);
  else io.out(`${config.sqlitePath} is now at schema ${schema}: ${applied.join(', ')}\n`);
  return 0;
}
