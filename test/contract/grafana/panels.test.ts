/** Queries of panels over series written down, by promtool: worlds that a running service is hard to bring into. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { isProm, shownPanels } from '../../../grafana/lint/dashboard-model.js';
import { shippedDashboards } from '../../support/dashboards.js';
import { removeFolder } from '../../support/folders.js';
import { prometheusIsHere } from '../../support/prometheus.js';
import { RULES_FOLDER } from '../../support/rules.js';

const folder = mkdtempSync(join(tmpdir(), 'ocm-panels-'));
afterAll(() => {
  removeFolder(folder);
});

function exprOf(uid: string, title: string, refId: string, chosen: Readonly<Record<string, string>>): string {
  const dashboard = shippedDashboards().find((one) => one.uid === uid);
  const panel = dashboard && shownPanels(dashboard).find((one) => one.title === title);
  const target = panel?.targets?.filter(isProm).find((one) => one.refId === refId);
  if (!target) throw new Error(`${uid} has no ${title} / ${refId}`);
  const values: Record<string, string> = { overdial_limit: '0.03', __rate_interval: '1m', __range: '1h', ...chosen };
  return target.expr.replace(/\$(\w+)/g, (_, name: string) => values[name] ?? '.+');
}

interface Expected {
  readonly uid?: string;
  readonly title: string;
  readonly refId?: string;
  /** Null: no data. */
  readonly value: number | null;
  readonly labels?: string;
  readonly at?: string;
}

/** `series`: what is scraped, to its values. */
function play(series: Readonly<Record<string, string>>, expected: readonly Expected[], chosen = {}): void {
  const tests = [
    {
      interval: '15s',
      input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
      promql_expr_test: expected.map(
        ({ uid = 'ocs-overview', title, refId = 'A', value, labels = '{}', at = '10m' }) => ({
          expr: exprOf(uid, title, refId, chosen),
          eval_time: at,
          exp_samples: value === null ? [] : [{ labels, value }],
        }),
      ),
    },
  ];
  const file = join(folder, 'case.json');
  const rules = [fileURLToPath(new URL('series.rules.yaml', RULES_FOLDER))];
  writeFileSync(file, JSON.stringify({ rule_files: rules, evaluation_interval: '15s', tests }));
  const { status, stdout, stderr } = spawnSync('promtool', ['test', 'rules', file], { encoding: 'utf8' });
  expect({ status, said: status === 0 ? '' : stdout + stderr }).toEqual({ status: 0, said: '' });
}

const group = (dbid: string, more = '', instance = 'a') =>
  `{instance="${instance}", job="ocs-monitor", site="main", source="s1", tenant="T", campaign_group="G", dbid="${dbid}"${more}}`;
/** All that is scraped of a group, without the states that it is not in. */
const scraped = (dbid: string, state: string, code: number, instance = 'a') => ({
  [`ocs_campaign_group_state${group(dbid, `, state="${state}"`, instance)}`]: '1x200',
  [`ocs_campaign_group_state_code${group(dbid, '', instance)}`]: `${String(code)}x200`,
  [`ocs_campaign_group_silent${group(dbid, '', instance)}`]: '0x200',
  [`ocs_campaign_group_state_since_timestamp_seconds${group(dbid, '', instance)}`]: '0x200',
});
const receiver = (instance = 'a') => ({
  [`ocs_monitor_build_info{instance="${instance}", job="ocs-monitor"}`]: '1x200',
});
const GROUP_COUNTS = [
  'Stopped by themselves',
  'Over-dialing',
  'Stuck in unload',
  'Silent',
  'Running',
  'Active',
  'Groups',
];

describe.runIf(prometheusIsHere())('a count of groups', () => {
  it('is not there where only the page of the service is scraped, not that of its campaign groups', () => {
    const counter = `ocs_campaign_group_transitions_total${group('1', ', action="start", actor="client", inferred="false"')}`;
    const known = {
      ...receiver(),
      'ocs_monitor_source_silent{instance="a", source="s1"}': '0x200',
      [counter]: '1x200',
    };
    play(
      known,
      GROUP_COUNTS.map((title) => ({ title, value: null })),
    );
  });

  it('is not there for a source whose receiver is down, and 0 for one that is known', () => {
    const known = { ...receiver(), ...scraped('1', 'inactive', 3) };
    const counts = GROUP_COUNTS.filter((title) => title !== 'Groups');
    const valued = (value: number | null) => counts.map((title) => ({ title, value }));
    play(known, valued(0));
    play(known, valued(null), { source: 's2' });
    play({ ...known, 'ocs_monitor_source_silent{instance="a", source="s2"}': '0x200' }, valued(0), { source: 's2' });
  });

  it('is not there any more when the receiver is gone', () => {
    const gone = Object.fromEntries(
      Object.keys({ ...receiver(), ...scraped('1', 'active', 4) }).map((name) => [name, '0x10 stale']),
    );
    play(
      gone,
      GROUP_COUNTS.map((title) => ({ title, value: null })),
    );
  });

  it('counts a group once that two receivers show', () => {
    const both = ['a', 'b'].flatMap((instance) => [
      ...Object.entries({ ...receiver(instance), ...scraped('1', 'running', 5, instance) }),
      ...Object.entries(scraped('2', 'active', 4, instance)),
      [`ocs_campaign_group_end_info${group('2', ', how="by_itself"', instance)}`, '1x200'] as const,
      [`ocs_monitor_series_dropped_total{instance="${instance}", job="ocs-monitor"}`, '0+1x200'] as const,
    ]);
    play(Object.fromEntries(both), [
      { title: 'Running', value: 1 },
      { title: 'Active', value: 1 },
      { title: 'Groups', value: 2 },
      { title: 'Stopped by themselves', value: 1 },
    ]);
  });
});

describe.runIf(prometheusIsHere())('a time in a state', () => {
  /** Another group's change at five minutes tells that the clock of OCS is 20 minutes behind. */
  const behind = {
    ...receiver(),
    ...scraped('1', 'waiting_unload', 1),
    [`ocs_campaign_group_state_since_timestamp_seconds${group('1')}`]: '-1200x200',
    ...scraped('2', 'running', 5),
    [`ocs_campaign_group_state_since_timestamp_seconds${group('2')}`]: '-5000x19 -900x200',
  };

  it('goes by the clock of the receiver where that of OCS is off', () => {
    const uid = 'ocs-campaign-group';
    const title = 'In this state for';
    const labels = '{job="ocs-monitor", site="main", source="s1", tenant="T", campaign_group="G", dbid="1"}';
    play(behind, [{ uid, title, value: 600, labels }], { source: 's1', dbid: '1' });
    play(behind, [
      { title: 'Stuck in unload', value: 0, at: '10m' },
      { title: 'Stuck in unload', value: 1, at: '16m' },
    ]);
    // Nothing tells of the clock: what OCS says stands.
    play({ ...receiver(), ...scraped('1', 'waiting_unload', 1) }, [
      { title: 'Stuck in unload', value: 0, at: '14m' },
      { title: 'Stuck in unload', value: 1, at: '16m' },
    ]);
  });
});
