/** What charts show, without a browser: figures, gaps, scales, axes, and the words for them. */
import { describe, expect, it } from 'vitest';
import type { CampaignGroup, StatisticsStep, Transition } from '../../web/api-types.js';
import { axisMarks, axisTimes } from '../../web/axis.js';
import { chartDataOf, extendChart, holeSeconds, lineOf, lonePoints } from '../../web/chart-data.js';
import { gapsOf, gapsOfStatistic } from '../../web/chart-gaps.js';
import { scaleOf } from '../../web/chart-scale.js';
import type { Gap } from '../../web/gap-kinds.js';
import { clock, clockSeconds, percent } from '../../web/format.js';
import { pinched } from '../../web/parts/touch.js';
import { shownChart, tableOf, wordsAt } from '../../web/shown-chart.js';
import { sparklinePath } from '../../web/sparkline-path.js';

const NOW = Date.parse('2026-11-20T12:00:00.000Z');
const MINUTE = 60_000;
const DAY_SECONDS = 86_400;
const ZONE = 'Europe/Berlin';
const NONE = { busy_ratio: null, hit_ratio: null, overdial_ratio: null, time_to_complete_seconds: null };
const NO_STEP = {
  ...NONE,
  ...{ busy_ratio_min: null, busy_ratio_max: null, hit_ratio_min: null, hit_ratio_max: null },
  ...{ overdial_ratio_min: null, overdial_ratio_max: null },
  ...{ time_to_complete_seconds_min: null, time_to_complete_seconds_max: null },
};

/** A step so many minutes ago with its least, mean and most hit ratio. */
function aStep(minutesAgo: number, hit: readonly [number, number, number] | null, busy = 0.5): StatisticsStep {
  const [min, mean, max] = hit ?? [null, null, null];
  return {
    ...NO_STEP,
    ...{ at: new Date(NOW - minutesAgo * MINUTE).toISOString(), samples: 6 },
    ...{ hit_ratio: mean, hit_ratio_min: min, hit_ratio_max: max },
    ...{ busy_ratio: busy, busy_ratio_min: busy, busy_ratio_max: busy },
  };
}

const dataOf = (steps: readonly StatisticsStep[]) => chartDataOf(steps, NOW - 1);
const RANGE = { fromMs: NOW - 60 * MINUTE, toMs: NOW, span: null };
const HIT = { name: 'hit_ratio', label: 'Hit ratio', unit: 'ratio', least: 0.4, format: percent } as const;

