/** A group's sessions, each told by the transition that begins it and the one that ends it. */
import { readCursor, writeCursor } from '../domain/cursor.js';
import type { Page, PageRequest, SessionRow, TimeRange } from '../domain/store.js';
import { pageOf } from './page.js';

/** Where a step stands in the history of its group. */
export interface StepPlace {
  readonly atMs: number;
  readonly rank: number;
  readonly digest: string;
}

/** A transition that begins a session. */
export interface SessionBegin extends StepPlace {
  /** Null: the group was loaded when it was first heard of. */
  readonly fromState: string | null;
}

/** Transitions of one group, in the order of their places; and when this service listened. */
export interface SessionRows {
  /** Those of the half-open range, before a place, newest first; `limit` at most. */
  begins(range: TimeRange, before: StepPlace, limit: number): readonly SessionBegin[];
  /** When the last session began that began before a moment; null: none did. */
  lastBeginMs(beforeMs: number): number | null;
  /** When the first transition after a place took place that ends a session; null: none has. */
  endMs(after: StepPlace): number | null;
  observedMs(range: TimeRange): number;
}

type Session = SessionRow & { readonly place: StepPlace };

const NEWEST: StepPlace = { atMs: Infinity, rank: 0, digest: '' };

/** Sessions that touch the half-open range, newest first; one without length touches it at its moment. */
export function sessionsPage(
  rows: SessionRows,
  { fromMs, toMs }: TimeRange,
  { limit, cursor }: PageRequest,
): Page<SessionRow> {
  // Of those that began before the range only the last may reach into it.
  const firstMs = rows.lastBeginMs(fromMs) ?? fromMs;
  const sessions = rows
    .begins({ fromMs: firstMs, toMs }, cursor === null ? NEWEST : placeIn(cursor), limit + 1)
    .map((begin) => sessionOf(rows, begin))
    .filter(({ firstSeenMs, endMs }) => firstSeenMs >= fromMs || endMs === null || endMs > fromMs);
  return pageOf(sessions, limit, rowOf, ({ place }) => writeCursor('sessions', [place.atMs, place.rank, place.digest]));
}

function sessionOf(rows: SessionRows, begin: SessionBegin): Session {
  const { atMs: firstSeenMs, fromState } = begin;
  const endMs = rows.endMs(begin);
  return {
    startMs: fromState === null ? null : firstSeenMs,
    endMs,
    firstSeenMs,
    observedMs: endMs === null ? null : rows.observedMs({ fromMs: firstSeenMs, toMs: endMs }),
    place: begin,
  };
}

function rowOf({ startMs, endMs, firstSeenMs, observedMs }: Session): SessionRow {
  return { startMs, endMs, firstSeenMs, observedMs };
}

function placeIn(cursor: string): StepPlace {
  const [atMs, rank, digest] = readCursor('sessions', cursor, ['number', 'number', 'string']);
  return { atMs: Number(atMs), rank: Number(rank), digest: String(digest) };
}
