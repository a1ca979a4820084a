/** What tells of a group's sessions and of their last ratios, as rows. */
import type { Evidence } from '../../apply/evidence.js';
import type { CampaignTables } from '../../apply/tables.js';
import { sayingsOf } from '../../apply/said-states.js';
import type { AbandonmentRows, Boundary } from '../../reports/abandonment.js';
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
      sayings: (range) => {
        const words = rememberedWords(this.#db);
        return sayingsOf({ evidence: this.#evidence, statements: this.#statements, words }, group, range);
      },
      loads: (guid) => sql.loads.get({ group, guid }) as { same: number; others: number },
      runningMs: ({ fromMs, toMs }) => sql.running.pluck().get({ group, from: fromMs, to: toMs }) as number,
    };
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
