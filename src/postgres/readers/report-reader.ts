/** Reads for the API, on a connection that only sees what is committed. Every query is bounded. */
import { auditNoBefore, auditPage, type StoredEntry } from '../../apply/stored/audit-row.js';
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
import type { Rows } from '../blocking/blocking-connection.js';
import { readChanges } from './change-reader.js';
import { DOWNS } from './kept-sql.js';
import { bigints, named } from './named-sql.js';
import { QuarantineReader } from './quarantine-reader.js';

/** The methods of `ReportReader` that are a statement each, at once; `GroupReports` has the others. */
export class PostgresReportReader {
  readonly #db: Rows;
  readonly #quarantine: QuarantineReader;

  constructor(db: Rows) {
    this.#db = db;
    this.#quarantine = new QuarantineReader(db);
  }

  auditLog({ limit, cursor }: PageRequest): Page<AuditRow> {
    const before = auditNoBefore(cursor) ?? Infinity;
    return auditPage(this.#db.all<StoredEntry>(AUDIT, { before, limit: limit + 1 }), limit);
  }

  transitions(
    groupId: string | null,
    range: TimeRange,
    { limit, cursor }: PageRequest,
    filter: TransitionFilter = ALL_TRANSITIONS,
  ): Page<TransitionRow> {
    const { groupNos = null, inferred, ...words } = filter;
    const asked = {
      ...transitionPlace(cursor, range.toMs),
      ...words,
      ...range,
      inferred: inferred === null ? null : Number(inferred),
      groupNos: groupNos === null ? null : bigints(groupNos),
      groupId,
      limit: limit + 1,
    };
    return transitionPage(this.#db.all<StoredTransition>(TRANSITIONS, asked), limit);
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
    return this.#db.all<Unobserved>(UNOBSERVED, { sinceMs, limit });
  }
}

const ALL_TRANSITIONS: TransitionFilter = { source: null, state: null, action: null, inferred: null };

/** Whether a word is the one asked for; `unknown` stands for every number that no table lists. */
function isWord(word: string, asked: string): string {
  return `(${asked}::text IS NULL OR ${word} = ${asked} OR (${asked} = 'unknown' AND ${word} LIKE 'unknown(%'))`;
}

const TRANSITIONS = named(`
  SELECT g.id AS campaign_group_id, g.dbid, s.* FROM steps AS s
  JOIN campaign_groups AS g ON g.source = s.source AND g.group_no = s.group_no
  WHERE s.transition_id IS NOT NULL AND s.at_ms >= @fromMs AND s.at_ms < @toMs AND g.forgotten = 0
    AND (s.at_ms, s.action_rank, s.content_digest, s.group_no) < (@atMs, @rank, @digest, @no)
    AND (@groupId::text IS NULL OR g.id = @groupId) AND (@source::text IS NULL OR g.source = @source)
    AND ${isWord('s.state', '@state')} AND ${isWord("coalesce(s.action, 'none')", '@action')}
    AND (@inferred::bigint IS NULL OR s.inferred = @inferred)
    AND (@groupNos::bigint[] IS NULL OR s.group_no = ANY (@groupNos))
  ORDER BY s.at_ms DESC, s.action_rank DESC, s.content_digest DESC, s.group_no DESC LIMIT @limit`);

const UNOBSERVED = named(`
  SELECT from_ms AS "fromMs", to_ms AS "toMs" FROM (${DOWNS}) AS downs WHERE to_ms > @sinceMs
  ORDER BY to_ms DESC LIMIT @limit`);

const AUDIT = named(`
  SELECT audit_no, at_ms, action, actor, address, detail, result FROM audit_log WHERE audit_no < @before
  ORDER BY audit_no DESC LIMIT @limit`);
