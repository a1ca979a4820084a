/** Reads of callbacks for the API, on a connection that only sees what is committed. Every query is bounded. */
import { setImmediate as turn } from 'node:timers/promises';
import { ABANDONED_RECORD, type Callback, dueOf } from '../domain/callback.js';
import { MonitorError } from '../domain/errors.js';
import { canonical } from '../domain/folding.js';
import type { Page, PageRequest, TimeRange } from '../domain/store.js';
import { capacityReport, type CapacityReport, type CapacityRequest } from '../reports/callback-capacity.js';
import type {
  CallbackFilter,
  CallbackStory,
  FinishedFilter,
  MissingKeyRow,
  Moment,
  Summary,
  SummaryRequest,
} from '../reports/callback-reader.js';
import { REPORTED_KEYS } from '../reports/callback-measures.js';
import { CallbackSummary, type SummaryPlace } from '../reports/callback-summary.js';
import { columnOf, recordOf, type Stored } from '../gms/record-columns.js';
import { callbackOf } from './callback-row.js';
import { readCursor, writeCursor } from '../domain/cursor.js';
import type { Connection } from './database.js';
import { isKept } from './removal-tables.js';

/** Rows of each part of a callback's story: more than the store keeps of any but made-up ones. */
const STORY_ROWS = 2000;
/** Callbacks one report is made of; beyond it the range is to be narrowed. */
const REPORT_READ = 1_000_000;
/** Callbacks read at once for a report, so that other readers get their turn. */
const SLICE = 2000;

type Finished = Callback & { readonly hasStart: boolean };

export class SqliteCallbackReader {
  readonly #db: Connection;
  readonly #sql;
  readonly #lists = new Map<string, ReturnType<Connection['prepare']>>();

  constructor(db: Connection) {
    this.#db = db;
    db.function('canonical', { deterministic: true, directOnly: true }, (text: unknown) => canonical(String(text)));
    this.#sql = prepare(db);
  }

