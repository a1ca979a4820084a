/**
 * The evidence of one group for one question: the tables as `apply/` reads them, of this group alone. What the journal has of
 * it is read at once, and where its chunks are; chunks themselves by the hour, more at once the longer somebody reads on.
 */
import { Evidence } from '../../apply/evidence.js';
import type { JournalRows, PlacedKey, QuarterRows, StandingRows, StatementRows } from '../../apply/evidence-rows.js';
import { type JournalRow, sampleOf } from '../../apply/stored/journal-row.js';
import { QUARTER_COLUMNS, quarterOfRow, type QuarterRow } from '../../apply/stored/quarter-row.js';
import { statementRowOf, type StoredStatementRow } from '../../apply/stored/statement-row.js';
import type { CampaignTables } from '../../apply/tables.js';
import { JournalIndex, type JournalKey } from '../../evidence/journal-index.js';
import type { TaggedSample } from '../../evidence/sample.js';
import type { Rows } from '../blocking/blocking-connection.js';
import { type FoundGroup, OF_GROUP } from './found-group.js';
import { GroupChunks } from './group-chunks.js';
import { named } from './named-sql.js';
import { refuse } from './refuse.js';

type GroupTables = Pick<CampaignTables, 'journal' | 'chunks' | 'standing' | 'statements' | 'quarters'>;

export interface GroupEvidence {
  readonly tables: GroupTables;
  readonly evidence: Evidence;
}

/** Sees what the connection sees: to be made anew for each question. */
export function groupEvidence(db: Rows, group: FoundGroup): GroupEvidence {
  const tables: GroupTables = {
    journal: new GroupJournal(db, group),
    chunks: new GroupChunks(db, group),
    standing: standingOf(db, group),
    statements: statementsOf(db, group),
    quarters: quartersOf(db, group),
  };
  return { tables, evidence: new Evidence(tables, new JournalIndex(Float64Array)) };
}

class GroupJournal implements JournalRows {
  readonly #db: Rows;
  readonly #group: FoundGroup;
  #known: ReadonlyMap<number, TaggedSample> | null = null;

  readonly insert = refuse;
  readonly blank = refuse;
  readonly removeUpTo = refuse;

  constructor(db: Rows, group: FoundGroup) {
    this.#db = db;
    this.#group = group;
  }

  /** In the order of their numbers. */
  get #samples(): ReadonlyMap<number, TaggedSample> {
    return (this.#known ??= new Map(this.#db.all<object>(ENTRIES, this.#group).map(numberedSample)));
  }

  bounds(): { readonly firstNo: number; readonly lastNo: number } | null {
    const nos = [...this.#samples.keys()];
    const [firstNo] = nos;
    const lastNo = nos.at(-1);
    return firstNo === undefined || lastNo === undefined ? null : { firstNo, lastNo };
  }

  *keysFrom(from: number): Generator<JournalKey> {
    const { groupNo } = this.#group;
    for (const [entryNo, { atMs, statementNo, tag }] of this.#samples)
      if (entryNo >= from) yield { entryNo, groupNo, atMs, statementNo, tag };
  }

  samples(entryNos: readonly number[]): TaggedSample[] {
    return entryNos.map((entryNo) => this.#samples.get(entryNo)).filter((sample) => sample !== undefined);
  }
}

function numberedSample(row: object): [entryNo: number, sample: TaggedSample] {
  const [entryNo, ...columns] = Object.values(row) as [number, ...JournalRow];
  return [entryNo, sampleOf(columns)];
}

function standingOf(db: Rows, group: FoundGroup): StandingRows {
  return {
    insert: refuse,
    remove: refuse,
    receivedMs: (_, { atMs, statementNo, tag }) =>
      db.all<{ ms: number }>(STANDING, { ...group, atMs, statementNo, tag })[0]?.ms ?? null,
    newest: (_, atMs) => db.all<PlacedKey>(NEWEST_STANDING, { ...group, atMs })[0] ?? null,
  };
}

function statementsOf(db: Rows, group: FoundGroup): StatementRows {
  return {
    find: refuse,
    insert: refuse,
    byNo: (statementNo) => {
      const [row] = db.all<StoredStatementRow>(STATEMENT, { ...group, statementNo });
      if (row === undefined) throw new Error(`evidence names the statement ${statementNo}, which is not there`);
      return statementRowOf(row);
    },
  };
}

function quartersOf(db: Rows, group: FoundGroup): QuarterRows {
  return {
    putQuarter: refuse,
    listQuarter: refuse,
    putListQuarter: refuse,
    quarter: (_, startMs) => {
      const [row] = db.all<object>(QUARTER, { ...group, startMs });
      return row === undefined ? null : quarterOfRow(Object.values(row) as QuarterRow);
    },
  };
}

const ENTRIES = named(`
  SELECT entry_no, at_ms, statement_no, tag, lag_ms, busy_ratio, hit_ratio, overdial_ratio, time_to_complete_seconds, lists
  FROM journal WHERE ${OF_GROUP} ORDER BY entry_no`);

const STANDING = named(`
  SELECT received_ms AS ms FROM standing_samples
  WHERE ${OF_GROUP} AND at_ms = @atMs AND statement_no = @statementNo AND tag = @tag`);

const NEWEST_STANDING = named(`
  SELECT at_ms AS "atMs", statement_no AS "statementNo", tag, received_ms AS "receivedMs" FROM standing_samples
  WHERE ${OF_GROUP} AND at_ms = @atMs ORDER BY received_ms DESC, statement_no DESC, tag DESC LIMIT 1`);

const STATEMENT = named(`SELECT * FROM statements WHERE ${OF_GROUP} AND statement_no = @statementNo`);

const QUARTER = named(
  `SELECT ${QUARTER_COLUMNS} FROM quarter_hours_in_units WHERE ${OF_GROUP} AND start_ms = @startMs`,
);
