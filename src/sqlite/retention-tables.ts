/** What retention removes and measures, in SQL. Nothing here reads a large table through. */
import type { NumberedBlock } from '../apply/evidence-rows.js';
import type { Held, RetentionRows } from '../apply/retention-rows.js';
import type { Hold, RetentionClass } from '../domain/retention.js';
import { HOUR_MS } from '../evidence/quarter-hours.js';
import type { Connection } from './database.js';
import { isEmptyGroup, LEFT_OVER } from './leftover-sql.js';
import { estimates } from './row-estimates.js';
import { FORGOTTEN, isKept } from './removal-tables.js';

/** What is stored of a source stands in one of these at least. */
const OF_A_SOURCE = ['campaign_groups', 'callbacks', 'legacy_callback_events', 'quarantine'];

interface HoldRow {
  hold_no: number;
  source: string | null;
  group_id: string | null;
  until_ms: number;
  why: string;
  made_ms: number;
}

export class RetentionTables implements RetentionRows {
  readonly #db: Connection;
  readonly #sql;

  constructor(db: Connection) {
    this.#db = db;
    this.#sql = prepare(db);
  }

  groupNosAfter(groupNo: number, limit: number): number[] {
    return this.#sql.groupNosAfter.all(groupNo, limit) as number[];
  }

  removeRollups(groupNo: number, beforeMs: number, limit: number): number {
    if (beforeMs === -Infinity) return 0;
    let gone = 0;
    for (const remove of this.#sql.removeRollups) {
      if (gone < limit) gone += remove.run({ groupNo, beforeMs, limit: limit - gone }).changes;
    }
    return gone;
  }

  removeSteps(groupNo: number, beforeMs: number, limit: number): number {
    if (!Number.isFinite(beforeMs)) return 0;
    return this.#sql.removeSteps.run(groupNo, beforeMs, limit).changes;
  }

