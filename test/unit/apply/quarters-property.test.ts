/** Charts of quarters of an hour, in memory: whatever was compacted when, they say what the samples say. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { freshQuarters } from '../../../src/apply/fresh-quarters.js';
import { type QuarterHour, saysFigures } from '../../../src/evidence/quarter-hours.js';
import { placeMs } from '../../../src/evidence/sample.js';
import { type QuarterRows, quartersPage, type QuarterSums } from '../../../src/reports/statistics-quarters.js';
import { stepsPage } from '../../../src/reports/statistics-steps.js';
import { sampleRowsOf } from '../../../src/apply/sample-rows.js';
import { allPages, chartBatches, chartQuestion, chartStore, DBIDS, expectSameSteps } from '../../support/charts.js';
import { columnsOf } from '../../support/columns.js';
import { CampaignRows, memoryCampaigns } from '../../support/memory-campaigns.js';
import { UndoLog } from '../../support/memory-rows.js';
import { randomRuns } from '../../support/random-runs.js';

function sumsOf(quarters: readonly QuarterHour[]): QuarterSums | null {
  const figuresCount = quarters.reduce((sum, quarter) => sum + quarter.figuresCount, 0);
  if (figuresCount === 0) return null;
  const sumOf = (name: keyof QuarterHour['figures']) => {
    const said = quarters.map(({ figures }) => figures[name]).filter((figure) => figure !== null);
    if (said.length === 0) return null;
    return {
      count: said.reduce((sum, { count }) => sum + count, 0),
      min: Math.min(...said.map(({ min }) => min)),
      max: Math.max(...said.map(({ max }) => max)),
      sum: said.reduce((sum, figure) => sum + figure.sum, 0),
      last: said.at(-1)?.last ?? NaN,
    };
  };
  const figures = {
    busyRatio: sumOf('busyRatio'),
    hitRatio: sumOf('hitRatio'),
    overdialRatio: sumOf('overdialRatio'),
    timeToCompleteSeconds: sumOf('timeToCompleteSeconds'),
  };
  return { figuresCount, figures };
}

function storedOf(rows: CampaignRows, groupNo: number): Omit<QuarterRows, 'fresh'> {
  const all = (fromMs = -Infinity, toMs = Infinity) =>
    rows.quarters
      .where((row) => row.groupNo === groupNo && row.quarter.startMs >= fromMs && row.quarter.startMs < toMs)
      .map(({ quarter }) => quarter)
      .sort((a, b) => a.startMs - b.startMs);
  return {
    stored: ({ fromMs, toMs }) => sumsOf(all(fromMs, toMs)),
    newestStoredMs: ({ fromMs, toMs }) =>
      all(fromMs, toMs).findLast(({ figuresCount }) => figuresCount > 0)?.startMs ?? null,
    oldestStoredMs: () => all()[0]?.startMs ?? null,
  };
}

describe('charts of quarters of an hour', () => {
  it('say what the samples say, whatever was compacted when', { timeout: 300_000 }, () => {
    fc.assert(
      fc.property(chartBatches, fc.array(chartQuestion, { minLength: 5, maxLength: 5 }), (batches, questions) => {
        let lastNo = 0;
        const rows = new CampaignRows(new UndoLog());
        const tables = memoryCampaigns(rows, () => ++lastNo);
        const { evidence, deliver } = chartStore(tables, (work) => {
          work();
        });
        for (const batch of batches) deliver(batch);
        for (const dbid of DBIDS) {
          const groupNo = tables.groups.find('default', dbid)?.groupNo ?? 0;
          const quarters = {
            ...storedOf(rows, groupNo),
            fresh: (range: { fromMs: number; toMs: number }) => freshQuarters(tables, evidence, groupNo, range),
          };
          for (const { range, step, limit } of questions) {
            const found = allPages((page) => quartersPage(quarters, range, step, page), limit);
            const samples = sampleRowsOf(evidence, groupNo);
            // Read as columns, they are those that are read one by one.
            expect({ ...samples.between(range) }).toEqual(
              columnsOf(
                evidence.inOrder
                  .placed(groupNo, range.fromMs, range.toMs)
                  .filter(({ statistics }) => saysFigures(statistics))
                  .map((sample) => ({ atMs: placeMs(sample), ...sample.statistics })),
              ),
            );
            const placed = evidence.inOrder.placed(groupNo, range.fromMs, range.toMs);
            for (const kind of ['told', 'repeated'] as const) {
              const times = placed.filter(({ tag }) => (tag === 0) === (kind === 'told')).map(placeMs);
              const moments = (way: 'forwards' | 'backwards') => [
                ...evidence.inOrder.moments(groupNo, range, kind, way),
              ];
              expect(moments('forwards')).toEqual([...new Set(times)]);
              expect(moments('backwards')).toEqual([...new Set(times.reverse())]);
            }
            expectSameSteps(
              found,
              allPages((page) => stepsPage(samples, range, step, page), 1000),
            );
          }
        }
      }),
      { numRuns: randomRuns(200) },
    );
  });
});
