/** Callbacks as rows, on a connection that only sees what is committed. */
import { callbackOf } from '../../apply/stored/callback-row.js';
import {
  attachmentOf,
  finishedOf,
  heldEventOf,
  interactionOf,
  notificationOf,
} from '../../apply/stored/callback-parts.js';
import { legacyEventOf } from '../../apply/stored/legacy-row.js';
import type { Callback } from '../../domain/callback.js';
import type { CallbackRecord } from '../../domain/callback-record.js';
import { canonical } from '../../domain/folding.js';
import type { TimeRange } from '../../domain/store.js';
import { columnOf, type Stored } from '../../gms/record-columns.js';
import { REPORTED_KEYS } from '../../reports/callback-measures.js';
import type {
  AttachmentRow,
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
import type { Rows } from '../blocking/blocking-connection.js';
import {
  ACCEPTED_OR_OPEN,
  ATTACHMENTS,
  CHANGED,
  EVENTS,
  FINISHED,
  heardSql,
  INTERACTIONS,
  LEGACY_EVENTS,
  MISSING_KEYS,
  NOTIFICATIONS,
  OF_SERVICE,
  REFUSING,
  REPORTING,
} from './callback-sql.js';
import { bigints, type Values } from './named-sql.js';

export class PostgresCallbackRows implements CallbackRowReader {
  readonly #db: Rows;

  constructor(db: Rows) {
    this.#db = db;
  }

  heard(
    { filter, moment, range }: Parameters<CallbackRowReader['heard']>[0],
    before: Before,
    limit: number,
  ): HeldCallback[] {
    const aliveMs = moment.nowMs - moment.ttlMs;
    const { source, channel, orsSession, phoneHash, interaction, state } = filter;
    const asked = { source, channel, orsSession, phoneHash, interaction, state, ...listsOf(filter) };
    const values = { ...asked, ...before, ...boundsOf(range), aliveMs, limit };
    return this.#db
      .all<Stored>(heardSql(filter, range), values)
      .map((row) => ({ no: Number(row['callback_no']), callback: callbackOf(row) }));
  }

  finished(filter: FinishedFilter, range: TimeRange, before: Before, limit: number): HeldFinished[] {
    const values = { ...filter, ...listsOf(filter), ...range, ...before, limit };
    return this.#db.all<Stored>(FINISHED, values).map(heldOf);
  }

  ofService(serviceId: string, source: string | null, limit: number): HeldFinished[] {
    return this.#db.all<Stored>(OF_SERVICE, { serviceId, source, limit }).map(heldOf);
  }

  events(no: number, limit: number): HeldEvent[] {
    return this.#db.all<Stored>(EVENTS, { no, limit }).map(heldEventOf);
  }

  attachments(no: number, limit: number): AttachmentRow[] {
    return this.#db.all<Stored>(ATTACHMENTS, { no, limit }).map(attachmentOf);
  }

  interactions(no: number, limit: number): InteractionRow[] {
    return this.#db.all<Stored>(INTERACTIONS, { no, limit }).map(interactionOf);
  }

  notifications(no: number, limit: number): NotificationRow[] {
    return this.#db.all<Stored>(NOTIFICATIONS, { no, limit }).map(notificationOf);
  }

  refusingSources(range: TimeRange): string[] {
    return this.#db.all<{ source: string }>(REFUSING, { ...range }).map(({ source }) => source);
  }

  reportedKeys(range: TimeRange): ReadonlyMap<string, readonly (keyof CallbackRecord)[]> {
    const rows = this.#db.all<Stored>(REPORTING, { ...range });
    return new Map(
      rows.map((row) => [String(row['source']), REPORTED_KEYS.filter((key) => Number(row[columnOf(key)]) > 0)]),
    );
  }

  acceptedOrOpen(range: TimeRange, limit: number): Callback[] {
    return this.#db.all<Stored>(ACCEPTED_OR_OPEN, { ...range, limit }).map(callbackOf);
  }

  missingKeys(
    { first, last }: { readonly first: string; readonly last: string },
    after: AfterKey | null,
    limit: number,
  ): MissingKeyRow[] {
    return this.#db.all<MissingKeyRow>(MISSING_KEYS, { first, last, limit, ...(after ?? BEFORE_ALL_KEYS) });
  }

  legacyEvents(source: string | null, range: TimeRange | null, before: Before, limit: number) {
    const bounds = { fromMs: range?.fromMs ?? null, toMs: range?.toMs ?? null };
    return this.#db
      .all<Stored>(LEGACY_EVENTS, { source, ...before, limit, ...bounds })
      .map(({ no, ...row }) => ({ no: Number(no), event: legacyEventOf(row) }));
  }

  changed(sinceMs: number, limit: number): Callback[] {
    return this.#db.all<Stored>(CHANGED, { sinceMs, limit }).map(callbackOf);
  }
}

/** A place before every row of missing keys: no day is later. */
const BEFORE_ALL_KEYS: AfterKey = { day: '~', source: '', service: '', key: '' };

/** Members of a filter that SQL takes in another form. */
function listsOf({ tenantDbids, queue }: FinishedFilter) {
  return {
    tenantDbids: tenantDbids === null ? null : bigints(tenantDbids),
    queue: queue === null ? null : canonical(queue),
  };
}

/** Of a range that is not asked for, nothing is asked. */
function boundsOf(range: TimeRange | null): Values {
  return range === null ? {} : { fromMs: range.fromMs, toMs: range.toMs };
}

function heldOf(row: Stored): HeldFinished {
  return { no: Number(row['callback_no']), callback: finishedOf(row) };
}
