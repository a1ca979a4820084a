/** Callbacks on the page: counted once as they are stored, and the open ones as they stand. */
import { CALLBACK_SUB_STATES, type Callback, comparable, dispositionOf, OTHER_SUB_STATE } from '../domain/callback.js';
import type { CallbackRecord } from '../domain/callback-record.js';
import type { CallbackChange, Delivery, Receipt } from '../domain/store.js';
import { KEY_VALUE_PAIRS, MANDATORY_FIELDS, pairOf } from '../gms/key-value-pairs.js';
import type { CallbackBoard } from '../live/callback-board.js';
import { missingKeys } from '../ingest/judge-callback.js';
import { CALLBACK_EVENTS, CALLBACK_GAUGES, CALLBACK_HISTOGRAMS, type Family } from './catalogue.js';
import { boundedLabel, type PageFormat, renderFamily, renderLabels, renderValue } from './exposition.js';
import { LabelledCounter, LabelledHistogram, type SeriesOptions } from './series-table.js';

export interface CallbackMetricsOptions extends SeriesOptions {
  readonly board: CallbackBoard;
  readonly tenantName: (dbid: number | null) => string;
  readonly maxSources: number;
}

/**
 * Queues and tenants with series of their own; further ones share one.
 * @bound queues of callbacks with series
 * @beyond further ones are `other`
 * @seen the label
 */
const MAX_QUEUES = 200;
/**
 * @bound tenants of callbacks with series
 * @beyond further ones are `other`
 * @seen the label
 */
const MAX_TENANTS = 200;
/** Longer than a week: a queue that has callbacks on one day of each stays. */
const UNHEARD_MS = 8 * 86_400_000;
const OTHER = 'other';
const NOT_SAID = 'unknown';

type HistogramKey = keyof typeof CALLBACK_HISTOGRAMS;
const HISTOGRAM_KEYS = Object.keys(CALLBACK_HISTOGRAMS) as HistogramKey[];
/** Whoever chooses a time waits for it, however long a wait was announced: no broken promise. */
const SCHEDULED = comparable('SCHEDULED');
const ANNOUNCED_AND_TAKEN: ReadonlySet<HistogramKey> = new Set(['offlineWaitSeconds', 'ewtWhenOfferedSeconds']);
const DIALS = ['dial1Result', 'dial2Result', 'dial3Result', 'dial4Result', 'dial5Result'] as const;

interface Labels extends Readonly<Record<string, string>> {
  readonly source: string;
  readonly tenant: string;
  readonly virtual_queue: string;
}

export class CallbackMetrics {
  readonly #options: CallbackMetricsOptions;
  readonly #counters;
  readonly #histograms;
  readonly #sources;
  readonly #tenants = new BoundedSet(MAX_TENANTS, OTHER);
  readonly #queues = new BoundedSet(MAX_QUEUES, OTHER);
  /** Label sets with series, by when something was received of them last. */
  readonly #born = new Map<string, number>();

