/** Reads for the API: on a connection of its own that only sees what is committed. Every query is bounded. */
import type { AuditRow } from '../domain/audit.js';
import { readCursor, writeCursor } from '../domain/cursor.js';
import type { QuarantinedBody } from '../domain/quarantine.js';
import type {
  ActionsRequest,
  ActionsRow,
  CallingListRow,
  Changes,
  Listened,
  Page,
  PageRequest,
  QuarantineFilter,
  SessionRow,
  SilencePage,
  StatisticsRow,
  Step,
  TimeRange,
  TransitionFilter,
  TransitionRow,
  Unobserved,
} from '../domain/store.js';
import { actionsPage } from '../reports/actions-by-day.js';
import { callingListsPage } from '../reports/newest-list-figures.js';
import { pageOf } from '../reports/page.js';
import { PastSilences } from '../reports/past-silences.js';
import { sessionsPage } from '../reports/sessions.js';
import { stepsPage } from '../reports/statistics-steps.js';
import { ActionsReader } from './actions-reader.js';
import { readAuditLog } from './audit-log.js';
import { readChanges } from './change-log.js';
import type { Connection } from './database.js';
import { FORGOTTEN } from './forget.js';
import { ListReader } from './list-reader.js';
import { QuarantineReader } from './quarantine-reader.js';
import { SessionReader } from './session-reader.js';
import { SilenceReader } from './silence-reader.js';
import { StatisticsReader } from './statistics-reader.js';
import { type StepRow, transitionOf } from './step-table.js';

interface StoredTransition extends StepRow {
  campaign_group_id: string;
  source: string;
  dbid: string;
  group_no: number;
  content_digest: string;
  action_rank: number;
  transition_id: string;
}

/** The methods of `ReportReader`, synchronous: the reader's thread answers one at a time. */
export class SqliteReportReader {
  readonly #db: Connection;
  readonly #actions: ActionsReader;
  readonly #statistics: StatisticsReader;
  readonly #sessions: SessionReader;
  readonly #silences: SilenceReader;
  readonly #lists: ListReader;
  readonly #quarantine: QuarantineReader;
  readonly #sql;

  constructor(db: Connection) {
    this.#db = db;
    this.#actions = new ActionsReader(db);
    this.#statistics = new StatisticsReader(db);
    this.#sessions = new SessionReader(db);
    this.#silences = new SilenceReader(db);
    this.#lists = new ListReader(db);
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
    const [atMs, rank, digest, no] =
      cursor === null
        ? [range.toMs, -1, '', -1]
        : readCursor('transitions', cursor, ['number', 'number', 'string', 'number']);
    const inferred = filter.inferred === null ? null : Number(filter.inferred);
    const { groupNos = null, ...words } = filter;
    const place = {
      ...words,
      inferred,
      groups: groupNos === null ? null : JSON.stringify(groupNos),
      from: range.fromMs,
      to: range.toMs,
      at: atMs,
      rank,
      digest,
      no,
      limit: limit + 1,
    };
    const rows = (
      groupId === null ? this.#sql.transitions.all(place) : this.#sql.groupTransitions.all({ ...place, group: groupId })
    ) as StoredTransition[];
    return pageOf(rows, limit, transitionRowOf, (row) =>
      writeCursor('transitions', [row.at_ms, row.action_rank, row.content_digest, row.group_no]),
    );
  }

  actions(asked: ActionsRequest, range: TimeRange, page: PageRequest): Page<ActionsRow> {
    return actionsPage(this.#actions.rowsOf(asked), range, asked.timeZone, page);
  }

  statistics(groupId: string, range: TimeRange, step: Step | null, page: PageRequest): Page<StatisticsRow> {
    const groupNo = this.#groupNo(groupId);
    if (groupNo === null) return { items: [], nextCursor: null };
    return step === null
      ? this.#statistics.samples(groupNo, range, page)
      : stepsPage(this.#statistics.rowsOf(groupNo), range, step, page);
  }

  sessions(groupId: string, range: TimeRange, page: PageRequest): Page<SessionRow> {
    const groupNo = this.#groupNo(groupId);
    return groupNo === null
      ? { items: [], nextCursor: null }
      : sessionsPage(this.#sessions.rowsOf(groupNo), range, page);
  }

  silences(groupId: string, range: TimeRange, page: PageRequest, listened: Listened): SilencePage {
    const groupNo = this.#groupNo(groupId);
    return groupNo === null
      ? { items: [], nextCursor: null, knownFromMs: null }
      : new PastSilences(this.#silences.rowsOf(groupNo)).page(range, page, listened);
  }

  silentMs(groupId: string, times: readonly TimeRange[], listened: Listened): (number | null)[] {
    const groupNo = this.#groupNo(groupId);
    return groupNo === null
      ? times.map(() => null)
      : new PastSilences(this.#silences.rowsOf(groupNo)).silentMs(times, listened);
  }

  callingLists(groupId: string, page: PageRequest): Page<CallingListRow> {
    const groupNo = this.#groupNo(groupId);
    return groupNo === null ? { items: [], nextCursor: null } : callingListsPage(this.#lists.rowsOf(groupNo), page);
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

  changes(sinceMs: number, limit: number): Changes | null {
    const transitions = readChanges(this.#db, sinceMs, limit);
    const quarantine = this.#quarantine.since(sinceMs, limit);
    return transitions === null || quarantine === null ? null : { transitions, quarantine };
  }

  unobserved(sinceMs: number, limit: number): Unobserved[] {
    return this.#sql.unobserved.all({ since: sinceMs, limit }) as Unobserved[];
  }

  #groupNo(id: string): number | null {
    return (this.#sql.groupNo.pluck().get(id) as number | undefined) ?? null;
  }
}

const ALL_TRANSITIONS: TransitionFilter = { source: null, state: null, action: null, inferred: null };

function transitionRowOf(row: StoredTransition): TransitionRow {
  const { campaign_group_id: campaignGroupId, source, dbid } = row;
  return { ...transitionOf(row, row.transition_id), campaignGroupId, source, dbid };
}

/** Whether a word is the one asked for; `unknown` stands for every number that no table lists. */
function isWord(word: string, asked: string): string {
  return `(${word} = ${asked} OR (${asked} = 'unknown' AND ${word} LIKE 'unknown(%'))`;
}

function prepare(db: Connection) {
  const transitions = `
    SELECT g.id AS campaign_group_id, g.source, g.dbid, s.* FROM steps AS s JOIN campaign_groups AS g ON g.group_no = s.group_no
    WHERE s.transition_id IS NOT NULL AND s.at_ms >= @from AND s.at_ms < @to AND g.source <> '${FORGOTTEN}'
      AND (s.at_ms, s.action_rank, s.content_digest, s.group_no) < (@at, @rank, @digest, @no)
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
    groupNo: db.prepare('SELECT group_no FROM campaign_groups WHERE id = ?'),
  };
}
