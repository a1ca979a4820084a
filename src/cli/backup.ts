import { visibleLine } from '../domain/visible-text.js';
import { backUpStore, restoreStore, verifyBackup } from '../service/sqlite/commands.js';
import type { CliIo } from './io.js';
import { configOf, fileOf, parseCommand } from './options.js';

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
deleted. Fails while a service writes to the database: stop it first.

Example:
  ocs-monitor restore /backups/ocs-monitor-2026-11-21.db
`;

/** Only the writer writes to the database, and the audit log is in there. */
const NOT_AUDITED = 'Not in the audit log: a service holds the database, or its schema is older.\n';

export function backup(args: readonly string[], io: CliIo): number {
  const parsed = parseCommand(args, { json: { type: 'boolean' }, verify: { type: 'boolean' } }, 1);
  const file = fileOf(parsed, 'backup');
  const isVerify = parsed.own['verify'] === true;
  const copy = isVerify ? verifyBackup(file) : backUpStore(configOf(parsed), file, io.clock.nowMs());
  const { bytes, schema } = copy;
  if ('audited' in copy && !copy.audited) io.err(NOT_AUDITED);
  if (parsed.own['json']) io.out(`${JSON.stringify({ file, bytes, schema, verified: true })}\n`);
  else
    io.out(
      `${visibleLine(file)}: ${bytes} bytes, schema ${schema}, ${isVerify ? 'whole' : 'written and read back whole'}.\n`,
    );
  return 0;
}

export function restoreCommand(args: readonly string[], io: CliIo): number {
  const parsed = parseCommand(args, { json: { type: 'boolean' } }, 1);
  const file = fileOf(parsed, 'restore');
  const config = configOf(parsed);
  const { aside, schema, audited } = restoreStore(config, file, io.clock.nowMs());
  if (!audited) io.err(NOT_AUDITED);
  if (parsed.own['json']) {
    io.out(`${JSON.stringify({ store: config.sqlitePath, from: file, schema, moved_aside: aside })}\n`);
  } else {
    const before = aside === null ? 'There was nothing there before.' : `What was there is now ${visibleLine(aside)}.`;
    io.out(`${visibleLine(config.sqlitePath)} is now a copy of ${visibleLine(file)}, schema ${schema}. ${before}\n`);
  }
  return 0;
}
