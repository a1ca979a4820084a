/** What the receiver of an export answers, by the specification of OTLP over HTTP. */

/** Null: not to be tried again. */
export function retryAfterMs(
  { status, retryAfter }: { readonly status: number; readonly retryAfter: string | null },
  attempt: number,
  nowMs: number,
): number | null {
  if (!RETRYABLE.has(status)) return null;
  if (retryAfter !== null && /^\d+$/.test(retryAfter)) return Number(retryAfter) * 1000;
  const dateMs = Date.parse(retryAfter ?? '');
  return Number.isNaN(dateMs) ? backOffMs(attempt) : Math.max(0, dateMs - nowMs);
}

/** Those by which a receiver says that it is busy, or that what is behind it is. */
const RETRYABLE: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** Longer from attempt to attempt; those who fail together do not come back together. */
export function backOffMs(attempt: number): number {
  return 1000 * 2 ** Math.min(attempt, DOUBLINGS) * (0.5 + Math.random() / 2);
}

const DOUBLINGS = 5;

/** Why an accepted request was not taken whole; null: it was. */
export function rejectionIn(body: string): string | null {
  const told = parsed(body)?.partialSuccess;
  const rejected = Number(told?.rejectedDataPoints ?? 0);
  return rejected > 0
    ? `${rejected} points were rejected: ${(told?.errorMessage ?? 'no reason given').slice(0, 200)}`
    : null;
}

interface Answer {
  readonly partialSuccess?: { readonly rejectedDataPoints?: string | number; readonly errorMessage?: string };
}

/** Null: it is not in JSON, and says nothing that could be understood. */
function parsed(body: string): Answer | null {
  try {
    return JSON.parse(body) as Answer | null;
  } catch {
    return null;
  }
}
