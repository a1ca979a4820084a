import type { Connection } from './database.js';

/**
 * Runs of which the ledger keeps the times; beyond it the two with the shortest gap between them become one.
 * @bound runs in the up-time ledger
 * @beyond the oldest go
 * @seen `/api/v1/service`
 */
const RUNS_KEPT = 1000;
/** How long a post may wait in the socket's queue: OCS must be told to wait for an answer as long at least (README). */
const PATIENCE_MS = 5000;

/** SQL: milliseconds between two moments in which this service listened. Runs do not overlap. */
export function observedMs(from: string, to: string): string {
  return `(SELECT coalesce(sum(max(0, min(u.alive_ms, ${to}) - max(u.started_ms, ${from}))), 0) FROM uptime AS u
    WHERE u.alive_ms > ${from} AND u.alive_ms <= coalesce(
      (SELECT min(after.alive_ms) FROM uptime AS after WHERE after.alive_ms >= ${to}), ${to}))`;
}

interface Beginning {
  readonly nowMs: number;
  /** See `lastAliveMs`. */
  readonly lastMs: number | null;
  readonly socketOutlived: boolean;
  /** Until when a predecessor was alive that has left that to be written; null: none has. */
  readonly handedOverMs?: number | null;
}

/** The last sign of life of an earlier run; null: there was none. */
export function lastAliveMs(db: Connection): number | null {
  return db.prepare('SELECT max(alive_ms) FROM uptime').pluck().get() as number | null;
}

interface Run {
  readonly run_no: number;
  readonly alive_ms: number;
  readonly ended: number;
}

/** When this service was up, written down while it runs, so that a gap of our own is never taken for silence. */
export class UptimeLedger {
  readonly #runNo: number;
  readonly #sql;
  /** Until when the run before this one was alive, by the clock that it had; null for the first run. */
  readonly previousAliveMs: number | null;

  /**
   * Where the socket outlived the process before, which ended by itself a moment ago, its run goes on: connections waited,
   * and nothing was missed. One that handed over was alive until `handedOverMs`, and has left that to be written.
   */
  constructor(db: Connection, { nowMs, lastMs, socketOutlived, handedOverMs = null }: Beginning) {
    this.#sql = prepare(db);
    const last = lastRun(this.#sql.last.get() as Run | undefined, handedOverMs);
    this.previousAliveMs = lastMs === null ? null : Math.max(lastMs, handedOverMs ?? lastMs);
    const goesOn = socketOutlived && last?.ended === 1 && nowMs - last.alive_ms <= PATIENCE_MS;
    this.#runNo = db.transaction(() => {
      if (goesOn) {
        // What a beat will write anyhow need not be waited for.
        if (handedOverMs === null) this.#sql.goOn.run(nowMs, last.run_no);
        return last.run_no;
      }
      if (last !== undefined && handedOverMs !== null) this.#sql.end.run(last.alive_ms, last.run_no);
      // A clock may go back by less than what is taken for a step.
      return this.#begin(Math.max(nowMs, last?.alive_ms ?? nowMs));
    })();
  }

  beat(nowMs: number): void {
    this.#sql.beat.run(nowMs, this.#runNo);
  }

  /** The last beat, of a run that ends by itself. */
  end(nowMs: number): void {
    this.#sql.end.run(nowMs, this.#runNo);
  }

  #begin(nowMs: number): number {
    const runNo = Number(this.#sql.insert.run(nowMs, nowMs).lastInsertRowid);
    for (let runs = Number(this.#sql.count.pluck().get()); runs > RUNS_KEPT; runs--) {
      const nearest = this.#sql.nearest.get();
      this.#sql.extend.run(nearest);
      this.#sql.remove.run(nearest);
    }
    return runNo;
  }
}

/** The run before, as it ended. */
function lastRun(last: Run | undefined, handedOverMs: number | null): Run | undefined {
  if (last === undefined || handedOverMs === null) return last;
  return { ...last, alive_ms: Math.max(last.alive_ms, handedOverMs), ended: 1 };
}

function prepare(db: Connection) {
  return {
    last: db.prepare('SELECT run_no, alive_ms, ended FROM uptime ORDER BY alive_ms DESC, run_no DESC LIMIT 1'),
    insert: db.prepare('INSERT INTO uptime (started_ms, alive_ms) VALUES (?, ?)'),
    goOn: db.prepare('UPDATE uptime SET alive_ms = max(alive_ms, ?), ended = 0 WHERE run_no = ?'),
    beat: db.prepare('UPDATE uptime SET alive_ms = max(alive_ms, ?) WHERE run_no = ?'),
    end: db.prepare('UPDATE uptime SET alive_ms = max(alive_ms, ?), ended = 1 WHERE run_no = ?'),
    count: db.prepare('SELECT count(*) FROM uptime'),
    nearest: db.prepare(`
      SELECT run_no AS earlier, later FROM (
        SELECT run_no, alive_ms, lead(run_no) OVER in_order AS later, lead(started_ms) OVER in_order AS next_ms
        FROM uptime WINDOW in_order AS (ORDER BY started_ms, run_no))
      WHERE later IS NOT NULL ORDER BY next_ms - alive_ms, run_no LIMIT 1`),
    extend: db.prepare(`
      UPDATE uptime SET started_ms = (SELECT e.started_ms FROM uptime AS e WHERE e.run_no = @earlier),
        alive_ms = max(alive_ms, (SELECT e.alive_ms FROM uptime AS e WHERE e.run_no = @earlier))
      WHERE run_no = @later`),
    remove: db.prepare('DELETE FROM uptime WHERE run_no = @earlier'),
  };
}
