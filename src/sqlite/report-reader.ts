/** Reads for the API: on a connection of its own that only sees what is committed. Every query is bounded. */
import type { AuditRow } from '../domain/audit.js';
import { aggregateBySteps, rowOf, type StatisticsSample } from '../domain/aggregate.js';
import { deriveSessions } from '../domain/history.js';
import { LocalTime } from '../domain/local-time.js';
import type { QuarantinedBody } from '../domain/quarantine.js';
import type {
  CallingListRow,
  Changes,
  Page,
  PageRequest,
  QuarantineFilter,
  SessionRow,
  StatisticsRow,
  Step,
  TimeRange,
  TransitionFilter,
  TransitionRow,
  Unobserved,
} from '../domain/store.js';
import { readChanges } from './change-log.js';
import { readAuditLog } from './audit-log.js';
import { comparePlaces, readCursor, writeCursor } from '../domain/cursor.js';
import { FORGOTTEN } from './forget.js';
import type { Connection } from './database.js';
import { quarantinedBodyOf, type QuarantineRow } from './quarantine-store.js';
import { type StepRow, transitionOf } from './step-table.js';

/** Notifications with lists that are looked through for the newest figures of each list. */
const LIST_SETS_READ = 1000;

/** Samples read for one page of steps: the page ends early then, with a cursor, so that other readers get their turn. */
const SAMPLES_READ = 50_000;
/** Time read at once for steps, unless one step is longer. */
const WINDOW_MS = 86_400_000;

interface StoredTransition extends StepRow {
  campaign_group_id: string;
  source: string;
  dbid: string;
  group_no: number;
  content_digest: string;
  action_rank: number;
  transition_id: string;
}

interface StoredSample {
  time_ms: number;
  statement_no: number;
  tag: number;
  busy_ratio: number | null;
  hit_ratio: number | null;
  overdial_ratio: number | null;
  time_to_complete_seconds: number | null;
}

/** The methods of `ReportReader`, synchronous: the reader's thread answers one at a time. */
export class SqliteReportReader {
  readonly #db: Connection;
  readonly #sql;

  constructor(db: Connection) {
    this.#db = db;
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
    const place = {
      ...filter,
      inferred,
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

  statistics(groupId: string, range: TimeRange, step: Step | null, page: PageRequest): Page<StatisticsRow> {
    const groupNo = this.#groupNo(groupId);
    if (groupNo === null) return { items: [], nextCursor: null };
    return step === null ? this.#samples(groupNo, range, page) : this.#steps(groupNo, range, step, page);
  }

  /** Sessions that touch the range, newest first. Only their borders are read, and those of one page. */
  sessions(groupId: string, range: TimeRange, { limit, cursor }: PageRequest): Page<SessionRow> {
    const group = this.#groupNo(groupId);
    if (group === null) return { items: [], nextCursor: null };
    const types = ['number', 'number', 'string'] as const;
    const [at, rank, digest] = cursor === null ? [Infinity, 0, ''] : readCursor('sessions', cursor, types);
    // The one that is open where the range begins started before; the one open at its end goes on beyond.
    const from = this.#sql.lastBegin.pluck().get({ group, from: range.fromMs }) ?? range.fromMs;
    const end = this.#sql.firstEnd.pluck().get({ group, to: range.toMs }) ?? range.toMs;
    const rows = this.#sql.borders.all({
      group,
      from,
      end,
      at,
      rank,
      digest,
      limit: 2 * limit + 3,
    }) as StoredTransition[];
    rows.reverse();
    // A session begins with each border that leads out of not_loaded.
    const begins = rows.filter(({ state }) => state !== 'not_loaded');
    const sessions = deriveSessions(rows.map((row) => transitionOf(row, row.transition_id)))
      .map((session, n) => ({ session, begin: begins[n] }))
      .filter(({ session }) => session.firstSeenMs < range.toMs && (session.endMs ?? Infinity) > range.fromMs)
      .reverse();
    const last = sessions.length > limit ? sessions[limit - 1]?.begin : undefined;
    const nextCursor = last ? writeCursor('sessions', [last.at_ms, last.action_rank, last.content_digest]) : null;
    return { items: sessions.slice(0, limit).map(({ session }) => session), nextCursor };
  }

