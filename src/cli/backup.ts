import { visibleLine } from '../domain/visible-text.js';
import type { SqliteConfig } from '../config/config.js';
import { forgetAgain } from '../service/sqlite/customer-commands.js';
import { backUpStore, restoreStore, verifyBackup } from '../service/sqlite/commands.js';
import type { CliIo } from './io.js';
import { configOnFile, fileOf, parseCommand } from './options.js';

export const BACKUP_HELP = `ocs-monitor backup FILE [settings] [--json]
ocs-monitor backup --verify FILE [--json]

Writes a copy of the database as of one moment to a new file, while the service goes on receiving. The whole copy is read
back before it gets its name. With --verify nothing is written: an earlier copy is read whole. Meanwhile the service's
write-ahead log grows; afterwards it is cut back. Copy the file to another machine.
A copy that was interrupted is named FILE.unfinished and can be deleted.

Examples:
  ocs-monitor backup /backups/ocs-monitor-$(date +%F).db
  ocs-monitor backup --verify /backups/ocs-monitor-2026-11-21.db
`;

export const RESTORE_HELP = `ocs-monitor restore FILE [settings] [--json]

Replaces the database by a copy made with backup. The whole copy is read first. The present database is moved aside, never
deleted. Fails while a service writes to the database: stop it first. Customers who were forgotten since, in the present
database or one that lies aside, are taken out of the copy again, which brings it to this version's schema.

Example:
  ocs-monitor restore /backups/ocs-monitor-2026-11-21.db
`;

const BACK_UP_THERE = 'copy the database with pg_dump, or the server with pg_basebackup; see docs/scaling.md';
const RESTORE_THERE =
  'stop the receivers and put the copy back with pg_restore, or start a server on it; see docs/scaling.md';

type Forgotten = ReturnType<typeof restoreStore>['forgotten'];

/** Only the writer writes to the database, and the audit log is in there. */
const NOT_AUDITED = 'Not in the audit log: a service holds the database, or its schema is older.\n';

/** Customers who were forgotten since the copy was made go from it, too. */
async function forgottenAgain(config: SqliteConfig, { marks, unread }: Forgotten, io: CliIo) {
  const others = marks.length === 0 ? 0 : await forgetAgain(config, marks);
  if (others > 0) {
    io.err(
      `${others} customers cannot be forgotten again: they were told under another OCM_PII_KEY. Forget them anew.\n`,
    );
  }
  for (const file of unread) {
    io.err(
      `${visibleLine(file)} could not be read: who was forgotten in it is not known, and may stand in the copy.\n`,
    );
  }
  return { forgotten_again: marks.length - others, not_forgotten: others };
}

export function backup(args: readonly string[], io: CliIo): number {
  const parsed = parseCommand(args, { json: { type: 'boolean' }, verify: { type: 'boolean' } }, 1);
  const file = fileOf(parsed, 'backup');
  const isVerify = parsed.own['verify'] === true;
  const copy = isVerify
    ? verifyBackup(file)
    : backUpStore(configOnFile(parsed, 'backup', BACK_UP_THERE), file, io.clock.nowMs());
  const { bytes, schema } = copy;
  if ('audited' in copy && !copy.audited) io.err(NOT_AUDITED);
  if (parsed.own['json']) io.out(`${JSON.stringify({ file, bytes, schema, verified: true })}\n`);
  else
    io.out(
      `${visibleLine(file)}: ${bytes} bytes, schema ${schema}, ${isVerify ? 'whole' : 'written and read back whole'}.\n`,
    );
  return 0;
}

export async function restoreCommand(args: readonly string[], io: CliIo): Promise<number> {
  const parsed = parseCommand(args, { json: { type: 'boolean' } }, 1);
  const file = fileOf(parsed, 'restore');
  const config = configOnFile(parsed, 'restore', RESTORE_THERE);
  const { aside, schema, audited, forgotten } = restoreStore(config, file, io.clock.nowMs());
  const customers = await forgottenAgain(config, forgotten, io);
  if (!audited) io.err(NOT_AUDITED);
  if (parsed.own['json']) {
    io.out(`${JSON.stringify({ store: config.sqlitePath, from: file, schema, moved_aside: aside, ...customers })}\n`);
  } else {
    const before = aside === null ? 'There was nothing there before.' : `What was there is now ${visibleLine(aside)}.`;
    const again = customers.forgotten_again;
    const gone = again === 0 ? '' : ` Customers who were forgotten went from it again: ${again}.`;
    io.out(
      `${visibleLine(config.sqlitePath)} is now a copy of ${visibleLine(file)}, schema ${schema}. ${before}${gone}\n`,
    );
  }
  return 0;
}
