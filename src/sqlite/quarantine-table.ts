import {
  BODY_ROW_BYTES,
  type NewBody,
  type QuarantineRows,
  type QuarantineTally,
  type TalliedBody,
} from '../apply/quarantine-rows.js';
import type { QuarantineRow } from '../apply/stored/quarantine-row.js';
import type { Violation } from '../domain/notification.js';
import type { Endpoint, QuarantineReason } from '../domain/quarantine.js';
import type { Delivery, ReplayRequest } from '../domain/store.js';
import type { Connection } from './database.js';
import { isKept, takeName } from './removal-tables.js';

const BODY_BYTES = `length(body) + length(CAST(violations AS BLOB)) + ${BODY_ROW_BYTES}`;
const TALLIED_COLUMNS = `id, source, endpoint, reason, ${BODY_BYTES} AS bytes, replayed_ms`;

interface TalliedRow {
  id: string;
  source: string;
  endpoint: Endpoint;
  reason: QuarantineReason;
  bytes: number;
  replayed_ms: number | null;
}

export class QuarantineTable implements QuarantineRows {
  readonly #sql;

  constructor(db: Connection) {
    this.#sql = prepare(db);
  }

  tallies(): QuarantineTally[] {
    return this.#sql.tallies.all() as QuarantineTally[];
  }

  replayedBytes(): number {
    return this.#sql.replayedBytes.get() as number;
  }

  seenAgain(id: string, receivedAtMs: number, size: number): boolean {
    return this.#sql.seenAgain.run(receivedAtMs, receivedAtMs, size, id).changes > 0;
  }

  insert({ id, delivery, size, reason, violations, schemaVersion }: NewBody): void {
    const { source, endpoint, bytes, receivedAtMs, origin = null } = delivery;
    // What has this name and was not found is being forgotten.
    this.#sql.takeName.run(id);
    const body = Buffer.from(bytes, 'latin1');
    const told = JSON.stringify(violations);
    this.#sql.insert.run(
      id,
      source,
      endpoint,
      reason,
      told,
      schemaVersion,
      body,
      size,
      receivedAtMs,
      receivedAtMs,
      origin,
    );
  }

  newestNo(): number {
    return this.#sql.newestNo.get() as number;
  }

  heldBetween(
    { ids, source, reason }: ReplayRequest,
    { after, end, limit }: { readonly after: number; readonly end: number; readonly limit: number },
  ): { readonly no: number; readonly id: string }[] {
    const range = { source, reason, after, end, limit };
    const held =
      ids.length === 0 ? this.#sql.held.all(range) : this.#sql.heldOf.all({ ...range, ids: JSON.stringify(ids) });
    return held as { no: number; id: string }[];
  }

  delivery(id: string): Delivery | null {
    const row = this.#sql.body.get(id) as
      | (Pick<QuarantineRow, 'source' | 'reason' | 'first_received_ms' | 'origin'> & {
          endpoint: Endpoint;
          body: Buffer;
        })
      | undefined;
    if (row === undefined || row.reason === 'too_large') return null;
    const { source, endpoint, first_received_ms: receivedAtMs, origin } = row;
    return { source, endpoint, receivedAtMs, bytes: row.body.toString('latin1'), ...(origin && { origin }) };
  }

  tallied(id: string): TalliedBody | null {
    return talliedOf(this.#sql.tallied.get(id));
  }

  markReplayed(id: string, replayedMs: number, appliedId: string): void {
    this.#sql.markReplayed.run(replayedMs, appliedId, id);
  }

  markFaulty(id: string, reason: QuarantineReason, violations: readonly Violation[], schemaVersion: string): void {
    this.#sql.markFaulty.run(reason, JSON.stringify(violations), schemaVersion, id);
  }

  oldestReplayed(): TalliedBody | null {
    return talliedOf(this.#sql.oldestReplayed.get());
  }

  oldestOf(source: string, reason: QuarantineReason): TalliedBody | null {
    return talliedOf(this.#sql.oldestOf.get(source, reason));
  }

  remove(id: string): void {
    this.#sql.remove.run(id);
  }
}

function talliedOf(found: unknown): TalliedBody | null {
  if (found === undefined) return null;
  const { replayed_ms: replayedMs, ...row } = found as TalliedRow;
  return { ...row, isReplayed: replayedMs !== null };
}

function prepare(db: Connection) {
  const kept = isKept('quarantine');
  const held = `
    SELECT quarantine_no AS no, id FROM quarantine
    WHERE quarantine_no > @after AND quarantine_no <= @end AND replayed_ms IS NULL AND reason <> 'too_large' AND ${kept}
      AND (@source IS NULL OR source = @source) AND (@reason IS NULL OR reason = @reason)`;
  const bytes = BODY_BYTES;
  const tallied = TALLIED_COLUMNS;
  return {
    tallies: db.prepare(`
      SELECT source, reason, count(*) AS rows, sum(${bytes}) AS bytes
      FROM quarantine WHERE replayed_ms IS NULL AND ${kept} GROUP BY source, reason`),
    replayedBytes: db
      .prepare(
        `
      SELECT coalesce(sum(${bytes}), 0) FROM quarantine WHERE replayed_ms IS NOT NULL AND ${kept}`,
      )
      .pluck(),
    seenAgain: db.prepare(`
      UPDATE quarantine SET count = count + 1, last_received_ms = max(last_received_ms, ?),
        first_received_ms = min(first_received_ms, ?), size = max(size, ?)
      WHERE id = ? AND ${kept}`),
    takeName: db.prepare(`${takeName('quarantine', 'id')} WHERE id = ?`),
    insert: db.prepare(`
      INSERT INTO quarantine (id, source, endpoint, reason, violations, schema_version, body, size, count,
        first_received_ms, last_received_ms, origin)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?)`),
    newestNo: db.prepare('SELECT coalesce(max(quarantine_no), 0) FROM quarantine').pluck(),
    held: db.prepare(`${held} ORDER BY quarantine_no LIMIT @limit`),
    heldOf: db.prepare(`${held} AND id IN (SELECT value FROM json_each(@ids)) ORDER BY quarantine_no LIMIT @limit`),
    body: db.prepare('SELECT source, endpoint, body, reason, first_received_ms, origin FROM quarantine WHERE id = ?'),
    tallied: db.prepare(`SELECT ${tallied} FROM quarantine WHERE id = ?`),
    markReplayed: db.prepare('UPDATE quarantine SET replayed_ms = ?, applied_id = ? WHERE id = ?'),
    markFaulty: db.prepare('UPDATE quarantine SET reason = ?, violations = ?, schema_version = ? WHERE id = ?'),
    oldestReplayed: db.prepare(`
      SELECT ${tallied} FROM quarantine
      WHERE replayed_ms IS NOT NULL AND ${kept} ORDER BY replayed_ms LIMIT 1`),
    oldestOf: db.prepare(`
      SELECT ${tallied} FROM quarantine
      WHERE replayed_ms IS NULL AND source = ? AND reason = ? AND ${kept} ORDER BY last_received_ms LIMIT 1`),
    remove: db.prepare('DELETE FROM quarantine WHERE id = ?'),
  };
}
