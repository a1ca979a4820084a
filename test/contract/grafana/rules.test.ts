/** The rules that ship: checked and played by promtool, held against the catalogue of metrics and the runbooks. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { metricsIn, notInAllReleases, parseErrors } from '../../../grafana/lint/promql.js';
import { allFamilies } from '../../../scripts/metric-families.js';
import { LIMITS } from '../../../src/domain/limits.js';
import { removeFolder } from '../../support/folders.js';
import { prometheusIsHere } from '../../support/prometheus.js';
import { CASE_FILES, CASES, RULE_FILES, RULES, RULES_FOLDER, writeSlimCases } from '../../support/rules.js';

function promtool(...args: readonly string[]): { status: number | null; said: string } {
  const { status, stdout, stderr } = spawnSync('promtool', args, { cwd: RULES_FOLDER, encoding: 'utf8' });
  return { status, said: stdout + stderr };
}

const ALERTS = RULES.flatMap((rule) => (rule.alert === undefined ? [] : [{ ...rule, alert: rule.alert }]));
const RECORDED = new Set(RULES.flatMap(({ record }) => record ?? []));

/** Metrics that Prometheus or prom-client brings, with their labels. */
const BROUGHT = new Map([
  ['up', []],
  ['process_start_time_seconds', []],
  ['process_open_fds', []],
  ['process_max_fds', []],
]);
/** Labels of the target. */
const TARGET_LABELS = ['job', 'instance', 'pod', 'site'];

describe.runIf(prometheusIsHere())('promtool', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ocm-rules-'));
  afterAll(() => {
    removeFolder(folder);
  });

  it('takes the rules without a complaint, and the configuration they belong to', () => {
    expect(promtool('check', 'rules', '--lint=all', '--lint-fatal', ...RULE_FILES)).toMatchObject({ status: 0 });
    expect(promtool('check', 'config', 'scrape.yml')).toMatchObject({ status: 0 });
  });

  it.each(CASE_FILES)('plays %s', { timeout: 300_000 }, (file) => {
    expect(promtool('test', 'rules', ...writeSlimCases(file, folder))).toMatchObject({ status: 0 });
  });

  it('plays cases with all rules at once', { timeout: 300_000 }, () => {
    expect(promtool('test', 'rules', 'tests/oddities.yaml')).toMatchObject({ status: 0 });
  });
});

describe('the cases of an alert', () => {
  const played = (alert: string) =>
    CASES.map((one) => ({ ...one, checks: one.alert_rule_test.filter(({ alertname }) => alertname === alert) })).filter(
      ({ checks }) => checks.length > 0,
    );

  it.each(ALERTS.map(({ alert }) => alert))('%s fires, resolves, and stays quiet where it should', (alert) => {
    const cases = played(alert);
    const resolves = cases.some(({ checks }) => {
      const fired = checks.findIndex(({ exp_alerts }) => exp_alerts.length > 0);
      return fired >= 0 && checks.slice(fired).some(({ exp_alerts }) => exp_alerts.length === 0);
    });
    expect(resolves).toBe(true);
    expect(cases.some(({ checks }) => checks.every(({ exp_alerts }) => exp_alerts.length === 0))).toBe(true);
  });

  it.each(ALERTS.filter(({ alert }) => alert !== 'OcsThresholdsMissing').map(({ alert }) => alert))(
    '%s is one alert where two receivers show the same',
    (alert) => {
      const ofTwo = played(alert).filter(
        ({ checks, input_series }) =>
          checks.some(({ exp_alerts }) => exp_alerts.length === 1) &&
          ['a', 'b'].every((instance) => input_series.some(({ series }) => series.includes(`instance="${instance}"`))),
      );
      expect(ofTwo.length).toBeGreaterThan(0);
    },
  );
});

