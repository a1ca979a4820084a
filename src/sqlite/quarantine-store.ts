import { type Digest, lengthPrefixed } from '../domain/identity.js';
import type { Violation } from '../domain/notification.js';
import type { Endpoint, QuarantineCount, QuarantinedBody, QuarantineReason } from '../domain/quarantine.js';
import type { Delivery, ReplayRequest } from '../domain/store.js';
import type { Connection } from './database.js';
import { isKept, takeName } from './forget.js';

/** What a row takes besides its body and violations, estimated. */
const ROW_BYTES = 300;

export interface QuarantineRow {
  id: string;
  source: string;
  endpoint: string;
  reason: string;
  violations: string;
  schema_version: string;
  size: number;
  count: number;
  first_received_ms: number;
  last_received_ms: number;
  replayed_ms: number | null;
  applied_id: string | null;
}

interface TalliedRow {
  source: string;
  reason: QuarantineReason;
  bytes: number;
}

interface Tally {
  source: string;
  reason: QuarantineReason;
  rows: number;
  bytes: number;
}

/**
 * Bodies that could not be applied. One row per source and body, with a count; bounded in bytes: replayed rows go
 * first, then the oldest of the source and reason that take most. A post is never refused for the bound. Those that are
 * being forgotten count no longer, and are neither replayed nor dropped for it.
 */
export class QuarantineStore {
  readonly #digest: Digest;
  readonly #limitBytes: number;
  readonly #sql;
  #tallies = new Map<string, Tally>();
  #replayedBytes = 0;

  constructor(db: Connection, limitBytes: number, digest: Digest) {
    this.#digest = digest;
    this.#limitBytes = limitBytes;
    this.#sql = prepare(db);
    this.recount();
  }

  /** Counts again from the tables: at the start, and after a transaction was rolled back. */
  recount(): void {
    const rows = this.#sql.tallies.all() as Tally[];
    this.#tallies = new Map(rows.map((row) => [keyOf(row.source, row.reason), row]));
    this.#replayedBytes = this.#sql.replayedBytes.pluck().get() as number;
  }

