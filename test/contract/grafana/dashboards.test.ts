/** The dashboards that ship, without a server: our lint, the catalogue of metrics, Grafana's schemas, provisioning. */
import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import {
  type Dashboard,
  expressionsOf,
  isProm,
  shownPanels,
  variableExpressionsOf,
  withoutVariables,
} from '../../../grafana/lint/dashboard-model.js';
import { RULES } from '../../../grafana/lint/dashboard-rules.js';
import { groupingLabelsIn, metricsIn } from '../../../grafana/lint/promql.js';
import { UNUSED_BECAUSE } from '../../../grafana/lint/unused-metrics.js';
import { allFamilies } from '../../../scripts/metric-families.js';
import { RULES as RECORDS } from '../../support/rules.js';
import { shippedDashboards } from '../../support/dashboards.js';
import { grafanaSchema, grafanaSchemasAreHere, hasDefinition } from '../../support/grafana-schemas.js';

const ROOT = new URL('../../../', import.meta.url);
const dashboards = shippedDashboards();

describe('the dashboards', () => {
  it('are five with stable uids', () => {
    expect(dashboards.map(({ uid }) => uid)).toEqual([
      'gms-callbacks',
      'ocs-calling-lists',
      'ocs-campaign-group',
      'ocs-monitor',
      'ocs-overview',
    ]);
  });

  it.each(Object.keys(RULES) as (keyof typeof RULES)[])('keep the rule %s', (name) => {
    expect(dashboards.flatMap((dashboard) => RULES[name](dashboard, dashboards))).toEqual([]);
  });
});

/** One fault a rule has to see; each changes the text of a dashboard that is clean. */
const BROKEN: Readonly<Record<keyof typeof RULES, readonly (readonly [string, string | RegExp, string])[]>> = {
  classic: [
    ['ocs-overview', '"panels":', '"elements":{},"layout":{},"panels":'],
    ['ocs-overview', /"schemaVersion":\d+,/, ''],
  ],
  header: [['ocs-overview', '"editable":false', '"editable":true']],
  described: [
    ['ocs-overview', /"description":"Groups that dial[^"]*"/, '"description":""'],
    ['ocs-monitor', '"unit":"bytes"', '"unit":""'],
    ['ocs-overview', /"noValue":"No alert fires[^"]*"/, '"noValue":""'],
  ],
  dataSources: [
    ['ocs-overview', '"label":"Data source"', '"label":"Prometheus"'],
    ['ocs-overview', '"uid":"${infinity}"', '"uid":"abc"'],
  ],
  variables: [
    ['ocs-overview', '"refresh":2', '"refresh":1'],
    ['ocs-overview', '"allValue":".+"', '"allValue":""'],
  ],
  knownVariables: [['ocs-overview', '$overdial_limit', '$overdail_limit']],
  promql: [
    ['ocs-overview', 'max(ocs_monitor_build_info)', 'max(ocs_monitor_build_info'],
    ['ocs-overview', '${__to:date:seconds}', 'time()'],
  ],
  calm: [
    ['ocs-overview', 'or 0 * max(', 'or vector(0) * max('],
    ['ocs-overview', 'or 0 * max(', 'or on () vector(0) or 0 * max('],
    ['ocs-overview', 'or 0 * max(', 'or absent('],
  ],
  leftOut: [
    ['ocs-overview', 'All others are left out', 'So be it'],
    ['ocs-calling-lists', 'all others are left out', 'so be it'],
  ],
  legends: [
    [
      'ocs-overview',
      '"legendFormat":"{{campaign_group}} · {{source}} · {{dbid}}"',
      '"legendFormat":"{{campaign_group}}"',
    ],
    ['ocs-overview', '"titleFormat":"{{campaign_group}} · {{source}}', '"titleFormat":"{{campaign_group}}'],
    ['ocs-calling-lists', '"source":"Source"', '"source":"Where from"'],
  ],
  rates: [
    ['ocs-overview', 'rate(gms_callback_offered_total', 'max_over_time(gms_callback_offered_total'],
    ['ocs-monitor', '[$__rate_interval]', '[5m]'],
  ],
  severalReceivers: [
    ['ocs-overview', 'max without (instance, pod) (ocs_campaign_group_busy_ratio', '(ocs_campaign_group_busy_ratio'],
    ['gms-callbacks', 'sum without (instance, pod)', 'sum without (pod)'],
  ],
  api: [['ocs-overview', '"parser":"backend"', '"parser":"simple"']],
  links: [
    ['ocs-overview', '"url":"/d/ocs-monitor"', '"url":"/d/ocs-monitors"'],
    ['ocs-overview', 'var-dbid=', 'var-group='],
    ['ocs-overview', '"keepTime":true', '"keepTime":false'],
  ],
  overrides: [
    ['ocs-overview', '"displayName":"Trouble"', '"displayName":"Troubles"'],
    ['ocs-overview', '"options":"State"', '"options":"Stat"'],
    ['ocs-monitor', '"options":"/^free/"', '"options":"^free"'],
    ['gms-callbacks', '"options":"/^expected/"', '"options":"/^awaited/"'],
  ],
  cells: [
    ['ocs-overview', '"id":"noValue","value":"–"', '"id":"noValue","value":"No campaign group was heard of"'],
    ['ocs-campaign-group', /"options":"time"/, '"options":"number"'],
  ],
  durations: [
    ['ocs-campaign-group', '"unit":"s"', '"unit":"clocks"'],
    ['ocs-overview', '"id":"unit","value":"s"', '"id":"unit","value":"dtdurations"'],
    ['ocs-calling-lists', '{"id":"decimals","value":1}', '{"id":"decimals","value":0}'],
    ['gms-callbacks', '"decimals":1,"noValue":"None open', '"decimals":3,"noValue":"None open'],
  ],
  titles: [
    ['ocs-campaign-group', '"title":"Mode, optimised by"', '"title":"Dialing mode, and what it is optimised by"'],
    [
      'ocs-monitor',
      '"title":"Secrets, questions, reloads, clock"',
      '"title":"Refused secrets, too many questions, reloads"',
    ],
  ],
  grid: [
    ['ocs-overview', '"w":5', '"w":6'],
    ['ocs-overview', '"w":5', '"w":4'],
  ],
};

