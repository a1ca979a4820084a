/** Callbacks as rows, on a connection that only sees what is committed. */
import type { Callback } from '../../domain/callback.js';
import { ABANDONED_RECORD } from '../../domain/callback.js';
import type { CallbackRecord } from '../../domain/callback-record.js';
import { canonical } from '../../domain/folding.js';
import type { TimeRange } from '../../domain/store.js';
import { columnOf, type Stored } from '../../gms/record-columns.js';
import { REPORTED_KEYS } from '../../reports/callback-measures.js';
import type {
  AttachmentRow,
  CallbackFilter,
  FinishedFilter,
  InteractionRow,
  MissingKeyRow,
  NotificationRow,
} from '../../reports/callback-reader.js';
import type {
  AfterKey,
  Before,
  CallbackRowReader,
  HeldCallback,
  HeldEvent,
  HeldFinished,
} from '../../reports/callback-row-reader.js';
import { callbackOf } from '../../apply/stored/callback-row.js';
import {
  attachmentOf,
  finishedOf,
  heldEventOf,
  interactionOf,
  notificationOf,
} from '../../apply/stored/callback-parts.js';
import type { Connection } from '../database.js';
import { LEGACY_FIELDS, legacyEventOf } from '../../apply/stored/legacy-row.js';
import { isKept } from '../removal-tables.js';

export class SqliteCallbackRows implements CallbackRowReader {
  readonly #db: Connection;
  readonly #sql;
  readonly #lists = new Map<string, ReturnType<Connection['prepare']>>();

  constructor(db: Connection) {
    this.#db = db;
    db.function('canonical', { deterministic: true, directOnly: true }, (text: unknown) => canonical(String(text)));
    this.#sql = prepare(db);
  }

  heard(
    { filter, moment, range }: Parameters<CallbackRowReader['heard']>[0],
    before: Before,
    limit: number,
  ): HeldCallback[] {
    const bound = { ...filter, ...boundOf(filter), open: null, ...before, ...rangeOf(range), limit };
    const rows = this.#list(filter, range).all({ ...bound, alive: moment.nowMs - moment.ttlMs }) as Stored[];
    return rows.map((row) => ({ no: noOf(row), callback: callbackOf(row) }));
  }

