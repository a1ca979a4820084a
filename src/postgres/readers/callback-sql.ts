/** What is asked of callbacks. */
import { LEGACY_COLUMNS } from '../../apply/stored/legacy-row.js';
import { ABANDONED_RECORD } from '../../domain/callback.js';
import type { TimeRange } from '../../domain/store.js';
import { columnOf } from '../../gms/record-columns.js';
import { REPORTED_KEYS } from '../../reports/callback-measures.js';
import type { CallbackFilter } from '../../reports/callback-reader.js';
import { isKept } from './kept-sql.js';
import { type NamedSql, named } from './named-sql.js';

/** A queue whose name is canonically the one asked for. Most names are ASCII, which is equal or not. */
const IN_QUEUE = "(vq = @queue OR (vq ~ '[^ -~]' AND normalize(vq, NFC) = @queue))";
const OF_TENANTS = 'tenant_dbid = ANY (@tenantDbids::bigint[])';
/** What a filter's members ask of a row. */
const CONDITIONS: Partial<Record<keyof CallbackFilter, string>> = {
  source: 'source = @source',
  tenantDbids: OF_TENANTS,
  queue: IN_QUEUE,
  channel: 'channel = @channel',
  orsSession: 'ors_session_id = @orsSession',
  phoneHash: '(phone_hash = @phoneHash OR ani_hash = @phoneHash)',
  interaction:
    '(source, callback_no) IN (SELECT i.source, i.callback_no FROM callback_interactions AS i WHERE i.interaction_id = @interaction)',
};
/** None that is being forgotten. */
const KEPT = isKept('callbacks');
const IS_OPEN = '(is_final = 0 AND events > 0 AND alive_until_ms >= @aliveMs)';
const IS_DEAD = '(is_final = 0 AND alive_until_ms < @aliveMs)';

function conditionsOf(filter: CallbackFilter, range: TimeRange | null): string[] {
  const asked = Object.entries(CONDITIONS).filter(([name]) => filter[name as keyof CallbackFilter] !== null);
  const conditions = [KEPT, ...asked.map(([, condition]) => condition)];
  if (range !== null) conditions.push('first_received_ms >= @fromMs', 'first_received_ms < @toMs');
  if (filter.open !== null) conditions.push(filter.open ? IS_OPEN : `NOT ${IS_OPEN}`);
  // A callback whose session died is shown as nothing else.
  if (filter.state === ABANDONED_RECORD) conditions.push(IS_DEAD);
  else if (filter.state !== null) conditions.push('state = @state', `NOT ${IS_DEAD}`);
  return conditions;
}

/** Those that a filter says; each set of conditions finds an index of its own. */
export function heardSql(filter: CallbackFilter, range: TimeRange | null): NamedSql {
  return named(`
    SELECT * FROM callbacks
    WHERE ${['(first_received_ms, callback_no) < (@ms, @no)', ...conditionsOf(filter, range)].join(' AND ')}
    ORDER BY first_received_ms DESC, callback_no DESC LIMIT @limit`);
}

const HAS_START = `EXISTS (SELECT 1 FROM callback_events AS e
  WHERE e.source = callbacks.source AND e.callback_no = callbacks.callback_no AND coalesce(e.final_record, 0) = 0
    AND e.is_complete = 1)::int AS has_start`;

export const OF_SERVICE = named(`
  SELECT *, ${HAS_START} FROM callbacks
  WHERE service_id = @serviceId AND (@source::text IS NULL OR source = @source) AND ${KEPT}
  ORDER BY first_received_ms, callback_no LIMIT @limit`);

const partsOf = (table: string, order: string) =>
  named(`SELECT * FROM ${table} WHERE callback_no = @no ORDER BY ${order} LIMIT @limit`);

export const EVENTS = partsOf('callback_events', 'event_sequence');
export const ATTACHMENTS = partsOf('callback_attachments', 'received_ms, digest');
export const INTERACTIONS = partsOf('callback_interactions', 'first_received_ms, role');
export const NOTIFICATIONS = partsOf('callback_notifications', 'received_ms, digest');

export const FINISHED = named(`
  SELECT *, ${HAS_START} FROM callbacks
  WHERE is_final = 1 AND (ended_ms, callback_no) < (@ms, @no) AND ended_ms >= @fromMs AND ended_ms < @toMs AND ${KEPT}
    AND (@source::text IS NULL OR source = @source) AND (@tenantDbids::bigint[] IS NULL OR ${OF_TENANTS})
    AND (@queue::text IS NULL OR ${IN_QUEUE}) AND (@channel::text IS NULL OR channel = @channel)
  ORDER BY ended_ms DESC, callback_no DESC LIMIT @limit`);

export const REFUSING = named(`
  SELECT DISTINCT source FROM callbacks
  WHERE is_final = 1 AND ended_ms >= @fromMs AND ended_ms < @toMs AND ${KEPT}
    AND (offered = 1 OR abandoned_during_offer = 1) AND coalesce(accepted, 0) = 0 AND accepted_ms IS NULL`);

/** How many of a source's callbacks report each key. */
export const REPORTING = named(`
  SELECT source, ${REPORTED_KEYS.map((key) => `count(${columnOf(key)}) AS ${columnOf(key)}`).join(', ')}
  FROM callbacks WHERE is_final = 1 AND ended_ms >= @fromMs AND ended_ms < @toMs GROUP BY source`);

export const ACCEPTED_OR_OPEN = named(`
  SELECT * FROM callbacks
  WHERE ((accepted_ms >= @fromMs AND accepted_ms < @toMs) OR (is_final = 0 AND events > 0)) AND ${KEPT} LIMIT @limit`);

/** When something of a callback was received last. */
const CHANGED_MS = 'greatest(coalesce(last_event_ms, 0), coalesce(attached_received_ms, 0), coalesce(live_ms, 0))';

export const CHANGED = named(`
  SELECT * FROM callbacks WHERE ${CHANGED_MS} >= @sinceMs AND ${KEPT}
  ORDER BY ${CHANGED_MS}, callback_no LIMIT @limit`);

const LEGACY_FIELDS = Object.entries(LEGACY_COLUMNS).map(([field, column]) => `${column} AS "${field}"`);

export const LEGACY_EVENTS = named(`
  SELECT legacy_no AS no, ${LEGACY_FIELDS.join(', ')} FROM legacy_callback_events
  WHERE (at_ms, legacy_no) < (@ms, @no) AND (@source::text IS NULL OR source = @source)
    AND (@fromMs::bigint IS NULL OR at_ms >= @fromMs) AND (@toMs::bigint IS NULL OR at_ms < @toMs)
    AND ${isKept('legacy_callback_events')}
  ORDER BY at_ms DESC, legacy_no DESC LIMIT @limit`);

export const MISSING_KEYS = named(`
  SELECT day, source, service, key, events, last_received_ms AS "lastReceivedMs", last_service_id AS "lastServiceId"
  FROM callback_missing_keys
  WHERE day >= @first AND day <= least(@last, @day)
    AND (day < @day OR (source, service, key) > (@source, @service, @key))
  ORDER BY day DESC, source, service, key LIMIT @limit`);
