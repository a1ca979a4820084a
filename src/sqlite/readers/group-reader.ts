/** What is held of campaign groups, as rows for the reports of them. */
import type { ActionsRequest } from '../../domain/store.js';
import type { ActionRows } from '../../reports/actions-by-day.js';
import type { GroupRowReader, GroupRows } from '../../reports/group-reports.js';
import { Evidence } from '../../apply/evidence.js';
import { campaignTables } from '../campaign-tables.js';
import { AbandonmentReader } from './abandonment-reader.js';
import { ActionsReader } from './actions-reader.js';
import { freshQuarters } from '../../apply/fresh-quarters.js';
import type { CampaignTables } from '../../apply/tables.js';
import type { Connection } from '../database.js';
import { ListReader } from './list-reader.js';
import { QuarterReader } from './quarter-reader.js';
import { SessionReader } from './session-reader.js';
import { SilenceReader } from './silence-reader.js';
import { sampleRowsOf } from '../../apply/sample-rows.js';

export class SqliteGroupRows implements GroupRowReader {
  readonly #db: Connection;
  readonly #tables: CampaignTables;
  readonly #evidence: Evidence;
  readonly #quarters: QuarterReader;
  readonly #actions: ActionsReader;
  readonly #sessions: SessionReader;
  readonly #silences: SilenceReader;
  readonly #lists: ListReader;
  readonly #abandonment: AbandonmentReader;
  readonly #groupNo;

  constructor(db: Connection) {
    this.#db = db;
    this.#tables = campaignTables(db);
    this.#evidence = new Evidence(this.#tables);
    this.#quarters = new QuarterReader(db);
    this.#actions = new ActionsReader(db);
    this.#sessions = new SessionReader(db);
    this.#silences = new SilenceReader(db, this.#evidence);
    this.#lists = new ListReader(db, this.#evidence);
    this.#abandonment = new AbandonmentReader(db, this.#evidence, this.#tables.statements);
    this.#groupNo = db.prepare('SELECT group_no FROM campaign_groups WHERE id = ?').pluck();
  }

  group(id: string): GroupRows | null {
    this.#evidence.refresh();
    const groupNo = this.#groupNo.get(id) as number | undefined;
    if (groupNo === undefined) return null;
    const samplesSinceMs = this.#samplesSinceMs();
    return {
      samples: sampleRowsOf(this.#evidence, groupNo),
      quarters: {
        ...this.#quarters.rowsOf(groupNo),
        fresh: (range) => freshQuarters(this.#tables, this.#evidence, groupNo, range),
      },
      samplesSinceMs,
      sessions: this.#sessions.rowsOf(groupNo),
      silences: this.#silences.rowsOf(groupNo, samplesSinceMs),
      abandonment: this.#abandonment.rowsOf(groupNo),
      lists: () => this.#lists.newestOf(groupNo),
    };
  }

  actions(asked: ActionsRequest): ActionRows {
    return this.#actions.rowsOf(asked);
  }

  /** Reads on in the journal, so many rows at most. Whether nothing is left to be read. */
  catchUp(rows: number): boolean {
    return this.atOneMoment(() => this.#evidence.catchUp(rows));
  }

  /** Chunks that were met and cannot be read, each told once. */
  takeUnreadable(): readonly number[] {
    return [...this.#evidence.takeDamaged().keys()];
  }

  atOneMoment<T>(work: () => T): T {
    return this.#db.transaction(work).deferred();
  }

  /** Behind the newest that retention took, of whatever group. */
  #samplesSinceMs(): number | null {
    const thinnedMs = this.#tables.numbers.kept('thinned_ms');
    return thinnedMs === null ? null : thinnedMs + 1;
  }
}
