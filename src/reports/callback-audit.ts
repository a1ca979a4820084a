/** Holds what a table of another program has of callbacks against what is held here. Pure: what is held is handed in. */
import { type Callback, isAbandonedRecord } from '../domain/callback.js';
import type { CallbackRecord } from '../domain/callback-record.js';
import { MonitorError } from '../domain/errors.js';
import { maskNumber } from '../domain/personal-data.js';
import { pairOf } from '../gms/key-value-pairs.js';
import { needsAttachedData } from './callback-findings.js';
import { isoTime } from './rows.js';

/** An event as the table has it. */
export interface ToldEvent {
  readonly serviceId: string;
  /** When it was recorded there. */
  readonly atMs: number;
  readonly record: CallbackRecord;
  /** Name of the callback service, its template; null: not said. */
  readonly service: string | null;
  /** Mandatory keys that it lacks. */
  readonly missing: readonly string[];
}

export interface HeldService {
  readonly callback: Callback;
  readonly events: readonly { readonly record: CallbackRecord }[];
}

export interface HeldServices {
  of(serviceId: string): HeldService | null;
  /** Callbacks that were first heard of in the half-open range. */
  between(fromMs: number, toMs: number): Iterable<Callback>;
}

export interface CallbackAuditReport {
  /** Services that the table has, and of these how many are held here. */
  readonly services: number;
  readonly known: number;
  readonly from: string | null;
  readonly to: string | null;
  readonly only_there: readonly { readonly service_id: string; readonly at: string | null }[];
  readonly only_here: readonly { readonly service_id: string; readonly at: string | null }[];
  /** The begin or end of a service that both sides know, where one lacks it. */
  readonly events_missing: readonly {
    readonly service_id: string;
    readonly final: boolean;
    readonly where: 'here' | 'there';
  }[];
  readonly differing: readonly {
    readonly service_id: string;
    readonly key: string;
    readonly here: string | null;
    readonly there: string;
  }[];
  readonly missing_keys: readonly {
    readonly day: string;
    readonly template: string;
    readonly key: string;
    readonly events: number;
  }[];
  /** Accepted, or connected, and no call carries its keys; `there` null: no attached data was handed in. */
  readonly attached_data_missing: readonly {
    readonly service_id: string;
    readonly here: boolean;
    readonly there: boolean | null;
  }[];
  /** Without an end for longer than `OCM_CALLBACK_TTL`. */
  readonly open_too_long: readonly {
    readonly service_id: string;
    readonly since: string | null;
    readonly here: boolean;
    readonly there: boolean;
  }[];
  /** Entries beyond what is listed. */
  readonly left_out: number;
}

/**
 * @bound callback services that one audit compares
 * @beyond the command ends: export less at once
 * @seen the error
 */
const MAX_SERVICES = 1_000_000;
/**
 * @bound entries of each list of an audit of callbacks
 * @beyond they are counted
 * @seen `left_out` of the answer
 */
const LISTED = 10_000;
/** Two clocks, and what was on its way: at the edges of a table its other half may stand outside. */
const EDGE_MS = 60_000;

/** What the table says of a service, in one number each: when it was last alive there, and three marks. */
const [FINAL, ATTACHED, TOLD, MARKS] = [1, 2, 4, 8];

type ListName =
  | 'only_there'
  | 'only_here'
  | 'events_missing'
  | 'differing'
  | 'missing_keys'
  | 'attached_data_missing'
  | 'open_too_long';
type Lists = { readonly [K in ListName]: CallbackAuditReport[K][number][] };