  /** The newest figures of each list, by name. */
  callingLists(groupId: string, { limit, cursor }: PageRequest): Page<CallingListRow> {
    const groupNo = this.#groupNo(groupId);
    const newest = new Map<number, CallingListRow>();
    const sets = groupNo === null ? [] : (this.#sql.listSets.all(groupNo, LIST_SETS_READ) as ListSetRow[]);
    const read = new Set<number>();
    for (const { list_set_no, at_ms } of sets) {
      if (read.has(list_set_no)) continue;
      read.add(list_set_no);
      for (const row of this.#sql.listFigures.all(list_set_no) as ListFiguresRow[]) {
        if (!newest.has(row.list_no)) newest.set(row.list_no, callingListOf(row, at_ms));
      }
    }
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

  /** By their first receipt: a body that comes once more keeps its place while somebody pages. */
  quarantine(filter: QuarantineFilter, { limit, cursor }: PageRequest): Page<QuarantinedBody> {
    const [no] = cursor === null ? [Number.MAX_SAFE_INTEGER] : readCursor('quarantine', cursor, ['number']);
    const { source, reason } = filter;
    const replayed = filter.replayed ? 1 : 0;
    const rows = this.#sql.quarantine.all({ source, reason, replayed, no, limit: limit + 1 }) as (QuarantineRow & {
      quarantine_no: number;
    })[];
    const last = rows.length > limit ? rows[limit - 1] : undefined;
    return {
      items: rows.slice(0, limit).map(quarantinedBodyOf),
      nextCursor: last ? writeCursor('quarantine', [last.quarantine_no]) : null,
    };
  }

  quarantinedBody(id: string): { row: QuarantinedBody; bytes: string } | null {
    const row = this.#sql.quarantinedBody.get(id) as (QuarantineRow & { body: Buffer }) | undefined;
    return row ? { row: quarantinedBodyOf(row), bytes: row.body.toString('latin1') } : null;
  }

  quarantineRows(ids: readonly string[]): QuarantinedBody[] {
    return ids.flatMap((id) => {
      const row = this.#sql.quarantineRow.get(id) as QuarantineRow | undefined;
      return row ? [quarantinedBodyOf(row)] : [];
    });
  }

  changes(sinceMs: number, limit: number): Changes | null {
    const transitions = readChanges(this.#db, sinceMs, limit);
    const rows = this.#sql.quarantineSince.all({ since: sinceMs, limit: limit + 1 }) as QuarantineRow[];
    if (transitions === null || rows.length > limit) return null;
    return { transitions, quarantine: rows.map(quarantinedBodyOf) };
  }

  unobserved(sinceMs: number, limit: number): Unobserved[] {
    return this.#sql.unobserved.all({ since: sinceMs, limit }) as Unobserved[];
  }

  #samples(groupNo: number, range: TimeRange, { limit, cursor }: PageRequest): Page<StatisticsRow> {
    const [time, statement, tag] =
      cursor === null ? [range.toMs, -1, -1] : readCursor('samples', cursor, ['number', 'number', 'number']);
    const place = { group: groupNo, from: range.fromMs, to: range.toMs, time, statement, tag, limit: limit + 1 };
    const rows = this.#sql.samplesBackwards.all(place) as StoredSample[];
    const items = rows.slice(0, limit).map((row) => rowOf(row.time_ms, [sampleOf(row)]));
    const last = rows.length > limit ? rows[limit - 1] : undefined;
    return { items, nextCursor: last ? writeCursor('samples', [last.time_ms, last.statement_no, last.tag]) : null };
  }

