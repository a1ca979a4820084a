/** SQL: which rows are of no class, and needed by nothing that is kept. What removes them and what counts them agree. */
export const LEFT_OVER = {
  /** Rows of `callback_missing_keys`; `@beforeDay`, `@held`: sources, JSON. */
  missingKeys: 'day < @beforeDay AND source NOT IN (SELECT value FROM json_each(@held))',
  /** Rows of `uptime`; `@beforeMs`. */
  runs: `alive_ms < min(@beforeMs, coalesce(
      (SELECT at_ms FROM steps WHERE transition_id IS NOT NULL ORDER BY at_ms LIMIT 1), @beforeMs))
    AND run_no <> (SELECT run_no FROM uptime ORDER BY alive_ms DESC, run_no DESC LIMIT 1)`,
} as const;

/** Whether nothing is left of a group; but its journal, of which the writer knows without reading. */
export function isEmptyGroup(groupNo: string): string {
  return ['chunk_hours', 'steps', 'quarter_hours', 'damaged_chunks']
    .map((table) => `NOT EXISTS (SELECT 1 FROM ${table} AS t WHERE t.group_no = ${groupNo})`)
    .join(' AND ');
}
