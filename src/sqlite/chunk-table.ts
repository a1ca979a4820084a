import type { Chunk, ChunkRows, NumberedBlock, StoredChunk } from '../apply/evidence-rows.js';
import type { Connection } from './database.js';

export class ChunkTable implements ChunkRows {
  readonly #sql;

  constructor(db: Connection) {
    this.#sql = prepare(db);
  }

  lastNo(): number {
    return (this.#sql.lastNo.get() as number | null) ?? 0;
  }

  changes(): number {
    return (this.#sql.changes.get() as number | undefined) ?? 0;
  }

  insert({ chunkNo, groupNo, hour, count, newestMs, journalNo, writtenMs, block }: Chunk): void {
    this.#sql.insert.run(chunkNo, groupNo, hour, count, journalNo, writtenMs, block);
    this.#sql.insertHour.run(groupNo, hour, chunkNo, newestMs);
  }

  blocks(groupNo: number, hour: number): NumberedBlock[] {
    return this.#sql.blocks.all(groupNo, hour) as NumberedBlock[];
  }

  setAside(chunkNo: number, why: string, nowMs: number): void {
    this.#sql.keepDamaged.run(nowMs, why, chunkNo);
    this.#sql.unlink.run(chunkNo);
    this.#sql.remove.run(chunkNo);
  }

  damaged(): number {
    return this.#sql.damaged.get() as number;
  }

  hourBefore(groupNo: number, hour: number): number | null {
    return this.#sql.hourBefore.get(groupNo, Math.min(hour, Number.MAX_SAFE_INTEGER)) as number | null;
  }

  hourAfter(groupNo: number, hour: number): number | null {
    return this.#sql.hourAfter.get(groupNo, hour) as number | null;
  }

  newestMs(groupNo: number, hour: number): number | null {
    return this.#sql.newestMs.get(groupNo, hour) as number | null;
  }

  settledNo(groupNo: number, hour: number): number {
    return (this.#sql.settledNo.get(groupNo, hour) as number | null) ?? 0;
  }

  *writtenSince(journalNo: number): Generator<{ readonly groupNo: number; readonly journalNo: number }> {
    for (const row of this.#sql.newestFirst.iterate() as Iterable<[number, number]>) {
      if (row[1] < journalNo) return;
      yield { groupNo: row[0], journalNo: row[1] };
    }
  }

  after(chunkNo: number): StoredChunk | null {
    return (this.#sql.after.get(chunkNo) as StoredChunk | undefined) ?? null;
  }

  replace({ chunkNo, groupNo, hour, count, newestMs, block }: Omit<Chunk, 'journalNo' | 'writtenMs'>): void {
    this.#sql.replace.run(count, block, chunkNo);
    this.#sql.setNewest.run(newestMs, groupNo, hour, chunkNo);
  }

  remove({ chunkNo, groupNo, hour }: Pick<Chunk, 'chunkNo' | 'groupNo' | 'hour'>): void {
    this.#sql.remove.run(chunkNo);
    this.#sql.removeHour.run(groupNo, hour, chunkNo);
  }
}

function prepare(db: Connection) {
  return {
    // A number that was given is given to no other: damaged chunks keep theirs, and retention goes on behind its own.
    lastNo: db
      .prepare(
        `SELECT max(no) FROM (SELECT max(chunk_no) AS no FROM chunks UNION ALL SELECT max(chunk_no) FROM damaged_chunks
           UNION ALL SELECT max(value) FROM kept_numbers WHERE name IN ('thinned', 'history_chunk'))`,
      )
      .pluck(),
    // Counted by triggers of the schema.
    changes: db.prepare("SELECT value FROM kept_numbers WHERE name = 'chunk_changes'").pluck(),
    insert: db.prepare('INSERT INTO chunks VALUES (?, ?, ?, ?, ?, ?, ?)'),
    insertHour: db.prepare('INSERT INTO chunk_hours VALUES (?, ?, ?, ?)'),
    blocks: db.prepare(
      `SELECT c.chunk_no AS chunkNo, c.samples AS block FROM chunk_hours AS h JOIN chunks AS c ON c.chunk_no = h.chunk_no
       WHERE h.group_no = ? AND h.hour = ? ORDER BY h.chunk_no`,
    ),
    keepDamaged: db.prepare(
      `INSERT INTO damaged_chunks
       SELECT chunk_no, group_no, hour, count, ?, ?, samples FROM chunks WHERE chunk_no = ?`,
    ),
    unlink: db.prepare(
      `DELETE FROM chunk_hours WHERE (group_no, hour, chunk_no) IN (
         SELECT group_no, hour, chunk_no FROM chunks WHERE chunk_no = ?)`,
    ),
    damaged: db.prepare('SELECT count(*) FROM damaged_chunks').pluck(),
    hourBefore: db.prepare('SELECT max(hour) FROM chunk_hours WHERE group_no = ? AND hour < ?').pluck(),
    hourAfter: db.prepare('SELECT min(hour) FROM chunk_hours WHERE group_no = ? AND hour > ?').pluck(),
    newestMs: db.prepare('SELECT max(newest_ms) FROM chunk_hours WHERE group_no = ? AND hour = ?').pluck(),
    settledNo: db
      .prepare(
        `SELECT max(c.journal_no) FROM chunk_hours AS h JOIN chunks AS c ON c.chunk_no = h.chunk_no
         WHERE h.group_no = ? AND h.hour = ?`,
      )
      .pluck(),
    after: db.prepare(`
      SELECT chunk_no AS chunkNo, group_no AS groupNo, hour, count, journal_no AS journalNo, written_ms AS writtenMs,
        samples AS block
      FROM chunks WHERE chunk_no > ? ORDER BY chunk_no LIMIT 1`),
    replace: db.prepare('UPDATE chunks SET count = ?, samples = ? WHERE chunk_no = ?'),
    setNewest: db.prepare('UPDATE chunk_hours SET newest_ms = ? WHERE group_no = ? AND hour = ? AND chunk_no = ?'),
    remove: db.prepare('DELETE FROM chunks WHERE chunk_no = ?'),
    removeHour: db.prepare('DELETE FROM chunk_hours WHERE group_no = ? AND hour = ? AND chunk_no = ?'),
    newestFirst: db.prepare('SELECT group_no, journal_no FROM chunks ORDER BY chunk_no DESC').raw(),
  };
}