  /** Windows of whole steps, backwards, until the page is full, enough samples were read, or the range ends. */
  #steps(groupNo: number, range: TimeRange, step: Step, { limit, cursor }: PageRequest): Page<StatisticsRow> {
    const time = new LocalTime(step.timeZone);
    const startOf = (ms: number) => time.startOfStep(step.ms, ms);
    const windowMs = step.ms * Math.max(1, Math.min(limit, Math.floor(WINDOW_MS / step.ms)));
    const [beforeMs] = cursor === null ? [range.toMs] : readCursor('steps', cursor, ['number']);
    let toMs = Math.min(range.toMs, Number(beforeMs));
    const items: StatisticsRow[] = [];
    let samples = 0;
    while (toMs > range.fromMs && items.length < limit && samples < SAMPLES_READ) {
      const fromMs = Math.max(range.fromMs, startOf(toMs - windowMs));
      const rows = this.#sql.samplesBetween.all({ group: groupNo, from: fromMs, to: toMs }) as StoredSample[];
      samples += rows.length;
      items.push(...aggregateBySteps(rows.map(sampleOf), startOf));
      toMs = rows.length === 0 ? this.#afterLastSample(groupNo, { fromMs: range.fromMs, toMs: fromMs }) : fromMs;
    }
    const page = items.slice(0, limit);
    const last = page.at(-1);
    const hasMore =
      items.length > limit || this.#afterLastSample(groupNo, { fromMs: range.fromMs, toMs }) > range.fromMs;
    return { items: page, nextCursor: hasMore && last ? writeCursor('steps', [last.atMs]) : null };
  }

  /** The moment after the last sample of a range, or its begin: skips empty stretches at once. */
  #afterLastSample(groupNo: number, { fromMs, toMs }: TimeRange): number {
    if (toMs <= fromMs) return fromMs;
    return Number(this.#sql.lastSample.pluck().get({ group: groupNo, from: fromMs, to: toMs })) + 1;
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

function sampleOf(row: StoredSample): StatisticsSample {
  return {
    atMs: row.time_ms,
    busyRatio: row.busy_ratio,
    hitRatio: row.hit_ratio,
    overdialRatio: row.overdial_ratio,
    timeToCompleteSeconds: row.time_to_complete_seconds,
  };
}

/** All of a row but the body. */
const QUARANTINE_ROW = `quarantine_no, id, source, endpoint, reason, violations, schema_version, size, count,
  first_received_ms, last_received_ms, replayed_ms, applied_id`;
const FIGURES = 'busy_ratio, hit_ratio, overdial_ratio, time_to_complete_seconds';
const CARRIES_FIGURES = 'coalesce(busy_ratio, hit_ratio, overdial_ratio, time_to_complete_seconds) IS NOT NULL';
/** A sample's time is its date-time; of one that repeats a date-time, its receive time. */
const SAMPLES = `
  SELECT at_ms AS time_ms, statement_no, tag, ${FIGURES} FROM evidence
  WHERE group_no = @group AND at_ms >= @from AND at_ms < @to AND tag = 0 AND ${CARRIES_FIGURES}`;
const REPEATS = `
  SELECT at_ms + lag_ms AS time_ms, statement_no, tag, ${FIGURES} FROM evidence INDEXED BY evidence_repeats
  WHERE group_no = @group AND at_ms + lag_ms >= @from AND at_ms + lag_ms < @to AND tag <> 0 AND ${CARRIES_FIGURES}`;

/** Where sessions begin, and where they end. */
const BORDERS = `group_no = @group AND transition_id IS NOT NULL AND from_state IS NOT state
  AND (state = 'not_loaded' OR coalesce(from_state, 'not_loaded') = 'not_loaded')`;

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
      AND (@action IS NULL OR ${isWord("coalesce(s.action, 'none')", '@action')}) AND (@inferred IS NULL OR s.inferred = @inferred)`;
  const newestFirst = 'ORDER BY s.at_ms DESC, s.action_rank DESC, s.content_digest DESC, s.group_no DESC LIMIT @limit';
  const before = (time: string) => `(${time}, statement_no, tag) < (@time, @statement, @tag)`;
  return {
    transitions: db.prepare(`${transitions} ${newestFirst}`),
    groupTransitions: db.prepare(`${transitions} AND g.id = @group ${newestFirst}`),
    lastBegin: db.prepare(`
      SELECT at_ms FROM steps WHERE ${BORDERS} AND state <> 'not_loaded' AND at_ms <= @from
      ORDER BY at_ms DESC LIMIT 1`),
    firstEnd: db.prepare(`
      SELECT at_ms FROM steps WHERE ${BORDERS} AND state = 'not_loaded' AND at_ms >= @to ORDER BY at_ms LIMIT 1`),
    borders: db.prepare(`
      SELECT * FROM steps
      WHERE ${BORDERS} AND at_ms >= @from AND at_ms <= @end AND (at_ms, action_rank, content_digest) < (@at, @rank, @digest)
      ORDER BY at_ms DESC, action_rank DESC, content_digest DESC LIMIT @limit`),
    samplesBetween: db.prepare(`${SAMPLES} UNION ALL ${REPEATS} ORDER BY time_ms, statement_no, tag`),
    samplesBackwards: db.prepare(`
      SELECT * FROM (${SAMPLES} AND ${before('at_ms')} ORDER BY at_ms DESC, statement_no DESC, tag DESC LIMIT @limit)
      UNION ALL
      SELECT * FROM (${REPEATS} AND ${before('at_ms + lag_ms')}
        ORDER BY at_ms + lag_ms DESC, statement_no DESC, tag DESC LIMIT @limit)
      ORDER BY time_ms DESC, statement_no DESC, tag DESC LIMIT @limit`),
    lastSample: db.prepare(`
      SELECT max(
        coalesce((SELECT time_ms FROM (${SAMPLES}) ORDER BY time_ms DESC LIMIT 1), @from - 1),
        coalesce((SELECT max(time_ms) FROM (${REPEATS})), @from - 1)
      )`),
    listSets: db.prepare(`
      SELECT list_set_no, at_ms FROM evidence INDEXED BY evidence_lists
      WHERE group_no = ? AND list_set_no <> 0 ORDER BY at_ms DESC, lag_ms DESC LIMIT ?`),
    listFigures: db.prepare(`
      SELECT l.list_no, l.name, l.dbid, f.hit_ratio, f.time_to_complete_seconds
      FROM list_figures AS f JOIN calling_lists AS l ON l.list_no = f.list_no WHERE f.list_set_no = ?`),
    quarantine: db.prepare(`
      SELECT ${QUARANTINE_ROW} FROM quarantine
      WHERE (@source IS NULL OR source = @source) AND (@reason IS NULL OR reason = @reason)
        AND (@replayed = 1 OR replayed_ms IS NULL) AND quarantine_no < @no
      ORDER BY quarantine_no DESC LIMIT @limit`),
    quarantineSince: db.prepare(`
      SELECT ${QUARANTINE_ROW} FROM quarantine WHERE last_received_ms >= @since OR replayed_ms >= @since
      ORDER BY last_received_ms, quarantine_no LIMIT @limit`),
    unobserved: db.prepare(`
      SELECT alive_ms AS fromMs, next_ms AS toMs FROM (
        SELECT alive_ms, lead(started_ms) OVER (ORDER BY run_no) AS next_ms, run_no FROM uptime)
      WHERE next_ms > alive_ms AND next_ms > @since ORDER BY run_no DESC LIMIT @limit`),
    quarantineRow: db.prepare(`SELECT ${QUARANTINE_ROW} FROM quarantine WHERE id = ?`),
    quarantinedBody: db.prepare('SELECT * FROM quarantine WHERE id = ?'),
    groupNo: db.prepare('SELECT group_no FROM campaign_groups WHERE id = ?'),
  };
}
