/**
 * Our own writer of the Prometheus text format 0.0.4, for series whose label values are free text. prom-client keys
 * series by `name:value,` without escaping, so campaign names with commas and colons can merge two of them.
 */

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

/** Characters of a label value; longer ones are cut and marked with a hash, so that they stay distinct. */
const MAX_LABEL_LENGTH = 128;

/** A free text as a label value of bounded length. */
export function boundedLabel(value: string): string {
  const text = value.toWellFormed();
  if (text.length <= MAX_LABEL_LENGTH) return text;
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return `${text.slice(0, MAX_LABEL_LENGTH - 10).toWellFormed()}…${hash.toString(16).padStart(8, '0')}`;
}