  removeCallbacks(beforeMs: number, heldSources: readonly string[], limit: number): number {
    if (beforeMs === -Infinity) return 0;
    const nos = JSON.stringify(this.#sql.endedCallbacks.all({ beforeMs, held: JSON.stringify(heldSources), limit }));
    const [callbacks = 0] = this.#sql.removeOfCallbacks.map((remove) => remove.run(nos).changes).reverse();
    const legacy = { beforeMs, held: JSON.stringify(heldSources), limit };
    return callbacks + this.#sql.removeLegacyEvents.run(legacy).changes;
  }

  oldestBody(beforeMs: number, heldSources: readonly string[]): string | null {
    if (beforeMs === -Infinity) return null;
    const id = this.#sql.oldestBody.get({ beforeMs, held: JSON.stringify(heldSources) }) as string | undefined;
    return id ?? null;
  }

  removeAudit(beforeMs: number, limit: number): number {
    return beforeMs === -Infinity ? 0 : this.#sql.removeAudit.run(limit, beforeMs).changes;
  }

  removeMissingKeys(beforeDay: string, heldSources: readonly string[], limit: number): number {
    return this.#sql.removeMissingKeys.run({ beforeDay, held: JSON.stringify(heldSources), limit }).changes;
  }

  removeRuns(beforeMs: number, limit: number): number {
    return beforeMs === -Infinity ? 0 : this.#sql.removeRuns.run({ beforeMs, limit }).changes;
  }

  hasStatements(groupNo: number, moreThan: number): boolean {
    return this.#sql.hasStatements.get(groupNo, moreThan) !== undefined;
  }

  statementsAfter(groupNo: number, contentDigest: string, limit: number): { no: number; contentDigest: string }[] {
    return this.#sql.statementsAfter.all(groupNo, contentDigest, limit) as { no: number; contentDigest: string }[];
  }

  removeStatement(statementNo: number): boolean {
    return this.#sql.removeStatement.run(statementNo).changes > 0;
  }

  blocksSince(groupNo: number, chunkNo: number): NumberedBlock[] {
    return this.#sql.blocksSince.all(groupNo, chunkNo) as NumberedBlock[];
  }

  isEmpty(groupNo: number): boolean {
    return this.#sql.isEmpty.get({ groupNo }) === 1;
  }

  removeDamaged(beforeMs: number, { groupNos }: Held, limit: number): number {
    if (beforeMs === -Infinity) return 0;
    const hour = Math.floor(beforeMs / HOUR_MS);
    return this.#sql.removeDamaged.run({ hour, groupNos: JSON.stringify([...groupNos]), limit }).changes;
  }

  usedBytes(): number {
    return this.#sql.usedBytes.get() as number;
  }

  oldestMs(what: RetentionClass, { groupNos, sources }: Held, thinnedNo: number): number | null {
    const asked = { groupNos: JSON.stringify([...groupNos]), held: JSON.stringify(sources), thinnedNo };
    // Each statement takes what it names.
    return (this.#sql.oldest[what].get(asked) as number | null | undefined) ?? null;
  }

  estimate(): ReturnType<RetentionRows['estimate']> {
    return estimates(this.#db);
  }

  holds(): Hold[] {
    return (this.#sql.holds.all() as HoldRow[]).map((row) => {
      const { hold_no: no, source, group_id: group, until_ms: untilMs, why, made_ms: madeMs } = row;
      return { id: String(no), source, group, untilMs, why, madeMs };
    });
  }

  isStored(what: Pick<Hold, 'source' | 'group'>): boolean {
    return this.#sql.isStored.get(what) === 1;
  }

  insertHold({ source, group, untilMs, why, madeMs }: Omit<Hold, 'id'>): string {
    return String(this.#sql.insertHold.run(source, group, untilMs, why, madeMs).lastInsertRowid);
  }

  removeHold(id: string): void {
    this.#sql.removeHold.run(id);
  }

  heldAt(nowMs: number): Held {
    const groupNos = this.#sql.heldGroups.all(nowMs) as number[];
    return { groupNos: new Set(groupNos), sources: this.#sql.heldSources.all(nowMs) as string[] };
  }
}

function prepare(db: Connection) {
  const isFree = (column: string) => `${column} NOT IN (SELECT value FROM json_each(@held))`;
  const isFreeGroup = 'group_no NOT IN (SELECT value FROM json_each(@groupNos))';
  const ofCallbacks = (table: string) =>
    db.prepare(`DELETE FROM ${table} WHERE callback_no IN (SELECT value FROM json_each(?))`);
  // What is being forgotten is told from newcomers by the newest number: that one stays meanwhile.
  const isOld = (number: string, table: string) =>
    `(NOT EXISTS (SELECT 1 FROM removals) OR ${number} < (SELECT max(${number}) FROM ${table}))`;
  const oldest = (sql: string) => db.prepare(sql).pluck();
  return {
    groupNosAfter: db
      .prepare(
        `SELECT group_no FROM campaign_groups WHERE group_no > ? AND source <> '${FORGOTTEN}' ORDER BY group_no LIMIT ?`,
      )
      .pluck(),
    removeRollups: [
      db.prepare('DELETE FROM quarter_hours WHERE group_no = @groupNo AND start_ms < @beforeMs LIMIT @limit'),
      db.prepare(`
        DELETE FROM list_quarter_hours WHERE list_no IN (SELECT list_no FROM calling_lists WHERE group_no = @groupNo)
          AND start_ms < @beforeMs LIMIT @limit`),
      // The last one tells when a group was heard of.
      db.prepare(`
        DELETE FROM repeats WHERE group_no = @groupNo AND from_ms < (SELECT max(from_ms) FROM repeats WHERE group_no = @groupNo)
          AND to_ms < @beforeMs AND from_ms < @beforeMs LIMIT @limit`),
    ],
    removeSteps: db.prepare('DELETE FROM steps WHERE group_no = ? AND at_ms < ? LIMIT ?'),
    endedCallbacks: db
      .prepare(
        `SELECT callback_no FROM (
           SELECT callback_no, source FROM callbacks WHERE is_final = 1 AND ended_ms < @beforeMs
           UNION ALL SELECT callback_no, source FROM callbacks WHERE is_final = 0 AND alive_until_ms < @beforeMs)
         WHERE ${isFree('source')} AND ${isOld('callback_no', 'callbacks')} LIMIT @limit`,
      )
      .pluck(),
    removeOfCallbacks: [
      ofCallbacks('callback_events'),
      ofCallbacks('callback_attachments'),
      ofCallbacks('callback_notifications'),
      ofCallbacks('callback_interactions'),
      ofCallbacks('callbacks'),
    ],
    removeLegacyEvents: db.prepare(`
      DELETE FROM legacy_callback_events WHERE legacy_no IN (
        SELECT legacy_no FROM legacy_callback_events WHERE at_ms < @beforeMs AND ${isFree('source')}
          AND ${isOld('legacy_no', 'legacy_callback_events')} AND ${isKept('legacy_callback_events')}
        ORDER BY at_ms LIMIT @limit)`),
    oldestBody: db
      .prepare(
        `SELECT id FROM quarantine WHERE last_received_ms < @beforeMs AND ${isFree('source')}
           AND ${isOld('quarantine_no', 'quarantine')} AND ${isKept('quarantine')}
         ORDER BY last_received_ms, quarantine_no LIMIT 1`,
      )
      .pluck(),
    removeAudit: db.prepare(`
      DELETE FROM audit_log WHERE audit_no IN (SELECT audit_no FROM audit_log ORDER BY audit_no LIMIT ?) AND at_ms < ?`),
    removeMissingKeys: db.prepare(`
      DELETE FROM callback_missing_keys WHERE ${LEFT_OVER.missingKeys} LIMIT @limit`),
    removeRuns: db.prepare(`
      DELETE FROM uptime WHERE run_no IN (SELECT run_no FROM uptime WHERE ${LEFT_OVER.runs} LIMIT @limit)`),
    hasStatements: db.prepare('SELECT 1 FROM statements WHERE group_no = ? LIMIT 1 OFFSET ?'),
    statementsAfter: db.prepare(`
      SELECT statement_no AS no, content_digest AS contentDigest FROM statements WHERE group_no = ? AND content_digest > ?
      ORDER BY content_digest LIMIT ?`),
    removeStatement: db.prepare(`
      DELETE FROM statements WHERE statement_no = ? AND statement_no < (SELECT max(statement_no) FROM statements)`),
    blocksSince: db.prepare(`
      SELECT c.chunk_no AS chunkNo, c.samples AS block FROM chunk_hours AS h JOIN chunks AS c ON c.chunk_no = h.chunk_no
      WHERE h.group_no = ? AND h.chunk_no > ? ORDER BY h.chunk_no`),
    isEmpty: db.prepare(`SELECT ${isEmptyGroup('@groupNo')}`).pluck(),
    removeDamaged: db.prepare(`DELETE FROM damaged_chunks WHERE hour < @hour AND ${isFreeGroup} LIMIT @limit`),
    usedBytes: db
      .prepare(
        `SELECT ((SELECT page_count FROM pragma_page_count()) - (SELECT freelist_count FROM pragma_freelist_count()))
           * (SELECT page_size FROM pragma_page_size())`,
      )
      .pluck(),
    oldest: {
      notifications: oldest(`
        SELECT coalesce((SELECT written_ms FROM chunks
            WHERE chunk_no > @thinnedNo AND chunk_no < (SELECT max(chunk_no) FROM chunks) ORDER BY chunk_no LIMIT 1),
          (SELECT at_ms + lag_ms FROM journal ORDER BY entry_no LIMIT 1))`),
      rollups: oldest(`
        SELECT min((SELECT min(start_ms) FROM quarter_hours AS q WHERE q.group_no = g.group_no)) FROM campaign_groups AS g
        WHERE g.${isFreeGroup} AND g.source <> '${FORGOTTEN}'`),
      history: oldest(`
        SELECT at_ms FROM steps WHERE transition_id IS NOT NULL AND ${isFreeGroup} ORDER BY at_ms LIMIT 1`),
      callbacks: oldest(`
        SELECT min(oldest) FROM (
          SELECT * FROM (SELECT ended_ms AS oldest FROM callbacks WHERE is_final = 1 AND ended_ms IS NOT NULL
            AND ${isFree('source')} ORDER BY ended_ms LIMIT 1)
          UNION ALL SELECT * FROM (SELECT alive_until_ms FROM callbacks WHERE is_final = 0 AND ${isFree('source')}
            ORDER BY alive_until_ms LIMIT 1)
          UNION ALL SELECT * FROM (SELECT at_ms FROM legacy_callback_events WHERE ${isFree('source')}
            ORDER BY at_ms LIMIT 1))`),
      quarantine: oldest(`
        SELECT last_received_ms FROM quarantine WHERE ${isFree('source')} ORDER BY last_received_ms, quarantine_no LIMIT 1`),
      audit: oldest('SELECT at_ms FROM audit_log ORDER BY audit_no LIMIT 1'),
    } satisfies Record<RetentionClass, unknown>,
    holds: db.prepare('SELECT * FROM holds ORDER BY hold_no'),
    isStored: db
      .prepare(
        `SELECT EXISTS (SELECT 1 FROM campaign_groups WHERE id = @group)
           OR ${OF_A_SOURCE.map((table) => `EXISTS (SELECT 1 FROM ${table} WHERE source = @source)`).join(' OR ')}`,
      )
      .pluck(),
    insertHold: db.prepare('INSERT INTO holds (source, group_id, until_ms, why, made_ms) VALUES (?, ?, ?, ?, ?)'),
    removeHold: db.prepare('DELETE FROM holds WHERE hold_no = ?'),
    heldGroups: db
      .prepare(
        `SELECT g.group_no FROM holds AS h JOIN campaign_groups AS g ON g.id = h.group_id OR g.source = h.source
         WHERE h.until_ms > ?`,
      )
      .pluck(),
    heldSources: db.prepare('SELECT source FROM holds WHERE source IS NOT NULL AND until_ms > ?').pluck(),
  };
}