  constructor(options: CallbackMetricsOptions) {
    this.#options = options;
    this.#sources = new BoundedSet(options.maxSources, '(other)');
    const counter = (key: keyof typeof CALLBACK_EVENTS) => new LabelledCounter(CALLBACK_EVENTS[key], options);
    this.#counters = {
      records: counter('records'),
      duplicates: counter('duplicates'),
      missing: counter('missing'),
      offered: counter('offered'),
      accepted: counter('accepted'),
      finished: counter('finished'),
      dialAttempts: counter('dialAttempts'),
      abandoned: counter('abandoned'),
      transferFailures: counter('transferFailures'),
    };
    this.#histograms = Object.fromEntries(
      HISTOGRAM_KEYS.map((key) => [key, new LabelledHistogram(CALLBACK_HISTOGRAMS[key], options)]),
    ) as Record<HistogramKey, LabelledHistogram>;
    this.#bearMissing('default');
    for (const { source } of options.board.lastRecords()) this.#bearMissing(source);
  }

  /**
   * Series of the queues that callbacks are open in: after a restart the first record of each is an increase, and so is the
   * first that ends.
   */
  expect(nowMs: number): void {
    for (const { source, tenantDbid, queue } of this.#options.board.counts(nowMs))
      this.#bear(this.#labels(source, tenantDbid, queue), nowMs);
  }

  /** What a commit of live posts changed; replays are not for counting. */
  count(changes: readonly CallbackChange[]): void {
    for (const change of changes) {
      if (change.event === null) continue;
      const labels = this.#labelsOf(change.callback);
      this.#bear(labels, change.callback.lastEventMs ?? change.callback.firstReceivedMs);
      this.#bearOffer(offerOf(change.callback.record, labels));
      const { outcome, isFinal } = change.event;
      if (outcome === 'duplicate') this.#counters.duplicates.add(labels, 1);
      if (outcome === 'recorded') this.#counters.records.add({ ...labels, final: String(isFinal) }, 1);
      if (change.finished) this.#finish(change.callback.record, labels);
    }
  }

  /** Counts the mandatory keys that refused records lacked. */
  countRefused(receipts: readonly Receipt[], deliveries: readonly Delivery[]): void {
    receipts.forEach((receipt, index) => {
      const delivery = deliveries[index];
      if (delivery?.endpoint !== 'callback-events') return;
      const source = this.#sources.label(delivery.source);
      this.#bearMissing(source);
      for (const one of receipt.kind === 'batch' ? receipt.items : [receipt]) {
        if (one.kind !== 'quarantined') continue;
        for (const key of missingKeys(one.violations)) this.#counters.missing.add({ source, key }, 1);
      }
    });
  }

  /** Drops the series of a source. */
  dropSeries(source: string): void {
    for (const one of this.#tables()) one.dropSeries({ source });
    this.#sources.dropSeries(source);
    this.#retain((labels) => labels.source !== source);
  }

  /** Drops the series of queues that nothing was received of for long: others may have their places. */
  leave(nowMs: number): void {
    const gone = [...this.#born].filter(([, heardMs]) => nowMs - heardMs > UNHEARD_MS).map(([key]) => key);
    if (gone.length === 0) return;
    const left = new Set(gone);
    const rest = this.#retain((_, key) => !left.has(key));
    const tenants = new Set(rest.map(({ source, tenant }) => JSON.stringify([source, tenant])));
    for (const { source, tenant, virtual_queue } of gone.map(labelsIn)) {
      const isLast = !tenants.has(JSON.stringify([source, tenant]));
      for (const one of this.#tables()) one.dropSeries(isLast ? { source, tenant } : { source, tenant, virtual_queue });
    }
  }

  /** Keeps some label sets, and the places of their tenants and queues. */
  #retain(isKept: (labels: Labels, key: string) => boolean): Labels[] {
    for (const key of this.#born.keys()) if (!isKept(labelsIn(key), key)) this.#born.delete(key);
    const rest = [...this.#born.keys()].map(labelsIn);
    this.#tenants.retain(new Set(rest.map(({ tenant }) => tenant)));
    this.#queues.retain(new Set(rest.map(({ virtual_queue }) => virtual_queue)));
    return rest;
  }

  #tables() {
    return [...Object.values(this.#counters), ...Object.values(this.#histograms)];
  }

  /** The clock was set. */
  move(byMs: number): void {
    for (const one of this.#tables()) one.move(byMs);
  }

  renderEvents(format: PageFormat): string {
    return this.#tables()
      .map((one) => one.render(format))
      .join('');
  }

  renderGauges(nowMs: number, format: PageFormat): string {
    const { board } = this.#options;
    const open = new Sums();
    const oldest = new Sums();
    for (const { source, tenantDbid, queue, state, count, oldestStartMs } of board.counts(nowMs)) {
      const labels = this.#labels(source, tenantDbid, queue);
      open.add({ ...labels, state }, count, (a, b) => a + b);
      oldest.add(labels, oldestStartMs / 1000, Math.min);
    }
    const last = new Sums();
    for (const { source, tenantDbid, receivedMs } of board.lastRecords()) {
      const { source: sourceLabel, tenant } = this.#labels(source, tenantDbid, null);
      last.add({ source: sourceLabel, tenant }, receivedMs / 1000, Math.max);
    }
    const { open: openFamily, oldestOpen, lastRecord } = CALLBACK_GAUGES;
    return [open.render(openFamily, format), oldest.render(oldestOpen, format), last.render(lastRecord, format)].join(
      '',
    );
  }

  /** What the first final record of a callback says. */
  #finish(record: CallbackRecord, labels: Labels): void {
    const { state, subState } = dispositionOf(record.disposition, true);
    const offer = offerOf(record, labels);
    const counters = this.#counters;
    counters.finished.add({ ...labels, state, sub_state: subStateLabel(subState) }, 1);
    counters.offered.add(offer, record.offered === 1 ? 1 : 0);
    counters.accepted.add(offer, record.accepted === 1 || record.acceptedMs !== null ? 1 : 0);
    for (const dial of DIALS) {
      const result = record[dial];
      if (result !== null)
        counters.dialAttempts.add({ ...labels, result: closed(result, pairOf(dial).words ?? []) }, 1);
    }
    counters.abandoned.add({ ...labels, stage: 'offer' }, record.abandonedDuringOffer ?? 0);
    counters.abandoned.add({ ...labels, stage: 'waiting' }, record.abandonedWaiting ?? 0);
    counters.abandoned.add({ ...labels, stage: 'timeout' }, record.timedOutWaiting ?? 0);
    counters.transferFailures.add(labels, record.transfersFailed ?? 0);
    this.#observe(record, labels);
  }

  #observe(record: CallbackRecord, labels: Labels): void {
    const isScheduled = record.callbackType !== null && comparable(record.callbackType) === SCHEDULED;
    for (const key of HISTOGRAM_KEYS) {
      const seconds = isScheduled && ANNOUNCED_AND_TAKEN.has(key) ? null : record[key];
      if (seconds !== null) this.#histograms[key].observe(labels, seconds);
    }
  }

  /** Series of a queue begin at 0 with its first record, so that `increase()` sees the first callback that ends. */
  #bear(labels: Labels, heardMs: number): void {
    const key = JSON.stringify(labels);
    const before = this.#born.get(key);
    if (before !== undefined || this.#born.size < MAX_QUEUES * MAX_TENANTS)
      this.#born.set(key, Math.max(heardMs, before ?? heardMs));
    if (before !== undefined) return;
    for (const final of ['true', 'false']) this.#counters.records.add({ ...labels, final }, 0);
    this.#counters.duplicates.add(labels, 0);
    for (const subState of [...CALLBACK_SUB_STATES, OTHER_SUB_STATE, 'none']) {
      this.#counters.finished.add({ ...labels, state: 'COMPLETED', sub_state: subState }, 0);
    }
    for (const stage of ['offer', 'waiting', 'timeout']) this.#counters.abandoned.add({ ...labels, stage }, 0);
    this.#counters.transferFailures.add(labels, 0);
    for (const result of [...KEY_VALUE_PAIRS.dial1Result.words, OTHER]) {
      this.#counters.dialAttempts.add({ ...labels, result }, 0);
    }
  }

  /** Most callbacks say in their first record already how they were offered. */
  #bearOffer(offer: Labels): void {
    this.#counters.offered.add(offer, 0);
    this.#counters.accepted.add(offer, 0);
  }

  #bearMissing(source: string): void {
    for (const field of MANDATORY_FIELDS) this.#counters.missing.add({ source, key: pairOf(field).name }, 0);
  }

  #labelsOf({ source, record }: Callback) {
    return this.#labels(source, record.tenantDbid, record.vq);
  }

  #labels(source: string, tenantDbid: number | null, queue: string | null): Labels {
    return {
      source: this.#sources.label(source),
      tenant: this.#tenants.label(this.#options.tenantName(tenantDbid)),
      virtual_queue: queue === null ? NOT_SAID : this.#queues.label(queue),
    };
  }
}