export class CallbackAudit {
  readonly #held: HeldServices;
  readonly #moment: { readonly nowMs: number; readonly ttlMs: number };
  readonly #seen = new Map<string, number>();
  readonly #missing = new Map<string, number>();
  readonly #lists: Lists = {
    only_there: [],
    only_here: [],
    events_missing: [],
    differing: [],
    missing_keys: [],
    attached_data_missing: [],
    open_too_long: [],
  };
  #leftOut = 0;
  #known = 0;
  #services = 0;
  #hasAttached = false;
  #fromMs = Infinity;
  #toMs = -Infinity;

  constructor(held: HeldServices, moment: { readonly nowMs: number; readonly ttlMs: number }) {
    this.#held = held;
    this.#moment = moment;
  }

  takeEvent(told: ToldEvent): void {
    const { serviceId, atMs, record, missing } = told;
    this.#fromMs = Math.min(this.#fromMs, atMs);
    this.#toMs = Math.max(this.#toMs, atMs);
    const seen = (this.#seen.get(serviceId) ?? 0) % MARKS;
    const isFirst = (seen & TOLD) === 0;
    const aliveMs = Math.max(atMs, record.serviceStartMs ?? 0, record.nextRedialMs ?? 0);
    this.#mark(serviceId, aliveMs, TOLD | (record.finalRecord === 1 ? FINAL : 0));
    // An agent's desktop repeats the record at wrap-up, and leaves keys out.
    if ((seen & FINAL) === 0) this.#countMissing(told);
    const held = this.#held.of(serviceId);
    if (isFirst) {
      this.#services++;
      if (held === null) this.#add('only_there', { service_id: serviceId, at: isoTime(atMs) });
      else this.#known++;
    }
    // What lacks a key was refused here, too.
    if (held !== null && missing.length === 0) this.#compare(told, held);
  }

  takeAttached(serviceId: string): void {
    this.#hasAttached = true;
    this.#mark(serviceId, 0, ATTACHED);
  }

  finish(): CallbackAuditReport {
    const open = new Map<string, { sinceMs: number; here: boolean; there: boolean }>();
    for (const callback of this.#held.between(this.#fromMs + EDGE_MS, this.#toMs - EDGE_MS)) {
      if (callback.events > 0) this.#judgeHeld(callback, open);
    }
    const { nowMs, ttlMs } = this.#moment;
    for (const [serviceId, seen] of this.#seen) {
      const aliveMs = Math.floor(seen / MARKS) * 1000;
      const marks = seen % MARKS;
      if ((marks & FINAL) !== 0 || (marks & TOLD) === 0 || nowMs - aliveMs <= ttlMs) continue;
      open.set(serviceId, { sinceMs: aliveMs, here: open.get(serviceId)?.here ?? false, there: true });
    }
    for (const [service_id, { sinceMs, ...where }] of open) {
      this.#add('open_too_long', { service_id, since: isoTime(sinceMs), ...where });
    }
    for (const [name, events] of [...this.#missing].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const [day, template, key] = JSON.parse(name) as [string, string, string];
      this.#add('missing_keys', { day, template, key, events });
    }
    return {
      services: this.#services,
      known: this.#known,
      from: Number.isFinite(this.#fromMs) ? isoTime(this.#fromMs) : null,
      to: Number.isFinite(this.#toMs) ? isoTime(this.#toMs) : null,
      ...this.#lists,
      left_out: this.#leftOut,
    };
  }

  #judgeHeld(callback: Callback, open: Map<string, { sinceMs: number; here: boolean; there: boolean }>): void {
    const { serviceId: service_id } = callback;
    const seen = (this.#seen.get(service_id) ?? 0) % MARKS;
    if ((seen & TOLD) === 0) this.#add('only_here', { service_id, at: isoTime(callback.firstReceivedMs) });
    else if (callback.isFinal && (seen & FINAL) === 0) {
      this.#add('events_missing', { service_id, final: true, where: 'there' });
    }
    if (needsAttachedData(callback.record)) {
      const [here, there] = [callback.attachments > 0, this.#hasAttached ? (seen & ATTACHED) !== 0 : null];
      if (!here || there === false) this.#add('attached_data_missing', { service_id, here, there });
    }
    const { nowMs, ttlMs } = this.#moment;
    if (isAbandonedRecord(callback, nowMs, ttlMs)) {
      const sinceMs = callback.lastEventMs ?? callback.firstReceivedMs;
      open.set(service_id, { sinceMs, here: true, there: false });
    }
  }

  #mark(serviceId: string, aliveMs: number, marks: number): void {
    const before = this.#seen.get(serviceId);
    if (before === undefined && this.#seen.size >= MAX_SERVICES) {
      throw new MonitorError('OCM_USAGE', `more than ${MAX_SERVICES} services: export those of a shorter time`);
    }
    const seconds = Math.max(Math.floor((before ?? 0) / MARKS), Math.floor(aliveMs / 1000));
    this.#seen.set(serviceId, seconds * MARKS + (((before ?? 0) % MARKS) | marks));
  }

  #countMissing({ atMs, service, missing }: ToldEvent): void {
    for (const key of missing) {
      const name = JSON.stringify([new Date(atMs).toISOString().slice(0, 10), service ?? '', key]);
      if (this.#missing.size < LISTED || this.#missing.has(name)) {
        this.#missing.set(name, (this.#missing.get(name) ?? 0) + 1);
      } else this.#leftOut++;
    }
  }

  /** Against the event held that differs least, of those that may be the same. */
  #compare({ serviceId, record }: ToldEvent, { events }: HeldService): void {
    const [least] = events
      .filter((held) => mayBeSame(record, held.record))
      .map((held) => ({ held: held.record, fields: differingFields(record, held.record) }))
      .sort((a, b) => a.fields.length - b.fields.length);
    if (least === undefined) {
      this.#add('events_missing', { service_id: serviceId, final: record.finalRecord === 1, where: 'here' });
      return;
    }
    for (const field of least.fields) {
      const there = shown(field, record[field]) ?? '';
      const entry = { service_id: serviceId, key: pairOf(field).name, here: shown(field, least.held[field]), there };
      this.#add('differing', entry);
    }
  }

  #add<K extends keyof Lists>(name: K, entry: Lists[K][number]): void {
    const list = this.#lists[name] as Lists[K][number][];
    if (list.length < LISTED) list.push(entry);
    else this.#leftOut++;
  }
}

/**
 * A session ends once. Before, it may send several events, one for each thing that happens: one of another state, or that
 * says more, is another.
 */
function mayBeSame(told: CallbackRecord, held: CallbackRecord): boolean {
  const isFinal = told.finalRecord === 1;
  if ((held.finalRecord === 1) !== isFinal) return false;
  const saysMore = differingFields(told, held).some((field) => held[field] === null);
  return isFinal || (told.disposition === held.disposition && !saysMore);
}

/** Fields that an event says, and another says otherwise or not at all. */
function differingFields(told: CallbackRecord, held: CallbackRecord): (keyof CallbackRecord)[] {
  return (Object.keys(told) as (keyof CallbackRecord)[]).filter(
    (field) => field !== 'finalRecord' && told[field] !== null && told[field] !== held[field],
  );
}

/** Customers' numbers are masked. */
function shown(field: keyof CallbackRecord, value: string | number | null): string | null {
  if (value === null) return null;
  const { type, personal } = pairOf(field);
  if (personal === true) return maskNumber(String(value));
  return type === 'timestamp' ? isoTime(Number(value)) : String(value);
}

/** Whether one side has anything that the other has not, or another. */
export function isAnythingAmiss(report: CallbackAuditReport): boolean {
  return Object.values(report).some((value) => Array.isArray(value) && value.length > 0);
}
