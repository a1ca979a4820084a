/** SQL that several readers have in common. */

type OfSource = 'callbacks' | 'quarantine' | 'legacy_callback_events';

/** Whether a row of one of the three is not one that is being forgotten: its source has had no other life since. */
export function isKept(table: OfSource, alias: string = table): string {
  return `${alias}.life = coalesce((SELECT l.life FROM source_lives AS l WHERE l.source = ${alias}.source), 0)`;
}

/** Whether a session begins or ends with a step. */
export const ENDS_SESSION = "(begins_session = 1 OR (state = 'not_loaded' AND from_state IS DISTINCT FROM state))";

/** Runs with the moment until which an earlier one was alive: those of several receivers overlap. */
const RUNS = `
  SELECT started_ms, alive_ms, max(alive_ms) OVER (ORDER BY started_ms, receiver, run_no
    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reached_ms FROM uptime`;

/** Milliseconds between two moments in which a receiver listened. */
export function observedMs(from: string, to: string): string {
  return `(SELECT coalesce(sum(greatest(0,
      least(u.alive_ms, ${to}) - greatest(u.started_ms, ${from}, coalesce(u.reached_ms, u.started_ms)))), 0)::bigint
    FROM (${RUNS}) AS u)`;
}

/** Times in which none listened, between two runs: `from_ms`, `to_ms`. */
export const DOWNS = `
  SELECT reached_ms AS from_ms, started_ms AS to_ms FROM (${RUNS}) AS runs WHERE started_ms > reached_ms`;
