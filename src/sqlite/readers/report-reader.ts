/** Reads for the API: on a connection of its own that only sees what is committed. Every query is bounded. */
import { type StoredTransition, transitionPage, transitionPlace } from '../../apply/stored/transition-page.js';
import type { AuditRow } from '../../domain/audit.js';
import type { QuarantinedBody } from '../../domain/quarantine.js';
import type {
  ChangedSince,
  Page,
  PageRequest,
  QuarantineFilter,
  TimeRange,
  TransitionFilter,
  TransitionRow,
  Unobserved,
} from '../../domain/store.js';
import { readAuditLog } from '../audit-log.js';
import { readChanges } from '../change-table.js';
import type { Connection } from '../database.js';
import { FORGOTTEN } from '../removal-tables.js';
import { QuarantineReader } from './quarantine-reader.js';

/** The methods of `ReportReader` that are a statement each, at once; `GroupReports` has the others. */
export class SqliteReportReader {
  readonly #db: Connection;
  readonly #quarantine: QuarantineReader;
  readonly #sql;

  constructor(db: Connection) {
    this.#db = db;
    this.#quarantine = new QuarantineReader(db);
    this.#sql = prepare(db);
  }

  auditLog(page: PageRequest): Page<AuditRow> {
    return readAuditLog(this.#db, page);
  }

  transitions(
    groupId: string | null,
    range: TimeRange,
    { limit, cursor }: PageRequest,
    filter: TransitionFilter = ALL_TRANSITIONS,
  ): Page<TransitionRow> {
    const place = transitionPlace(cursor, range.toMs);
    const inferred = filter.inferred === null ? null : Number(filter.inferred);
    const { groupNos = null, ...words } = filter;
    const asked = {
      ...place,
      ...words,
      inferred,
      groups: groupNos === null ? null : JSON.stringify(groupNos),
      from: range.fromMs,
      // SQLite takes one bound of the index: without the place in it each page would read what the pages before it had.
      to: Math.min(range.toMs, place.atMs + 1),
      limit: limit + 1,
    };
    const rows = (
      groupId === null ? this.#sql.transitions.all(asked) : this.#sql.groupTransitions.all({ ...asked, group: groupId })
    ) as StoredTransition[];
    return transitionPage(rows, limit);
  }

  quarantine(filter: QuarantineFilter, page: PageRequest): Page<QuarantinedBody> {
    return this.#quarantine.page(filter, page);
  }

  quarantinedBody(id: string): { row: QuarantinedBody; bytes: string } | null {
    return this.#quarantine.body(id);
  }

  quarantineRows(ids: readonly string[]): QuarantinedBody[] {
    return this.#quarantine.rows(ids);
  }

  changes(sinceMs: number, limit: number): ChangedSince | null {
    const transitions = readChanges(this.#db, sinceMs, limit);
    const quarantine = this.#quarantine.since(sinceMs, limit);
    return transitions === null || quarantine === null ? null : { transitions, quarantine };
  }

  unobserved(sinceMs: number, limit: number): Unobserved[] {
    return this.#sql.unobserved.all({ since: sinceMs, limit }) as Unobserved[];
  }
}

const ALL_TRANSITIONS: TransitionFilter = { source: null, state: null, action: null, inferred: null };

/** Whether a word is the one asked for; `unknown` stands for every number that no table lists. */
function isWord(word: string, asked: string): string {
  return `(${word} = ${asked} OR (${asked} = 'unknown' AND ${word} LIKE 'unknown(%'))`;
}

function prepare(db: Connection) {
  const transitions = `
    SELECT g.id AS campaign_group_id, g.source, g.dbid, s.* FROM steps AS s JOIN campaign_groups AS g ON g.group_no = s.group_no
    WHERE s.transition_id IS NOT NULL AND s.at_ms >= @from AND s.at_ms < @to AND g.source <> '${FORGOTTEN}'
      AND (s.at_ms, s.action_rank, s.content_digest, s.group_no) < (@atMs, @rank, @digest, @no)
      AND (@source IS NULL OR g.source = @source) AND (@state IS NULL OR ${isWord('s.state', '@state')})
      AND (@action IS NULL OR ${isWord("coalesce(s.action, 'none')", '@action')}) AND (@inferred IS NULL OR s.inferred = @inferred)
      AND (@groups IS NULL OR s.group_no IN (SELECT value FROM json_each(@groups)))`;
  const newestFirst = 'ORDER BY s.at_ms DESC, s.action_rank DESC, s.content_digest DESC, s.group_no DESC LIMIT @limit';
  return {
    transitions: db.prepare(`${transitions} ${newestFirst}`),
    groupTransitions: db.prepare(`${transitions} AND g.id = @group ${newestFirst}`),
    unobserved: db.prepare(`
      SELECT alive_ms AS fromMs, next_ms AS toMs FROM (
        SELECT alive_ms, lead(started_ms) OVER (ORDER BY started_ms, run_no) AS next_ms FROM uptime)
      WHERE next_ms > alive_ms AND next_ms > @since ORDER BY next_ms DESC LIMIT @limit`),
  };
}
