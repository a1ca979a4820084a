/**
 * Our own writer of the Prometheus text format 0.0.4, for series whose label values are free text. prom-client keys
 * series by `name:value,` without escaping, so campaign names with commas and colons can merge two of them.
 */
import { createHash } from 'node:crypto';

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

/** The lines that open a metric family. */
export function renderFamily(name: string, type: 'gauge' | 'counter' | 'histogram', help: string): string {
  return `# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n# TYPE ${name} ${type}\n`;
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
