/** Agents there are for callbacks in each weekly slot, against the callbacks that want them. */
import { type Callback, dueOf, isAbandonedRecord } from '../domain/callback.js';
import { MonitorError } from '../domain/errors.js';
import { LocalTime } from '../domain/local-time.js';
import type { CAPACITY_SCHEMA } from './callback-schemas.js';
import { type Columns, isoTime } from './rows.js';

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

/** A line of the capacity file. */
export interface CapacitySlot {
  readonly queue: string;
  /** 0 is Monday. */
  readonly weekday: number;
  /** Minutes since midnight by the clock of the zone; half-open. */
  readonly fromMinute: number;
  readonly toMinute: number;
  readonly agents: number;
}

const HEADER = 'queue,weekday,from,to,agents';
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
/**
 * @bound days of a capacity report
 * @beyond 400: narrow the range
 * @seen the answer
 */
const MAX_DAYS = 400;
/**
 * @bound rows of a capacity report
 * @beyond 400: narrow the range
 * @seen the answer
 */
const MAX_ROWS = 100_000;

/** Every fault of a capacity file, a sentence each that names its line. */
export interface CapacityFile {
  readonly slots: readonly CapacitySlot[];
  readonly faults: readonly string[];
}

/**
 * Reads a capacity file: CSV with the header `queue,weekday,from,to,agents`; weekdays `mon` to `sun`, times `HH:MM`, the
 * last `24:00`. A slot ends on the day on which it begins, and slots of a queue don't overlap. Empty lines are left out.
 */
export function parseCapacity(text: string): CapacityFile {
  const read: { readonly line: number; readonly slot: CapacitySlot }[] = [];
  const faults: string[] = [];
  const [header = '', ...lines] = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
  if (cellsOf(header)?.join(',').toLowerCase() !== HEADER) faults.push(`line 1: should be ${HEADER}`);
  for (const [at, content] of lines.entries()) {
    const line = at + 2;
    if (content.trim() === '') continue;
    const slot = readSlot(content);
    if (Array.isArray(slot)) {
      faults.push(...slot.map((fault) => `line ${line}: ${fault}`));
      continue;
    }
    const other = read.find((earlier) => overlaps(earlier.slot, slot));
    if (other !== undefined) faults.push(`line ${line}: overlaps line ${other.line}`);
    read.push({ line, slot });
  }
  return { slots: read.map(({ slot }) => slot), faults };
}

function readSlot(content: string): CapacitySlot | string[] {
  const cells = cellsOf(content);
  if (cells?.length !== 5) return ['should have five cells, with quotes closed'];
  const [queue = '', day = '', from = '', to = '', agents = ''] = cells;
  const weekday = WEEKDAYS.findIndex((name) => name === day.toLowerCase());
  const fromMinute = minuteOf(from);
  const toMinute = minuteOf(to);
  const checks: readonly (readonly [isRight: boolean, fault: string])[] = [
    [queue !== '', 'queue is empty'],
    [weekday !== -1, `weekday should be one of ${WEEKDAYS.join(', ')}`],
    [!Number.isNaN(fromMinute), 'from should be a time from 00:00 to 24:00'],
    [!Number.isNaN(toMinute), 'to should be a time from 00:00 to 24:00'],
    [!(fromMinute >= toMinute), 'from should be before to, on the same day'],
    [/^\d{1,6}$/.test(agents), 'agents should be a whole number'],
  ];
  const faults = checks.filter(([isRight]) => !isRight).map(([, fault]) => fault);
  return faults.length > 0 ? faults : { queue, weekday, fromMinute, toMinute, agents: Number(agents) };
}

function overlaps(a: CapacitySlot, b: CapacitySlot): boolean {
  return a.queue === b.queue && a.weekday === b.weekday && a.fromMinute < b.toMinute && b.fromMinute < a.toMinute;
}

/** Minutes since midnight, NaN for what is no time. */
function minuteOf(text: string): number {
  const [, hour, minute] = /^(\d{2}):([0-5]\d)$/.exec(text) ?? [];
  const minutes = Number(hour) * 60 + Number(minute);
  return minutes <= 24 * 60 ? minutes : NaN;
}

const CELL = /[ \t]*"((?:[^"]|"")*)"[ \t]*(?:,|$)|([^",]*)(?:,|$)/y;

/** The cells of a line of CSV, trimmed; null when its quotes are not closed. */
function cellsOf(line: string): string[] | null {
  const cells: string[] = [];
  CELL.lastIndex = 0;
  for (let isLast = false; !isLast;) {
    const match = CELL.exec(line);
    if (match === null) return null;
    cells.push((match[1]?.replaceAll('""', '"') ?? match[2] ?? '').trim());
    isLast = !match[0].endsWith(',');
  }
  return cells;
}

/** A slot on one day. */
export interface CapacityRow {
  readonly queue: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly agents: number;
  /** Callbacks accepted within the slot, however they went on. */
  accepted: number;
  /** Open callbacks that are due within the slot: an appointment, the end of a snooze, the next redial. */
  due: number;
  /** Open callbacks without a time, which wait for an agent: they are counted in the slot that contains now. */
  waiting: number;
}

