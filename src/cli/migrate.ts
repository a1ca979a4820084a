import { knownMigrations, migrateStore } from '../service/sqlite/commands.js';
import type { CliIo } from './io.js';
import { migrateStores } from './migrate-stores.js';
import { configOnFile, type Parsed, parseCommand } from './options.js';
import { workProgress } from './progress.js';

export const MIGRATE_HELP = `ocs-monitor migrate [settings] [--json]
ocs-monitor migrate --from STORE --to STORE [--dry-run | --verify] [settings] [--json]

Without --from: brings the database to this version's schema and prints what was done. The service does this at every
start, before it listens; use the command to do it beforehand. There is no way back: keep a backup. Fails while a service
writes to the database.

Notifications of a version without chunks are brought into chunks: a bar on a terminal says how far it is. It can be
broken off, by a kill too: the next start goes on. It takes room on the disk besides the database: a third of its size
is ample. The room of the old rows is used again.

With --from and --to: copies all that a store holds into another kind of database, from SQLite to PostgreSQL or back, and
compares both. STORE is written like OCM_STORE. The target is a file that does not exist, or a database that holds nothing
of ours; the source is only read. Ids, history and the hashes of customers' numbers stay the same; who follows the stream
starts over, and so do exports with marks.

The source's service may run: then the command copies, tells that it is not finished, and is run again when the service
has been stopped. The second run copies what came meanwhile, compares every part of both stores, and gives the target free:
until then no service starts on it. Broken off, by a kill too, the same command goes on where it was. docs/scaling.md has
the order of steps that loses nothing.

  --dry-run   says what would be copied, and changes nothing
  --verify    compares two stores as they are, and copies nothing; what every start of a service changes is left out

Exit: 0 done, 1 the two differ or the command failed, 2 usage. With --from, 0 also when it is not finished because a
service still writes: "finished" of --json tells.

Examples:
  ocs-monitor migrate --from sqlite:./data/ocs-monitor.db --to 'postgres://ocs_monitor@db.example/ocs_monitor'
  ocs-monitor migrate --verify --from sqlite:./data/ocs-monitor.db --to 'postgres://ocs_monitor@db.example/ocs_monitor'
`;

export function migrateCommand(args: readonly string[], io: CliIo): number | Promise<number> {
  const parsed = parseCommand(args, {
    json: { type: 'boolean' },
    from: { type: 'string' },
    to: { type: 'string' },
    verify: { type: 'boolean' },
    'dry-run': { type: 'boolean' },
  });
  const isBetween = ['from', 'to', 'verify', 'dry-run'].some((option) => parsed.own[option] !== undefined);
  return isBetween ? migrateStores(parsed, io) : migrateSchema(parsed, io);
}

function migrateSchema(parsed: Parsed, io: CliIo): number {
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