interface Resource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: Readonly<Record<string, unknown>>;
}

describe('the resources for Git Sync', () => {
  const folder = new URL('grafana/git-sync/ocs/', ROOT);
  const read = (name: string) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Resource;
  const names = readdirSync(folder).filter((name) => name !== '_folder.json');

  it('are the classic dashboards, each under its uid', () => {
    const unwrapped = names.map((name) => {
      const { apiVersion, kind, metadata, spec, ...more } = read(name);
      expect({ apiVersion, kind, more }).toEqual({
        apiVersion: 'dashboard.grafana.app/v1',
        kind: 'Dashboard',
        more: {},
      });
      expect(name).toBe(`${metadata.name}.json`);
      return { ...spec, uid: metadata.name };
    });
    expect(unwrapped).toEqual(dashboards);
  });

  it('have names that Kubernetes takes, and a folder with a uid of its own', () => {
    const { apiVersion, kind, metadata, spec } = read('_folder.json');
    expect({ apiVersion, kind, spec }).toEqual({
      apiVersion: 'folder.grafana.app/v1',
      kind: 'Folder',
      spec: { title: 'OCS' },
    });
    for (const name of [metadata.name, ...dashboards.map(({ uid }) => uid)])
      expect(name).toMatch(/^[a-z][a-z0-9-]{1,39}$/);
    expect(dashboards.map(({ uid }) => uid)).not.toContain(metadata.name);
  });
});

describe('the lint', () => {
  const cases = Object.entries(BROKEN).flatMap(([rule, faults]) =>
    faults.map(([uid, from, to]) => ({ rule: rule as keyof typeof RULES, uid, from, to })),
  );

  it.each(cases)('$rule sees $from become $to', ({ rule, uid, from, to }) => {
    const clean = dashboards.find((one) => one.uid === uid);
    const before = JSON.stringify(clean);
    const text = before.replace(from, () => to);
    expect(text).not.toBe(before);
    const broken = JSON.parse(text) as Dashboard;
    const all = dashboards.map((one) => (one.uid === uid ? broken : one));
    expect(RULES[rule](broken, all)).not.toEqual([]);
  });
});

