/** What tells of a group's sessions and of their last ratios, as rows. */
import type { Evidence } from '../../apply/evidence.js';
import type { CampaignTables } from '../../apply/tables.js';
import type { TimeRange } from '../../domain/store.js';
import { type Words, wordsOf } from '../../domain/words.js';
import { placeMs } from '../../evidence/sample.js';
import type { AbandonmentRows, Boundary, Saying } from '../../reports/abandonment.js';
import type { Connection } from '../database.js';
import { ENDS_SESSION } from '../step-table.js';
import { rememberedWords } from '../vocabulary-table.js';

interface BoundaryRow extends Omit<Boundary, 'beginsSession'> {
  readonly beginsSession: number;
}

export class AbandonmentReader {
  readonly #db: Connection;
  readonly #evidence: Evidence;
  readonly #statements: CampaignTables['statements'];
  readonly #sql;

  constructor(db: Connection, evidence: Evidence, statements: CampaignTables['statements']) {
    this.#db = db;
    this.#evidence = evidence;
    this.#statements = statements;
    this.#sql = prepare(db);
  }

  rowsOf(group: number): AbandonmentRows {
    const sql = this.#sql;
    return {
      boundaries: ({ fromMs, toMs }, limit) =>
        (sql.boundaries.all({ group, from: fromMs, to: toMs, limit }) as BoundaryRow[]).map((row) => ({
          ...row,
          beginsSession: row.beginsSession === 1,
        })),
      sayings: (range) => this.#sayings(group, range),
      loads: (guid) => sql.loads.get({ group, guid }) as { same: number; others: number },
      runningMs: ({ fromMs, toMs }) => sql.running.pluck().get({ group, from: fromMs, to: toMs }) as number,
    };
  }

  *#sayings(group: number, { fromMs, toMs }: TimeRange): Generator<Saying> {
    const words = rememberedWords(this.#db);
    const known = new Map<number, Words>();
    for (const sample of this.#evidence.inOrder.backwards(group, fromMs, toMs)) {
      const { statementNo, statistics } = sample;
      const said = known.get(statementNo) ?? wordsOf(this.#statements.byNo(statementNo).statement, words);
      known.set(statementNo, said);
      yield { atMs: placeMs(sample), state: said.state, guid: said.guid, overdialRatio: statistics.overdialRatio };
    }
  }
}

function prepare(db: Connection) {
  const inOrder = 'at_ms, action_rank, content_digest';
  return {
    boundaries: db.prepare(`
      SELECT at_ms AS atMs, action_rank AS rank, content_digest AS digest, from_state AS fromState, state, guid,
        begins_session AS beginsSession, action, not_before_ms AS notBeforeMs
      FROM steps
      WHERE group_no = @group AND at_ms >= @from AND at_ms < @to AND transition_id IS NOT NULL AND ${ENDS_SESSION}
      ORDER BY ${inOrder} LIMIT @limit`),
    loads: db.prepare(`
      SELECT count(*) FILTER (WHERE guid = @guid) AS same, count(*) FILTER (WHERE guid <> @guid) AS others
      FROM steps WHERE group_no = @group AND begins_session = 1`),
    running: db.prepare(`
      SELECT coalesce(sum(max(0, min(next_ms, @to) - max(at_ms, @from))), 0) FROM (
        SELECT state, at_ms, lead(at_ms, 1, @to) OVER (ORDER BY ${inOrder}) AS next_ms FROM steps
        WHERE group_no = @group AND at_ms < @to
          AND at_ms >= coalesce((SELECT max(at_ms) FROM steps WHERE group_no = @group AND at_ms <= @from), @from))
      WHERE state = 'running'`),
  };
}
