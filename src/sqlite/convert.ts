/**
 * Brings evidence of the shape before the journal, one row per notification clustered by group and time, into chunks. Once
 * per database, before anything is received: group by group and hour by hour, in slices, each a transaction that notes how
 * far it came. So a kill costs one slice at most. The old rows stay until all of them were filed and counted; then their
 * tables go as a whole. Nothing else knows that shape but salvage, which reads it as it reads all that may be damaged.
 */
import { Compaction } from '../apply/compaction.js';
import { Evidence } from '../apply/evidence.js';
import type { CampaignTables } from '../apply/tables.js';
import { messageOf, MonitorError } from '../domain/errors.js';
import { HOUR_MS, hourOf } from '../evidence/quarter-hours.js';
import { inPlace, type TaggedSample } from '../evidence/sample.js';
import { campaignTables } from './campaign-tables.js';
import { damaged, isDamage } from './damage/damage.js';
import { type Connection, isStoreFailure } from './database.js';
import { OldEvidence } from './old-evidence.js';

/** A commit of so many writes some megabytes. */
const ROWS_OF_SLICE = 20_000;

/** How far it is. */
export interface ConversionProgress {
  readonly done: number;
  readonly of: number;
  /** At the pace of this run. */
  readonly leftMs: number;
}

export interface ConversionOptions {
  /** When the chunks are said to be written. */
  readonly nowMs: number;
  /** A clock that only runs. */
  readonly elapsedMs: () => number;
  /** Told after every slice. */
  readonly onProgress: (progress: ConversionProgress) => void;
  /** Rows after which a slice is committed; its last hour is filed whole. */
  readonly rowsOfSlice?: number;
}

/** How many rows a database has of the old shape; null: it is of the new one. */
export function rowsToConvert(db: Connection): number | null {
  return OldEvidence.isIn(db) ? new OldEvidence(db).count() : null;
}

/**
 * Converts what there is, and goes on where an earlier run was cut off. Returns how many rows the database had of the old
 * shape. Throws OCM_UNAVAILABLE when nothing can be written: what was done stays, and the next start goes on. Damage is
 * thrown as it is met anywhere, and a row that holds no numbers is damage: salvage brings back the others.
 */
export function convert(db: Connection, options: ConversionOptions): number {
  if (!OldEvidence.isIn(db)) return 0;
  try {
    return new Conversion(db, options).run();
  } catch (error) {
    if (isDamage(error) || !isStoreFailure(error)) throw error;
    const message = `${db.name}: its evidence is not converted to the end (${messageOf(error)}); nothing is lost, and the next start goes on: see that there is room and that it can be written`;
    throw new MonitorError('OCM_UNAVAILABLE', message, { cause: error });
  }
}

/** Groups before this one are converted, and of this one what is placed before a moment; null: all of it. */
interface Position {
  readonly groupNo: number;
  readonly fromMs: number | null;
}

class Conversion {
  readonly #db: Connection;
  readonly #options: ConversionOptions;
  readonly #old: OldEvidence;
  readonly #tables: CampaignTables;
  readonly #compaction: Compaction;
  readonly #sql;

  constructor(db: Connection, options: ConversionOptions) {
    this.#db = db;
    this.#options = options;
    this.#old = new OldEvidence(db);
    this.#tables = campaignTables(db);
    this.#compaction = new Compaction(this.#tables, new Evidence(this.#tables));
    this.#sql = prepare(db);
  }

