import { describe, expect, it } from 'vitest';
import {
  functionsIn,
  groupingLabelsIn,
  metricsIn,
  notInAllReleases,
  parseErrors,
} from '../../../grafana/lint/promql.js';

describe('reading PromQL', () => {
  it('finds every selector with its matchers, functions, aggregations and range', () => {
    const uses = metricsIn(
      'max by (source) (max without (instance, pod) (rate(a_total{state="run\\"ning",tenant=~`x.*`}[5m]))) / on (source) b',
    );
    expect(uses).toEqual([
      {
        name: 'a_total',
        matchers: [
          { label: 'state', op: '=', value: 'run"ning' },
          { label: 'tenant', op: '=~', value: 'x.*' },
        ],
        labels: ['state', 'tenant'],
        functions: ['rate'],
        aggregations: [
          { op: 'max', grouping: 'without', labels: ['instance', 'pod'] },
          { op: 'max', grouping: 'by', labels: ['source'] },
        ],
        range: '5m',
      },
      { name: 'b', matchers: [], labels: [], functions: [], aggregations: [], range: null },
    ]);
  });

  it('takes the name of a metric from __name__ when nothing else says it', () => {
    expect(metricsIn('{__name__="up"} or {job="x"}').map(({ name }) => name)).toEqual(['up', '']);
  });

  it('knows an aggregation that keeps no label, and the range of a subquery', () => {
    const [use] = metricsIn('sum(max_over_time(a[1h:1m]))');
    expect(use?.aggregations).toEqual([{ op: 'sum', grouping: 'none', labels: [] }]);
    expect(use?.range).toBe('1h');
  });

  it('collects grouping labels and functions once each', () => {
    const expr = 'sum by (a) (rate(x[5m])) * on (a, b) group_left (c) sum without (d) (rate(y[5m]))';
    expect(groupingLabelsIn(expr)).toEqual(['a', 'b', 'c', 'd']);
    expect(functionsIn(expr)).toEqual(['rate']);
  });

  it.each(['a{', 'a{b="c', 'sum by (a', 'a b', 'rate(a[5m)', ''])('says where %j cannot be read', (expr) => {
    expect(parseErrors(expr)).not.toEqual([]);
  });

  it.each(['a > 1', 'sum(rate(a{b="c"}[5m])) by (d)', 'a{b="it\'s"} or vector(0)'])('reads %j', (expr) => {
    expect(parseErrors(expr)).toEqual([]);
  });

  it.each([
    ['info(a)', 'info'],
    ['limitk(2, a)', 'limitk'],
    ['{"a.b"}', '"a.b"'],
    ['a > 5m', '5m'],
    ['rate(a[300])', '300'],
    ['rate(a[5m * 2])', '5m * 2'],
    ['sort_by_label(a, "b")', 'sort_by_label'],
  ])('says that %j is not for every release', (expr, found) => {
    expect(notInAllReleases(expr)).toContain(found);
  });

  it('lets pass what 2.42 has', () => {
    expect(notInAllReleases('max_over_time(a[1h:1m] offset 5m) > bool 0.5 unless on () b @ end()')).toEqual([]);
  });
});