describe('the steps of a chart', () => {
  it('keep the least and the most of what a step has, and take over what the stream tells', () => {
    const data = dataOf([aStep(1, [0.2, 0.3, 0.9]), aStep(2, [0.1, 0.1, 0.1])]);
    expect(data.hit_ratio).toEqual({ mean: [0.1, 0.3], min: [0.1, 0.2], max: [0.1, 0.9] });
    const same = extendChart({ ...data, eventMs: NOW - MINUTE }, { ...NONE, hit_ratio: 1 }, NOW - 30_000, 60);
    expect(same.hit_ratio.max).toEqual([0.1, 1]);
    expect(same.hit_ratio.min).toEqual([0.1, 0.2]);
    expect(same.hit_ratio.mean[1]).toBeCloseTo(0.4);
    const later = extendChart(data, { ...NONE, hit_ratio: 0.5 }, NOW + MINUTE, 60);
    expect([later.at.length, later.hit_ratio.mean[2], later.busy_ratio.mean[2], later.samples[2]]).toEqual([
      3,
      0.5,
      null,
      1,
    ]);
    expect(extendChart(later, { ...NONE, hit_ratio: 0.7 }, NOW + MINUTE, 60)).toBe(later);
    expect(extendChart(data, NONE, NOW + MINUTE, 60)).toBe(data);
  });

  it('are no line over a hole, at whatever pace a source posts', () => {
    const data = dataOf([aStep(10, [0.2, 0.2, 0.2]), aStep(30, [0.1, 0.1, 0.1])]);
    expect(lineOf(data, 'hit_ratio', 60, []).values).toEqual([0.1, null, 0.2]);
    const slow = dataOf([0, 5, 10, 15, 20, 25].map((ago) => aStep(ago, [0.2, 0.2, 0.2])));
    expect(holeSeconds(slow.at, 10)).toBe(900);
    expect(lineOf(slow, 'hit_ratio', 10, []).values).not.toContain(null);
  });

  it('are broken by what was amiss between them, however short the range makes it look', () => {
    const data = dataOf([aStep(8, [0.2, 0.2, 0.2]), aStep(10, [0.1, 0.1, 0.1])]);
    const gap: Gap = { kind: 'unobserved', fromMs: NOW - 10 * MINUTE, toMs: NOW - 8 * MINUTE };
    expect(lineOf(data, 'hit_ratio', 60, []).values).toEqual([0.1, 0.2]);
    expect(lineOf(data, 'hit_ratio', 60, [gap]).values).toEqual([0.1, null, 0.2]);
  });

  it('stand as points where no line leads to them, in sparklines too', () => {
    expect(lonePoints([1, null, 2, 3, null, 4])).toEqual([0, 5]);
    expect(lonePoints([null, 7, null])).toEqual([1]);
    const place = { x: (ms: number) => ms / 10_000, y: (value: number) => value };
    expect(sparklinePath([0], [1], place)).toBe('M-1.3 1.0h2.5');
    expect(sparklinePath([0, MINUTE, 2 * MINUTE, 10 * MINUTE], [1, null, 2, 3], place)).toBe(
      'M-1.3 1.0h2.5M10.8 2.0h2.5M58.8 3.0h2.5',
    );
    expect(sparklinePath([0, MINUTE], [1, 2], place)).toBe('M0.0 1.0L6.0 2.0');
  });
});

function aGroup(parts: Partial<CampaignGroup> = {}): CampaignGroup {
  const state_seen_since = new Date(NOW - 600 * MINUTE).toISOString();
  return { id: 'g', state: 'running', state_seen_since, silent: false, silent_since: null, ...parts } as CampaignGroup;
}

function aTransition(minutesAgo: number, from_state: string | null, to_state: string): Transition {
  const at = new Date(NOW - minutesAgo * MINUTE).toISOString();
  return {
    id: at,
    at,
    sort_key: at,
    from_state,
    to_state,
    inferred: false,
    implied_steps: [],
  } as unknown as Transition;
}

const spans = (gaps: readonly Gap[]) =>
  gaps.map(({ kind, fromMs, toMs }) => [kind, (NOW - fromMs) / MINUTE, (NOW - toMs) / MINUTE]);
const minutes = (from: number, to: number) => ({ fromMs: NOW - from * MINUTE, toMs: NOW - to * MINUTE });

