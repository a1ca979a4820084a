/**
 * Our own writer of the Prometheus text format 0.0.4 and of OpenMetrics 1.0, for series whose label values are free text.
 * prom-client keys series by `name:value,` without escaping, so campaign names with commas and colons can merge two of them.
 */
import { createHash } from 'node:crypto';

/** What a page is written in: Prometheus's text format 0.0.4, or OpenMetrics 1.0. Samples of gauges are alike in both. */
export type PageFormat = 'text' | 'openmetrics';

/** The last line of a page of OpenMetrics: without it, it was cut off. */
export const END_OF_OPENMETRICS = '# EOF\n';

/** Labels of one series, rendered once: `{a="b",c="d"}`. */
export function renderLabels(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

/** Adds labels to rendered ones. */
export function withLabels(rendered: string, labels: Readonly<Record<string, string>>): string {
  const more = renderLabels(labels);
  if (more === '') return rendered;
  return rendered === '' ? more : `${rendered.slice(0, -1)},${more.slice(1)}`;
}

function escapeLabel(value: string): string {
  const text = value.toWellFormed();
  return NEEDS_ESCAPE.test(text) ? text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n') : text;
}

const NEEDS_ESCAPE = /["\\\n]/;

/** A number as the text format spells it. */
export function renderValue(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (value === Infinity) return '+Inf';
  return value === -Infinity ? '-Inf' : String(value);
}

export interface Described {
  /** That of its samples: a counter's ends in `_total`. */
  readonly name: string;
  readonly type: string;
  readonly help: string;
}

/** The lines that open a metric family. */
export function renderFamily({ name, type, help }: Described, format: PageFormat): string {
  const told = help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  if (format === 'text') return `# HELP ${name} ${told}\n# TYPE ${name} ${type}\n`;
  const family = openMetricsName({ name, type });
  const unit = UNITS.find((one) => family.endsWith(`_${one}`));
  const unitLine = unit === undefined ? '' : `# UNIT ${family} ${unit}\n`;
  return `# TYPE ${family} ${type}\n${unitLine}# HELP ${family} ${told.replaceAll('"', '\\"')}\n`;
}

const UNITS = ['seconds', 'bytes', 'ratio'] as const;

/** OpenMetrics calls a family of counters by what is before `_total`. */
function openMetricsName({ name, type }: Omit<Described, 'help'>): string {
  return type === 'counter' ? name.replace(/_total$/, '') : name;
}

/** Since when a counter or a histogram has counted. The text format has no line for it. */
export function renderCreated(family: Omit<Described, 'help'>, labels: string, sinceMs: number): string {
  return `${openMetricsName(family)}_created${labels} ${sinceMs / 1000}\n`;
}

/** The upper bound of a bucket. OpenMetrics wants one spelling of each number, as `%g` of Go has it, and a float's. */
export function renderBound(bound: number, format: PageFormat): string {
  if (format === 'text' || !Number.isFinite(bound)) return renderValue(bound);
  const [digits = '', power = ''] = bound.toExponential().split('e');
  const exponent = Number(power);
  if (exponent < -4 || exponent >= 6)
    return `${digits}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  return Number.isInteger(bound) ? `${bound}.0` : String(bound);
}

/**
 * Characters of a label value; longer ones are cut and marked with a hash, so that they stay distinct.
 * @bound label value
 * @beyond it is cut and marked with a hash
 * @seen the label
 */
const MAX_LABEL_LENGTH = 128;
const HASH_LENGTH = 16;
/** What a cut value looks like: a text that looks so already is cut as well, or it might be taken for another's. */
const LOOKS_CUT = /…[0-9a-f]{16}$/;

/** A free text as a label value of bounded length. */
export function boundedLabel(value: string): string {
  const text = value.toWellFormed();
  if (text.length < MAX_LABEL_LENGTH) return text;
  if (text.length === MAX_LABEL_LENGTH && !LOOKS_CUT.test(text)) return text;
  const hash = createHash('sha256').update(text).digest('hex').slice(0, HASH_LENGTH);
  return `${text.slice(0, MAX_LABEL_LENGTH - HASH_LENGTH - 1).toWellFormed()}…${hash}`;
}