  /** The query for what a filter says: each set of conditions is prepared once, and finds an index of its own. */
  #list(filter: CallbackFilter, range: TimeRange | null): ReturnType<Connection['prepare']> {
    const conditions = conditionsOf(filter, range);
    const sql = `
      SELECT * FROM callbacks WHERE ${['(first_received_ms, callback_no) < (@ms, @no)', ...conditions].join(' AND ')}
      ORDER BY first_received_ms DESC, callback_no DESC LIMIT @limit`;
    const known = this.#lists.get(sql) ?? this.#db.prepare(sql);
    this.#lists.set(sql, known);
    return known;
  }

  finished(filter: FinishedFilter, range: TimeRange, before: Before, limit: number): HeldFinished[] {
    const bound = { ...filter, ...boundOf(filter), ...rangeOf(range), ...before, limit };
    return (this.#sql.finished.all(bound) as Stored[]).map(heldOf);
  }

  ofService(serviceId: string, source: string | null, limit: number): HeldFinished[] {
    return (this.#sql.ofService.all({ serviceId, source, limit }) as Stored[]).map(heldOf);
  }

  events(no: number, limit: number): HeldEvent[] {
    return (this.#sql.events.all(no, limit) as Stored[]).map(heldEventOf);
  }

  attachments(no: number, limit: number): AttachmentRow[] {
    return (this.#sql.attachments.all(no, limit) as Stored[]).map(attachmentOf);
  }

  interactions(no: number, limit: number): InteractionRow[] {
    return (this.#sql.interactions.all(no, limit) as Stored[]).map(interactionOf);
  }

  notifications(no: number, limit: number): NotificationRow[] {
    return (this.#sql.notifications.all(no, limit) as Stored[]).map(notificationOf);
  }

  refusingSources(range: TimeRange): string[] {
    return this.#sql.refusing.pluck().all(rangeOf(range)) as string[];
  }

  reportedKeys(range: TimeRange): ReadonlyMap<string, readonly (keyof CallbackRecord)[]> {
    return new Map((this.#sql.reporting.all(rangeOf(range)) as Stored[]).map(reportedKeysOf));
  }

  acceptedOrOpen(range: TimeRange, limit: number): Callback[] {
    return (this.#sql.acceptedOrOpen.all({ ...rangeOf(range), limit }) as Stored[]).map(callbackOf);
  }

  missingKeys(
    { first, last }: { readonly first: string; readonly last: string },
    after: AfterKey | null,
    limit: number,
  ): MissingKeyRow[] {
    return this.#sql.missingKeys.all({ first, last, limit, ...(after ?? BEFORE_ALL_KEYS) }) as MissingKeyRow[];
  }

  legacyEvents(source: string | null, range: TimeRange | null, before: Before, limit: number) {
    const bound = { source, ...before, limit, from: range?.fromMs ?? null, to: range?.toMs ?? null };
    return (this.#sql.legacyEvents.all(bound) as Stored[]).map(({ no, ...row }) => ({
      no: Number(no),
      event: legacyEventOf(row),
    }));
  }

  changed(sinceMs: number, limit: number): Callback[] {
    return (this.#sql.changed.all(sinceMs, limit) as Stored[]).map(callbackOf);
  }
}

/** A place before every row of missing keys: no day is later. */
const BEFORE_ALL_KEYS: AfterKey = { day: '~', source: '', service: '', key: '' };

/** A queue whose name is canonically the one asked for. Most names are ASCII, which is equal or not. */
const IN_QUEUE = "(vq = @queue OR (vq GLOB '*[^ -~]*' AND canonical(vq) = @queue))";
/** What a filter's members ask of a row. */
const CONDITIONS: Partial<Record<keyof CallbackFilter, string>> = {
  source: 'source = @source',
  tenantDbids: 'tenant_dbid IN (SELECT value FROM json_each(@tenantDbids))',
  queue: IN_QUEUE,
  channel: 'channel = @channel',
  orsSession: 'ors_session_id = @orsSession',
  phoneHash: '(phone_hash = @phoneHash OR ani_hash = @phoneHash)',
  interaction: 'callback_no IN (SELECT callback_no FROM callback_interactions WHERE interaction_id = @interaction)',
};
/** None that is being forgotten. */
const KEPT = isKept('callbacks');
const IS_OPEN = '(is_final = 0 AND events > 0 AND alive_until_ms >= @alive)';
const IS_DEAD = '(is_final = 0 AND alive_until_ms < @alive)';

function conditionsOf(filter: CallbackFilter, range: TimeRange | null): string[] {
  const asked = Object.entries(CONDITIONS).filter(([name]) => filter[name as keyof CallbackFilter] !== null);
  const conditions = [KEPT, ...asked.map(([, condition]) => condition)];
  if (range !== null) conditions.push('first_received_ms >= @from', 'first_received_ms < @to');
  if (filter.open !== null) conditions.push(filter.open ? IS_OPEN : `NOT ${IS_OPEN}`);
  // A callback whose session died is shown as nothing else.
  if (filter.state === ABANDONED_RECORD) conditions.push(IS_DEAD);
  else if (filter.state !== null) conditions.push('state = @state', `NOT ${IS_DEAD}`);
  return conditions;
}

/** Members of a filter that SQL takes in another form. */
function boundOf({ tenantDbids, queue }: FinishedFilter) {
  return {
    tenantDbids: tenantDbids === null ? null : JSON.stringify(tenantDbids),
    queue: queue === null ? null : canonical(queue),
  };
}

/** Of a range that is not asked for, nothing is bound. */
function rangeOf(range: TimeRange | null): { from?: number; to?: number } {
  return range === null ? {} : { from: range.fromMs, to: range.toMs };
}

/** A source, and which of the keys it reports. */
function reportedKeysOf(row: Stored): [source: string, keys: (typeof REPORTED_KEYS)[number][]] {
  return [String(row['source']), REPORTED_KEYS.filter((key) => row[columnOf(key)] === 1)];
}

function noOf(row: Stored): number {
  return Number(row['callback_no']);
}

function heldOf(row: Stored): HeldFinished {
  return { no: noOf(row), callback: finishedOf(row) };
}

/** When something of a callback was received last; as the index has it. */
const CHANGED_MS = 'max(coalesce(last_event_ms, 0), coalesce(attached_received_ms, 0), coalesce(live_ms, 0))';

function prepare(db: Connection) {
  const hasStart = `EXISTS (SELECT 1 FROM callback_events WHERE callback_events.callback_no = callbacks.callback_no
    AND coalesce(final_record, 0) = 0 AND is_complete = 1) AS has_start`;
  return {
    ofService: db.prepare(`
      SELECT *, ${hasStart} FROM callbacks WHERE service_id = @serviceId AND (@source IS NULL OR source = @source) AND ${KEPT}
      ORDER BY first_received_ms, callback_no LIMIT @limit`),
    events: db.prepare('SELECT * FROM callback_events WHERE callback_no = ? ORDER BY event_sequence LIMIT ?'),
    attachments: db.prepare(
      'SELECT * FROM callback_attachments WHERE callback_no = ? ORDER BY received_ms, attachment_no LIMIT ?',
    ),
    interactions: db.prepare(
      'SELECT * FROM callback_interactions WHERE callback_no = ? ORDER BY first_received_ms, role LIMIT ?',
    ),
    notifications: db.prepare(
      'SELECT * FROM callback_notifications WHERE callback_no = ? ORDER BY received_ms, notification_no LIMIT ?',
    ),
    finished: db.prepare(`
      SELECT *, ${hasStart} FROM callbacks
      WHERE is_final = 1 AND (ended_ms, callback_no) < (@ms, @no) AND ended_ms >= @from AND ended_ms < @to AND ${KEPT}
        AND (@source IS NULL OR source = @source) AND (@tenantDbids IS NULL OR tenant_dbid IN (SELECT value FROM json_each(@tenantDbids)))
        AND (@queue IS NULL OR ${IN_QUEUE}) AND (@channel IS NULL OR channel = @channel)
      ORDER BY ended_ms DESC, callback_no DESC LIMIT @limit`),
    refusing: db.prepare(`
      SELECT DISTINCT source FROM callbacks
      WHERE is_final = 1 AND ended_ms >= @from AND ended_ms < @to AND ${KEPT}
        AND (offered = 1 OR abandoned_during_offer = 1) AND coalesce(accepted, 0) = 0 AND accepted_ms IS NULL`),
    reporting: db.prepare(`
      SELECT source, ${REPORTED_KEYS.map((key) => `max(${columnOf(key)} IS NOT NULL) AS ${columnOf(key)}`).join(', ')}
      FROM callbacks WHERE is_final = 1 AND ended_ms >= @from AND ended_ms < @to GROUP BY source`),
    acceptedOrOpen: db.prepare(`
      SELECT * FROM callbacks
      WHERE ((accepted_ms >= @from AND accepted_ms < @to) OR (is_final = 0 AND events > 0)) AND ${KEPT} LIMIT @limit`),
    changed: db.prepare(`
      SELECT * FROM callbacks WHERE ${CHANGED_MS} >= ? AND ${KEPT} ORDER BY ${CHANGED_MS}, callback_no LIMIT ?`),
    legacyEvents: db.prepare(`
      SELECT legacy_no AS no, ${LEGACY_FIELDS} FROM legacy_callback_events
      WHERE (at_ms, legacy_no) < (@ms, @no) AND (@source IS NULL OR source = @source)
        AND (@from IS NULL OR at_ms >= @from) AND (@to IS NULL OR at_ms < @to) AND ${isKept('legacy_callback_events')}
      ORDER BY at_ms DESC, legacy_no DESC LIMIT @limit`),
    missingKeys: db.prepare(`
      SELECT day, source, service, key, events, last_received_ms AS lastReceivedMs, last_service_id AS lastServiceId
      FROM callback_missing_keys
      WHERE day >= @first AND day <= min(@last, @day)
        AND (day < @day OR (source, service, key) > (@source, @service, @key))
      ORDER BY day DESC, source, service, key LIMIT @limit`),
  };
}
