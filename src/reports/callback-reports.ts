/**
 * What the API answers of callbacks, made of a store's rows. A report that reads much reads in slices, and gives whoever
 * else waits for the store's reader a turn after each.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { type Callback, dueOf } from '../domain/callback.js';
import { readCursor, writeCursor } from '../domain/cursor.js';
import { MonitorError } from '../domain/errors.js';
import type { LegacyCallbackEvent } from '../domain/legacy-callback.js';
import type { Page, PageRequest, TimeRange } from '../domain/store.js';
import { capacityReport, type CapacityReport, type CapacityRequest } from './callback-capacity.js';
import type {
  CallbackFilter,
  CallbackStory,
  FinishedCallback,
  FinishedFilter,
  MissingKeyRow,
  AsOf,
  Summary,
  SummaryRequest,
} from './callback-reader.js';
import type {
  AfterKey,
  Before,
  CallbackRowReader,
  HeldCallback,
  HeldEvent,
  HeldFinished,
} from './callback-row-reader.js';
import { CallbackSummary, type SummaryPlace } from './callback-summary.js';
import { pageOf } from './page.js';

/** Sources that tell of one service id. */
const SOURCES_READ = 100;
/** Rows of each part of a callback's story: more than the store keeps of any but made-up ones. */
const STORY_ROWS = 2000;
/** Callbacks one report is made of; beyond it the range is to be narrowed. */
const REPORT_READ = 1_000_000;
/** Callbacks read at once for a report, so that other readers get their turn. */
const SLICE = 2000;
/** The last instant that JavaScript can write as a date of four digits. */
const LAST_MS = Date.UTC(9999, 11, 31);

export class CallbackReports {
  readonly #rows: CallbackRowReader;

  constructor(rows: CallbackRowReader) {
    this.#rows = rows;
  }

  async callbacks(
    filter: CallbackFilter,
    moment: AsOf,
    range: TimeRange | null,
    { limit, cursor }: PageRequest,
  ): Promise<Page<Callback>> {
    const before = beforeIn(cursor, 'first_received_ms');
    if (filter.due !== null) return this.#due({ filter, moment, range }, filter.due, before, limit);
    return pageOf(this.#rows.heard({ filter, moment, range }, before, limit + 1), limit, callbackIn, heardCursor);
  }

  /** What is due follows from more than one column: open callbacks are read in slices until the page is full. */
  async #due(asked: Heard, due: Due, first: Before, limit: number): Promise<Page<Callback>> {
    const { filter, moment } = asked;
    if (filter.open === false) return { items: [], nextCursor: null };
    const items: Callback[] = [];
    let nextCursor: string | null = null;
    let before: Before | null = first;
    while (before !== null) {
      const slice: readonly HeldCallback[] = this.#rows.heard(
        { ...asked, filter: { ...filter, open: true } },
        before,
        SLICE,
      );
      for (const held of slice) {
        if (!isDue(held.callback, due, moment)) continue;
        // There is a further page only where something is due on it.
        if (items.length === limit) return { items, nextCursor };
        items.push(held.callback);
        nextCursor = heardCursor(held);
      }
      before = goesOnBefore(slice, heardMs);
      await turn();
    }
    return { items, nextCursor: null };
  }

  /** The first that is held of it, and which other sources report one. */
  callback(serviceId: string, source: string | null): CallbackStory | null {
    const rows = this.#rows;
    const [held, ...others] = rows.ofService(serviceId, source, SOURCES_READ);
    if (held === undefined) return null;
    const { no } = held;
    const { hasStart, ...callback } = held.callback;
    return {
      callback,
      hasStart,
      events: rows.events(no, STORY_ROWS).map((event) => eventOf(event, callback)),
      attachments: rows.attachments(no, STORY_ROWS),
      interactions: rows.interactions(no, STORY_ROWS),
      notifications: rows.notifications(no, STORY_ROWS),
      otherSources: others.map((other) => other.callback.source),
    };
  }

  finished(filter: FinishedFilter, range: TimeRange, { limit, cursor }: PageRequest): Page<FinishedCallback> {
    const held = this.#rows.finished(filter, range, beforeIn(cursor, 'ended_ms'), limit + 1);
    return pageOf(held, limit, ({ callback }) => callback, finishedCursor);
  }

  /** Throws OCM_BAD_PARAMETER when the range holds too many callbacks. */
  async summary(
    request: SummaryRequest,
    filter: FinishedFilter,
    range: TimeRange,
    { limit, cursor }: PageRequest,
  ): Promise<Summary> {
    const summary = this.#emptySummary(request, range);
    const after = cursor === null ? null : summaryPlaceOf(cursor, summary.dimensions.length);
    let read = 0;
    let before: Before | null = NEWEST;
    while (before !== null) {
      const slice: readonly HeldFinished[] = this.#rows.finished(filter, range, before, SLICE);
      for (const { callback } of slice) summary.add(callback);
      read += slice.length;
      if (read > REPORT_READ) throw tooMany();
      before = goesOnBefore(slice, endedMs);
      await turn();
    }
    const { rows, next } = summary.rows(after, limit);
    const nextCursor = next === null ? null : writeCursor('summary', [next.startMs, ...next.values]);
    return { columns: summary.columns, page: { items: rows, nextCursor } };
  }

  /** A filter may hide the offers that nobody took, or the keys, by which a source shows that it reports them. */
  #emptySummary({ by, timeZone, tollPerMinute, tenants }: SummaryRequest, range: TimeRange): CallbackSummary {
    return new CallbackSummary({
      by,
      timeZone,
      tollPerMinute,
      tenantName: (dbid) => tenants.get(dbid) ?? String(dbid),
      fromMs: range.fromMs,
      refusingSources: this.#rows.refusingSources(range),
      reportedKeys: this.#rows.reportedKeys(range),
    });
  }

  /** Throws OCM_BAD_PARAMETER when the range holds too many callbacks. */
  capacity(request: CapacityRequest): CapacityReport {
    const callbacks = this.#rows.acceptedOrOpen(request, REPORT_READ);
    if (callbacks.length === REPORT_READ) throw tooMany();
    return capacityReport(request, callbacks);
  }

  missingKeys(range: TimeRange, { limit, cursor }: PageRequest): Page<MissingKeyRow> {
    const days = { first: dayOf(range.fromMs), last: dayOf(range.toMs - 1) };
    const rows = this.#rows.missingKeys(days, cursor === null ? null : afterKeyIn(cursor), limit + 1);
    return pageOf(
      rows,
      limit,
      (row) => row,
      ({ day, source, service, key }) => writeCursor('missing-keys', [day, source, service, key]),
    );
  }

  legacyEvents(
    source: string | null,
    range: TimeRange | null,
    { limit, cursor }: PageRequest,
  ): Page<LegacyCallbackEvent> {
    const [ms, no] = cursor === null ? [NEWEST.ms, 0] : readCursor('legacy', cursor, ['number', 'number']);
    const rows = this.#rows.legacyEvents(source, range, { ms: Number(ms), no: Number(no) }, limit + 1);
    return pageOf(
      rows,
      limit,
      ({ event }) => event,
      (row) => writeCursor('legacy', [row.event.atMs, row.no]),
    );
  }

  changed(sinceMs: number, limit: number): readonly Callback[] | null {
    const callbacks = this.#rows.changed(sinceMs, limit + 1);
    return callbacks.length > limit ? null : callbacks;
  }
}