  /** What is due follows from more than one column: open callbacks are read in slices until the page is full. */
  async callbacks(
    filter: CallbackFilter,
    moment: Moment,
    range: TimeRange | null,
    page: PageRequest,
  ): Promise<Page<Callback>> {
    const { due } = filter;
    if (due === null) return this.#listed(filter, moment, range, page).page;
    if (filter.open === false) return { items: [], nextCursor: null };
    const items: Callback[] = [];
    let cursor = page.cursor;
    let nextCursor: string | null = null;
    do {
      const { page: slice, cursorOf } = this.#listed({ ...filter, open: true }, moment, range, {
        limit: SLICE,
        cursor,
      });
      for (const [at, callback] of slice.items.entries()) {
        if (!isDue(callback, due, moment)) continue;
        // There is a further page only where something is due on it.
        if (items.length === page.limit) return { items, nextCursor };
        items.push(callback);
        nextCursor = cursorOf(at);
      }
      cursor = slice.nextCursor;
      await turn();
    } while (cursor !== null);
    return { items, nextCursor: null };
  }

  #listed(filter: CallbackFilter, { nowMs, ttlMs }: Moment, range: TimeRange | null, { limit, cursor }: PageRequest) {
    const place = {
      from: range?.fromMs,
      to: range?.toMs,
      alive: nowMs - ttlMs,
      ...placeIn(cursor, 'first_received_ms'),
    };
    const bound = { ...filter, ...boundOf(filter), open: null, ...place, limit: limit + 1 };
    const rows = this.#list(filter, range).all(bound) as Stored[];
    const cursorOf = (at: number) => placeOf(rows[at] ?? {}, 'first_received_ms');
    return { page: pageOf(rows, limit, 'first_received_ms', callbackOf), cursorOf };
  }

  /** The query for what a filter says: each set of conditions is prepared once, and finds an index of its own. */
  #list(filter: CallbackFilter, range: TimeRange | null): ReturnType<Connection['prepare']> {
    const conditions = conditionsOf(filter, range);
    const sql = `
      SELECT * FROM callbacks WHERE ${['(first_received_ms, callback_no) < (@ms, @no)', ...conditions].join(' AND ')}
      ORDER BY first_received_ms DESC, callback_no DESC LIMIT @limit`;
    const known = this.#lists.get(sql) ?? this.#db.prepare(sql);
    this.#lists.set(sql, known);
    return known;
  }

  callback(serviceId: string, source: string | null): CallbackStory | null {
    const found = this.#sql.byService.all({ serviceId, source }) as Stored[];
    const [row] = found;
    if (row === undefined) return null;
    const callbackNo = row['callback_no'];
    const callback = callbackOf(row);
    const events = (this.#sql.events.all(callbackNo, STORY_ROWS) as Stored[]).map((event) => ({
      sequence: Number(event['event_sequence']),
      receivedMs: Number(event['received_ms']),
      isFinal: event['final_record'] === 1,
      isLate: event['is_late'] === 1,
      counts: event['digest'] === callback.finalDigest,
      record: recordOf(event),
      received: received(event),
    }));
    return {
      callback,
      hasStart: row['has_start'] === 1,
      events,
      attachments: (this.#sql.attachments.all(callbackNo, STORY_ROWS) as Stored[]).map((attachment) => ({
        interactionId: String(attachment['interaction_id']),
        receivedMs: Number(attachment['received_ms']),
        received: received(attachment),
      })),
      interactions: (this.#sql.interactions.all(callbackNo, STORY_ROWS) as Stored[]).map((interaction) => ({
        interactionId: String(interaction['interaction_id']),
        role: String(interaction['role']),
        firstReceivedMs: Number(interaction['first_received_ms']),
      })),
      notifications: (this.#sql.notifications.all(callbackNo, STORY_ROWS) as Stored[]).map((notification) => ({
        event: String(notification['event']),
        receivedMs: Number(notification['received_ms']),
        received: received(notification),
      })),
      otherSources: found.slice(1).map((other) => String(other['source'])),
    };
  }

  finished(filter: FinishedFilter, range: TimeRange, { limit, cursor }: PageRequest): Page<Finished> {
    const bound = {
      ...filter,
      ...boundOf(filter),
      from: range.fromMs,
      to: range.toMs,
      ...placeIn(cursor, 'ended_ms'),
      limit: limit + 1,
    };
    return pageOf(this.#sql.finished.all(bound) as Stored[], limit, 'ended_ms', finishedOf);
  }

  /** Reads in slices. Throws OCM_BAD_PARAMETER when the range holds too many callbacks. */
  async summary(
    request: SummaryRequest,
    filter: FinishedFilter,
    range: TimeRange,
    { limit, cursor }: PageRequest,
  ): Promise<Summary> {
    const { by, timeZone, tollPerMinute, tenants } = request;
    const tenantName = (dbid: number) => tenants.get(dbid) ?? String(dbid);
    // A filter may hide the offers that nobody took, or the keys, by which a source shows that it reports them.
    const bound = { from: range.fromMs, to: range.toMs };
    const refusingSources = this.#sql.refusing.pluck().all(bound) as string[];
    const reportedKeys = new Map((this.#sql.reporting.all(bound) as Stored[]).map(reportedKeysOf));
    const site = { timeZone, tollPerMinute, tenantName, fromMs: range.fromMs, refusingSources, reportedKeys };
    const summary = new CallbackSummary({ by, ...site });
    const after = cursor === null ? null : summaryPlaceOf(cursor, summary.dimensions.length);
    let next: string | null = null;
    let read = 0;
    do {
      const page: Page<Finished> = this.finished(filter, range, { limit: SLICE, cursor: next });
      for (const callback of page.items) summary.add(callback);
      read += page.items.length;
      if (read > REPORT_READ) throw tooMany();
      next = page.nextCursor;
      await turn();
    } while (next !== null);
    const { rows, next: last } = summary.rows(after, limit);
    const nextCursor = last === null ? null : writeCursor('summary', [last.startMs, ...last.values]);
    return { columns: summary.columns, page: { items: rows, nextCursor } };
  }

  capacity(request: CapacityRequest): CapacityReport {
    const rows = this.#sql.capacity.all({ from: request.fromMs, to: request.toMs, limit: REPORT_READ }) as Stored[];
    if (rows.length === REPORT_READ) throw tooMany();
    return capacityReport(request, rows.map(callbackOf));
  }

  missingKeys(range: TimeRange, { limit, cursor }: PageRequest): Page<MissingKeyRow> {
    const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);
    const texts = ['string', 'string', 'string', 'string'] as const;
    const [lastDay, source, service, key] =
      cursor === null ? ['~', '', '', ''] : readCursor('missing-keys', cursor, texts);
    const bound = {
      from: day(Math.min(range.fromMs, LAST_MS)),
      to: day(Math.min(range.toMs - 1, LAST_MS)),
      limit: limit + 1,
    };
    const rows = this.#sql.missingKeys.all({ ...bound, lastDay, source, service, key }) as MissingKeyRow[];
    const last = rows.length > limit ? rows[limit - 1] : undefined;
    const nextCursor = last ? writeCursor('missing-keys', [last.day, last.source, last.service, last.key]) : null;
    return { items: rows.slice(0, limit), nextCursor };
  }

  changed(sinceMs: number, limit: number): Callback[] | null {
    const rows = this.#sql.changed.all(sinceMs, limit + 1) as Stored[];
    return rows.length > limit ? null : rows.map(callbackOf);
  }
}

/** The last instant that JavaScript can write as a date of four digits. */
const LAST_MS = Date.UTC(9999, 11, 31);

function tooMany(): MonitorError {
  const message = `from and to should make a range of ${REPORT_READ} callbacks at most`;
  return new MonitorError('OCM_BAD_PARAMETER', message);
}

/** A queue whose name is canonically the one asked for. Most names are ASCII, which is equal or not. */
const IN_QUEUE = "(vq = @queue OR (vq GLOB '*[^ -~]*' AND canonical(vq) = @queue))";
/** What a filter's members ask of a row. */
const CONDITIONS: Partial<Record<keyof CallbackFilter, string>> = {
  source: 'source = @source',
  tenantDbids: 'tenant_dbid IN (SELECT value FROM json_each(@tenantDbids))',
  queue: IN_QUEUE,
  channel: 'channel = @channel',
  orsSession: 'ors_session_id = @orsSession',
  phoneHash: '(phone_hash = @phoneHash OR ani_hash = @phoneHash)',
  interaction: 'callback_no IN (SELECT callback_no FROM callback_interactions WHERE interaction_id = @interaction)',
};
/** None that is being forgotten. */
const KEPT = isKept('callbacks');
const IS_OPEN = '(is_final = 0 AND events > 0 AND alive_until_ms >= @alive)';
const IS_DEAD = '(is_final = 0 AND alive_until_ms < @alive)';

function conditionsOf(filter: CallbackFilter, range: TimeRange | null): string[] {
  const asked = Object.entries(CONDITIONS).filter(([name]) => filter[name as keyof CallbackFilter] !== null);
  const conditions = [KEPT, ...asked.map(([, condition]) => condition)];
  if (range !== null) conditions.push('first_received_ms >= @from', 'first_received_ms < @to');
  if (filter.open !== null) conditions.push(filter.open ? IS_OPEN : `NOT ${IS_OPEN}`);
  // A callback whose session died is shown as nothing else.
  if (filter.state === ABANDONED_RECORD) conditions.push(IS_DEAD);
  else if (filter.state !== null) conditions.push('state = @state', `NOT ${IS_DEAD}`);
  return conditions;
}

/** What a list of callbacks is sorted by. */
type SortedBy = 'first_received_ms' | 'ended_ms';

/** Members of a filter that SQL takes in another form. */
function boundOf({ tenantDbids, queue }: FinishedFilter) {
  return {
    tenantDbids: tenantDbids === null ? null : JSON.stringify(tenantDbids),
    queue: queue === null ? null : canonical(queue),
  };
}

function summaryPlaceOf(cursor: string, dimensions: number): SummaryPlace {
  const [startMs, ...values] = readCursor('summary', cursor, ['number', ...Array<'string'>(dimensions).fill('string')]);
  return { startMs: Number(startMs), values: values.map(String) };
}

function placeIn(cursor: string | null, time: SortedBy) {
  const [ms, no] = cursor === null ? [Number.MAX_SAFE_INTEGER, 0] : readCursor(time, cursor, ['number', 'number']);
  return { ms, no };
}

function pageOf<T>(rows: readonly Stored[], limit: number, time: SortedBy, itemOf: (row: Stored) => T): Page<T> {
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  return { items: rows.slice(0, limit).map(itemOf), nextCursor: last ? placeOf(last, time) : null };
}

function placeOf(row: Stored, time: SortedBy): string {
  return writeCursor(time, [Number(row[time]), Number(row['callback_no'])]);
}

function isDue(callback: Callback, wanted: NonNullable<CallbackFilter['due']>, { nowMs, ttlMs }: Moment): boolean {
  const due = dueOf(callback, nowMs, ttlMs);
  if (due === null || wanted === 'any') return due !== null;
  return wanted === 'overdue' ? due.isOverdue : due.kind === wanted;
}

/** A source, and which of the keys it reports. */
function reportedKeysOf(row: Stored): [source: string, keys: (typeof REPORTED_KEYS)[number][]] {
  return [String(row['source']), REPORTED_KEYS.filter((key) => row[columnOf(key)] === 1)];
}

function finishedOf(row: Stored): Finished {
  return { ...callbackOf(row), hasStart: row['has_start'] === 1 };
}

function received(row: Stored): Readonly<Record<string, unknown>> {
  return JSON.parse(String(row['received'])) as Readonly<Record<string, unknown>>;
}

/** When something of a callback was received last; as the index has it. */
const CHANGED_MS = 'max(coalesce(last_event_ms, 0), coalesce(attached_received_ms, 0), coalesce(live_ms, 0))';

function prepare(db: Connection) {
  const hasStart = `EXISTS (SELECT 1 FROM callback_events WHERE callback_events.callback_no = callbacks.callback_no
    AND coalesce(final_record, 0) = 0 AND is_complete = 1) AS has_start`;
  return {
    byService: db.prepare(`
      SELECT *, ${hasStart} FROM callbacks WHERE service_id = @serviceId AND (@source IS NULL OR source = @source) AND ${KEPT}
      ORDER BY first_received_ms, callback_no LIMIT 100`),
    events: db.prepare('SELECT * FROM callback_events WHERE callback_no = ? ORDER BY event_sequence LIMIT ?'),
    attachments: db.prepare(
      'SELECT * FROM callback_attachments WHERE callback_no = ? ORDER BY received_ms, attachment_no LIMIT ?',
    ),
    interactions: db.prepare(
      'SELECT * FROM callback_interactions WHERE callback_no = ? ORDER BY first_received_ms, role LIMIT ?',
    ),
    notifications: db.prepare(
      'SELECT * FROM callback_notifications WHERE callback_no = ? ORDER BY received_ms, notification_no LIMIT ?',
    ),
    finished: db.prepare(`
      SELECT *, ${hasStart} FROM callbacks
      WHERE is_final = 1 AND (ended_ms, callback_no) < (@ms, @no) AND ended_ms >= @from AND ended_ms < @to AND ${KEPT}
        AND (@source IS NULL OR source = @source) AND (@tenantDbids IS NULL OR tenant_dbid IN (SELECT value FROM json_each(@tenantDbids)))
        AND (@queue IS NULL OR ${IN_QUEUE}) AND (@channel IS NULL OR channel = @channel)
      ORDER BY ended_ms DESC, callback_no DESC LIMIT @limit`),
    refusing: db.prepare(`
      SELECT DISTINCT source FROM callbacks
      WHERE is_final = 1 AND ended_ms >= @from AND ended_ms < @to AND ${KEPT}
        AND (offered = 1 OR abandoned_during_offer = 1) AND coalesce(accepted, 0) = 0 AND accepted_ms IS NULL`),
    reporting: db.prepare(`
      SELECT source, ${REPORTED_KEYS.map((key) => `max(${columnOf(key)} IS NOT NULL) AS ${columnOf(key)}`).join(', ')}
      FROM callbacks WHERE is_final = 1 AND ended_ms >= @from AND ended_ms < @to GROUP BY source`),
    capacity: db.prepare(`
      SELECT * FROM callbacks
      WHERE ((accepted_ms >= @from AND accepted_ms < @to) OR (is_final = 0 AND events > 0)) AND ${KEPT} LIMIT @limit`),
    changed: db.prepare(`
      SELECT * FROM callbacks WHERE ${CHANGED_MS} >= ? AND ${KEPT} ORDER BY ${CHANGED_MS}, callback_no LIMIT ?`),
    missingKeys: db.prepare(`
      SELECT day, source, service, key, events, last_received_ms AS lastReceivedMs, last_service_id AS lastServiceId
      FROM callback_missing_keys
      WHERE day >= @from AND day <= min(@to, @lastDay)
        AND (day < @lastDay OR (source, service, key) > (@source, @service, @key))
      ORDER BY day DESC, source, service, key LIMIT @limit`),
  };
}
