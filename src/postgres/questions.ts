/** Questions that the database answers itself, of what was committed: counts, sizes, and what is the oldest. */
const OF_SOURCE = 'c.source = $1 AND c.life = coalesce((SELECT l.life FROM source_lives AS l WHERE l.source = $1), 0)';
const countOf = (table: string) =>
  `(SELECT count(*) FROM callbacks AS c JOIN ${table} AS t ON t.source = c.source AND t.callback_no = c.callback_no
    WHERE ${OF_SOURCE})`;
const sizeOf = (...tables: readonly string[]) =>
  tables.map((table) => `pg_total_relation_size('${table}')`).join(' + ');
const NOT_HELD = 't.source <> ALL (string_to_array($1::text, chr(31)))';
/** Groups that are held, by their numbers. */
const NO_HELD_GROUP = "t.group_no <> ALL (string_to_array($1::text, ',')::bigint[])";
const oldestOf = (table: string, ms: string, where: string) =>
  `(SELECT t.${ms} FROM ${table} AS t WHERE ${where} AND t.${ms} IS NOT NULL AND ${NOT_HELD} ORDER BY t.${ms} LIMIT 1)`;

export const QUESTIONS = {
  /** Of a group: chunks' samples, transitions. */
  'count group': `SELECT
    (SELECT coalesce(sum(count), 0)::bigint FROM chunks WHERE source = $1 AND group_no = $2),
    (SELECT count(*) FROM steps WHERE source = $1 AND group_no = $2 AND transition_id IS NOT NULL)`,
  'count source': `SELECT (SELECT count(*) FROM callbacks AS c WHERE ${OF_SOURCE}), ${countOf('callback_events')},
    ${countOf('callback_attachments')}, ${countOf('callback_notifications')},
    (SELECT count(*) FROM quarantine AS c WHERE ${OF_SOURCE}),
    (SELECT count(*) FROM legacy_callback_events AS c WHERE ${OF_SOURCE})`,
  'count statements': 'SELECT count(*) FROM statements WHERE source = $1 AND group_no = $2',
  'last events': `SELECT c.source, c.tenant_dbid, max(c.last_event_ms) FROM callbacks AS c
    WHERE c.last_event_ms IS NOT NULL
      AND c.life = coalesce((SELECT l.life FROM source_lives AS l WHERE l.source = c.source), 0)
    GROUP BY c.source, c.tenant_dbid`,
  numbers: `SELECT callback_no, customer_phone_number, customer_ani FROM callbacks
    WHERE customer_phone_number IS NOT NULL OR customer_ani IS NOT NULL`,
  'count damaged': 'SELECT count(*) FROM damaged_chunks',
  'last chunk': 'SELECT coalesce(max(chunk_no), 0)::bigint FROM chunks',
  'used bytes': 'SELECT pg_database_size(current_database())',
  // Each by the beginning of an index: they are asked on the thread that commits posts.
  'oldest notifications': `SELECT t.written_ms FROM chunks AS t WHERE t.chunk_no > $2::bigint AND ${NO_HELD_GROUP}
    ORDER BY t.chunk_no LIMIT 1`,
  'oldest rollups': `SELECT min((SELECT min(q.start_ms) FROM quarter_hours AS q
      WHERE q.source = t.source AND q.group_no = t.group_no)) FROM campaign_groups AS t WHERE ${NO_HELD_GROUP}`,
  'oldest history': `SELECT t.at_ms FROM steps AS t WHERE t.transition_id IS NOT NULL AND ${NO_HELD_GROUP}
    ORDER BY t.at_ms LIMIT 1`,
  'oldest callbacks': `SELECT least(${[
    oldestOf('callbacks', 'ended_ms', 't.is_final = 1'),
    oldestOf('callbacks', 'alive_until_ms', 't.is_final = 0'),
    oldestOf('legacy_callback_events', 'at_ms', 'true'),
  ].join(', ')})`,
  'oldest quarantine': `SELECT ${oldestOf('quarantine', 'last_received_ms', 'true')}`,
  'oldest audit': 'SELECT at_ms FROM audit_log WHERE $1::text IS NOT NULL ORDER BY audit_no LIMIT 1',
  /** Of a group by its id, or of a source. */
  stored: `SELECT (CASE WHEN EXISTS (SELECT 1 FROM campaign_groups WHERE id = $1::text AND forgotten = 0)
    OR EXISTS (SELECT 1 FROM campaign_groups WHERE source = $2::text AND forgotten = 0)
    OR EXISTS (SELECT 1 FROM callbacks AS c WHERE ${OF_SOURCE.replaceAll('$1', '$2')})
    OR EXISTS (SELECT 1 FROM legacy_callback_events AS c WHERE ${OF_SOURCE.replaceAll('$1', '$2')})
    OR EXISTS (SELECT 1 FROM quarantine AS c WHERE ${OF_SOURCE.replaceAll('$1', '$2')}) THEN 1 ELSE 0 END)::bigint`,
  sizes: `SELECT ${sizeOf('journal', 'chunks', 'standing_samples', 'statements')},
    ${sizeOf('quarter_hours', 'list_quarter_hours')}, ${sizeOf('steps', 'repeats')},
    ${sizeOf('callbacks', 'callback_events', 'callback_attachments', 'callback_notifications', 'callback_interactions', 'legacy_callback_events')},
    ${sizeOf('quarantine')}, ${sizeOf('audit_log')}`,
} as const;
