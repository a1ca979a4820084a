/** The time a view looks at: the last so long until now, or two fixed times. In the URL. */
import { nowMs } from './clock.js';
import { choose } from './route.js';

export const SPANS = ['15m', '1h', '3h', '6h', '12h', '24h', '3d', '7d'] as const;
export type Span = (typeof SPANS)[number];

const UNIT_MS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

export interface Range {
  readonly fromMs: number;
  readonly toMs: number;
  /** Null when both ends are fixed. */
  readonly span: Span | null;
}

export function spanMs(span: Span): number {
  return Number.parseInt(span, 10) * UNIT_MS[span.slice(-1) as keyof typeof UNIT_MS];
}

export function rangeIn(parameters: Readonly<Record<string, string>>, otherwise: Span, now: number): Range {
  const [fromMs, toMs] = [Date.parse(parameters['from'] ?? ''), Date.parse(parameters['to'] ?? '')];
  if (fromMs < toMs) return { fromMs, toMs, span: null };
  const span = SPANS.find((one) => one === parameters['range']) ?? otherwise;
  return { fromMs: now - spanMs(span), toMs: now, span };
}

/** The least that can be looked at. */
const LEAST_MS = 60_000;

/** Looks at fixed times. A range that reaches into the future is moved to end now. */
export function lookAt(fromMs: number, toMs: number, how: 'replace' | 'push' = 'replace'): void {
  const lengthMs = Math.max(toMs - fromMs, LEAST_MS);
  const endMs = Math.min(Math.max(toMs, fromMs + LEAST_MS), nowMs());
  const iso = (ms: number) => new Date(ms).toISOString();
  choose({ from: iso(endMs - lengthMs), to: iso(endMs), range: '' }, how);
}

export function lookAtLast(span: Span): void {
  choose({ from: '', to: '', range: span });
}
