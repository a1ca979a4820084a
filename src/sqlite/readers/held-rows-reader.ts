/** What is held of the notifications of one source, as rows for the comparison with an OCS log. */
import { type DamagedHour, DamagedHours, MAX_DAMAGED_HOURS } from '../../apply/damaged-hours.js';
import { Evidence } from '../../apply/evidence.js';
import { allDowns, groupNosByName, type HeldOf, HeldSamples } from '../../apply/held-samples.js';
import type { CampaignTables } from '../../apply/tables.js';
import type { Gap } from '../../domain/silence.js';
import type { TimeRange } from '../../domain/store.js';
import type { NeighbourRows, SaidHeld } from '../../reports/ocs-log/backfill.js';
import type { HeldNotification, HeldRows } from '../../reports/ocs-log/held-rows.js';
import { campaignTables } from '../campaign-tables.js';
import type { Connection } from '../database.js';
import { RepeatTable } from '../repeat-table.js';

export class SqliteHeldRows implements HeldRows, NeighbourRows {
  readonly samplesSinceMs: number | null;
  readonly #db: Connection;
  readonly #of: HeldOf;
  readonly #tables: CampaignTables;
  readonly #evidence: Evidence;
  readonly #samples: HeldSamples;
  readonly #repeats: RepeatTable;
  readonly #sql;
  readonly #damaged = new DamagedHours();

  constructor(db: Connection, of: HeldOf) {
    this.#db = db;
    this.#of = of;
    const tables = campaignTables(db);
    const evidence = new Evidence(tables);
    this.#tables = tables;
    this.#evidence = evidence;
    this.#samples = new HeldSamples(() => ({ evidence, statements: tables.statements }), of.enumerations);
    this.#repeats = new RepeatTable(db);
    this.#sql = prepare(db);
    this.#damaged.add(this.#sql.damaged.all(MAX_DAMAGED_HOURS) as DamagedHour[]);
    const thinnedMs = tables.numbers.kept('thinned_ms');
    this.samplesSinceMs = thinnedMs === null ? null : thinnedMs + 1;
  }

  downs(): Gap[] {
    const listened = this.#sql.listened.get() as { firstMs: number | null; lastMs: number | null };
    return allDowns(listened, this.#sql.downs.all() as Gap[], this.#of.nowMs);
  }

  groupNos(): ReadonlyMap<string, readonly number[]> {
    return groupNosByName(this.#sql.names.all(this.#of.source) as { name: string; groupNo: number }[]);
  }

  held(groupNo: number, range: TimeRange): HeldNotification[] {
    const held = this.#samples.held(groupNo, range);
    if (this.#evidence.hasDamaged) this.#noteDamaged();
    return held;
  }

  isDamaged(groupNo: number, range: TimeRange): boolean {
    return this.#damaged.isWithin(groupNo, range);
  }

  /** Chunks that nobody has met before this audit are set aside by the service, when it meets them. */
  #noteDamaged(): void {
    for (const chunkNo of this.#evidence.takeDamaged().keys())
      this.#damaged.add(this.#sql.hourOfChunk.all(chunkNo) as DamagedHour[]);
  }

  copies(groupNo: number, range: TimeRange): Gap[] {
    return this.#repeats.within(groupNo, range);
  }

  atOneMoment<T>(read: () => T): T {
    return this.#db
      .transaction(() => {
        this.#evidence.refresh();
        return read();
      })
      .deferred();
  }

  dbid(groupNo: number): string {
    return this.#tables.groups.byNo(groupNo)?.dbid ?? '';
  }

  before(groupNo: number, atMs: number): SaidHeld | null {
    return this.#samples.before(groupNo, atMs);
  }

  after(groupNo: number, atMs: number): SaidHeld | null {
    return this.#samples.after(groupNo, atMs);
  }
}

function prepare(db: Connection) {
  return {
    names: db.prepare(`
      SELECT DISTINCT s.name, s.group_no AS groupNo FROM campaign_groups AS g JOIN statements AS s ON s.group_no = g.group_no
      WHERE g.source = ? ORDER BY s.name, s.group_no`),
    damaged: db.prepare('SELECT group_no AS groupNo, hour FROM damaged_chunks LIMIT ?'),
    hourOfChunk: db.prepare('SELECT group_no AS groupNo, hour FROM chunks WHERE chunk_no = ?'),
    listened: db.prepare('SELECT min(started_ms) AS firstMs, max(alive_ms) AS lastMs FROM uptime'),
    downs: db.prepare(`
      SELECT alive_ms AS fromMs, next_ms AS toMs FROM (
        SELECT alive_ms, lead(started_ms) OVER (ORDER BY started_ms, run_no) AS next_ms FROM uptime)
      WHERE next_ms > alive_ms ORDER BY alive_ms`),
  };
}