describe('the expressions of the rules', () => {
  it('are PromQL that every release since 2.42 takes', () => {
    expect(RULES.flatMap(({ expr }) => [...parseErrors(expr), ...notInAllReleases(expr)])).toEqual([]);
  });

  it('name only metrics and labels that there are', async () => {
    const known = new Map<string, readonly string[]>(BROUGHT);
    for (const { name, type, labels } of await allFamilies()) {
      known.set(name, labels);
      if (type !== 'histogram') continue;
      for (const part of ['_bucket', '_sum', '_count']) known.set(name + part, [...labels, 'le']);
    }
    const faults = RULES.flatMap(({ expr }) => metricsIn(expr)).flatMap(({ name, labels }) => {
      if (RECORDED.has(name)) return [];
      const allowed = known.get(name);
      if (allowed === undefined) return [name];
      return labels
        .filter((label) => ![...allowed, ...TARGET_LABELS].includes(label))
        .map((label) => `${name}{${label}}`);
    });
    expect(faults).toEqual([]);
  });

  it('take views of the store as one, however many receivers show them', () => {
    // Counters may be summed for each receiver first: a sum over all would fall with one that starts.
    const read = RULES.flatMap(({ record, expr }) => {
      const apart = record?.startsWith('instance_') ? ['pod'] : ['instance', 'pod'];
      return metricsIn(expr).map((metric) => ({ ...metric, apart }));
    });
    const faults = read.filter(({ name, aggregations: [inner], apart }) => {
      if (!/^(ocs_campaign_group|ocs_calling_list|gms_callback)_/.test(name)) return false;
      const isCounter = /_(total|count|sum|bucket)$/.test(name);
      if (inner?.grouping === 'by') return inner.op !== 'group' || inner.labels.includes('instance');
      return !(
        inner?.grouping === 'without' &&
        inner.op === (isCounter ? 'sum' : 'max') &&
        apart.every((label) => inner.labels.includes(label))
      );
    });
    expect(faults.map(({ name }) => name)).toEqual([]);
  });

  it('start from the limits that the page goes by', () => {
    const value = (name: string) => RULES.find(({ record }) => record === `ocs:threshold:${name}`)?.expr;
    expect(value('overdial_ratio')).toBe(`vector(${LIMITS.overdialRatio})`);
    expect(value('delivery_ratio')).toBe(`vector(${LIMITS.deliveryRatio})`);
    expect(value('disk_free_bytes')).toBe(`vector(${LIMITS.diskFreeBytes / 1e9}e9)`);
    expect(value('wal_bytes')).toBe(`vector(${LIMITS.walBytes / 1e6}e6)`);
    expect(value('disk_full_within_seconds')).toBe(`vector(${LIMITS.diskFullWithinSeconds / 86_400} * 86400)`);
    const over = RULES.find(({ alert }) => alert === 'OcsCampaignGroupOverdialAboveLimit');
    expect(over?.for).toBe(`${LIMITS.overdialForSeconds / 60}m`);
    expect(over?.keep_firing_for).toBe(`${LIMITS.overdialResolveSeconds / 60}m`);
    const stuck = RULES.find(({ alert }) => alert === 'OcsCampaignGroupUnloadStuck');
    expect(stuck?.for).toBe(`${LIMITS.unloadStuckSeconds / 60}m`);
  });

  it('use thresholds that are set, and every threshold is used', () => {
    const set = [...RECORDED].filter((name) => name.startsWith('ocs:threshold:'));
    const used = RULES.flatMap(({ expr }) => metricsIn(expr).map(({ name }) => name));
    const inForce = set.map((name) => name.replace('ocs:threshold:', 'source:ocs_threshold_') + ':in_force');
    expect(used.filter((name) => name.startsWith('ocs:threshold:') && !set.includes(name))).toEqual([]);
    expect(
      set.filter(
        (name, index) =>
          !used.includes(name) || (RECORDED.has(inForce[index] ?? '') && !used.includes(inForce[index] ?? '')),
      ),
    ).toEqual([]);
  });
});

describe('an alert', () => {
  const runbooks = readFileSync(new URL('../../../docs/runbooks.md', import.meta.url), 'utf8');
  const anchors = [...runbooks.matchAll(/^## (.+)$/gm)].map(([, title]) => title?.toLowerCase().replaceAll(' ', '-'));

  it.each(ALERTS)(
    '$alert says how grave it is, what happened, what it means, what to do, and where to read on',
    (rule) => {
      expect(['page', 'warn', 'info']).toContain(rule.labels?.['severity']);
      for (const key of ['summary', 'description', 'meaning', 'action']) expect(rule.annotations?.[key]).toBeTruthy();
      expect(rule.annotations?.['runbook_url']).toBe(`docs/runbooks.md#${rule.alert.toLowerCase()}`);
      expect(anchors).toContain(rule.alert.toLowerCase());
    },
  );

  it('has a runbook that says what else it can be, what to do and whom to tell', () => {
    const sections = runbooks.split(/^## /m).filter((section) => /^(Ocs|Gms)/.test(section));
    for (const section of sections)
      for (const point of ['Confirm', 'Else', 'Do', 'Tell']) expect(section).toContain(`\n- **${point}**: `);
  });

  it('has a runbook that names only metrics that there are', async () => {
    const parts = ['', '_bucket', '_sum', '_count'];
    const known = new Set((await allFamilies()).flatMap(({ name }) => parts.map((part) => name + part)));
    const named = [...runbooks.matchAll(/(?<![\w:])(?:ocs|gms)_[a-z_]+/g)].map(([name]) => name);
    expect(named.filter((name) => !known.has(name))).toEqual([]);
  });

  it('is the only reason for a section of the runbooks', () => {
    const names = ALERTS.map(({ alert }) => alert.toLowerCase());
    const others = ['thresholds', 'commands'];
    expect(anchors.filter((anchor) => !names.includes(anchor ?? '') && !others.includes(anchor ?? ''))).toEqual([]);
  });
});
