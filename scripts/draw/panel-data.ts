/** What Grafana's data sources would give each panel: frames, of a real Prometheus and the real API. */
import { isProm, type Dashboard, type Panel, type PromTarget } from '../../grafana/lint/dashboard-model.js';
import type { Grafana, Row, Values } from '../../test/support/grafana.js';
import type { Prometheus, Span } from '../../test/support/prometheus.js';

interface Field {
  readonly name: string;
  readonly type: 'time' | 'number' | 'string' | 'boolean';
  readonly values: readonly unknown[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly config?: Readonly<Record<string, unknown>>;
}

export interface Frame {
  readonly refId: string;
  readonly fields: readonly Field[];
}

export interface DrawnPanel {
  readonly panel: Panel;
  readonly frames: readonly Frame[];
}

export interface DrawnDashboard {
  readonly uid: string;
  readonly title: string;
  readonly values: Values;
  readonly span: Span;
  readonly panels: readonly DrawnPanel[];
}

export interface Sources {
  readonly prometheus: Prometheus;
  readonly grafana: Grafana;
  readonly span: Span;
}

/** `chosen`: variables that are not those that stand first. */
export async function drawn(dashboard: Dashboard, sources: Sources, chosen: Values): Promise<DrawnDashboard> {
  const values = await sources.grafana.resolve(dashboard, chosen);
  const panels = dashboard.panels.map(async (panel) => ({ panel, frames: await framesOf(panel, values, sources) }));
  const { uid, title } = dashboard;
  return { uid, title, values, span: sources.span, panels: await Promise.all(panels) };
}

async function framesOf({ targets = [] }: Panel, values: Values, sources: Sources): Promise<Frame[]> {
  const frames = targets.map(async (target) => {
    if (!isProm(target)) return [ofRows(target.refId, target.columns, await sources.grafana.rows(target, values))];
    if (isTable(target)) return [await ofTable(target, targets.length === 1, values, sources)];
    return target.instant === true ? atTheEnd(target, values, sources) : overTheRange(target, values, sources);
  });
  return (await Promise.all(frames)).flat().filter(({ fields }) => (fields[0]?.values.length ?? 0) > 0);
}

const isTable = (target: PromTarget) => (target as { format?: string }).format === 'table';
const number = (text: string) => (text === 'NaN' ? null : Number(text));

async function overTheRange(target: PromTarget, values: Values, { prometheus, grafana, span }: Sources) {
  const step = target.interval === '1d' ? 86_400 : span.step;
  const expr = grafana.expand(target.expr, values, step);
  const from = Math.floor(span.from / step) * step;
  const series = await prometheus.range(expr, { from, to: span.to, step });
  return series.map(({ metric, values: samples }) => seriesFrame(target, metric, samples));
}

async function atTheEnd(target: PromTarget, values: Values, { prometheus, grafana, span }: Sources) {
  const results = await prometheus.query(grafana.expand(target.expr, values), span.to);
  return results.map(({ metric, value }) => seriesFrame(target, metric, [value]));
}

function seriesFrame(
  { refId, legendFormat = '' }: PromTarget,
  labels: Readonly<Record<string, string>>,
  samples: readonly (readonly [number, string])[],
): Frame {
  const all = Object.entries(labels).map(([name, value]) => `${name}="${value}"`);
  const name =
    legendFormat === ''
      ? `{${all.join(', ')}}`
      : legendFormat.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, label: string) => labels[label] ?? '');
  return {
    refId,
    fields: [
      { name: 'Time', type: 'time', values: samples.map(([at]) => at * 1000) },
      {
        ...{ name: 'Value', type: 'number', labels, config: { displayNameFromDS: name } },
        values: samples.map(([, value]) => number(value)),
      },
    ],
  };
}

/** Format `table`: one frame a query, a column per label. */
async function ofTable(target: PromTarget, isOne: boolean, values: Values, { prometheus, grafana, span }: Sources) {
  const results = await prometheus.query(grafana.expand(target.expr, values), span.to);
  const labels = [...new Set(results.flatMap(({ metric }) => Object.keys(metric)))].sort();
  const fields: Field[] = [
    { name: 'Time', type: 'time', values: results.map(() => span.to * 1000) },
    ...labels.map((name): Field => ({ name, type: 'string', values: results.map(({ metric }) => metric[name] ?? '') })),
    {
      ...{ name: isOne ? 'Value' : `Value #${target.refId}`, type: 'number' },
      values: results.map(({ value: [, value] }) => number(value)),
    },
  ];
  return { refId: target.refId, fields };
}

function ofRows(
  refId: string,
  columns: readonly { readonly text: string; readonly type: string }[],
  rows: readonly Row[],
): Frame {
  const fields = columns.map(({ text, type }): Field => {
    const values = rows.map((row) => row[text] ?? null);
    if (type === 'timestamp') return { name: text, type: 'time', values: values.map(moment) };
    return { name: text, type: type === 'number' || type === 'boolean' ? type : 'string', values };
  });
  return { refId, fields };
}

const moment = (value: unknown) => (typeof value === 'string' ? Date.parse(value) : value);
