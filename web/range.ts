/** The time a view looks at: the last so long until now, a calendar month, or two fixed times. In the URL. */
import { parseInstant } from '../src/domain/instant.js';
import { isTimeZone, LocalTime } from '../src/domain/local-time.js';
import { nowMs } from './clock.js';
import { dateTimeFormat } from './locale.js';
import { choose } from './route.js';

export const SPANS = ['15m', '1h', '3h', '6h', '12h', '24h', '3d', '7d', '30d', '90d', '400d'] as const;
export type Span = (typeof SPANS)[number];
/** The calendar month before this one, by the viewer's clock. */
export const LAST_MONTH = 'last-month';

const UNIT_MS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

export interface Range {
  readonly fromMs: number;
  readonly toMs: number;
  /** Null when both ends are fixed: the view is not live. */
  readonly span: Span | null;
}

export function spanMs(span: Span): number {
  return Number.parseInt(span, 10) * UNIT_MS[span.slice(-1) as keyof typeof UNIT_MS];
}

/** A begin without an end reaches until now, in steps: what was asked for is not asked for again each second. */
const OPEN_STEP_MS = 600_000;

export function rangeIn(
  parameters: Readonly<Record<string, string>>,
  otherwise: Span,
  now: number,
  zone = here,
): Range {
  const [from, to] = [instantIn(parameters['from'], zone), instantIn(parameters['to'], zone)];
  if (from !== null || to !== null) {
    const toMs = to ?? Math.ceil(now / OPEN_STEP_MS) * OPEN_STEP_MS;
    const fromMs = from ?? toMs - spanMs(otherwise);
    if (fromMs < toMs) return { fromMs, toMs, span: null };
  }
  if (parameters['range'] === LAST_MONTH) {
    const toMs = zone().startOf('month', now);
    return { fromMs: zone().startOf('month', toMs - 1), toMs, span: null };
  }
  const span = SPANS.find((one) => one === parameters['range']) ?? otherwise;
  return { fromMs: now - spanMs(span), toMs: now, span };
}

/** Whether a link names a time that is none, or ends before it begins: another one is shown. */
export function isUnreadable(parameters: Readonly<Record<string, string>>, zone = here): boolean {
  // Undefined: not said.
  const times = ['from', 'to'].map((name) => (parameters[name] ? instantIn(parameters[name], zone) : undefined));
  if (times.includes(null)) return true;
  const [fromMs, toMs] = times;
  return (fromMs ?? -Infinity) >= (toMs ?? Infinity) || !isRange(parameters['range'] ?? '');
}

function isRange(text: string): boolean {
  return ['', LAST_MONTH, ...SPANS].includes(text);
}

/** What people write for a time, as the API takes it; without an offset by the viewer's clock. Null: none. */
export function instantIn(text: string | undefined, zone = here): number | null {
  const written = text?.trim().replace(/^(\S+) +(\d\d:)/, '$1T$2') ?? '';
  return written === '' ? null : parseInstant(written, zone());
}

/** The viewer's zone, as the API is told; UTC where Intl knows none. */
export function viewerZone(): string {
  const zone = dateTimeFormat({}).resolvedOptions().timeZone;
  return isTimeZone(zone) ? zone : 'UTC';
}

let clock: LocalTime | null = null;
const here = () => (clock ??= new LocalTime(viewerZone()));

/** A time as it is written into a field: by the viewer's clock, to the minute. */
export function written(ms: number, zone = here): string {
  return new Date(zone().localMs(ms)).toISOString().slice(0, 16);
}

/** The least that can be looked at. */
const LEAST_MS = 60_000;

/** Looks at fixed times. A range that reaches into the future is moved to end now. */
export function lookAt(fromMs: number, toMs: number, how: 'replace' | 'push' = 'replace'): void {
  const lengthMs = Math.max(toMs - fromMs, LEAST_MS);
  const endMs = Math.min(Math.max(toMs, fromMs + LEAST_MS), nowMs());
  lookFrom(endMs - lengthMs, endMs, how);
}

/** Looks at these very times. */
export function lookFrom(fromMs: number, toMs: number, how: 'replace' | 'push' = 'replace'): void {
  const iso = (ms: number) => new Date(ms).toISOString();
  choose({ from: iso(fromMs), to: iso(toMs), range: '' }, how);
}

export function lookAtLast(span: Span | typeof LAST_MONTH): void {
  choose({ from: '', to: '', range: span });
}

/** One step nearer to the present's end, or further: a live view stays live. */
export function zoomed({ span }: Range, how: 'in' | 'out'): Span | null {
  if (span === null) return null;
  return SPANS[SPANS.indexOf(span) + (how === 'in' ? -1 : 1)] ?? span;
}

export function zoom(range: Range, how: 'in' | 'out'): void {
  const { fromMs, toMs } = range;
  const span = zoomed(range, how);
  if (span !== null) lookAtLast(span);
  else if (how === 'in') lookAt(fromMs + (toMs - fromMs) / 2, toMs);
  else lookAt(fromMs - (toMs - fromMs), toMs);
}

/** By a quarter of its length. Whoever comes to the present by it looks at what is live again. */
export function pan({ fromMs, toMs, span }: Range, how: 'earlier' | 'later', now = nowMs()): void {
  const byMs = (toMs - fromMs) / 4;
  if (how === 'earlier') lookAt(fromMs - byMs, toMs - byMs);
  else if (span === null && toMs + byMs < now) lookAt(fromMs + byMs, toMs + byMs);
  else if (span === null) lookAtLast(spanNear(toMs - fromMs));
}

/** The span that is most like a length. */
export function spanNear(lengthMs: number): Span {
  const distance = (span: Span) => Math.abs(Math.log(spanMs(span) / lengthMs));
  return [...SPANS].sort((a, b) => distance(a) - distance(b))[0] ?? '1h';
}
