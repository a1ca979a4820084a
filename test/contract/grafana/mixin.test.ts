/** The mixin, rendered by jsonnet: equal to the files that ship, and other than those where _config says so. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { beforeAll, describe, expect, it } from 'vitest';
import { RULE_FILES, RULES, RULES_FOLDER } from '../../support/rules.js';
import { toolIsHere } from '../../support/tools.js';

const GRAFANA = new URL('../../../grafana/', import.meta.url);

interface Group {
  readonly name: string;
  readonly rules: readonly { readonly expr: string; readonly record?: string; readonly annotations?: object }[];
}
type Rendered = Readonly<Record<string, unknown>> & Readonly<Record<'alerts.json' | 'rules.json', { groups: Group[] }>>;

function jsonnet(...args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync('jsonnet', [...args, 'mixin/files.jsonnet'], { cwd: GRAFANA, encoding: 'utf8', maxBuffer: 1e8 });
}
const render = (...args: readonly string[]) => JSON.parse(jsonnet(...args).stdout) as Rendered;
const groupsOf = (rendered: Rendered) => [...rendered['alerts.json'].groups, ...rendered['rules.json'].groups];
/** Debian's jsonnet folds lines of YAML that are indented further, which others keep apart: the same PromQL. */
const folded = (groups: readonly Group[]) =>
  groups.map((group) => ({
    ...group,
    rules: group.rules.map(({ expr, ...rule }) => ({ ...rule, expr: oneLine(expr) })),
  }));
const oneLine = (expr: string) => expr.replace(/\s+/g, ' ');

describe.runIf(toolIsHere('jsonnet', 'jsonnet'))('the mixin', () => {
  let shipped: Rendered;
  beforeAll(() => {
    shipped = render();
  });

  it('has every dashboard, byte for byte as it ships once its numbers are written as JavaScript writes them', () => {
    const dashboards = Object.entries(shipped).filter(([name]) => name !== 'alerts.json' && name !== 'rules.json');
    expect(dashboards).toHaveLength(5);
    for (const [name, dashboard] of dashboards)
      expect(`${JSON.stringify(dashboard, null, 2)}\n`).toBe(
        readFileSync(new URL(`dashboards/${name}`, GRAFANA), 'utf8'),
      );
  });

  it('has every rule as it ships, alerts and records apart', () => {
    const groups = RULE_FILES.flatMap(
      (file) => (parse(readFileSync(new URL(file, RULES_FOLDER), 'utf8')) as { groups: Group[] }).groups,
    );
    const byName = (all: readonly Group[]) => Object.fromEntries(folded(all).map((group) => [group.name, group]));
    expect(byName(groupsOf(shipped))).toEqual(byName(groups));
    expect(shipped['alerts.json'].groups.flatMap(({ rules }) => rules.filter(({ record }) => record))).toEqual([]);
    // A comment would end where its line is folded into the next.
    expect(RULES.filter(({ expr }) => expr.includes('#'))).toEqual([]);
  });

  it('takes jobs, thresholds, runbooks and the looks of dashboards from _config', () => {
    const config = `{
      monitorJob: 'ocm', campaignsJob: 'ocm-groups', runbooks: 'https://wiki.example.com/ocs',
      thresholds: { overdial_ratio: 0.02, ack_seconds: 'NaN', shift_end_seconds: 'vector(19 * 3600)' },
      dashboardTags: ['outbound'], dashboardRefresh: '1m',
    }`;
    const other = render('--tla-code', `config=${config}`);
    const [before, after] = [shipped, other].map((one) => groupsOf(one).flatMap(({ rules }) => rules));
    const changed = after?.filter(({ expr }, index) => expr !== before?.[index]?.expr).map(({ expr }) => expr) ?? [];
    expect(changed.filter((expr) => expr.startsWith('vector('))).toEqual([
      expect.stringMatching(/^vector\(0\.02/),
      'vector(19 * 3600)',
      'vector(NaN)',
    ]);
    expect(changed.length).toBe(3 + RULES.filter(({ expr }) => /job=~?"ocs-monitor/.test(expr)).length);
    const text = JSON.stringify(other);
    expect(text).not.toMatch(/job=~?\\"ocs-(monitor|campaigns)/);
    expect(text).toContain('job=~\\"ocm|ocm-groups\\"');
    expect(text).toContain('"runbook_url":"https://wiki.example.com/ocs#ocsmonitordown"');
    expect(other['ocs-overview.json']).toMatchObject({ tags: ['outbound'], refresh: '1m', timezone: 'browser' });
  });

  it('refuses a threshold that there is not', () => {
    const { status, stderr } = jsonnet('--tla-code', 'config={ thresholds: { overdail_ratio: 0.02 } }');
    expect(status).not.toBe(0);
    expect(stderr).toMatch(/no threshold is called overdail_ratio; there are .*overdial_ratio/);
  });

  it('is formatted as jsonnetfmt does', () => {
    const files = ['mixin', 'config', 'rules', 'jobs', 'dashboards'].map((name) => `mixin/${name}.libsonnet`);
    expect(spawnSync('jsonnetfmt', ['--test', 'mixin/files.jsonnet', ...files], { cwd: GRAFANA }).status).toBe(0);
  });
});
