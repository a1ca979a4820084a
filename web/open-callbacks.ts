/** Which of the open callbacks a supervisor has to see first. */
import type { Callback } from './callback-types.js';

export const startOf = (callback: Callback) =>
  callback.accepted_at ?? callback.offered_at ?? callback.first_received_at;

/** Each once: overdue ones, those due longest first; then the others, those that began longest ago first. */
export function mostUrgentFirst(callbacks: readonly Callback[]): Callback[] {
  const each = new Map(callbacks.map((callback) => [`${callback.source} ${callback.service_id}`, callback]));
  const sinceMs = (callback: Callback) => Date.parse((callback.overdue ? callback.due_at : null) ?? startOf(callback));
  return [...each.values()].sort(
    (a, b) => Number(b.overdue) - Number(a.overdue) || sinceMs(a) - sinceMs(b) || compare(a.service_id, b.service_id),
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
