/**
 * Reads PromQL for the lints of rules and dashboards: which series an expression selects, which labels it uses, and what
 * in it Prometheus 2.42 would not take. Grafana's variables have to be replaced before.
 */
import type { SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';

export interface Matcher {
  readonly label: string;
  readonly op: '=' | '!=' | '=~' | '!~';
  readonly value: string;
}

export interface Aggregation {
  /** `sum`, `max`, `topk`, … */
  readonly op: string;
  /** `none`: neither by nor without; all labels are lost. */
  readonly grouping: 'by' | 'without' | 'none';
  readonly labels: readonly string[];
}

/** One selector of an expression. */
export interface MetricUse {
  /** Empty when the selector names no metric. */
  readonly name: string;
  readonly matchers: readonly Matcher[];
  /** Labels of the matchers. */
  readonly labels: readonly string[];
  /** Functions around it, innermost first: `rate`, `histogram_quantile`, … */
  readonly functions: readonly string[];
  /** Aggregations around it, innermost first. */
  readonly aggregations: readonly Aggregation[];
  /** `5m` of `name[5m]`, or of the innermost subquery around it; null when it is an instant. */
  readonly range: string | null;
}

/** Every selector of an expression, in the order of the text. */
export function metricsIn(expr: string): MetricUse[] {
  return all(expr, 'VectorSelector').map((selector) => metricUse(expr, selector));
}

/** Labels of `by`, `without`, `on`, `ignoring`, `group_left` and `group_right`, each once. */
export function groupingLabelsIn(expr: string): string[] {
  const labels = all(expr, 'GroupingLabels').flatMap((node) => groupingLabels(expr, node));
  return [...new Set(labels)];
}

/** Functions called, each once; aggregations are not among them. */
export function functionsIn(expr: string): string[] {
  return [...new Set(all(expr, 'FunctionIdentifier').map((node) => textOf(expr, node)))];
}

/** What of an expression cannot be read; nothing when it can. Types are not checked: promtool does that. */
export function parseErrors(expr: string): string[] {
  const errors = nodes(expr).filter((node) => node.type.isError);
  const open = all(expr, 'StringLiteral').filter((node) => !/^(["'`])[^]*\1$/.test(textOf(expr, node)));
  return [...errors, ...open].map((node) => {
    const found = expr.slice(node.from, node.from + 20);
    return `not PromQL at character ${String(node.from + 1)}: ${found === '' ? 'it ends too early' : found}`;
  });
}

/** Functions, aggregations and syntax that came after Prometheus 2.42, or went before 3.0. */
export function notInAllReleases(expr: string): string[] {
  const found = functionsIn(expr).filter((name) => !FUNCTIONS_OF_2_42.has(name));
  for (const node of nodes(expr)) {
    const text = textOf(expr, node);
    if (NEWER_SYNTAX.has(node.name)) found.push(text);
    // Until 2.54 a duration was no number; until 3.0 a number was no duration.
    else if (node.name === 'NumberDurationLiteral' && /\d(ms|[smhdwy])/.test(text)) found.push(text);
    else if (node.name === 'NumberDurationLiteralInDurationContext' && !/[smhdwy]$/.test(text)) found.push(text);
    else if (node.name === 'DurationExpr' && node.firstChild?.name !== 'NumberDurationLiteralInDurationContext')
      found.push(text);
  }
  return [...new Set(found)];
}

const NEWER_SYNTAX: ReadonlySet<string> = new Set([
  'QuotedLabelName',
  'AnchoredExpr',
  'SmoothedExpr',
  'FillModifier',
  'LimitK',
  'LimitRatio',
  'TrimUpper',
  'TrimLower',
]);

/** Those of 2.42 without the experimental histogram functions, and without holt_winters, which 3.0 renamed. */
const FUNCTIONS_OF_2_42: ReadonlySet<string> = new Set(
  `abs absent absent_over_time acos acosh asin asinh atan atanh avg_over_time ceil changes clamp clamp_max clamp_min cos
  cosh count_over_time day_of_month day_of_week day_of_year days_in_month deg delta deriv exp floor histogram_quantile
  hour idelta increase irate label_join label_replace last_over_time ln log10 log2 max_over_time min_over_time minute
  month pi predict_linear present_over_time quantile_over_time rad rate resets round scalar sgn sin sinh sort sort_desc
  sqrt stddev_over_time stdvar_over_time sum_over_time tan tanh time timestamp vector year`.split(/\s+/),
);

function metricUse(expr: string, selector: SyntaxNode): MetricUse {
  const identifier = selector.getChild('Identifier');
  const matchers = matchersOf(expr, selector);
  const functions: string[] = [];
  const aggregations: Aggregation[] = [];
  let range: string | null = null;
  for (let node = selector.parent; node !== null; node = node.parent) {
    if (node.name === 'FunctionCall') functions.push(childText(expr, node, 'FunctionIdentifier'));
    else if (node.name === 'AggregateExpr') aggregations.push(aggregation(expr, node));
    else if (node.name === 'MatrixSelector' || node.name === 'SubqueryExpr')
      range ??= childText(expr, node, 'DurationExpr');
  }
  const named = matchers.find(({ label, op }) => label === '__name__' && op === '=')?.value ?? '';
  return {
    name: identifier === null ? named : textOf(expr, identifier),
    matchers,
    labels: matchers.map(({ label }) => label),
    functions,
    aggregations,
    range,
  };
}

function matchersOf(expr: string, selector: SyntaxNode): Matcher[] {
  const list = selector.getChild('LabelMatchers');
  if (list === null) return [];
  const matchers = [...list.getChildren('UnquotedLabelMatcher'), ...list.getChildren('QuotedLabelMatcher')];
  return matchers.map((matcher) => ({
    label: childText(expr, matcher, 'LabelName') || unquoted(childText(expr, matcher, 'QuotedLabelName')),
    op: childText(expr, matcher, 'MatchOp') as Matcher['op'],
    value: unquoted(childText(expr, matcher, 'StringLiteral')),
  }));
}

function aggregation(expr: string, node: SyntaxNode): Aggregation {
  const op = childText(expr, node, 'AggregateOp');
  const modifier = node.getChild('AggregateModifier');
  const labels = modifier?.getChild('GroupingLabels');
  if (!modifier || !labels) return { op, grouping: 'none', labels: [] };
  return { op, grouping: modifier.getChild('By') ? 'by' : 'without', labels: groupingLabels(expr, labels) };
}

function groupingLabels(expr: string, node: SyntaxNode): string[] {
  const plain = node.getChildren('LabelName').map((label) => textOf(expr, label));
  return [...plain, ...node.getChildren('QuotedLabelName').map((label) => unquoted(textOf(expr, label)))];
}

function nodes(expr: string): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  parser.parse(expr).iterate({ enter: ({ node }) => void found.push(node) });
  return found;
}

const all = (expr: string, name: string) => nodes(expr).filter((node) => node.name === name);
const textOf = (expr: string, { from, to }: SyntaxNode) => expr.slice(from, to);

function childText(expr: string, node: SyntaxNode, name: string): string {
  const child = node.getChild(name);
  return child === null ? '' : textOf(expr, child);
}

const unquoted = (text: string) =>
  text.startsWith('`') ? text.slice(1, -1) : text.slice(1, -1).replace(/\\(.)/g, '$1');