export interface CapacityReport {
  /** In the order of time, then queue. */
  readonly rows: readonly CapacityRow[];
  /** Callbacks of the range for which no slot has agents: their queue or their time is in none. */
  readonly outside: { readonly accepted: number; readonly due: number; readonly waiting: number };
}

export interface CapacityRequest {
  readonly slots: readonly CapacitySlot[];
  readonly fromMs: number;
  readonly toMs: number;
  /** IANA name of the zone by whose clock the slots are meant. */
  readonly timeZone: string;
  readonly nowMs: number;
  readonly ttlMs: number;
}

export const CAPACITY_COLUMNS: Columns<CapacityRow, keyof typeof CAPACITY_SCHEMA> = {
  slot_start: ({ startMs }) => isoTime(startMs),
  slot_end: ({ endMs }) => isoTime(endMs),
  queue: ({ queue }) => queue,
  agents: ({ agents }) => agents,
  accepted: ({ accepted }) => accepted,
  due: ({ due }) => due,
  waiting: ({ waiting }) => waiting,
  open: ({ due, waiting }) => due + waiting,
  accepted_per_agent: ({ accepted, agents }) => (agents === 0 ? null : accepted / agents),
  open_per_agent: ({ due, waiting, agents }) => (agents === 0 ? null : (due + waiting) / agents),
};

/**
 * Each slot that overlaps the half-open range, with the callbacks that fall into both.
 * @throws MonitorError OCM_BAD_PARAMETER for an unknown zone, or a range of too many days or slots.
 */
export function capacityReport(request: CapacityRequest, callbacks: Iterable<Callback>): CapacityReport {
  const rows = rowsOf(request);
  const byQueue = new Map<string, CapacityRow[]>();
  for (const row of rows) {
    const known = byQueue.get(row.queue);
    if (known === undefined) byQueue.set(row.queue, [row]);
    else known.push(row);
  }
  const outside = { accepted: 0, due: 0, waiting: 0 };
  // A range until now contains who waits now.
  const waitingMs = request.nowMs - Number(request.toMs === request.nowMs);
  const tally = (what: keyof typeof outside, queue: string | null, ms: number | null) => {
    if (ms === null || ms < request.fromMs || ms >= request.toMs) return;
    const row = rowAt(byQueue.get(queue?.trim() ?? '') ?? [], ms) ?? outside;
    row[what] += 1;
  };
  for (const callback of callbacks) {
    const { vq, acceptedMs } = callback.record;
    tally('accepted', vq, acceptedMs);
    if (callback.isFinal || isAbandonedRecord(callback, request.nowMs, request.ttlMs)) continue;
    const dueMs = dueOf(callback, request.nowMs, request.ttlMs)?.atMs ?? null;
    tally(dueMs === null ? 'waiting' : 'due', vq, dueMs ?? waitingMs);
  }
  return { rows, outside };
}

function rowsOf({ slots, fromMs, toMs, timeZone }: CapacityRequest): CapacityRow[] {
  const days = (toMs - fromMs) / DAY_MS;
  if (days > MAX_DAYS || (days + 2) * (slots.length / 7) > MAX_ROWS) {
    const rule = `of ${MAX_DAYS} days and ${MAX_ROWS} slots at most`;
    throw new MonitorError('OCM_BAD_PARAMETER', `from and to should make a range ${rule}`);
  }
  const time = new LocalTime(timeZone);
  const rows: CapacityRow[] = [];
  const firstDay = Math.floor(time.localMs(fromMs) / DAY_MS);
  const lastDay = Math.floor(time.localMs(toMs) / DAY_MS);
  for (let day = firstDay; day <= lastDay; day++) {
    // 1970-01-01 was a Thursday.
    const weekday = (((day + 3) % 7) + 7) % 7;
    for (const slot of slots.filter((one) => one.weekday === weekday)) {
      const startMs = time.instantOf(day * DAY_MS + slot.fromMinute * MINUTE_MS);
      const endMs = time.instantOf(day * DAY_MS + slot.toMinute * MINUTE_MS);
      // A slot that a change of clocks skips does not take place.
      if (endMs <= fromMs || startMs >= toMs || startMs >= endMs) continue;
      rows.push({ queue: slot.queue, startMs, endMs, agents: slot.agents, accepted: 0, due: 0, waiting: 0 });
    }
  }
  return rows.sort((a, b) => a.startMs - b.startMs || (a.queue < b.queue ? -1 : 1));
}

/** The row of a queue that contains an instant; rows are in the order of time and don't overlap. */
function rowAt(rows: readonly CapacityRow[], ms: number): CapacityRow | null {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rows[middle]?.startMs ?? Infinity) <= ms) low = middle + 1;
    else high = middle;
  }
  const row = rows[low - 1];
  return row !== undefined && ms < row.endMs ? row : null;
}
