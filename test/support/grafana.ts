/** What Grafana does with a dashboard: it resolves the variables, puts them into the queries, and asks for the data. */
import type { ApiTarget, Dashboard, PromTarget, Variable } from '../../grafana/lint/dashboard-model.js';
import { selectorOf } from '../../grafana/lint/dashboard-model.js';
import type { Prometheus, Span } from './prometheus.js';

const SCRAPE_SECONDS = 1;
const DAY_SECONDS = 86_400;

export type Values = Readonly<Record<string, string>>;

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  /** The last one of a range. */
  readonly value: number;
  /** Those that are numbers: a quantile of nothing is NaN, and shows nothing. */
  readonly samples: number;
}

export type Row = Readonly<Record<string, unknown>>;

export class Grafana {
  readonly #prometheus: Prometheus;
  readonly #api: { readonly url: string; readonly token: string };
  readonly #span: Span;

  constructor(prometheus: Prometheus, api: { readonly url: string; readonly token: string }, span: Span) {
    this.#prometheus = prometheus;
    this.#api = api;
    this.#span = span;
  }

  /** A value of every variable: what was chosen, all where that can be said, else the first there is. */
  async resolve(dashboard: Dashboard, chosen: Values = {}): Promise<Values> {
    const values: Record<string, string> = {};
    for (const variable of dashboard.templating.list) {
      if (variable.type === 'datasource') continue;
      const found = variable.type === 'query' ? await this.#options(variable, values) : [variable.query ?? ''];
      if (variable.type === 'query' && found.length === 0)
        throw new Error(`${dashboard.uid}: variable ${variable.name} has nothing to choose`);
      const first = variable.includeAll === true ? (variable.allValue ?? '') : (found[0] ?? '');
      const wanted = chosen[variable.name];
      if (wanted !== undefined && variable.type === 'query' && !found.includes(wanted))
        throw new Error(`${dashboard.uid}: ${variable.name} offers no ${wanted}, but ${found.join(', ')}`);
      values[variable.name] = wanted ?? first;
    }
    return values;
  }

  async #options({ query = '', regex = '' }: Variable, values: Values): Promise<string[]> {
    const expr = this.expand(selectorOf(query), values);
    const [, label] = /^label_values\(.*,\s*(\w+)\)$/s.exec(query) ?? [];
    if (label !== undefined) return [...(await this.#prometheus.labelValues(label, expr, this.#span))];
    const results = await this.#prometheus.query(expr, this.#span.to);
    const pattern = new RegExp(regex.replace(/^\/|\/$/g, ''));
    return results.map(({ metric, value: [at, value] }) => {
      // As Grafana writes the results of query_result down before it applies the regex.
      const labels = Object.entries(metric).map(([name, text]) => `${name}="${text}"`);
      const text = `{${labels.join(', ')}} ${value} ${String(at * 1000)}`;
      const groups = pattern.exec(text)?.groups;
      if (groups?.['value'] === undefined || groups['text'] === undefined)
        throw new Error(`${regex} takes nothing of ${text}`);
      return groups['value'];
    });
  }

  expand(text: string, values: Values, step = this.#span.step): string {
    const { from, to } = this.#span;
    const own: Values = {
      __interval: `${String(step)}s`,
      __rate_interval: `${String(Math.max(step + SCRAPE_SECONDS, 4 * SCRAPE_SECONDS))}s`,
      __range: `${String(to - from)}s`,
      '__to:date:seconds': String(to),
      '__from:date:iso': new Date(from * 1000).toISOString(),
      '__to:date:iso': new Date(to * 1000).toISOString(),
    };
    return text.replace(/\$(?:\{([\w:]+)\}|(\w+))/g, (whole, braced?: string, plain?: string) => {
      const value = { ...values, ...own }[braced ?? plain ?? ''];
      if (value === undefined) throw new Error(`nobody knows ${whole}`);
      return value;
    });
  }

  /** Series of a query, as a panel gets them. */
  async ask(target: PromTarget, values: Values): Promise<readonly Sample[]> {
    const step = target.interval === '1d' ? DAY_SECONDS : this.#span.step;
    const expr = this.expand(target.expr, values, step);
    if (target.instant === true) {
      const results = await this.#prometheus.query(expr, this.#span.to);
      return results.map(({ metric, value: [, value] }) => ({
        labels: metric,
        value: Number(value),
        samples: value === 'NaN' ? 0 : 1,
      }));
    }
    // Grafana begins at a multiple of the step.
    const from = Math.floor(this.#span.from / step) * step;
    const series = await this.#prometheus.range(expr, { from, to: this.#span.to, step });
    return series.map(({ metric, values: samples }) => ({
      labels: metric,
      value: Number(samples.at(-1)?.[1]),
      samples: samples.filter(([, value]) => value !== 'NaN').length,
    }));
  }

  /** Samples read for each step of a chart. */
  async samplesPerStep(expr: string, values: Values, steps: number): Promise<number> {
    const { to, step } = this.#span;
    const asked = this.expand(expr, values);
    const [more, less] = await Promise.all(
      [2 * steps, steps].map((some) => this.#prometheus.samplesRead(asked, { from: to - some * step, to, step })),
    );
    return ((more ?? 0) - (less ?? 0)) / steps;
  }

  /** Rows of a query of the API, as the Infinity data source gets them: below the root, a cell a column. */
  async rows(target: ApiTarget, values: Values): Promise<readonly Row[]> {
    const url = new URL(this.#api.url + this.expand(target.url, values));
    for (const { key, value } of target.url_options.params) url.searchParams.append(key, this.expand(value, values));
    const response = await fetch(url, { headers: { authorization: `Bearer ${this.#api.token}` } });
    if (response.status !== 200) throw new Error(`${url.href}: ${String(response.status)} ${await response.text()}`);
    const items = below(await response.json(), target.root_selector);
    return items.map((item) =>
      Object.fromEntries(target.columns.map(({ selector, text }) => [text, cell(item, selector, url.pathname)])),
    );
  }
}

/** `items`, or `items.#(key==value)#`: all of the items of which that is so. */
function below(answer: unknown, root: string): readonly Row[] {
  const { items } = answer as { items: readonly Row[] };
  const [, key, value] = /^items\.#\((\w+)==(\w+)\)#$/.exec(root) ?? [];
  if (key !== undefined) return items.filter((item) => String(item[key]) === value);
  if (root !== 'items') throw new Error(`no root ${root}`);
  return items;
}

/** Null is a value; a name that is not there is a fault. */
function cell(item: Row, selector: string, path: string): unknown {
  let value: unknown = item;
  for (const name of selector.split('.')) {
    if (value === null) return null;
    if (typeof value !== 'object' || !(name in value)) throw new Error(`${path} has no ${selector}`);
    value = (value as Row)[name];
  }
  return value;
}
