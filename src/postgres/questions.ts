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
  'oldest notifications': `SELECT min(t.hour) * 3600000 FROM chunks AS t WHERE t.chunk_no > $2::bigint AND ${NO_HELD_GROUP}`,
  'oldest rollups': `SELECT min(t.start_ms) FROM quarter_hours AS t WHERE ${NO_HELD_GROUP}`,
  'oldest history': `SELECT min(t.at_ms) FROM steps AS t WHERE ${NO_HELD_GROUP}`,
  'oldest callbacks': `SELECT min(coalesce(t.ended_ms, t.last_event_ms, t.first_received_ms)) FROM callbacks AS t WHERE ${NOT_HELD}`,
  'oldest quarantine': `SELECT min(t.last_received_ms) FROM quarantine AS t WHERE ${NOT_HELD}`,
  'oldest audit': 'SELECT min(at_ms) FROM audit_log WHERE $1::text IS NOT NULL',
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
