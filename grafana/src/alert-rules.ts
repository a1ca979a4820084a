/**
 * The alerts as Grafana-managed rules, for its file provisioning (Grafana 12.2 and later). Made of Prometheus's rule files:
 * the expression stands there alone. Prometheus goes on to record the series that they read.
 */
import { type Query, QueryBuilder, type Rule as ApiRule } from '@grafana/grafana-foundation-sdk/alerting';
import { TypeMathBuilder, TypeThresholdBuilder } from '@grafana/grafana-foundation-sdk/expr';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { parse, stringify } from 'yaml';
import { forGrafana } from './alert-templates.js';

/** As grafana/prometheus has them. */
interface PrometheusRule {
  readonly alert?: string;
  readonly expr: string;
  readonly for?: string;
  readonly keep_firing_for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

interface RuleFile {
  readonly groups: readonly { readonly name: string; readonly rules: readonly PrometheusRule[] }[];
}

/** As Grafana's files have them: names differ from those of its API. */
type GrafanaRule = Required<Pick<ApiRule, 'title' | 'condition' | 'for' | 'noDataState' | 'execErrState'>> & {
  readonly uid: string;
  readonly data: readonly Query[];
  readonly keepFiringFor: string;
  readonly missing_series_evals_to_resolve: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
};

/** That of grafana/provisioning/datasources/ocs.yaml. */
const PROMETHEUS = { type: 'prometheus', uid: 'prometheus' } as const;
/** Grafana evaluates at multiples of 10 s. The `for` of every alert is a multiple of this. */
const EVALUATED_EVERY_SECONDS = 30;
const EXPRESSIONS = { type: '__expr__', uid: '__expr__' } as const;
/** What the queries of each rule are called. */
const REF = { query: 'query', there: 'there', fires: 'fires' } as const;

/** The one rule that tells that Prometheus itself cannot be asked: all others would tell the same, each on its own. */
const TELLS_OF_ERRORS = 'OcsMonitorAllDown';

const HEAD = `# Written by \`npm run docs\` from grafana/prometheus: change the rules there. Mount below /etc/grafana/provisioning/alerting.
# Prometheus must go on loading all rule files, because alerts read the series that they record; give it no Alertmanager, or
# everybody is told twice.
`;

/** Path below the root to content, of the names and texts of Prometheus's rule files. */
export function alertRuleFiles(ruleFiles: Readonly<Record<string, string>>): Record<string, string> {
  const uids = new Set<string>();
  const files = Object.entries(ruleFiles).flatMap(([file, text]) => {
    const name = file.replace('.rules.yaml', '');
    // Two files may have an alert of one name, which a folder of Grafana may not.
    const folder = `OCS ${name.replaceAll('-', ' ')}`;
    const groups = (parse(text) as RuleFile).groups.flatMap(({ name: group, rules }) => {
      const alerts = rules.flatMap(({ alert, ...rule }) => (alert === undefined ? [] : [twin(alert, rule, uids)]));
      return alerts.length === 0 ? [] : [{ orgId: 1, name: group, folder, interval: EVERY, rules: alerts }];
    });
    return groups.length === 0 ? [] : [[`grafana/alerting/${name}.yaml`, HEAD + yaml({ apiVersion: 1, groups })]];
  });
  return Object.fromEntries(files) as Record<string, string>;
}

const EVERY = `${EVALUATED_EVERY_SECONDS}s`;
/** The SDK's queries have methods, which are no data. */
export const yaml = (value: unknown) =>
  stringify(JSON.parse(JSON.stringify(value)), { lineWidth: 120, aliasDuplicateObjects: false });

/**
 * No result is how these expressions say that all is well: never a state of its own. An alert whose series is gone while
 * others stand is held by the number of evaluations, one that was the last by the time; both are `keep_firing_for`.
 */
function twin(alert: string, rule: PrometheusRule, uids: Set<string>): GrafanaRule {
  const uid = uids.has(alert) ? `${alert}-2` : alert;
  uids.add(uid);
  const texts = (all: PrometheusRule['labels']) =>
    Object.fromEntries(Object.entries(all ?? {}).map(([name, text]) => [name, forGrafana(text, REF.query)]));
  const keepSeconds = seconds(rule.keep_firing_for ?? '0s');
  return {
    uid,
    title: alert,
    condition: REF.fires,
    data: queries(rule.expr),
    noDataState: 'OK',
    execErrState: alert === TELLS_OF_ERRORS ? 'Error' : 'KeepLast',
    for: rule.for ?? '0s',
    keepFiringFor: rule.keep_firing_for ?? '0s',
    missing_series_evals_to_resolve: Math.ceil(keepSeconds / EVALUATED_EVERY_SECONDS) + 1,
    labels: texts(rule.labels),
    annotations: texts(rule.annotations),
  };
}

/** Prometheus fires for every result, whatever its value; Grafana for a number that is not 0. */
function queries(expr: string): Query[] {
  const isThere = `is_number($${REF.query}) || is_nan($${REF.query}) || is_inf($${REF.query})`;
  const condition = { evaluator: { type: 'gt' as const, params: [0] } };
  const asked = new DataqueryBuilder().datasource(PROMETHEUS).expr(expr).instant().refId(REF.query);
  const there = new TypeMathBuilder().datasource(EXPRESSIONS).expression(isThere).refId(REF.there);
  const fires = new TypeThresholdBuilder().datasource(EXPRESSIONS).expression(REF.there).conditions([condition]);
  const query = new QueryBuilder(REF.query).datasourceUid(PROMETHEUS.uid).relativeTimeRange({ from: 600, to: 0 });
  return [
    query.model(asked).build(),
    new QueryBuilder(REF.there).datasourceUid(EXPRESSIONS.uid).model(there).build(),
    new QueryBuilder(REF.fires).datasourceUid(EXPRESSIONS.uid).model(fires.refId(REF.fires)).build(),
  ];
}

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

function seconds(duration: string): number {
  const [, amount = '', unit = ''] = /^(\d+)([smhd])$/.exec(duration) ?? [];
  const factor = UNITS[unit];
  if (factor === undefined) throw new Error(`${duration} is no duration of one unit`);
  return Number(amount) * factor;
}
