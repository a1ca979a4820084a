/**
 * Compares the user events that ICON says arrived on a DN with the callback events that are held, one to one by time, and adds
 * up by clock hour what ICON says of its own records.
 */
import { MonitorError } from '../../domain/errors.js';
import { ownText } from '../../domain/own-text.js';
import type { TimeRange } from '../../domain/store.js';
import { align, NOBODY } from '../ocs-log/align.js';
import { Coverage } from '../ocs-log/coverage.js';
import { piecesOf } from './arrival-pieces.js';
import type { IconEntry } from './icon-log-reader.js';
import { QueueTally } from './queue-tally.js';

const HOUR_MS = 3_600_000;
/**
 * @bound user events in the ICON logs of an audit
 * @beyond the audit ends, and says so
 * @seen the answer
 */
const MAX_ARRIVALS = 5_000_000;
/**
 * @bound missing events that an audit of an ICON log names
 * @beyond further ones are only counted
 * @seen `left_out` of the answer
 */
const MISSING_KEPT = 100_000;
/**
 * @bound DNs that an audit of an ICON log names
 * @beyond further ones are counted together
 * @seen `dns` of the answer
 */
const MAX_DNS = 100;
const OTHER_DNS = '(others)';

export interface IconAuditSettings {
  /** The DN on which callbacks report; null: whatever DN a user event arrived on. */
  readonly dn: string | null;
  readonly toleranceMs: number;
  /** Since when callback events are kept; -Infinity: since ever. */
  readonly keptSinceMs: number;
}

/** When callback events of a source were received, in order. */
export type HeldEvents = (range: TimeRange) => Iterable<number>;

export interface IconHour {
  readonly hourMs: number;
  readonly arrivals: number;
  readonly received: number;
  readonly unexpected: number;
  readonly queuedRecords: number;
  readonly writtenRecords: number;
}

export interface IconCompared {
  readonly arrivals: number;
  readonly received: number;
  /** When those arrived at ICON that are not held, in order; of very many the first. */
  readonly missing: readonly number[];
  readonly missingCount: number;
  /** Held within the time of the log, and told by no line of it. */
  readonly unexpected: number;
  /** Arrivals older than callback events are kept: nobody can tell any more. */
  readonly beforeHorizon: number;
  readonly dns: readonly { readonly dn: string; readonly count: number }[];
  readonly queues: ReturnType<QueueTally['counts']>;
  readonly hours: readonly IconHour[];
  readonly fromMs: number | null;
  readonly toMs: number | null;
}

type Tally = { -readonly [K in keyof Omit<IconHour, 'hourMs'>]: number };

export class IconAudit {
  readonly #settings: IconAuditSettings;
  readonly #coverage = new Coverage();
  readonly #arrivals: number[] = [];
  readonly #dns = new Map<string, number>();
  readonly #queues = new QueueTally();
  readonly #hours = new Map<number, Tally>();
  #beforeHorizon = 0;

  constructor(settings: IconAuditSettings) {
    this.#settings = settings;
  }

  /** To be told of every line that says a time. */
  cover(atMs: number): void {
    this.#coverage.line(atMs);
  }

  take(entry: IconEntry): void {
    const { atMs } = entry;
    if (entry.message !== 'arrival') {
      const records = this.#queues.take(entry);
      if (entry.message === 'queued') this.#hour(atMs).queuedRecords += records;
      if (entry.message === 'written') this.#hour(atMs).writtenRecords += records;
      return;
    }
    this.#countDn(entry.dn);
    if (this.#settings.dn !== null && entry.dn.toLowerCase() !== this.#settings.dn.toLowerCase()) return;
    this.#coverage.notification(atMs);
    if (atMs < this.#settings.keptSinceMs) this.#beforeHorizon++;
    else this.#arrivals.push(atMs);
    if (this.#arrivals.length > MAX_ARRIVALS) {
      const message = `more than ${MAX_ARRIVALS} user events: give fewer files at once, or the DN of callbacks with --dn`;
      throw new MonitorError('OCM_USAGE', message);
    }
  }

  finish(held: HeldEvents): IconCompared {
    const { toleranceMs } = this.#settings;
    const arrivals = Float64Array.from(this.#arrivals).sort();
    const { firstMs, lastMs } = this.#coverage;
    const [fromMs, toMs] = [arrivals[0] ?? 0, arrivals.at(-1) ?? -1];
    const around = arrivals.length === 0 ? [] : held({ fromMs: fromMs - toleranceMs, toMs: toMs + toleranceMs + 1 });
    const compared = { received: 0, missing: [] as number[], missingCount: 0, unexpected: 0 };
    for (const piece of piecesOf(arrivals, around, toleranceMs)) {
      const [sent, have] = [timed(piece.arrivals), timed(piece.held)];
      const partners = align(sent, have, toleranceMs);
      const taken = new Set(partners);
      partners.forEach((partner, index) => {
        const atMs = piece.arrivals[index] ?? 0;
        const hour = this.#hour(atMs);
        hour.arrivals++;
        if (partner !== NOBODY) {
          hour.received++;
          compared.received++;
        } else if (++compared.missingCount <= MISSING_KEPT) compared.missing.push(atMs);
      });
      piece.held.forEach((atMs, index) => {
        if (taken.has(index) || atMs < fromMs || atMs > toMs || !this.#coverage.has(atMs)) return;
        this.#hour(atMs).unexpected++;
        compared.unexpected++;
      });
    }
    return {
      ...compared,
      arrivals: arrivals.length,
      beforeHorizon: this.#beforeHorizon,
      dns: [...this.#dns].map(([dn, count]) => ({ dn, count })).sort((a, b) => b.count - a.count),
      queues: this.#queues.counts(),
      hours: [...this.#hours].map(([hourMs, tally]) => ({ hourMs, ...tally })).sort((a, b) => a.hourMs - b.hourMs),
      fromMs: firstMs,
      toMs: lastMs,
    };
  }

  #countDn(dn: string): void {
    const known = this.#dns.get(dn);
    if (known !== undefined) this.#dns.set(dn, known + 1);
    else if (this.#dns.size < MAX_DNS) this.#dns.set(ownText(dn), 1);
    else this.#dns.set(OTHER_DNS, (this.#dns.get(OTHER_DNS) ?? 0) + 1);
  }

  #hour(atMs: number): Tally {
    const hourMs = Math.floor(atMs / HOUR_MS) * HOUR_MS;
    const known = this.#hours.get(hourMs);
    if (known !== undefined) return known;
    const tally = { arrivals: 0, received: 0, unexpected: 0, queuedRecords: 0, writtenRecords: 0 };
    this.#hours.set(hourMs, tally);
    return tally;
  }
}

function timed(times: readonly number[]) {
  return times.map((atMs) => ({ atMs, kind: null }));
}
