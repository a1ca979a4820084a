/**
 * Whether a group counts as silent: running, and not heard of for longer than the limit although we were up and
 * listening all that time. Our own downtime is unobserved, not silent: the limit runs from our start at the earliest.
 */
export function isSilent(
  group: { readonly state: string; readonly lastHeardMs: number },
  limits: { readonly silenceAfterMs: number | null; readonly upSinceMs: number },
  nowMs: number,
): boolean {
  if (group.state !== 'running' || limits.silenceAfterMs === null) return false;
  return nowMs - Math.max(group.lastHeardMs, limits.upSinceMs) > limits.silenceAfterMs;
}
