/** The alerts in Grafana's form: each is its Prometheus rule once more, and passes the same cases. */
import { Ajv } from 'ajv';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { removeFolder } from '../../support/folders.js';
import { grafanaSchema, grafanaSchemasAreHere } from '../../support/grafana-schemas.js';
import { prometheusIsHere } from '../../support/prometheus.js';
import { type Rule, RULES, RULES_FOLDER, writeSlimCases } from '../../support/rules.js';

const ROOT = new URL('../../../', import.meta.url);
const FOLDER = new URL('grafana/alerting/', ROOT);

interface Twin {
  readonly uid: string;
  readonly title: string;
  readonly condition: string;
  readonly data: readonly { readonly refId: string; readonly datasourceUid: string; readonly model: Model }[];
  readonly noDataState: string;
  readonly execErrState: string;
  readonly for: string;
  readonly keepFiringFor: string;
  readonly missing_series_evals_to_resolve: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}
type Model = Readonly<Record<string, unknown>>;

interface Route {
  readonly matchers?: readonly string[];
  readonly object_matchers?: readonly (readonly [string, string, string])[];
  readonly routes?: readonly Route[];
}

interface AlertFile {
  readonly groups: readonly { readonly interval: string; readonly folder: string; readonly rules: readonly Twin[] }[];
}

interface Notifications {
  readonly contactPoints: readonly { readonly name: string; readonly receivers: readonly object[] }[];
  readonly policies: readonly (Route & { readonly orgId: number })[];
}

const read = (file: string): unknown => parse(readFileSync(new URL(file, FOLDER), 'utf8'));
const RULE_FILES = readdirSync(FOLDER).filter((file) => file !== 'notifications.yaml');
const GROUPS = RULE_FILES.flatMap((file) => (read(file) as AlertFile).groups);
const TWINS = GROUPS.flatMap(({ rules }) => rules);
const NOTIFICATIONS = read('notifications.yaml') as Notifications;
const ALERTS = RULES.filter(({ alert }) => alert !== undefined);

/** The rule of Prometheus that a twin was made of, but for the words that templates use. */
function back({ title, for: pending, keepFiringFor, labels, annotations, data }: Twin): Rule {
  const texts = Object.entries(annotations).map(([name, text]) => [
    name,
    text.replaceAll('.Values.query.Value', '.Value'),
  ]);
  return {
    alert: title,
    expr: String(data[0]?.model['expr']),
    ...(pending !== '0s' && { for: pending }),
    ...(keepFiringFor !== '0s' && { keep_firing_for: keepFiringFor }),
    labels,
    annotations: Object.fromEntries(texts) as Record<string, string>,
  };
}

