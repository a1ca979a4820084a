import { salvageStore } from '../service/sqlite/commands.js';
import type { CliIo } from './io.js';
import { configOnFile, fileOf, parseCommand } from './options.js';
import { workProgress } from './progress.js';
import { table } from './table.js';

export const SALVAGE_HELP = `ocs-monitor salvage FILE [settings] [--json]

Copies what can be read of a damaged database to the present one (--store). The service moved the damaged database aside
and names it in its log and on /readyz: data/ocs-monitor.db.damaged-20261121T093000Z. Its log, the same name with
-wal, is read with it. FILE itself is only read. A name that ends in -log is a log that was kept by itself; the main file
that was kept beside it is read with it.

It is read page by page. Notifications and callbacks are applied as if they were posted again: history does not depend
on their order, and what is there stays as it is, so a second run adds nothing. The account lists for each table what was
added, what was there already, and what is lost. How many rows an unreadable page had is not known.

It brings notifications, quarters of an hour, when copies came, callbacks, the quarantine, holds, learned intervals, the
audit log, and when the service ran. Transitions are told again of the notifications. It does not bring what was to be
forgotten, samples of chunks that were set aside as unreadable (they count as lost), nor, for those who follow the stream,
the changes of the last minutes: they start over. What retention had removed is known as removed.

Fails while a service writes to the present database: stop it, salvage, start it. It needs as much room on the disk as
FILE has. Afterwards move FILE and its -wal elsewhere: that ends the alert on ocs_monitor_store_moved_aside.

Exit: 0 everything was recovered, 1 something is lost or the command failed, 2 usage.

Example:
  ocs-monitor salvage ./data/ocs-monitor.db.damaged-20261121T093000Z
`;

export function salvage(args: readonly string[], io: CliIo): number {
  const parsed = parseCommand(args, { json: { type: 'boolean' } }, 1);
  const file = fileOf(parsed, 'salvage');
  const config = configOnFile(parsed, 'salvage', 'what a damaged server has left is read with the tools of PostgreSQL');
  const reading = workProgress(io, 'reading pages');
  const applying = workProgress(io, 'recovering rows');
  const salvaged = salvageStore(config, file, io.clock, { reading: reading.show, applying: applying.show });
  reading.stop();
  applying.stop();
  const sum = (count: (one: (typeof salvaged)[number]) => number) => salvaged.reduce((all, one) => all + count(one), 0);
  const added = sum((one) => one.added);
  const lostRows = sum((one) => one.unreadableRows + one.leftOut);
  const lostPages = sum((one) => one.unreadablePages);
  if (parsed.own['json']) {
    const tables = salvaged.map((one) => ({
      table: one.table,
      read: one.rows,
      added: one.added,
      already_there: one.held,
      left_out: one.leftOut,
      unreadable_rows: one.unreadableRows,
      unreadable_pages: one.unreadablePages,
    }));
    io.out(
      `${JSON.stringify({ file, store: config.sqlitePath, added, lost_rows: lostRows, lost_pages: lostPages, tables })}\n`,
    );
  } else {
    const lines = salvaged
      .filter((one) => one.rows + one.unreadableRows + one.unreadablePages > 0)
      .map((one) => [
        one.table,
        String(one.rows),
        String(one.added),
        String(one.held),
        String(one.leftOut),
        String(one.unreadableRows),
        String(one.unreadablePages),
      ]);
    io.out(table(['TABLE', 'READ', 'ADDED', 'THERE', 'LEFT OUT', 'UNREADABLE ROWS', 'UNREADABLE PAGES'], lines));
    io.out(`${added} rows recovered; ${lostRows} rows and ${lostPages} pages could not be read or placed.\n`);
  }
  return lostRows + lostPages > 0 ? 1 : 0;
}