const labelsIn = (key: string) => JSON.parse(key) as Labels;

/** Labels of what counts offers. */
function offerOf({ channel, offerTiming }: CallbackRecord, labels: Labels): Labels {
  const { channel: channels, offerTiming: timings } = KEY_VALUE_PAIRS;
  return { ...labels, channel: closed(channel, channels.words), offer_timing: closed(offerTiming, timings.words) };
}

/** The first so many distinct values as they are, the rest as one. */
class BoundedSet {
  readonly #limit: number;
  readonly #rest: string;
  readonly #known = new Set<string>();

  constructor(limit: number, rest: string) {
    this.#limit = limit;
    this.#rest = rest;
  }

  label(value: string): string {
    if (this.#known.has(value)) return value;
    if (this.#known.size >= this.#limit) return this.#rest;
    this.#known.add(value);
    return value;
  }

  /** Makes room: whoever is among the rest comes out of it with its next record. */
  dropSeries(value: string): void {
    this.#known.delete(value);
  }

  /** Makes room of all that have no series any more. */
  retain(values: ReadonlySet<string>): void {
    for (const value of this.#known) if (!values.has(value)) this.#known.delete(value);
  }
}

/** Samples of one scrape, put together where labels were bounded to the same. */
class Sums {
  readonly #values = new Map<string, number>();

  add(labels: Readonly<Record<string, string>>, value: number, join: (a: number, b: number) => number): void {
    const rendered = renderLabels(
      Object.fromEntries(Object.entries(labels).map(([name, text]) => [name, boundedLabel(text)])),
    );
    const before = this.#values.get(rendered);
    this.#values.set(rendered, before === undefined ? value : join(before, value));
  }

  render(family: Family, format: PageFormat): string {
    const lines = [...this.#values].map(([rendered, value]) => `${family.name}${rendered} ${renderValue(value)}\n`);
    return renderFamily(family, format) + lines.sort().join('');
  }
}

/** A word of an open enumeration as a closed label. */
function closed(word: string | null, words: readonly string[]): string {
  if (word === null) return NOT_SAID;
  return words.find((one) => comparable(one) === comparable(word)) ?? OTHER;
}

function subStateLabel(subState: string | null): string {
  if (subState === null) return 'none';
  return CALLBACK_SUB_STATES.find((one) => one === subState) ?? OTHER_SUB_STATE;
}
