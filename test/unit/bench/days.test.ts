/** What holds alerts against the truth is right itself. */
import { describe, expect, it } from 'vitest';
import type { Trouble } from '../../../bench/alerts/day.js';
import type { Firing } from '../../../bench/alerts/evaluate.js';
import { judge } from '../../../bench/alerts/judge.js';
import { ScrapedSeries } from '../../../bench/alerts/samples.js';

const trouble: Trouble = {
  ...{ what: 'OCS is down', alert: 'OcsSourceSilent', where: { source: 'eu-1' } },
  ...{ fromMs: 600_000, toMs: 1_200_000, toldWithinMs: 120_000, endsWithinMs: 180_000 },
};
const firing = (fromSeconds: number, toSeconds: number | null, source = 'eu-1'): Firing => ({
  ...{ alert: 'OcsSourceSilent', labels: { source }, fromSeconds, toSeconds },
});
const faultsOf = (...firings: Firing[]) => judge(firings, { troubles: [trouble] }).troubles[0]?.faults;

describe('the judge', () => {
  it('takes an alert within the stated times', () => {
    expect(judge([firing(660, 1320)], { troubles: [trouble] })).toEqual({
      falseAlarms: [],
      troubles: [{ trouble, toldAfterSeconds: 60, endedAfterSeconds: 120, faults: [] }],
    });
  });

  it.each([
    ['never told', [firing(660, 1320, 'us-1')]],
    ['told late', [firing(780, 1320)]],
    ['ended while it stood', [firing(660, 1140)]],
    ['ended late', [firing(660, 1440)]],
    ['never ended', [firing(660, null)]],
    ['told 2 times', [firing(660, 900), firing(960, 1320)]],
  ])('says that a trouble was %s', (fault, firings) => {
    expect(faultsOf(...firings)).toEqual([fault]);
  });

  it('calls false what is about something else, before it, or long after', () => {
    const others = [firing(660, 1320, 'us-1'), firing(60, 120), firing(3000, 3600)];

    expect(judge(others, { troubles: [trouble] }).falseAlarms).toEqual(others);
  });

  it('lets pass what follows from something that happened', () => {
    const consequences = [{ alert: 'OcsSourceSilent', fromMs: 0, toMs: 200_000 }];

    expect(judge([firing(60, 120)], { troubles: [], consequences }).falseAlarms).toEqual([]);
  });
});

describe('scraped samples', () => {
  it('are written in runs, with a stale marker where a series or its target has gone', () => {
    const series = new ScrapedSeries(new Set(['ocs_x', 'ocs_y']));
    const scrapes = ['ocs_x{a="1 2"} 5\nocs_z 1\n', 'ocs_x{a="1 2"} 5\nocs_y 0\n', null, null, null, 'ocs_y 0.5\n'];
    for (const scrape of scrapes) {
      series.take(scrape, { job: 'j' });
      series.next();
    }

    expect(series.end()).toEqual([
      { series: 'up{job="j"}', values: '1x1 0x2 1' },
      { series: 'ocs_x{a="1 2",job="j"}', values: '5x1 stale' },
      { series: 'ocs_y{job="j"}', values: '_x1 0 stale _x2 0.5' },
    ]);
  });
});
