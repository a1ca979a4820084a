/**
 * A strict reader of OpenMetrics 1.0, written from its specification (its ABNF, and what its text demands beyond that). It
 * refuses what the specification refuses, and exemplars and timestamps, which our pages have none of.
 */
import type { Sample } from './exposition.js';
import { BadPage, fail, linesIn, METRIC_NAME, type SampleLine, sampleIn, unescaped } from './sample-line.js';

export interface OpenMetricsFamily {
  readonly name: string;
  readonly type: string;
  readonly unit: string;
  readonly help: string;
  readonly samples: readonly Sample[];
}

/** What the names of a family's samples add to its own. */
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  counter: ['_total', '_created'],
  histogram: ['_bucket', '_count', '_sum', '_created'],
  gaugehistogram: ['_bucket', '_gcount', '_gsum'],
  summary: ['', '_count', '_sum', '_created'],
  info: ['_info'],
  gauge: [''],
  stateset: [''],
  unknown: [''],
};
/** In the order in which they should stand. */
const METADATA = ['TYPE', 'UNIT', 'HELP'] as const;
const DESCRIPTOR = /^# (TYPE|UNIT|HELP) ([^ ]+) (.*)$/;
/** A float, spelled as the specification wants bounds. */
const BOUND = /^(?:\+Inf|-?\d+\.\d+|-?\d(?:\.\d+)?e[+-]\d{2,})$/;

class Reading {
  readonly name: string;
  readonly metadata = new Map<string, string>();
  readonly samples: SampleLine[] = [];

  constructor(name: string) {
    this.name = name;
  }

  get type(): string {
    return this.metadata.get('TYPE') ?? 'unknown';
  }

  has(sample: string): boolean {
    return (SUFFIXES[this.type] ?? []).some((suffix) => sample === this.name + suffix);
  }
}

/** Throws `BadPage`. */
export function parseOpenMetrics(page: string | Uint8Array): OpenMetricsFamily[] {
  const lines = linesIn(page);
  if (lines.pop() !== '# EOF') fail('no end of the page');
  const read: Reading[] = [];
  for (const line of lines) readLine(line, read);
  const clashes = new Set<string>();
  for (const family of read) checkFamily(family, clashes);
  return read.map(({ name, type, metadata, samples }) => ({
    ...{ name, type, samples },
    unit: metadata.get('UNIT') ?? '',
    help: metadata.get('HELP') ?? '',
  }));
}

/** Null: it is a good page. */
export function whyNoOpenMetrics(page: string | Uint8Array): string | null {
  try {
    parseOpenMetrics(page);
    return null;
  } catch (error) {
    if (error instanceof BadPage) return error.message;
    throw error;
  }
}

function readLine(line: string, read: Reading[]): void {
  const current = read.at(-1);
  if (!line.startsWith('#')) {
    const sample = sampleIn(line);
    if (!current?.has(sample.name)) fail('a sample outside its family', line);
    else current.samples.push(sample);
    return;
  }
  const [, kind, name, value] = DESCRIPTOR.exec(line) ?? fail('a comment', line);
  if (kind === undefined || name === undefined || value === undefined || !METRIC_NAME.test(name)) fail('no name', line);
  let family = current;
  if (family?.name !== name) {
    if (read.some((one) => one.name === name)) fail('a family in two places', line);
    family = new Reading(name);
    read.push(family);
  }
  if (family.samples.length > 0) fail('metadata after samples', line);
  const order = METADATA.findIndex((one) => one === kind);
  if (METADATA.some((one, at) => at >= order && family.metadata.has(one))) fail('metadata twice or in disorder', line);
  family.metadata.set(kind, kind === 'HELP' ? helpIn(value) : value);
}

