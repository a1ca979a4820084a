import type { Connection } from './database.js';

/** Runs of which the ledger keeps the times. */
const RUNS_KEPT = 1000;

/** When this service was up, written down while it runs, so that a gap of our own is never taken for silence. */
export class UptimeLedger {
  readonly #runNo: number;
  readonly #beat;
  /** Until when the run before this one was alive, null for the first run. */
  readonly previousAliveMs: number | null;

  constructor(db: Connection, nowMs: number) {
    this.previousAliveMs = (db.prepare('SELECT max(alive_ms) FROM uptime').pluck().get() as number | null) ?? null;
    const insert = db.prepare('INSERT INTO uptime (started_ms, alive_ms) VALUES (?, ?)');
    this.#runNo = Number(insert.run(nowMs, nowMs).lastInsertRowid);
    db.prepare('DELETE FROM uptime WHERE run_no <= ?').run(this.#runNo - RUNS_KEPT);
    this.#beat = db.prepare('UPDATE uptime SET alive_ms = ? WHERE run_no = ?');
  }

  beat(nowMs: number): void {
    this.#beat.run(nowMs, this.#runNo);
  }
}