describe('where a chart has no line', () => {
  const past = { silences: [{ ...minutes(37, 30), isAtLeast: false }], knownFromMs: NOW - 55 * MINUTE };
  const transitions = [
    aTransition(50, null, 'running'),
    aTransition(20, 'running', 'active'),
    aTransition(10, 'active', 'running'),
  ];
  const history = { group: aGroup(), transitions, unobserved: [minutes(40, 35)], past };

  it('it says which of four reasons there is: nobody observed, silence, not running, no such figure', () => {
    const gaps = gapsOf(history, RANGE);
    expect(spans(gaps)).toEqual([
      ['unobserved', 60, 50],
      ['unobserved', 40, 35],
      ['silent', 35, 30],
      ['idle', 20, 10],
    ]);
    const steps = [...Array(10).keys(), ...Array.from({ length: 10 }, (_, index) => 21 + index)];
    const data = dataOf(
      [...steps, 41, 42, 43, 44, 45, 46, 47, 48, 49].map((ago) => aStep(ago, ago > 43 ? null : [0.1, 0.1, 0.1])),
    );
    expect(spans(gapsOfStatistic(data, 'hit_ratio', 60, { gaps, range: RANGE }))).toEqual([
      ['unobserved', 60, 50],
      ['no_figure', 50, 43],
      ['unobserved', 40, 35],
      ['silent', 35, 30],
      ['idle', 20, 10],
    ]);
    expect(gapsOfStatistic(data, 'busy_ratio', 60, { gaps, range: RANGE }).map(({ kind }) => kind)).not.toContain(
      'no_figure',
    );
  });

  it('and is silent to the end while the group is', () => {
    const silent = { fromMs: NOW - 5 * MINUTE, toMs: null, isAtLeast: true };
    const lasting = { ...past, silences: [...past.silences, silent] };
    expect(spans(gapsOf({ ...history, past: lasting }, RANGE))).toContainEqual(['silent', 5, 0]);
  });

  it('what came before the first post is unobserved, also where OCS says what state there was', () => {
    const loaded = [aTransition(40, 'not_loaded', 'running')];
    const first = { silences: [], knownFromMs: NOW - 40 * MINUTE };
    const gaps = gapsOf({ ...history, transitions: loaded, unobserved: [], past: first }, RANGE);
    expect(spans(gaps)).toEqual([['unobserved', 60, 40]]);
  });

  it('one figure that was null between two others is a gap as well', () => {
    const data = dataOf([aStep(10, [0.1, 0.1, 0.1]), aStep(11, null), aStep(12, [0.1, 0.1, 0.1])]);
    const range = { ...RANGE, ...minutes(12, 9) };
    expect(spans(gapsOfStatistic(data, 'hit_ratio', 60, { gaps: [], range }))).toEqual([['no_figure', 11, 10]]);
  });
});

describe('the scale of a chart', () => {
  const marks = (unit: 'ratio' | 'seconds', values: number[], least = 0) => {
    const scale = scaleOf(unit, values, least);
    return { log: scale.isLog, labels: scale.marks.map(({ label }) => label) };
  };

  it('is even, with round marks, however long the time is', () => {
    expect(marks('ratio', [0.3, 0.35], 0.4)).toEqual({ log: false, labels: ['0%', '10%', '20%', '30%', '40%'] });
    expect(marks('seconds', [1800, 3600], 3600).labels).toEqual(['0', '15 m', '30 m', '45 m', '1 h']);
    expect(marks('seconds', [400 * DAY_SECONDS, 390 * DAY_SECONDS], 3600)).toEqual({
      log: false,
      labels: ['0', '100 d', '200 d', '300 d', '400 d'],
    });
    for (const days of [1, 3, 20, 90, 800, 5000, 1e6, 1e9]) {
      const { labels } = marks('seconds', [days * DAY_SECONDS], 3600);
      expect(labels.length).toBeGreaterThanOrEqual(2);
      expect(labels.length).toBeLessThanOrEqual(6);
      expect(new Set(labels).size).toBe(labels.length);
    }
  });

  it('is logarithmic where one extreme would flatten all the rest, and then each figure has a place of its own', () => {
    const values = [...Array.from({ length: 50 }, (_, index) => 600 + index), 400 * DAY_SECONDS];
    expect(marks('seconds', values, 3600)).toEqual({ log: true, labels: ['0', '10 m', '6 h', '7 d', '365 d'] });
    const scale = scaleOf('seconds', values, 3600);
    expect(scale.place(0)).toBe(0);
    expect(scale.place(600) / scale.top).toBeGreaterThan(0.15);
    expect(scale.place(400 * DAY_SECONDS)).toBeLessThan(scale.top);
    expect(marks('ratio', [0.01, 0.01, 0.01, 0.01, 1], 0.06).log).toBe(true);
    expect(marks('ratio', [0.02, 0.02, 0.4], 0.06).log).toBe(false);
  });

  it('has room for nothing but zeroes, and for nothing at all', () => {
    for (const values of [[0, 0], []]) {
      const scale = scaleOf('ratio', values, 0);
      expect([scale.isLog, scale.top > 0, scale.marks.length > 1]).toEqual([false, true, true]);
    }
  });
});