interface RuleFile {
  readonly groups: readonly { readonly rules: readonly { readonly expr: string; readonly record?: string }[] }[];
}

/** What Prometheus and its client add, or what the rules record. */
const OWN_LABELS = ['instance', 'pod', 'job', 'site', 'le'];
const RECORDED = new Set(RECORDS.flatMap(({ record }) => record ?? []));
const NOT_OURS = /^(ALERTS|process_\w+|nodejs_\w+)$/;

describe('metrics', () => {
  it('and labels in every query are in the catalogue', async () => {
    const families = new Map((await allFamilies()).map((family) => [family.name, family]));
    const familyOf = (name: string) => families.get(name) ?? families.get(name.replace(/_(bucket|sum|count)$/, ''));
    const faults: string[] = [];
    for (const { where, expr } of dashboards.flatMap((one) => [...expressionsOf(one), ...variableExpressionsOf(one)])) {
      const plain = withoutVariables(expr);
      const known = new Set([
        ...OWN_LABELS,
        ...[...plain.matchAll(/label_join\(.*?\), "(\w+)"/g)].map(([, made = '']) => made),
      ]);
      for (const { name, matchers, labels } of metricsIn(plain)) {
        const some = matchers.find(({ label, op }) => label === '__name__' && op === '=~')?.value.split('|') ?? [name];
        for (const one of some.filter((metric) => !NOT_OURS.test(metric))) {
          if (RECORDED.has(one)) {
            for (const label of labels) known.add(label);
            continue;
          }
          const family = familyOf(one);
          if (!family) faults.push(`${where}: no metric ${one}`);
          for (const label of family?.labels ?? []) known.add(label);
          for (const label of labels) {
            if (family && label !== '__name__' && ![...family.labels, ...OWN_LABELS].includes(label))
              faults.push(`${where}: ${one} has no label ${label}`);
          }
        }
      }
      for (const label of groupingLabelsIn(plain))
        if (!known.has(label)) faults.push(`${where}: nothing has a label ${label}`);
    }
    expect(faults).toEqual([]);
  });

  it('of the catalogue are used by a panel or a rule, or say why not', async () => {
    const folder = new URL('grafana/prometheus/', ROOT);
    const rules = readdirSync(folder)
      .filter((name) => name.endsWith('.rules.yaml'))
      .flatMap((name) => (parse(readFileSync(new URL(name, folder), 'utf8')) as RuleFile).groups)
      .flatMap((group) => group.rules.map(({ expr }) => expr));
    const shown = dashboards.flatMap((one) => [...expressionsOf(one), ...variableExpressionsOf(one)]);
    const expressions = [...shown.map(({ expr }) => expr), ...rules];
    const used = new Set(expressions.flatMap((expr) => metricsIn(withoutVariables(expr)).map(({ name }) => name)));
    const isUsed = (name: string) =>
      [name, `${name}_bucket`, `${name}_sum`, `${name}_count`].some((one) => used.has(one));
    const names = (await allFamilies()).map(({ name }) => name);
    const faults = names
      .filter((name) => !isUsed(name) && (UNUSED_BECAUSE[name] ?? '') === '')
      .map(
        (name) =>
          `${name} is used by no panel and no rule: add it to a dashboard (grafana/src, then npm run docs) or to a rule (grafana/prometheus), say why not in grafana/lint/unused-metrics.ts, or remove it`,
      );
    const idle = Object.keys(UNUSED_BECAUSE).filter((name) => isUsed(name) || !names.includes(name));
    expect([...faults, ...idle.map((name) => `${name} is excused in unused-metrics.ts for nothing`)]).toEqual([]);
  });
});