function helpIn(text: string): string {
  if (/(?<!\\)(?:\\\\)*"/.test(text)) fail('a bare quote', text);
  return text.replaceAll(/\\(.?)/g, (_, letter: string) => unescaped(letter, text));
}

function checkFamily(family: Reading, clashes: Set<string>): void {
  const { name, type, metadata } = family;
  const suffixes = SUFFIXES[type] ?? fail('no type', `${name} ${type}`);
  if (name.startsWith('_') || name.includes(':')) fail('a reserved name', name);
  for (const sample of new Set(['', ...suffixes].map((suffix) => name + suffix))) {
    if (clashes.has(sample)) fail('a name that another family may have', sample);
    clashes.add(sample);
  }
  const unit = metadata.get('UNIT') ?? '';
  if (unit !== '' && !name.endsWith(`_${unit}`)) fail('a unit that is not in the name', name);
  if (unit !== '' && (type === 'info' || type === 'stateset')) fail('a unit where there is none', name);
  for (const [key, samples] of metricsOf(family)) checkMetric(family, key, samples);
}

/** The samples of each label set; one that comes again after others is a fault. */
function metricsOf({ type, name, samples }: Reading): Map<string, SampleLine[]> {
  const own = { histogram: 'le', gaugehistogram: 'le', summary: 'quantile', stateset: name }[type];
  const metrics = new Map<string, SampleLine[]>();
  let last = '';
  for (const sample of samples) {
    const rest = sample.said.filter(([label]) => label !== own).sort(([a], [b]) => (a < b ? -1 : 1));
    const key = JSON.stringify(rest);
    const found = metrics.get(key);
    if (found !== undefined && key !== last) fail('interleaved metrics', sample.name + key);
    if (found === undefined) metrics.set(key, [sample]);
    else found.push(sample);
    last = key;
  }
  return metrics;
}

function checkMetric({ name, type }: Reading, key: string, samples: readonly SampleLine[]): void {
  const where = `${name}${key}`;
  const written = samples.map((sample) => JSON.stringify([sample.name, sample.labels]));
  if (new Set(written).size < written.length) fail('a sample twice', where);
  const valueOf = (suffix: string) => samples.find((sample) => sample.name === name + suffix)?.value;
  const created = valueOf('_created');
  if (created !== undefined && !Number.isFinite(created)) fail('no time', where);
  if (type === 'counter') {
    const total = valueOf('_total');
    if (total === undefined || Number.isNaN(total) || total < 0) fail('no total', where);
  }
  if (type === 'info' && valueOf('_info') !== 1) fail('an info that is not 1', where);
  if (type === 'stateset' && samples.some((one) => !(name in one.labels) || (one.value !== 0 && one.value !== 1)))
    fail('no state', where);
  if (type === 'histogram') checkHistogram(name, samples, where);
  if (type === 'gauge' && samples.length !== 1) fail('more than one value', where);
}

function checkHistogram(name: string, samples: readonly SampleLine[], where: string): void {
  const buckets = samples.filter((sample) => sample.name === `${name}_bucket`);
  const bounds = buckets.map(({ labels: { le = '' } }) =>
    BOUND.test(le) ? Number(le.replace('+Inf', 'Infinity')) : NaN,
  );
  if (bounds.some(Number.isNaN)) fail('no bound', where);
  if (bounds.at(-1) !== Infinity) fail('no bucket of all', where);
  if (bounds.some((bound, at) => at > 0 && bound <= (bounds[at - 1] ?? 0))) fail('bounds in disorder', where);
  if (samples.some((sample) => sample.name !== `${name}_bucket` && 'le' in sample.labels)) fail('a stray bound', where);
  const counts = buckets.map(({ value }) => value);
  if (counts.some((count, at) => !Number.isInteger(count) || count < (counts[at - 1] ?? 0))) fail('no counts', where);
  const valueOf = (suffix: string) => samples.find((sample) => sample.name === name + suffix)?.value;
  const [sum, count] = [valueOf('_sum'), valueOf('_count')];
  if (sum === undefined || Number.isNaN(sum) || sum < 0) fail('no sum', where);
  if (count !== counts.at(-1)) fail('another count than that of all', where);
}