describe('a chart in words', () => {
  const steps = [aStep(1, [0.28, 0.3, 0.35]), aStep(30, null), aStep(31, [0.1, 0.1, 0.1])];
  const gaps: Gap[] = [{ kind: 'idle', ...minutes(20, 10) }];
  const shown = shownChart({
    ...{ kind: HIT, data: dataOf(steps), stepSeconds: 60, range: RANGE, goal: null, limit: null },
    ...{ gaps, gapsFromMs: RANGE.fromMs },
  });

  it('tells the mean, the least and the most of a step, and why there is none', () => {
    expect(wordsAt(shown, 2, NOW - MINUTE, NOW)).toMatch(/59:00 · mean 30\.0% · min 28\.0% · max 35\.0%$/);
    expect(wordsAt(shown, 1, NOW - 15 * MINUTE, NOW)).toMatch(/45:00 · not running/);
    expect(wordsAt(shown, 1, NOW - 25 * MINUTE, NOW)).toMatch(/35:00 · running, but no such figure came/);
  });

  it('has a table of the same figures, with the gaps, newest first', () => {
    const rows = tableOf(shown).map(({ row, gap }) => gap?.kind ?? row);
    expect(rows).toEqual([2, 'no_figure', 'idle', 'no_figure', 0, 'no_figure']);
  });

  it('says nothing of why there is none before all transitions are known', () => {
    const late = shownChart({ ...shown, gapsFromMs: NOW - 20 * MINUTE });
    expect(spans(late.allGaps)).toEqual([
      ['idle', 20, 10],
      ['no_figure', 10, 1],
    ]);
    expect(wordsAt(late, 1, NOW - 25 * MINUTE, NOW)).not.toMatch(/running/);
  });

  it('has the steps of the range alone', () => {
    const wide = shownChart({ ...shown, range: { ...RANGE, fromMs: NOW - 5 * MINUTE } });
    expect(tableOf(wide).flatMap(({ row }) => (row === null ? [] : [row]))).toEqual([2]);
  });
});