type Heard = Parameters<CallbackRowReader['heard']>[0];
type Due = NonNullable<CallbackFilter['due']>;
/** What a list of callbacks is sorted by. */
type SortedBy = 'first_received_ms' | 'ended_ms';

const NEWEST: Before = { ms: Number.MAX_SAFE_INTEGER, no: 0 };

function beforeIn(cursor: string | null, list: SortedBy): Before {
  if (cursor === null) return NEWEST;
  const [ms, no] = readCursor(list, cursor, ['number', 'number']);
  return { ms: Number(ms), no: Number(no) };
}

/** Where the next slice begins; null after the last, which is not full. */
function goesOnBefore(slice: readonly HeldCallback[], msOf: (held: HeldCallback) => number): Before | null {
  const last = slice.at(-1);
  return last === undefined || slice.length < SLICE ? null : { ms: msOf(last), no: last.no };
}

function callbackIn({ callback }: HeldCallback): Callback {
  return callback;
}

function heardMs({ callback }: HeldCallback): number {
  return callback.firstReceivedMs;
}

function endedMs({ callback }: HeldCallback): number {
  return callback.endedMs ?? 0;
}

function heardCursor(held: HeldCallback): string {
  return writeCursor('first_received_ms' satisfies SortedBy, [heardMs(held), held.no]);
}

function finishedCursor(held: HeldCallback): string {
  return writeCursor('ended_ms' satisfies SortedBy, [endedMs(held), held.no]);
}

function summaryPlaceOf(cursor: string, dimensions: number): SummaryPlace {
  const [startMs, ...values] = readCursor('summary', cursor, ['number', ...Array<'string'>(dimensions).fill('string')]);
  return { startMs: Number(startMs), values: values.map(String) };
}

function afterKeyIn(cursor: string): AfterKey {
  const place = readCursor('missing-keys', cursor, ['string', 'string', 'string', 'string']);
  const [day = '', source = '', service = '', key = ''] = place.map(String);
  return { day, source, service, key };
}

/** A UTC day, like 2026-11-21. */
function dayOf(ms: number): string {
  return new Date(Math.min(ms, LAST_MS)).toISOString().slice(0, 10);
}

function tooMany(): MonitorError {
  return new MonitorError('OCM_BAD_PARAMETER', `from and to should make a range of ${REPORT_READ} callbacks at most`);
}

function isDue(callback: Callback, wanted: Due, { nowMs, ttlMs }: AsOf): boolean {
  const due = dueOf(callback, nowMs, ttlMs);
  if (due === null || wanted === 'any') return due !== null;
  return wanted === 'overdue' ? due.isOverdue : due.kind === wanted;
}

function eventOf({ digest, ...event }: HeldEvent, { finalDigest }: Callback) {
  return { ...event, counts: digest === finalDigest };
}
