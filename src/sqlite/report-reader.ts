/** Reads for the API: on a connection of its own that only sees what is committed. Every query is bounded. */
import type { AuditRow } from '../domain/audit.js';
import { comparePlaces, readCursor, writeCursor } from '../domain/cursor.js';
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
import { ActionsReader } from './actions-reader.js';
import { readAuditLog } from './audit-log.js';
import { readChanges } from './change-table.js';
import type { Connection } from './database.js';
import { FORGOTTEN } from './removal-tables.js';
import { QuarantineReader } from './quarantine-reader.js';
import { SessionReader } from './session-reader.js';
import { SilenceReader } from './silence-reader.js';
import { StatisticsReader } from './statistics-reader.js';
import { type StepRow, transitionOf } from './step-table.js';

/** Different sets of figures that are looked through for the newest ones of each list, and notifications with any. */
const LIST_SETS_READ = 1000;
const LIST_ROWS_READ = 50_000;

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
  readonly #quarantine: QuarantineReader;
  readonly #sql;

  constructor(db: Connection) {
    this.#db = db;
    this.#actions = new ActionsReader(db);
    this.#statistics = new StatisticsReader(db);
    this.#sessions = new SessionReader(db);
    this.#silences = new SilenceReader(db);
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
    const items = rows.slice(0, limit).map((row) => ({
      ...transitionOf(row, row.transition_id),
      campaignGroupId: row.campaign_group_id,
      source: row.source,
      dbid: row.dbid,
    }));
    const last = rows.length > limit ? rows[limit - 1] : undefined;
    return {
      items,
      nextCursor: last
        ? writeCursor('transitions', [last.at_ms, last.action_rank, last.content_digest, last.group_no])
        : null,
    };
  }

  actions(asked: ActionsRequest, range: TimeRange, page: PageRequest): Page<ActionsRow> {
    return this.#actions.page(asked, range, page);
  }

  statistics(groupId: string, range: TimeRange, step: Step | null, page: PageRequest): Page<StatisticsRow> {
    const groupNo = this.#groupNo(groupId);
    if (groupNo === null) return { items: [], nextCursor: null };
    return step === null
      ? this.#statistics.samples(groupNo, range, page)
      : this.#statistics.steps(groupNo, range, step, page);
  }

  sessions(groupId: string, range: TimeRange, page: PageRequest): Page<SessionRow> {
    const groupNo = this.#groupNo(groupId);
    return groupNo === null ? { items: [], nextCursor: null } : this.#sessions.page(groupNo, range, page);
  }

  silences(groupId: string, range: TimeRange, page: PageRequest, listened: Listened): SilencePage {
    const groupNo = this.#groupNo(groupId);
    return groupNo === null
      ? { items: [], nextCursor: null, knownFromMs: null }
      : this.#silences.page(groupNo, range, page, listened);
  }

  silentMs(groupId: string, times: readonly TimeRange[], listened: Listened): (number | null)[] {
    const groupNo = this.#groupNo(groupId);
    return groupNo === null ? times.map(() => null) : this.#silences.silentMs(groupNo, times, listened);
  }

  /** The newest figures of each list, by name. */
  callingLists(groupId: string, { limit, cursor }: PageRequest): Page<CallingListRow> {
    const groupNo = this.#groupNo(groupId);
    const newest = groupNo === null ? new Map<number, CallingListRow>() : this.#newestFigures(groupNo);
    const place = cursor === null ? null : readCursor('calling-lists', cursor, ['string', 'number']);
    const lists = [...newest]
      .map(([listNo, list]) => ({ list, place: [list.name, listNo] }))
      .sort((a, b) => comparePlaces(a.place, b.place))
      .filter((one) => place === null || comparePlaces(one.place, place) > 0);
    const last = lists.length > limit ? lists[limit - 1] : undefined;
    return {
      items: lists.slice(0, limit).map(({ list }) => list),
      nextCursor: last ? writeCursor('calling-lists', last.place) : null,
    };
  }

  /** From the newest notification back, until each list was met: what repeats is passed over and does not count. */
  #newestFigures(groupNo: number): Map<number, CallingListRow> {
    const lists = this.#sql.lists.pluck().get(groupNo) as number;
    const newest = new Map<number, CallingListRow>();
    const read = new Set<number>();
    for (const row of this.#sql.listSets.iterate(groupNo, LIST_ROWS_READ)) {
      const { list_set_no: set, at_ms } = row as ListSetRow;
      if (newest.size === lists || read.size === LIST_SETS_READ) break;
      if (read.has(set)) continue;
      read.add(set);
      for (const figures of this.#sql.listFigures.all(set) as ListFiguresRow[]) {
        if (!newest.has(figures.list_no)) newest.set(figures.list_no, callingListOf(figures, at_ms));
      }
    }
    return newest;
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

interface ListSetRow {
  list_set_no: number;
  at_ms: number;
}

interface ListFiguresRow {
  list_no: number;
  name: string;
  dbid: string;
  hit_ratio: number | null;
  time_to_complete_seconds: number | null;
}

function callingListOf(row: ListFiguresRow, atMs: number): CallingListRow {
  const dbid = row.dbid === '' ? null : row.dbid;
  return { name: row.name, dbid, atMs, hitRatio: row.hit_ratio, timeToCompleteSeconds: row.time_to_complete_seconds };
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
    lists: db.prepare('SELECT count(*) FROM calling_lists WHERE group_no = ?'),
    listSets: db.prepare(`
      SELECT list_set_no, at_ms FROM evidence INDEXED BY evidence_lists
      WHERE group_no = ? AND list_set_no <> 0 ORDER BY at_ms DESC, lag_ms DESC LIMIT ?`),
    listFigures: db.prepare(`
      SELECT l.list_no, l.name, l.dbid, f.hit_ratio, f.time_to_complete_seconds
      FROM list_figures AS f JOIN calling_lists AS l ON l.list_no = f.list_no WHERE f.list_set_no = ?`),
    unobserved: db.prepare(`
      SELECT alive_ms AS fromMs, next_ms AS toMs FROM (
        SELECT alive_ms, lead(started_ms) OVER (ORDER BY started_ms, run_no) AS next_ms FROM uptime)
      WHERE next_ms > alive_ms AND next_ms > @since ORDER BY next_ms DESC LIMIT @limit`),
    groupNo: db.prepare('SELECT group_no FROM campaign_groups WHERE id = ?'),
  };
}
