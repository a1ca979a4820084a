/** When evidence tells that a group was heard: for the reports of its silences, over any store. */
import type { Moments } from '../reports/past-silences.js';
import type { Evidence } from './evidence.js';

const EVER_MS = Number.MAX_SAFE_INTEGER;

export function momentsOf(evidence: Evidence, group: number, kind: 'told' | 'repeated'): Moments {
  const take = (moments: Iterable<number>, limit: number) => {
    const taken: number[] = [];
    for (const ms of moments) if (taken.push(ms) === limit) break;
    return taken;
  };
  return {
    within: (range, limit) => take(evidence.inOrder.moments(group, range, kind, 'backwards'), limit),
    since: (fromMs, limit) => take(evidence.inOrder.moments(group, { fromMs, toMs: EVER_MS }, kind, 'forwards'), limit),
  };
}

/** When the earliest was received of a group's `looked` first samples; null: it has none. */
export function firstReceivedMs(evidence: Evidence, group: number, looked: number): number | null {
  let firstMs: number | null = null;
  let seen = 0;
  for (const { receivedMs } of evidence.inOrder.forwards(group, 0, EVER_MS)) {
    firstMs = Math.min(firstMs ?? Infinity, receivedMs);
    if (++seen === looked) break;
  }
  return firstMs;
}

/** When the newest was received, or what it says where that is later. Receipts before the clock was set back may lie in the future. */
export function heardNewestMs(
  evidence: Evidence,
  group: number,
  limitOf: () => { readonly atMs: number | null; readonly limitMs: number | null } | undefined,
): number | null {
  const atMs = evidence.newestAtMs(group);
  if (atMs === null) return null;
  const { atMs: limitAtMs = null, limitMs = null } = limitOf() ?? {};
  const isLimited = limitAtMs !== null && limitMs !== null && atMs <= limitAtMs;
  const heardMs = evidence.newestReceivedMs(group, atMs);
  return Math.max(atMs, isLimited ? Math.min(heardMs, limitMs) : heardMs);
}
