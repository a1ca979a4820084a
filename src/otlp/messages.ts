/**
 * What stands on a page of OpenMetrics, as requests of the OpenTelemetry protocol (OTLP 1, metrics, in JSON). Names stay as
 * they are on the page, `_total` included, so that queries and dashboards are the same whichever way the metrics came.
 */
import { type Descriptor, descriptorIn, type PageSample, sampleIn } from './page-lines.js';

export interface MessageOptions {
  /** What the metrics are of: `service.name` and the like. */
  readonly resource: Readonly<Record<string, string>>;
  readonly scopeVersion: string;
  /** When the page was made. */
  readonly atMs: number;
  /** Since when counters count that do not say it: those that stand at 0. */
  readonly sinceMs: number;
  readonly maxBytes: number;
}

/** Cumulative, as Prometheus counts. */
const CUMULATIVE = 2;
const UNITS: Readonly<Record<string, string>> = { seconds: 's', bytes: 'By', ratio: '1' };

/** The samples of one label set of a family, as far as they were read. */
interface Point {
  readonly labels: string;
  value: number;
  sinceMs: number | null;
  sum: number;
  readonly bounds: number[];
  /** Of values up to each bound; the last is of all. */
  readonly counts: number[];
}

/** Takes the lines of pages and makes requests of them, none of which is much larger than a bound. */
export class OtlpMessages {
  readonly #options: MessageOptions;
  readonly #head: string;
  #family: Descriptor = { name: '', type: '', unit: '', help: '' };
  #point: Point | null = null;
  #points: string[] = [];
  #metrics: string[] = [];
  #bytes = 0;

  constructor(options: MessageOptions) {
    this.#options = options;
    const scope = { name: 'ocs-monitor', version: options.scopeVersion };
    const resource = JSON.stringify({ attributes: attributesOf(Object.entries(options.resource)) });
    this.#head = `{"resourceMetrics":[{"resource":${resource},"scopeMetrics":[{"scope":${JSON.stringify(scope)},"metrics":[`;
  }

  /** One line of a page, without its end; returns a request when one is full. */
  take(line: string): string | null {
    if (!line.startsWith('#')) return this.#takeSample(sampleIn(line));
    const descriptor = descriptorIn(line, this.#family);
    if (descriptor === null) return null;
    const full = descriptor.name === this.#family.name ? null : this.#endFamily();
    this.#family = descriptor;
    return full;
  }

  /** What is left; null: nothing. */
  end(): string | null {
    this.#endFamily();
    return this.#request();
  }

  #takeSample({ name, labels, bound, value }: PageSample): string | null {
    const isNew = this.#point?.labels !== labels;
    const full = isNew ? this.#endPoint() : null;
    this.#point ??= { labels, value, sinceMs: null, sum: 0, bounds: [], counts: [] };
    const point = this.#point;
    const { name: family, type } = this.#family;
    if (type !== 'gauge' && name === `${family}_created`) point.sinceMs = Math.round(value * 1000);
    else if (bound === null && name === `${family}_sum`) point.sum = value;
    else if (bound === null) point.value = value;
    else {
      if (bound !== Infinity) point.bounds.push(bound);
      point.counts.push(value);
    }
    return full;
  }

  /** Puts what was read of a label set to the others of its family. */
  #endPoint(): string | null {
    const point = this.#point;
    if (point === null) return null;
    this.#point = null;
    const text = this.#pointText(point);
    this.#points.push(text);
    this.#bytes += text.length;
    if (this.#bytes < this.#options.maxBytes) return null;
    this.#closeMetric();
    return this.#request();
  }

  #pointText({ labels, value, sinceMs, sum, bounds, counts }: Point): string {
    const { type } = this.#family;
    const at = `"timeUnixNano":"${nanos(this.#options.atMs)}"`;
    const open = `{"attributes":[${attributesIn(labels)}],${at}`;
    if (type === 'gauge') return `${open},"asDouble":${double(value)}}`;
    const since = `"startTimeUnixNano":"${nanos(Math.min(sinceMs ?? this.#options.sinceMs, this.#options.atMs))}"`;
    if (type === 'counter') return `${open},${since},"asDouble":${double(value)}}`;
    const buckets = counts.map((count, at) => `"${count - (counts[at - 1] ?? 0)}"`).join(',');
    const told = `"count":"${value}","sum":${double(sum)},"explicitBounds":[${bounds.join(',')}]`;
    return `${open},${since},${told},"bucketCounts":[${buckets}]}`;
  }

  #endFamily(): string | null {
    const full = this.#endPoint();
    this.#closeMetric();
    return full;
  }

  #closeMetric(): void {
    if (this.#points.length === 0) return;
    const { name, type, unit, help } = this.#family;
    const points = `"dataPoints":[${this.#points.join(',')}]`;
    const head = JSON.stringify({
      name: type === 'counter' ? `${name}_total` : name,
      description: help,
      unit: UNITS[unit] ?? '',
    }).slice(0, -1);
    this.#bytes += head.length;
    const cumulative = `"aggregationTemporality":${CUMULATIVE}`;
    if (type === 'counter') this.#metrics.push(`${head},"sum":{${points},${cumulative},"isMonotonic":true}}`);
    else if (type === 'histogram') this.#metrics.push(`${head},"histogram":{${points},${cumulative}}}`);
    else this.#metrics.push(`${head},"gauge":{${points}}}`);
    this.#points = [];
  }

  #request(): string | null {
    if (this.#metrics.length === 0) return null;
    const request = `${this.#head}${this.#metrics.join(',')}]}]}]}`;
    this.#metrics = [];
    this.#bytes = 0;
    return request;
  }
}

function attributesOf(pairs: readonly (readonly [string, string])[]) {
  return pairs.map(([key, stringValue]) => ({ key, value: { stringValue } }));
}

/** What a page escapes, JSON escapes alike. Of control characters JSON escapes more: few names have one. */
function attributesIn(labels: string): string {
  if (!CONTROL.test(labels)) return labels.replaceAll(LABEL, '{"key":"$<name>","value":{"stringValue":"$<text>"}}');
  const pairs = [...labels.matchAll(LABEL)].map(({ groups = {} }) => {
    const { name = '', text = '' } = groups;
    return [name, text.replaceAll(/\\(.)/g, (_, letter: string) => (letter === 'n' ? '\n' : letter))] as const;
  });
  return JSON.stringify(attributesOf(pairs)).slice(1, -1);
}

const CONTROL = /[^ -\u{10ffff}]/u;
const LABEL = /(?<name>[a-zA-Z_][a-zA-Z0-9_]*)="(?<text>(?:[^"\\]|\\.)*)"/g;

/** As JSON of protocol buffers writes a double. */
function double(value: number): string {
  if (Number.isFinite(value)) return String(value);
  if (Number.isNaN(value)) return '"NaN"';
  return value > 0 ? '"Infinity"' : '"-Infinity"';
}

/** Nanoseconds are more than a number holds: text, as JSON of protocol buffers writes 64 bits. */
function nanos(ms: number): string {
  return `${Math.round(ms)}000000`;
}