  run(): number {
    const { elapsedMs, onProgress } = this.#options;
    const of = this.#old.count();
    const [beganMs, before] = [elapsedMs(), this.#done()];
    const slice = this.#db.transaction(() => this.#slice());
    while (!slice()) {
      const done = this.#done();
      onProgress({ done, of, leftMs: ((elapsedMs() - beganMs) * (of - done)) / Math.max(1, done - before) });
    }
    if (this.#done() !== of) throw new Error(`${this.#done()} of ${of} rows of evidence were converted`);
    this.#dropOld();
    if (of > 0) onProgress({ done: of, of, leftMs: 0 });
    return of;
  }

  /** True: there was nothing left. */
  #slice(): boolean {
    const { rowsOfSlice = ROWS_OF_SLICE } = this.#options;
    let at = this.#position();
    let rows = 0;
    while (rows < rowsOfSlice) {
      const groupNo = at.fromMs === null ? this.#old.groupAfter(at.groupNo) : at.groupNo;
      if (groupNo === null) {
        this.#note(at, rows);
        return true;
      }
      const filed = this.#fileHour(groupNo, at.fromMs ?? -Infinity);
      rows += filed.rows;
      at = { groupNo, fromMs: filed.toMs };
    }
    this.#note(at, rows);
    return false;
  }

  /** Files the next hour of a group. Returns where it ends; null: it was the last. */
  #fileHour(groupNo: number, fromMs: number): { readonly rows: number; readonly toMs: number | null } {
    // Of a group that is being forgotten nothing is kept.
    if (this.#tables.groups.byNo(groupNo) === null) return { rows: this.#old.countOf(groupNo), toMs: null };
    const firstMs = this.#old.placeFrom(groupNo, fromMs);
    if (firstMs === null) {
      this.#mustBeWhole(groupNo);
      return { rows: 0, toMs: null };
    }
    const hour = hourOf(firstMs);
    const toMs = (hour + 1) * HOUR_MS;
    const samples = this.#placed(groupNo, hour * HOUR_MS, toMs).sort(inPlace);
    for (const { atMs, statementNo, tag, receivedMs } of samples) {
      if (tag !== 0) this.#tables.standing.insert(groupNo, { atMs, statementNo, tag }, receivedMs);
    }
    this.#compaction.file(groupNo, samples, this.#options.nowMs);
    return { rows: samples.length, toMs };
  }

  #placed(groupNo: number, fromMs: number, toMs: number): TaggedSample[] {
    try {
      return this.#old.placed(groupNo, fromMs, toMs);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw damaged(this.#db.name, `its evidence holds what is none (${error.message})`, error);
    }
  }

  #mustBeWhole(groupNo: number): void {
    const [rows, samples] = [this.#old.countOf(groupNo), this.#sql.samplesOf.get(groupNo) as number];
    if (rows !== samples) throw new Error(`of group ${groupNo} ${rows} rows of evidence are ${samples} in chunks`);
  }

  #done(): number {
    return this.#kept(ROWS) ?? 0;
  }

  #position(): Position {
    return { groupNo: this.#kept(GROUP) ?? 0, fromMs: this.#kept(FROM_MS) };
  }

  #note({ groupNo, fromMs }: Position, rows: number): void {
    this.#sql.keep.run(ROWS, this.#done() + rows);
    this.#sql.keep.run(GROUP, groupNo);
    if (fromMs === null) this.#sql.drop.run(FROM_MS);
    else this.#sql.keep.run(FROM_MS, fromMs);
  }

  #kept(name: string): number | null {
    return (this.#sql.kept.get(name) as number | undefined) ?? null;
  }

  #dropOld(): void {
    this.#db.pragma('foreign_keys = OFF');
    try {
      this.#db.transaction(() => {
        this.#old.drop();
        for (const name of [ROWS, GROUP, FROM_MS]) this.#sql.drop.run(name);
      })();
    } finally {
      this.#db.pragma('foreign_keys = ON');
    }
  }
}

/** In `kept_numbers`, as long as it lasts. */
const ROWS = 'conversion: rows';
const GROUP = 'conversion: group';
const FROM_MS = 'conversion: from_ms';

function prepare(db: Connection) {
  return {
    kept: db.prepare('SELECT value FROM kept_numbers WHERE name = ?').pluck(),
    keep: db.prepare('INSERT OR REPLACE INTO kept_numbers VALUES (?, ?)'),
    drop: db.prepare('DELETE FROM kept_numbers WHERE name = ?'),
    samplesOf: db
      .prepare(
        `SELECT coalesce(sum(c.count), 0) FROM chunk_hours AS h JOIN chunks AS c ON c.chunk_no = h.chunk_no
         WHERE h.group_no = ?`,
      )
      .pluck(),
  };
}
