import type { PartialRecord } from '../../gms/encode-record.js';
import type { Random } from '../random.js';
import type { CallbackScenario } from './catalogue.js';
import type { CallbackIds } from './ids.js';
import { type Customer, customer, type WaitingLine, waitingLine } from './people.js';
import type { Service } from './services.js';
import type { Ending } from './endings.js';
import type { Telling } from './telling.js';

export interface Stage {
  readonly random: Random;
  /** Wall time of the offer. */
  readonly startMs: number;
  /** The callback lives this many times as fast as real ones. */
  readonly speed: number;
  readonly ids: CallbackIds;
}

/** One callback as it happens: its clock, what is known of it so far, and what was told. */
export class Story {
  readonly service: Service;
  readonly ending: Ending;
  readonly random: Random;
  readonly ids: CallbackIds;
  readonly customer: Customer;
  readonly waitingLine: WaitingLine;
  /** Whether the strategy reports on the way, too, not only at start and end. */
  readonly isTalkative: boolean;
  readonly tellings: Telling[] = [];
  readonly #startMs: number;
  readonly #speed: number;
  #seconds = 0;
  #known: PartialRecord = {};

  constructor({ service, ending }: CallbackScenario, { random, startMs, speed, ids }: Stage) {
    this.service = service;
    this.ending = ending;
    this.random = random;
    this.ids = ids;
    this.#startMs = startMs;
    this.#speed = speed;
    this.customer = customer(random);
    this.waitingLine = waitingLine(random);
    this.isTalkative = service.traits.includes('pushes') || random.chance(0.35);
  }

  get known(): PartialRecord {
    return this.#known;
  }

  get nowMs(): number {
    return this.#startMs + Math.round((this.#seconds * 1000) / this.#speed);
  }

  /** The present as a record says it: whole seconds. */
  get stampMs(): number {
    return wholeSeconds(this.nowMs);
  }

  /** When so many seconds of a callback's life will have gone by. */
  stampInMs(seconds: number): number {
    return wholeSeconds(this.nowMs + (seconds * 1000) / this.#speed);
  }

  /** A duration of real life as one of this callback's life: at least a second. */
  compressed(seconds: number): number {
    return Math.max(1, Math.round(seconds / this.#speed));
  }

  wait(fromSeconds: number, toSeconds = fromSeconds): void {
    this.#seconds += this.random.between(fromSeconds, toSeconds);
  }

  know(fields: PartialRecord): void {
    this.#known = { ...this.#known, ...fields };
  }

  /** Tells all that is known in a UserEvent. */
  report(disposition: string | null): void {
    this.know({ disposition });
    this.tellings.push({ kind: 'event', atMs: this.nowMs, record: { ...this.#known } });
  }

  /** The same, if this strategy reports on the way. */
  reportOnTheWay(disposition: string): void {
    if (!this.isTalkative) return;
    this.report(disposition);
    this.notify('_cbe_on_callback_status_updated');
  }

  attach(interactionId: string, record: PartialRecord): void {
    this.tellings.push({ kind: 'attached', atMs: this.nowMs, interactionId, record });
  }

  notify(event: string, parameters: Readonly<Record<string, string>> = {}): void {
    if (!this.service.notifies) return;
    const always = { _service_name: this.service.name, _customer_number: this.customer.phoneNumber };
    this.tellings.push({ kind: 'notification', atMs: this.nowMs, event, parameters: { ...always, ...parameters } });
  }
}

export function wholeSeconds(ms: number): number {
  return Math.floor(ms / 1000) * 1000;
}

export function secondsBetween(fromMs: number | null | undefined, toMs: number): number {
  return Math.max(0, Math.round((toMs - (fromMs ?? toMs)) / 1000));
}