/** Two files have an alert of one name. */
const keyOf = ({ alert = '', expr }: Rule) => `${alert} ${expr}`;
/** With the words of Prometheus. */
const inWordsOfPrometheus = (text: string) =>
  text.replace(/index \.Labels "(\w+)"/g, '$labels.$1').replaceAll(/(?<=\{\{ ?)\.Value\b/g, '$value');
const seconds = (duration: string) =>
  Number.parseInt(duration, 10) * { s: 1, m: 60, h: 3600 }[duration.at(-1) as 's' | 'm' | 'h'];

describe("Grafana's form of the alerts", () => {
  it('has each rule with its expression, times, labels and texts', () => {
    const restored = TWINS.map(back).map(({ annotations, ...rule }) => ({
      ...rule,
      annotations: Object.fromEntries(
        Object.entries(annotations ?? {}).map(([name, text]) => [name, inWordsOfPrometheus(text)]),
      ),
    }));
    const inOrder = (rules: readonly Rule[]) => rules.toSorted((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
    expect(inOrder(restored)).toEqual(inOrder(ALERTS));
  });

  it('fires for every result, whatever its value, and takes none for good news', () => {
    for (const { condition, data, noDataState } of TWINS) {
      const [query, there, fires] = data;
      expect([query?.refId, there?.refId, fires?.refId, condition]).toEqual(['query', 'there', 'fires', 'fires']);
      expect(query).toMatchObject({ datasourceUid: 'prometheus', model: { instant: true, range: false } });
      expect(there?.model).toMatchObject({
        type: 'math',
        expression: 'is_number($query) || is_nan($query) || is_inf($query)',
      });
      expect(fires?.model).toMatchObject({
        ...{ type: 'threshold', expression: 'there' },
        conditions: [{ evaluator: { type: 'gt', params: [0] } }],
      });
      expect(noDataState).toBe('OK');
    }
  });

  it('tells once that Prometheus cannot be asked, and leaves every other alert as it was', () => {
    const telling = TWINS.filter(({ execErrState }) => execErrState !== 'KeepLast');
    expect(telling).toMatchObject([
      { title: 'OcsMonitorAllDown', execErrState: 'Error', labels: { severity: 'page' } },
    ]);
  });

  it('holds an alert for as long, whether its series alone is gone or all of them', () => {
    for (const { interval, rules } of GROUPS) {
      expect(seconds(interval) % 10).toBe(0);
      for (const { title, for: pending, keepFiringFor, missing_series_evals_to_resolve: evaluations } of rules) {
        expect([title, seconds(pending) % seconds(interval)]).toEqual([title, 0]);
        expect([title, (evaluations - 1) * seconds(interval)]).toEqual([title, seconds(keepFiringFor)]);
      }
    }
  });

  it('has uids that Grafana takes, one each, and asks the data source that is provisioned', () => {
    const uids = TWINS.map(({ uid }) => uid);
    expect(new Set(uids).size).toBe(uids.length);
    const titles = GROUPS.flatMap(({ folder, rules }) => rules.map(({ title }) => `${folder}/${title}`));
    expect(new Set(titles).size).toBe(titles.length);
    for (const uid of uids) expect(uid).toMatch(/^[\w-]{1,40}$/);
    const { datasources } = parse(readFileSync(new URL('grafana/provisioning/datasources/ocs.yaml', ROOT), 'utf8')) as {
      datasources: { uid: string; type: string }[];
    };
    expect(datasources).toContainEqual(expect.objectContaining({ uid: 'prometheus', type: 'prometheus' }));
  });

  it('has no $ that Grafana would take for a variable of its environment', () => {
    // What a query holds is left alone.
    const shown = (key: string, value: unknown) => (key === 'data' ? undefined : value);
    for (const twin of TWINS) expect(JSON.stringify(twin, shown)).not.toContain('$');
  });
});

describe("Grafana's form of the notifications", () => {
  const alertmanager = parse(readFileSync(new URL('grafana/alertmanager.yml', ROOT), 'utf8')) as {
    route: Route;
    receivers: { name: string }[];
  };

  it('has the route and the receivers of Alertmanager', () => {
    const restored = ({ object_matchers, routes, ...route }: Route): Route => ({
      ...route,
      ...(object_matchers && { matchers: object_matchers.map(([label, op, value]) => `${label}${op}"${value}"`) }),
      ...(routes && { routes: routes.map(restored) }),
    });
    expect(NOTIFICATIONS.policies.map(restored)).toEqual([{ orgId: 1, ...alertmanager.route }]);
    expect(NOTIFICATIONS.contactPoints.map(({ name }) => name)).toEqual(alertmanager.receivers.map(({ name }) => name));
  });
});

/** Of rule groups as Grafana's provisioning reads them, by its documentation: no package has a schema of these files. */
const GROUP_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['orgId', 'name', 'folder', 'interval', 'rules'],
  properties: {
    orgId: { type: 'integer', minimum: 1 },
    name: { type: 'string', minLength: 1 },
    folder: { type: 'string', minLength: 1 },
    interval: { $ref: '#/$defs/duration' },
    rules: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['uid', 'title', 'condition', 'data', 'for', 'noDataState', 'execErrState'],
        properties: {
          uid: { type: 'string', minLength: 1, maxLength: 40 },
          title: { type: 'string', minLength: 1, maxLength: 190 },
          condition: { type: 'string', minLength: 1 },
          data: { type: 'array', minItems: 1, items: { type: 'object' } },
          noDataState: { enum: ['OK', 'Alerting', 'NoData', 'KeepLast'] },
          execErrState: { enum: ['OK', 'Alerting', 'Error', 'KeepLast'] },
          for: { $ref: '#/$defs/duration' },
          keepFiringFor: { $ref: '#/$defs/duration' },
          missing_series_evals_to_resolve: { type: 'integer', minimum: 1 },
          labels: { $ref: '#/$defs/texts' },
          annotations: { $ref: '#/$defs/texts' },
        },
      },
    },
  },
  $defs: {
    duration: { type: 'string', pattern: '^\\d+[smhd]$' },
    texts: { type: 'object', additionalProperties: { type: 'string' } },
  },
};

describe('the files of provisioning', () => {
  it('keep to the fields that Grafana documents', () => {
    const validate = new Ajv({ allErrors: true }).compile(GROUP_SCHEMA);
    for (const group of GROUPS) {
      validate(group);
      expect(validate.errors).toBeNull();
    }
    const [group] = GROUPS;
    // The name that the API has for it is passed over by files.
    expect(validate({ ...group, rules: [{ ...group?.rules[0], keep_firing_for: '1m' }] })).toBe(false);
  });

  it.runIf(grafanaSchemasAreHere())("keep to Grafana's JSON schemas of queries, policies and contact points", () => {
    const check = (definition: string, value: unknown) => {
      const validate = grafanaSchema('alerting', definition);
      validate(value);
      expect([definition, validate.errors]).toEqual([definition, null]);
    };
    for (const { data } of TWINS) for (const query of data) check('Query', query);
    for (const { orgId, ...policy } of NOTIFICATIONS.policies) {
      expect(orgId).toBe(1);
      check('NotificationPolicy', policy);
    }
    for (const { receivers } of NOTIFICATIONS.contactPoints) for (const each of receivers) check('ContactPoint', each);
  });
});

describe.runIf(prometheusIsHere())('promtool, with the rules of Grafana in the place of ours', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ocm-twins-'));
  afterAll(() => {
    removeFolder(folder);
  });
  const twins = new Map(TWINS.map(back).map((rule) => [keyOf(rule), rule]));

  // Expressions are equal as text: these have every form of template among the texts that they expect.
  it.each(['tests/life-cycle.yaml', 'tests/monitor.yaml'])('plays %s', { timeout: 300_000 }, (file) => {
    const cases = writeSlimCases(file, folder, (rule) => twins.get(keyOf(rule)) ?? rule);
    const { status, stdout, stderr } = spawnSync('promtool', ['test', 'rules', ...cases], {
      cwd: RULES_FOLDER,
      encoding: 'utf8',
    });
    expect({ status, said: stdout + stderr }).toMatchObject({ status: 0 });
  });
});
