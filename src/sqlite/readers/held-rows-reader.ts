/** What is held of the notifications of one source, as rows for the comparison with an OCS log. */
import { LRUCache } from 'lru-cache';
import { Evidence } from '../../apply/evidence.js';
import { inOrder } from '../../apply/tie-break.js';
import type { CampaignTables } from '../../apply/tables.js';
import type { Statement } from '../../domain/notification.js';
import { isRetelling } from '../../domain/origin.js';
import type { Gap } from '../../domain/silence.js';
import type { TimeRange } from '../../domain/store.js';
import { rankOf } from '../../domain/transition.js';
import { hourOf } from '../../evidence/quarter-hours.js';
import type { Enumerations } from '../../domain/vocabulary.js';
import { wordsOf } from '../../domain/words.js';
import type { NeighbourRows, SaidHeld } from '../../reports/ocs-log/backfill.js';
import type { HeldNotification, HeldRows } from '../../reports/ocs-log/held-rows.js';
import { campaignTables } from '../campaign-tables.js';
import type { Connection } from '../database.js';
import { RepeatTable } from '../repeat-table.js';

/**
 * @bound statements that an audit of an OCS log keeps in memory
 * @beyond the one used longest ago makes room; read again when needed
 */
const CACHED_STATEMENTS = 20_000;
/** A service that runs says so every few seconds: one that has not for so long is down. */
const SAID_ALIVE_MS = 60_000;

export interface HeldOf {
  readonly source: string;
  readonly enumerations: Enumerations;
  readonly nowMs: number;
}

interface DamagedHour {
  readonly groupNo: number;
  readonly hour: number;
}

/**
 * @bound chunks that cannot be read, of which an audit of an OCS log knows the hours
 * @beyond what was received in those of the others is told as missing
 * @seen -
 */
const MAX_DAMAGED_HOURS = 100_000;

type Look = Pick<HeldNotification, 'name' | 'bearing' | 'isRunning' | 'isRetold'>;

export class SqliteHeldRows implements HeldRows, NeighbourRows {
  readonly samplesSinceMs: number | null;
  readonly #db: Connection;
  readonly #of: HeldOf;
  readonly #tables: CampaignTables;
  readonly #evidence: Evidence;
  readonly #repeats: RepeatTable;
  readonly #looks = new LRUCache<number, Look>({ max: CACHED_STATEMENTS });
  readonly #sql;
  /** By group: clock hours of which samples cannot be read. */
  readonly #damagedHours = new Map<number, Set<number>>();
  #damagedCount = 0;

  constructor(db: Connection, of: HeldOf) {
    this.#db = db;
    this.#of = of;
    this.#tables = campaignTables(db);
    this.#evidence = new Evidence(this.#tables);
    this.#repeats = new RepeatTable(db);
    this.#sql = prepare(db);
    this.#addDamaged(this.#sql.damaged.all(MAX_DAMAGED_HOURS) as DamagedHour[]);
    const thinnedMs = this.#tables.numbers.kept('thinned_ms');
    this.samplesSinceMs = thinnedMs === null ? null : thinnedMs + 1;
  }

  downs(): Gap[] {
    const { firstMs, lastMs } = this.#sql.listened.get() as { firstMs: number | null; lastMs: number | null };
    if (firstMs === null || lastMs === null) return [{ fromMs: -Infinity, toMs: Infinity }];
    const between = this.#sql.downs.all() as Gap[];
    const since = lastMs < this.#of.nowMs - SAID_ALIVE_MS ? [{ fromMs: lastMs, toMs: Infinity }] : [];
    return [{ fromMs: -Infinity, toMs: firstMs }, ...between, ...since];
  }

  groupNos(): ReadonlyMap<string, readonly number[]> {
    const found = new Map<string, number[]>();
    for (const { name, groupNo } of this.#sql.names.all(this.#of.source) as { name: string; groupNo: number }[]) {
      const known = found.get(name);
      if (known === undefined) found.set(name, [groupNo]);
      else known.push(groupNo);
    }
    return found;
  }

  isDamaged(groupNo: number, { fromMs, toMs }: TimeRange): boolean {
    const hours = this.#damagedHours.get(groupNo);
    if (hours === undefined) return false;
    for (let hour = hourOf(fromMs); hour <= hourOf(toMs - 1); hour++) if (hours.has(hour)) return true;
    return false;
  }

  /** Chunks that nobody has met before this audit are set aside by the service, when it meets them. */
  #noteDamaged(): void {
    for (const chunkNo of this.#evidence.takeDamaged().keys())
      this.#addDamaged(this.#sql.hourOfChunk.all(chunkNo) as DamagedHour[]);
  }

  #addDamaged(found: readonly DamagedHour[]): void {
    for (const { groupNo, hour } of found) {
      if (this.#damagedCount >= MAX_DAMAGED_HOURS) return;
      this.#damagedCount++;
      this.#damagedHours.set(groupNo, (this.#damagedHours.get(groupNo) ?? new Set()).add(hour));
    }
  }

  held(groupNo: number, { fromMs, toMs }: TimeRange): HeldNotification[] {
    const samples = this.#evidence.inOrder.placed(groupNo, fromMs, toMs);
    if (this.#evidence.hasDamaged) this.#noteDamaged();
    return samples.map(({ atMs, receivedMs, statementNo, tag }) => ({
      placeMs: tag === 0 ? atMs : receivedMs,
      dateTimeMs: atMs,
      receivedMs,
      isRepeat: tag !== 0,
      statementNo,
      tag,
      ...this.#look(statementNo),
    }));
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
    const beforeMs = this.#evidence.lastAtMsBefore(groupNo, atMs);
    return beforeMs === null ? null : (this.#saidAt(groupNo, beforeMs).at(-1) ?? null);
  }

  after(groupNo: number, atMs: number): SaidHeld | null {
    const [afterMs] = this.#evidence.timesFrom(groupNo, atMs, 1);
    return afterMs === undefined ? null : (this.#saidAt(groupNo, afterMs)[0] ?? null);
  }

  /** In the order of history. */
  #saidAt(groupNo: number, dateTimeMs: number): SaidHeld[] {
    return this.#evidence
      .statementNosAt(groupNo, dateTimeMs)
      .map((statementNo) => {
        const { statement, contentDigest } = this.#tables.statements.byNo(statementNo);
        const words = wordsOf(statement, this.#of.enumerations);
        return { dateTimeMs, statementNo, statement, words, contentDigest, rank: rankOf(words) };
      })
      .sort(inOrder);
  }

  #look(statementNo: number): Look {
    const known = this.#looks.get(statementNo);
    if (known !== undefined) return known;
    const { statement } = this.#tables.statements.byNo(statementNo);
    const look = {
      name: statement.attributes.name,
      bearing: bearingOf(statement),
      isRunning: this.#of.enumerations.state.get(statement.stateCode) === 'running',
      isRetold: isRetelling(statement.origin),
    };
    this.#looks.set(statementNo, look);
    return look;
  }
}

function bearingOf({ stateCode, dialModeCode, optimizeByCode, optimizeGoal }: Statement): string {
  return [stateCode, dialModeCode, optimizeByCode, optimizeGoal].join(';');
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