describe.runIf(grafanaSchemasAreHere())("Grafana's JSON schemas", () => {
  it('take every dashboard', () => {
    const validate = grafanaSchema('dashboard');
    for (const dashboard of dashboards) {
      validate(dashboard);
      expect([dashboard.uid, validate.errors]).toEqual([dashboard.uid, null]);
    }
  });

  it('take the options, the fields and the queries of every panel', () => {
    const check = (name: string, definition: string | undefined, value: unknown, where: string) => {
      const validate = grafanaSchema(name, definition);
      validate(value);
      expect([where, name, definition, validate.errors]).toEqual([where, name, definition, null]);
    };
    let queries = 0;
    for (const dashboard of dashboards) {
      for (const panel of shownPanels(dashboard) as unknown as (Record<string, unknown> & { title: string })[]) {
        const type = String(panel['type']).replace('state-timeline', 'statetimeline');
        const where = `${dashboard.uid} / ${panel.title}`;
        check(type, 'Options', panel['options'], where);
        const custom = (panel['fieldConfig'] as { defaults: { custom?: unknown } }).defaults.custom;
        if (custom !== undefined && hasDefinition(type, 'FieldConfig')) check(type, 'FieldConfig', custom, where);
        for (const target of panel['targets'] as never[]) {
          if (!isProm(target)) continue;
          queries++;
          check('prometheus', undefined, target, where);
        }
      }
    }
    expect(queries).toBeGreaterThan(80);
  });

  it('refuse what is none', () => {
    const validate = grafanaSchema('dashboard');
    expect(validate({ ...dashboards[0], schemaVersion: 'x' })).toBe(false);
    expect(grafanaSchema('stat', 'Options')({ graphMode: 'nothing' })).toBe(false);
  });
});

interface Provisioned {
  readonly apiVersion: number;
  readonly datasources?: readonly {
    readonly uid: string;
    readonly type: string;
    readonly url: string;
    readonly jsonData: {
      readonly timeInterval?: string;
      readonly auth_method?: string;
      readonly allowedHosts?: string[];
    };
    readonly secureJsonData?: Readonly<Record<string, string>>;
  }[];
  readonly providers?: readonly {
    readonly type: string;
    readonly allowUiUpdates: boolean;
    readonly options: { path: string };
  }[];
}

const yaml = (path: string) => parse(readFileSync(new URL(path, ROOT), 'utf8')) as unknown;

describe('provisioning', () => {
  const { apiVersion, datasources = [] } = yaml('grafana/provisioning/datasources/ocs.yaml') as Provisioned;

  it('has a data source of each type that the dashboards let people choose', () => {
    expect(apiVersion).toBe(1);
    const wanted = new Set(
      dashboards.flatMap(({ templating }) =>
        templating.list.filter(({ type }) => type === 'datasource').map(({ query }) => query),
      ),
    );
    expect(new Set(datasources.map(({ type }) => type))).toEqual(wanted);
    expect(new Set(datasources.map(({ uid }) => uid)).size).toBe(datasources.length);
  });

  it('tells Grafana the interval at which Prometheus scrapes', () => {
    const prometheus = yaml('grafana/prometheus/scrape.yml') as { global: { scrape_interval: string } };
    const [source] = datasources.filter(({ type }) => type === 'prometheus');
    expect(source?.jsonData.timeInterval).toBe(prometheus.global.scrape_interval);
  });

  it('sends the token from the environment, and to the monitor only', () => {
    const [source] = datasources.filter(({ type }) => type !== 'prometheus');
    expect(source?.jsonData).toEqual({ auth_method: 'bearerToken', allowedHosts: [source?.url] });
    expect(source?.secureJsonData).toEqual({ bearerToken: '$OCM_READ_TOKEN' });
  });

  it('finds the dashboards and keeps people from edits that would be lost', () => {
    const { providers = [] } = yaml('grafana/provisioning/dashboards/ocs.yaml') as Provisioned;
    expect(providers).toMatchObject([{ type: 'file', allowUiUpdates: false }]);
    expect(providers[0]?.options.path).toMatch(/^\//);
  });
});
