/** Variables of the dashboards. What a site has is asked for anew with every time range. */
import {
  type DashboardBuilder,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  TextBoxVariableBuilder,
  VariableHide,
  type VariableModel,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';

type Variable = Builder<VariableModel>;

export const PROMETHEUS = { type: 'prometheus', uid: '${datasource}' } as const;
export const INFINITY = { type: 'yesoreyeram-infinity-datasource', uid: '${infinity}' } as const;

const ALL = { text: 'All', value: '$__all' };

const datasource = () => new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus');
const infinity = () =>
  new DatasourceVariableBuilder('infinity')
    .label('API')
    .description('An Infinity data source with the base URL of the monitor and a read token; tables come through it.')
    .type(INFINITY.type);

/** The two data sources that every dashboard chooses first. */
export const dataSources = (): Variable[] => [datasource(), infinity()];

function query(name: string, label: string, expr: string): QueryVariableBuilder {
  return new QueryVariableBuilder(name)
    .label(label)
    .datasource(PROMETHEUS)
    .query(expr)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalCaseInsensitiveAsc);
}

/** Several or all; `.+` for all, so that 2,000 names do not make a query of 100 kB. */
function several(name: string, label: string, expr: string): QueryVariableBuilder {
  return query(name, label, expr).multi(true).includeAll(true).allValue('.+').current(ALL);
}

/** Sources that sent campaign groups, callbacks, or both. */
const ANYTHING = '{__name__=~"ocs_campaign_group_state_code|gms_callback_records_total"';

export const source = () => several('source', 'Source', `label_values(${ANYTHING}}, source)`);
export const tenant = () => several('tenant', 'Tenant', `label_values(${ANYTHING}, source=~"$source"}, tenant)`);
export const callbackSource = () => several('source', 'Source', 'label_values(gms_callback_records_total, source)');
export const callbackTenant = () =>
  several('tenant', 'Tenant', 'label_values(gms_callback_records_total{source=~"$source"}, tenant)');
export const virtualQueue = () =>
  several(
    'virtual_queue',
    'Virtual queue',
    'label_values({__name__=~"gms_callback_finished_total|gms_callback_open", source=~"$source", tenant=~"$tenant"}, virtual_queue)',
  );
export const anySource = () => several('source', 'Source', 'label_values(ocs_monitor_notifications_total, source)');
export const instance = () => several('instance', 'Instance', 'label_values(ocs_monitor_build_info, instance)');

/** Text `name · DBID`, value the DBID: a renamed group keeps its links, equal names stay apart. */
const groups = (matchers: string, ...more: string[]) =>
  `query_result(max by (dbid, name) (label_join((last_over_time(ocs_campaign_group_info{${matchers}}[$__range:5m]) or ocs_campaign_group_info{${matchers}}), "name", " · ", ${['campaign_group', ...more, 'dbid'].map((label) => `"${label}"`).join(', ')})))`;
const GROUP_REGEX = '/dbid="(?<value>[^"]*)",\\s*name="(?<text>.*)"\\}/';

export const oneSource = () => query('source', 'Source', 'label_values(ocs_campaign_group_state_code, source)');
export const oneGroup = () => query('dbid', 'Campaign group', groups('source="$source"')).regex(GROUP_REGEX);
export const someGroups = () =>
  several('dbid', 'Campaign group', groups('source=~"$source", tenant=~"$tenant"', 'source')).regex(GROUP_REGEX);

/** The group's id in the API. */
export const groupId = () =>
  query('id', 'Id', 'label_values(ocs_campaign_group_info{source="$source", dbid="$dbid"}, id)').hide(
    VariableHide.HideVariable,
  );

function textBox(name: string, label: string, value: string, description: string): TextBoxVariableBuilder {
  return new TextBoxVariableBuilder(name).label(label).defaultValue(value).description(description);
}

export const overdialLimit = () =>
  textBox('overdial_limit', 'Overdial limit', '0.03', 'From which share on a group counts as over-dialing.');
export const shownGroups = () =>
  textBox('lanes', 'Lanes', '40', 'How many groups the timeline shows, the worst first.');
export const zone = () =>
  textBox('zone', 'Days by the clock of', 'UTC', 'A time zone like Europe/Berlin, for tables by day.');
export const tableQueue = () =>
  textBox('table_queue', 'Tables: only queue', '', 'One virtual queue for the tables below; empty for all.');

export function withVariables(dashboard: DashboardBuilder, variables: readonly Variable[]): DashboardBuilder {
  for (const variable of variables) dashboard.withVariable(variable);
  return dashboard;
}