describe('an axis of times', () => {
  const told = (times: readonly number[], zone = ZONE) =>
    axisMarks(times, NOW, zone).map(({ time, day }) => [day, time].filter(Boolean).join(' '));

  it('has round times, to the second where minutes would repeat', () => {
    const times = axisTimes(NOW - 3_600_000, NOW, 8, ZONE);
    expect(times.length).toBeGreaterThan(3);
    expect(times.every((ms) => ms % 600_000 === 0 && ms >= NOW - 3_600_000 && ms < NOW)).toBe(true);
    const short = told(axisTimes(NOW - 3 * MINUTE, NOW, 8, ZONE));
    expect(new Set(short).size).toBe(short.length);
    expect(short[0]).toBe('12:57:00');
  });

  it('has its marks at midnights of the zone on ranges of days, with the name of the day', () => {
    const from = Date.parse('2026-11-13T12:00:00Z');
    expect(told(axisTimes(from, NOW, 8, ZONE))).toEqual([
      ...['Sat 14 Nov', 'Sun 15 Nov', 'Mon 16 Nov', 'Tue 17 Nov', 'Wed 18 Nov', 'Thu 19 Nov', 'Fri 20 Nov'],
    ]);
    expect(told(axisTimes(NOW - 86_400_000, NOW, 5, ZONE))).toEqual([
      'Thu 19 Nov 18:00',
      'Fri 20 Nov',
      '06:00',
      '12:00',
    ]);
    expect(told(axisTimes(from - 40 * 86_400_000, from, 8, ZONE)).every((text) => text.startsWith('Mon'))).toBe(true);
    expect(told(axisTimes(Date.parse('2025-11-13T12:00:00Z'), Date.parse('2025-11-15T12:00:00Z'), 3, ZONE))).toEqual([
      '14 Nov 2025',
      '15 Nov 2025',
    ]);
  });

  it('stays at midnights over a change of the clock, and has an hour that comes twice twice', () => {
    const from = Date.parse('2026-10-22T00:00:00Z');
    const times = axisTimes(from, from + 7 * 86_400_000, 8, ZONE);
    expect(times.map((ms) => clock(ms, 0, ZONE).slice(-5))).toEqual(Array(7).fill('00:00'));
    const night = Date.parse('2026-10-24T23:30:00Z');
    expect(told(axisTimes(night, night + 3 * 3_600_000, 8, ZONE))).toEqual([
      ...['Sun 25 Oct 01:30', '02:00 +02', '02:30 +02', '02:00 +01', '02:30 +01', '03:00'],
    ]);
    const spring = Date.parse('2026-03-28T23:30:00Z');
    expect(told(axisTimes(spring, spring + 3 * 3_600_000, 3, ZONE))).toEqual(['Sun 29 Mar 01:00', '03:00', '04:00']);
  });

  it('finds midnights where the clock leaves them out, and marks in zones of odd offsets', () => {
    const santiago = Date.parse('2026-09-04T12:00:00Z');
    const days = axisTimes(santiago, santiago + 4 * 86_400_000, 5, 'America/Santiago');
    expect(told(days, 'America/Santiago')).toEqual(['Sat 5 Sept', 'Sun 6 Sept', 'Mon 7 Sept', 'Tue 8 Sept']);
    expect(told(axisTimes(NOW, NOW + 1_800_000, 4, 'Asia/Kathmandu'), 'Asia/Kathmandu')).toEqual([
      ...['17:50', '18:00', '18:10'],
    ]);
  });

  it.each([
    ['Europe/Berlin', '2026-10-25T00:30:00Z', '02:30 +02'],
    ['Europe/Berlin', '2026-10-25T01:30:00Z', '02:30 +01'],
    ['Europe/Berlin', '2026-10-25T02:00:00Z', '03:00'],
    ['Europe/Berlin', '2026-10-24T23:59:00Z', '01:59'],
    ['America/New_York', '2026-11-01T05:30:00Z', '01:30 −04'],
    ['America/New_York', '2026-11-01T06:30:00Z', '01:30 −05'],
    ['Australia/Lord_Howe', '2026-04-04T14:45:00Z', '01:45 +11'],
    ['Australia/Lord_Howe', '2026-04-04T15:15:00Z', '01:45 +10:30'],
    ['UTC', '2026-10-25T01:30:00Z', '01:30'],
  ])('in %s, %s is %s wherever a time is written', (zone, iso, text) => {
    const ms = Date.parse(iso);
    expect(clock(ms, ms, zone)).toBe(text);
    expect(clockSeconds(ms, ms, zone)).toBe(text.replace(/^\d\d:\d\d/, '$&:00'));
  });
});

describe('two fingers', () => {
  it('zoom: what was under them stays under them', () => {
    expect(pinched({ fromMs: 0, toMs: 1000 }, [0.4, 0.6], [0.2, 0.8])).toEqual({
      fromMs: expect.closeTo(333.33, 1) as number,
      toMs: expect.closeTo(666.67, 1) as number,
    });
    expect(pinched({ fromMs: 0, toMs: 1000 }, [0.2, 0.8], [0.4, 0.6])).toEqual({
      fromMs: expect.closeTo(-1000) as number,
      toMs: expect.closeTo(2000) as number,
    });
    expect(pinched({ fromMs: 0, toMs: 1000 }, [0.4, 0.42], [0.2, 0.8])).toBeNull();
    expect(pinched({ fromMs: 0, toMs: 1000 }, [0.4, 0.6], [0.8, 0.2])).toBeNull();
  });
});
