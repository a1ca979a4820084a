/** What retention would remove of what is of no class, counted beside whoever writes. */
import { FEW_STATEMENTS } from '../apply/leftovers.js';
import { horizonMs, type Leftover, type Retentions } from '../domain/retention.js';
import { readBlock } from '../evidence/block.js';
import type { Connection } from './database.js';
import { isEmptyGroup, LEFT_OVER } from './leftover-sql.js';
import { FORGOTTEN } from './removal-tables.js';
import { RetentionTables } from './retention-tables.js';

/** As it stands: what goes before leaves more behind. */
export function previewLeftovers(
  db: Connection,
  retentionMs: Retentions,
  nowMs: number,
): Readonly<Record<Leftover, number>> {
  const { groupNos, sources } = new RetentionTables(db).heldAt(nowMs);
  const count = (sql: string, values: object) => db.prepare(sql).pluck().get(values) as number;
  const [callbacksMs, sinceMs] = [
    horizonMs(retentionMs.callbacks, nowMs),
    Math.min(...(['notifications', 'rollups', 'history'] as const).map((name) => horizonMs(retentionMs[name], nowMs))),
  ];
  const held = JSON.stringify(sources);
  const heldNos = JSON.stringify([...groupNos]);
  const isAnythingHeld = groupNos.size + sources.length > 0;
  return {
    statements: db
      .prepare(
        `SELECT group_no FROM statements WHERE group_no NOT IN (SELECT value FROM json_each(?))
         GROUP BY group_no HAVING count(*) > ${FEW_STATEMENTS}`,
      )
      .pluck()
      .all(heldNos)
      .reduce<number>((sum, groupNo) => sum + unnamedIn(db, groupNo as number), 0),
    groups: count(
      `SELECT count(*) FROM campaign_groups AS g WHERE source <> '${FORGOTTEN}' AND ${isEmptyGroup('g.group_no')}
         AND g.group_no NOT IN (SELECT value FROM json_each(@heldNos))
         AND g.group_no NOT IN (SELECT group_no FROM journal)`,
      { heldNos },
    ),
    runs:
      sinceMs === -Infinity || isAnythingHeld
        ? 0
        : count(`SELECT count(*) FROM uptime WHERE ${LEFT_OVER.runs}`, { beforeMs: sinceMs }),
    missing_keys:
      callbacksMs === -Infinity
        ? 0
        : count(`SELECT count(*) FROM callback_missing_keys WHERE ${LEFT_OVER.missingKeys}`, {
            beforeDay: new Date(callbacksMs).toISOString().slice(0, 10),
            held,
          }),
  };
}

/** Statements of a group that no evidence names; none where some of it cannot be read. */
function unnamedIn(db: Connection, groupNo: number): number {
  const blocks = db
    .prepare(`SELECT c.samples FROM chunk_hours AS h JOIN chunks AS c ON c.chunk_no = h.chunk_no WHERE h.group_no = ?`)
    .pluck()
    .iterate(groupNo) as IterableIterator<Uint8Array>;
  const named = new Set(db.prepare('SELECT statement_no FROM journal WHERE group_no = ?').pluck().all(groupNo));
  try {
    for (const block of blocks) for (const { statementNo } of readBlock(block)) named.add(statementNo);
  } catch (error) {
    if (error instanceof RangeError) return 0;
    throw error;
  }
  const all = db
    .prepare(
      `SELECT statement_no FROM statements WHERE group_no = ? AND statement_no < (SELECT max(statement_no) FROM statements)`,
    )
    .pluck()
    .all(groupNo);
  return all.filter((no) => !named.has(no)).length;
}
