/** What is held of the notifications of one source, as rows for the comparison with an OCS log. */
import { type DamagedHour, DamagedHours, MAX_DAMAGED_HOURS } from '../../apply/damaged-hours.js';
import { allDowns, groupNosByName, type HeldOf, HeldSamples } from '../../apply/held-samples.js';
import type { Gap } from '../../domain/silence.js';
import type { TimeRange } from '../../domain/store.js';
import type { NeighbourRows, SaidHeld } from '../../reports/ocs-log/backfill.js';
import type { HeldNotification, HeldRows } from '../../reports/ocs-log/held-rows.js';
import type { BlockingConnection } from '../blocking/blocking-connection.js';
import type { FoundGroup } from './found-group.js';
import { type GroupEvidence, groupEvidence } from './group-evidence.js';
import { named } from './named-sql.js';
import { repeatsWithin } from './repeat-rows.js';
import { readDowns } from './silence-reader.js';
import { readSamplesSinceMs } from './thinned-reader.js';

export class PostgresHeldRows implements HeldRows, NeighbourRows {
  readonly samplesSinceMs: number | null;
  readonly #db: BlockingConnection;
  readonly #of: HeldOf;
  readonly #samples: HeldSamples;
  readonly #damaged = new DamagedHours();
  /** The group that was asked for last, of the moment that goes on. */
  #known: { readonly groupNo: number; readonly held: GroupEvidence } | null = null;

  constructor(db: BlockingConnection, of: HeldOf) {
    this.#db = db;
    this.#of = of;
    this.#samples = new HeldSamples((groupNo) => {
      const { evidence, tables } = this.#evidenceOf(groupNo);
      return { evidence, statements: tables.statements };
    }, of.enumerations);
    this.#damaged.add(db.all<DamagedHour>(DAMAGED, { source: of.source, limit: MAX_DAMAGED_HOURS }));
    this.samplesSinceMs = readSamplesSinceMs(db);
  }

  downs(): Gap[] {
    const [listened] = this.#db.all<{ firstMs: number | null; lastMs: number | null }>(LISTENED, {});
    return allDowns(listened ?? { firstMs: null, lastMs: null }, readDowns(this.#db), this.#of.nowMs);
  }

  groupNos(): ReadonlyMap<string, readonly number[]> {
    const { source } = this.#of;
    return groupNosByName(this.#db.all<{ name: string; groupNo: number }>(NAMES, { source }));
  }

  held(groupNo: number, range: TimeRange): HeldNotification[] {
    const held = this.#samples.held(groupNo, range);
    const { evidence } = this.#evidenceOf(groupNo);
    if (evidence.hasDamaged) for (const chunkNo of evidence.takeDamaged().keys()) this.#noteDamaged(chunkNo);
    return held;
  }

  isDamaged(groupNo: number, range: TimeRange): boolean {
    return this.#damaged.isWithin(groupNo, range);
  }

  /** Chunks that nobody has met before this audit are set aside by the service, when it meets them. */
  #noteDamaged(chunkNo: number): void {
    this.#damaged.add(this.#db.all<DamagedHour>(HOUR_OF_CHUNK, { chunkNo }));
  }

  copies(groupNo: number, range: TimeRange): Gap[] {
    return repeatsWithin(this.#db, this.#groupOf(groupNo), range);
  }

  atOneMoment<T>(read: () => T): T {
    this.#known = null;
    return this.#db.atOneMoment(read);
  }

  dbid(groupNo: number): string {
    return this.#db.all<{ dbid: string }>(DBID, this.#groupOf(groupNo))[0]?.dbid ?? '';
  }

  before(groupNo: number, atMs: number): SaidHeld | null {
    return this.#samples.before(groupNo, atMs);
  }

  after(groupNo: number, atMs: number): SaidHeld | null {
    return this.#samples.after(groupNo, atMs);
  }

  #groupOf(groupNo: number): FoundGroup {
    return { source: this.#of.source, groupNo };
  }

  #evidenceOf(groupNo: number): GroupEvidence {
    if (this.#known?.groupNo === groupNo) return this.#known.held;
    const held = groupEvidence(this.#db, this.#groupOf(groupNo));
    this.#known = { groupNo, held };
    return held;
  }
}

const NAMES = named(`
  SELECT DISTINCT s.name, s.group_no AS "groupNo" FROM campaign_groups AS g
  JOIN statements AS s ON s.source = g.source AND s.group_no = g.group_no
  WHERE g.source = @source AND g.forgotten = 0 ORDER BY s.name, s.group_no`);

const DAMAGED = named('SELECT group_no AS "groupNo", hour FROM damaged_chunks WHERE source = @source LIMIT @limit');

const HOUR_OF_CHUNK = named('SELECT group_no AS "groupNo", hour FROM chunks WHERE chunk_no = @chunkNo');

const LISTENED = named('SELECT min(started_ms) AS "firstMs", max(alive_ms) AS "lastMs" FROM uptime');

const DBID = named('SELECT dbid FROM campaign_groups WHERE source = @source AND group_no = @groupNo AND forgotten = 0');
