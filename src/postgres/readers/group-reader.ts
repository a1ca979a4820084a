/** What is held of campaign groups, as rows for the reports of them. */
import type { Evidence } from '../../apply/evidence.js';
import { freshQuarters } from '../../apply/fresh-quarters.js';
import { sampleRowsOf } from '../../apply/sample-rows.js';
import type { ActionsRequest } from '../../domain/store.js';
import type { Enumerations } from '../../domain/vocabulary.js';
import type { ActionRows } from '../../reports/actions-by-day.js';
import type { GroupRowReader, GroupRows } from '../../reports/group-reports.js';
import type { BlockingConnection } from '../blocking/blocking-connection.js';
import { abandonmentRowsOf } from './abandonment-reader.js';
import { actionRowsOf } from './actions-reader.js';
import type { FoundGroup } from './found-group.js';
import { groupEvidence } from './group-evidence.js';
import { newestListFigures } from './list-reader.js';
import { named } from './named-sql.js';
import { quarterRowsOf } from './quarter-reader.js';
import { sessionRowsOf } from './session-reader.js';
import { silenceRowsOf } from './silence-reader.js';
import { readSamplesSinceMs } from './thinned-reader.js';

export class PostgresGroupRows implements GroupRowReader {
  readonly #db: BlockingConnection;
  readonly #words: Enumerations;
  /** What was read in the moment that goes on. */
  readonly #read = new Set<Evidence>();
  readonly #unreadable = new Set<number>();

  /** `words`: under which history is told. */
  constructor(db: BlockingConnection, words: Enumerations) {
    this.#db = db;
    this.#words = words;
  }

  group(id: string): GroupRows | null {
    const db = this.#db;
    const [group] = db.all<FoundGroup>(GROUP, { id });
    if (group === undefined) return null;
    const held = groupEvidence(db, group);
    const { tables, evidence } = held;
    this.#read.add(evidence);
    const samplesSinceMs = readSamplesSinceMs(db);
    return {
      samples: sampleRowsOf(evidence, group.groupNo),
      quarters: {
        ...quarterRowsOf(db, group),
        fresh: (range) => freshQuarters(tables, evidence, group.groupNo, range),
      },
      samplesSinceMs,
      sessions: sessionRowsOf(db, group),
      silences: silenceRowsOf(db, evidence, group, samplesSinceMs),
      abandonment: abandonmentRowsOf(db, held, group, this.#words),
      lists: () => newestListFigures(db, evidence, group),
    };
  }

  actions(asked: ActionsRequest): ActionRows {
    return actionRowsOf(this.#db, asked);
  }

  /** Chunks that were met and cannot be read, each told once. */
  takeUnreadable(): readonly number[] {
    const taken = [...this.#unreadable];
    this.#unreadable.clear();
    return taken;
  }

  atOneMoment<T>(work: () => T): T {
    try {
      return this.#db.atOneMoment(work);
    } finally {
      for (const evidence of this.#read) for (const no of evidence.takeDamaged().keys()) this.#unreadable.add(no);
      this.#read.clear();
    }
  }
}

const GROUP = named(`SELECT source, group_no AS "groupNo" FROM campaign_groups WHERE id = @id AND forgotten = 0`);
