/** Dashboards as the lints and tests read them: the JSON that ships, not the code it was made by. */

interface DataSource {
  readonly type?: string;
  readonly uid?: string;
}

export interface PromTarget {
  readonly refId: string;
  readonly datasource?: DataSource;
  readonly expr: string;
  readonly instant?: boolean;
  readonly range?: boolean;
  readonly interval?: string;
  readonly legendFormat?: string;
}

export interface ApiTarget {
  readonly refId: string;
  readonly datasource?: DataSource;
  readonly type: string;
  readonly source: string;
  readonly parser: string;
  readonly url: string;
  readonly url_options: { readonly params: readonly { readonly key: string; readonly value: string }[] };
  readonly root_selector: string;
  readonly columns: readonly { readonly selector: string; readonly text: string; readonly type: string }[];
}

export type Target = PromTarget | ApiTarget;

interface Override {
  readonly matcher: { readonly id: string; readonly options: unknown };
  readonly properties: readonly { readonly id: string; readonly value?: unknown }[];
}

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title?: string;
  readonly description?: string;
  readonly datasource?: DataSource;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly Target[];
  readonly fieldConfig?: {
    readonly defaults: {
      readonly unit?: string;
      readonly decimals?: number;
      readonly noValue?: string;
      readonly mappings?: readonly unknown[];
    };
    readonly overrides: readonly Override[];
  };
  readonly transformations?: readonly { readonly id: string; readonly options: Readonly<Record<string, unknown>> }[];
  readonly options?: { readonly sortBy?: readonly { readonly displayName: string }[] };
}

export interface Variable {
  readonly name: string;
  readonly type: string;
  readonly label?: string;
  readonly query?: string;
  readonly regex?: string;
  readonly refresh?: number;
  readonly multi?: boolean;
  readonly includeAll?: boolean;
  readonly allValue?: string;
  readonly datasource?: DataSource;
}

export interface Annotation {
  readonly name: string;
  readonly datasource?: DataSource;
  readonly expr?: string;
  readonly step?: string;
  readonly titleFormat?: string;
  readonly target?: ApiTarget;
  readonly mappings?: Readonly<Record<string, { readonly source: string; readonly value: string }>>;
}

export interface Dashboard {
  readonly schemaVersion: number;
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly editable: boolean;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly Variable[] };
  readonly annotations: { readonly list: readonly Annotation[] };
  readonly links: readonly {
    readonly title: string;
    readonly url: string;
    readonly keepTime: boolean;
    readonly includeVars: boolean;
  }[];
}

export const isProm = (target: Target): target is PromTarget => 'expr' in target;

/** Panels that show something. */
export const shownPanels = (dashboard: Dashboard) => dashboard.panels.filter(({ type }) => type !== 'row');

export interface Expression {
  /** `uid / panel / target`. */
  readonly where: string;
  readonly expr: string;
}

/** PromQL of panels and annotations. */
export function expressionsOf(dashboard: Dashboard): Expression[] {
  const panels = shownPanels(dashboard).flatMap(({ title = '', targets = [] }) =>
    targets.filter(isProm).map(({ refId, expr }) => ({ where: `${dashboard.uid} / ${title} / ${refId}`, expr })),
  );
  const annotations = dashboard.annotations.list.flatMap(({ name, expr }) =>
    expr === undefined ? [] : [{ where: `${dashboard.uid} / annotation ${name}`, expr }],
  );
  return [...panels, ...annotations];
}

/** PromQL selectors in the queries of variables. */
export function variableExpressionsOf(dashboard: Dashboard): Expression[] {
  return dashboard.templating.list
    .filter(({ type }) => type === 'query')
    .map(({ name, query = '' }) => ({ where: `${dashboard.uid} / variable ${name}`, expr: selectorOf(query) }));
}

/** `label_values(selector, label)` and `query_result(expr)` without what Grafana puts around. */
export function selectorOf(query: string): string {
  const [, expr = ''] = /^label_values\((.*),\s*\w+\)$/s.exec(query) ?? /^query_result\((.*)\)$/s.exec(query) ?? [];
  return expr;
}

/** Names of variables that a text uses: `$name`, `${name}`, `${name:format}`. */
export function variablesIn(text: string): string[] {
  const names = [...text.matchAll(/\$(?:\{(\w+)(?::[\w:]+)?\}|(\w+))/g)].map(
    ([, braced, plain]) => braced ?? plain ?? '',
  );
  return [...new Set(names)];
}

/** PromQL with every variable replaced by something of its kind, so that it can be read. */
export function withoutVariables(expr: string): string {
  return expr
    .replace(/\$\{?__(?:rate_interval|interval|range)\}?/g, '5m')
    .replace(/\$\{?(?:overdial_limit|lanes|__to:date:seconds)\}?/g, '1')
    .replace(/\$\{?\w+\}?/g, 'x');
}