  /** Keeps a body; returns its id and how many rows had to go for it. */
  keep(
    delivery: Delivery,
    reason: QuarantineReason,
    violations: readonly Violation[],
    schemaVersion: string,
  ): { id: string; dropped: number } {
    const { source, endpoint, bytes, receivedAtMs, oversize } = delivery;
    const id = this.#digest(lengthPrefixed([source, endpoint, oversize?.digest ?? null, bytes]));
    const size = oversize?.size ?? bytes.length;
    if (this.#sql.seenAgain.run(receivedAtMs, receivedAtMs, size, id).changes > 0) return { id, dropped: 0 };
    // What has this name and was not found is being forgotten.
    this.#sql.takeName.run(id);
    const body = Buffer.from(bytes, 'latin1');
    const text = JSON.stringify(violations);
    this.#sql.insert.run(id, source, endpoint, reason, text, schemaVersion, body, size, receivedAtMs, receivedAtMs);
    this.#add(source, reason, 1, body.length + Buffer.byteLength(text) + ROW_BYTES);
    return { id, dropped: this.#shrink() };
  }

  /** What is held and not replayed, by source and reason. */
  counts(): QuarantineCount[] {
    return [...this.#tallies.values()].map(({ source, reason, rows }) => ({ source, reason, rows }));
  }

  /** The number of the newest row; later ones have higher numbers. */
  newestNo(): number {
    return this.#sql.newestNo.pluck().get() as number;
  }

  /** Held rows that a replay asks for, oldest first: some of those after one row, up to another. */
  heldBetween(
    { ids, source, reason }: ReplayRequest,
    { after, end, limit }: { readonly after: number; readonly end: number; readonly limit: number },
  ): { readonly no: number; readonly id: string }[] {
    const place = { source, reason, after, end, limit };
    const held =
      ids.length === 0 ? this.#sql.held.all(place) : this.#sql.heldOf.all({ ...place, ids: JSON.stringify(ids) });
    return held as { no: number; id: string }[];
  }

  /** A held body as it was delivered; the prefix of a too large one cannot be replayed and is none. */
  held(id: string): Delivery | null {
    const row = this.#sql.body.get(id) as
      { source: string; endpoint: string; body: Buffer; reason: string; first_received_ms: number } | undefined;
    if (!row || row.reason === 'too_large') return null;
    const bytes = row.body.toString('latin1');
    return { source: row.source, endpoint: row.endpoint as Endpoint, receivedAtMs: row.first_received_ms, bytes };
  }

  /** Notes what a replay found: applied, or still faulty under the present schema. */
  replayed(id: string, nowMs: number, appliedId: string): void {
    const row = this.#sql.tallied.get(id) as TalliedRow | undefined;
    if (!row) return;
    this.#sql.markReplayed.run(nowMs, appliedId, id);
    this.#add(row.source, row.reason, -1, -row.bytes);
    this.#replayedBytes += row.bytes;
  }

  stillFaulty(
    id: string,
    reason: QuarantineReason,
    violations: readonly Violation[],
    schemaVersionOf: (endpoint: Endpoint) => string,
  ): void {
    const before = this.#sql.tallied.get(id) as (TalliedRow & { endpoint: Endpoint }) | undefined;
    if (before === undefined) return;
    this.#sql.markFaulty.run(reason, JSON.stringify(violations), schemaVersionOf(before.endpoint), id);
    const after = this.#sql.tallied.get(id) as TalliedRow | undefined;
    this.#add(before.source, before.reason, -1, -before.bytes);
    if (after) this.#add(after.source, after.reason, 1, after.bytes);
  }

  #add(source: string, reason: QuarantineReason, rows: number, bytes: number): void {
    const key = keyOf(source, reason);
    const tally = this.#tallies.get(key) ?? { source, reason, rows: 0, bytes: 0 };
    if (tally.rows + rows === 0) this.#tallies.delete(key);
    else this.#tallies.set(key, { ...tally, rows: tally.rows + rows, bytes: tally.bytes + bytes });
  }

  #shrink(): number {
    let dropped = 0;
    for (let total = this.#totalBytes(); total > this.#limitBytes; total = this.#totalBytes()) {
      const largest = [...this.#tallies.values()].reduce<Tally | null>(
        (most, tally) => (most && most.bytes >= tally.bytes ? most : tally),
        null,
      );
      const victim = (this.#sql.oldestReplayed.get() ??
        (largest && this.#sql.oldestOf.get(largest.source, largest.reason))) as
        | { id: string; source: string; reason: QuarantineReason; bytes: number; replayed_ms: number | null }
        | null
        | undefined;
      if (!victim) break;
      this.#sql.remove.run(victim.id);
      if (victim.replayed_ms === null) this.#add(victim.source, victim.reason, -1, -victim.bytes);
      else this.#replayedBytes -= victim.bytes;
      dropped++;
    }
    return dropped;
  }

  #totalBytes(): number {
    let total = this.#replayedBytes;
    for (const { bytes } of this.#tallies.values()) total += bytes;
    return total;
  }
}

function keyOf(source: string, reason: string): string {
  return `${source};${reason}`;
}

/** A stored row as the rest of the program sees it. */
export function quarantinedBodyOf(row: QuarantineRow): QuarantinedBody {
  return {
    id: row.id,
    source: row.source,
    endpoint: row.endpoint as Endpoint,
    reason: row.reason as QuarantineReason,
    violations: JSON.parse(row.violations) as Violation[],
    schemaVersion: row.schema_version,
    count: row.count,
    firstReceivedMs: row.first_received_ms,
    lastReceivedMs: row.last_received_ms,
    size: row.size,
    replayedMs: row.replayed_ms,
    appliedId: row.applied_id,
  };
}

function prepare(db: Connection) {
  const kept = isKept('quarantine');
  const held = `
    SELECT quarantine_no AS no, id FROM quarantine
    WHERE quarantine_no > @after AND quarantine_no <= @end AND replayed_ms IS NULL AND reason <> 'too_large' AND ${kept}
      AND (@source IS NULL OR source = @source) AND (@reason IS NULL OR reason = @reason)`;
  const bytes = `length(body) + length(CAST(violations AS BLOB)) + ${ROW_BYTES}`;
  return {
    tallies: db.prepare(`
      SELECT source, reason, count(*) AS rows, sum(${bytes}) AS bytes
      FROM quarantine WHERE replayed_ms IS NULL AND ${kept} GROUP BY source, reason`),
    replayedBytes: db.prepare(`
      SELECT coalesce(sum(${bytes}), 0) FROM quarantine WHERE replayed_ms IS NOT NULL AND ${kept}`),
    seenAgain: db.prepare(`
      UPDATE quarantine SET count = count + 1, last_received_ms = max(last_received_ms, ?),
        first_received_ms = min(first_received_ms, ?), size = max(size, ?)
      WHERE id = ? AND ${kept}`),
    takeName: db.prepare(`${takeName('quarantine', 'id')} WHERE id = ?`),
    insert: db.prepare(`
      INSERT INTO quarantine (id, source, endpoint, reason, violations, schema_version, body, size, count,
        first_received_ms, last_received_ms)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?)`),
    newestNo: db.prepare('SELECT coalesce(max(quarantine_no), 0) FROM quarantine'),
    held: db.prepare(`${held} ORDER BY quarantine_no LIMIT @limit`),
    heldOf: db.prepare(`${held} AND id IN (SELECT value FROM json_each(@ids)) ORDER BY quarantine_no LIMIT @limit`),
    body: db.prepare('SELECT source, endpoint, body, reason, first_received_ms FROM quarantine WHERE id = ?'),
    tallied: db.prepare(`SELECT source, endpoint, reason, ${bytes} AS bytes FROM quarantine WHERE id = ?`),
    markReplayed: db.prepare('UPDATE quarantine SET replayed_ms = ?, applied_id = ? WHERE id = ?'),
    markFaulty: db.prepare('UPDATE quarantine SET reason = ?, violations = ?, schema_version = ? WHERE id = ?'),
    oldestReplayed: db.prepare(`
      SELECT id, source, reason, ${bytes} AS bytes, replayed_ms FROM quarantine
      WHERE replayed_ms IS NOT NULL AND ${kept} ORDER BY replayed_ms LIMIT 1`),
    oldestOf: db.prepare(`
      SELECT id, source, reason, ${bytes} AS bytes, replayed_ms FROM quarantine
      WHERE replayed_ms IS NULL AND source = ? AND reason = ? AND ${kept} ORDER BY last_received_ms LIMIT 1`),
    remove: db.prepare('DELETE FROM quarantine WHERE id = ?'),
  };
}
