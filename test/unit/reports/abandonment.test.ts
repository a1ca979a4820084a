import { describe, expect, it } from 'vitest';
import type { Notification } from '../../../src/domain/notification.js';
import { dialedOf } from '../../../src/reports/abandonment.js';
import { dialedRows } from '../../support/dialed-rows.js';
import { aNotification, T0 } from '../../support/notifications.js';

const RULE = { silenceAfterMs: 30_000, intervalMs: 10_000, isFixed: true };
const [NOT_LOADED, IN_PROGRESS, ACTIVE, RUNNING] = [0, 2, 4, 5];
const [LOAD, UNLOAD, START, STOP] = [7, 8, 9, 10];

interface Said {
  readonly second: number;
  readonly state: number;
  readonly action: number;
  readonly ratio?: number;
  readonly load?: number;
}

function post({ second, state, action, ratio, load = 1 }: Said): Notification {
  const plain = aNotification();
  const attributes = { ...plain.statement.attributes, guid: `3f2504e0-4f89-11d3-9a0c-00000000000${String(load)}` };
  return aNotification({
    atMs: T0 + second * 1000,
    statement: { stateCode: state, actionCode: action, attributes },
    statistics: { ...plain.statistics, overdialRatio: ratio ?? null },
  });
}

/** A load of a minute; what `last` says ends it. */
const life = (last: readonly Said[]) =>
  [
    { second: 0, state: ACTIVE, action: LOAD },
    { second: 10, state: RUNNING, action: START, ratio: 0.04 },
    { second: 20, state: RUNNING, action: START, ratio: 0.02 },
    { second: 30, state: ACTIVE, action: STOP, ratio: 0.02 },
    ...last,
  ].map(post);

const PERIOD = { fromMs: T0, toMs: T0 + 3_600_000 };
const told = (posts: readonly Notification[], rule: typeof RULE | null = RULE, period = PERIOD) =>
  dialedOf([dialedRows('g', posts, [], rule)], period).sessions.map(({ lastRatio, finalRatio, why }) => [
    lastRatio,
    finalRatio,
    why,
  ]);

describe('the last ratio of a session', () => {
  it('is final when it is said once calls have come to an end, and not by a stop', () => {
    const inProgress = { second: 40, state: IN_PROGRESS, action: UNLOAD, ratio: 0.021 };
    const unloaded = { second: 50, state: NOT_LOADED, action: UNLOAD };
    expect(told(life([inProgress, unloaded]))).toEqual([[0.021, 0.021, null]]);
    expect(told(life([unloaded]))).toEqual([[0.02, null, 'not_final']]);
    expect(told(life([{ ...unloaded, ratio: 0.03 }]))).toEqual([[0.03, 0.03, null]]);
  });

  it('is no 0 that stands behind another one: it never goes back', () => {
    const unloaded = { second: 50, state: NOT_LOADED, action: UNLOAD, ratio: 0 };
    expect(told(life([unloaded]))).toEqual([[0.02, null, 'not_final']]);
    const inProgress = { second: 40, state: IN_PROGRESS, action: UNLOAD, ratio: 0.02 };
    expect(told(life([inProgress, unloaded]))).toEqual([[0.02, 0.02, null]]);
  });

  it('is not final where posts are missing, unless the GUID changes with each load', () => {
    const late = { second: 600, state: NOT_LOADED, action: UNLOAD, ratio: 0.02 };
    const other = [
      { second: 900, state: ACTIVE, action: LOAD, load: 2 },
      { second: 1000, state: NOT_LOADED, action: UNLOAD, load: 2 },
    ].map(post);
    expect(told(life([late]))).toEqual([[0.02, null, 'silent']]);
    expect(told([...life([late]), ...other])).toEqual([
      [null, null, 'no_figure'],
      [0.02, 0.02, null],
    ]);
    expect(told(life([{ ...late, second: 50 }]), null)).toEqual([[0.02, null, 'silent']]);
  });

  it('is not final of a session that is cut, lasts, or ended unseen', () => {
    const unloaded = { second: 50, state: NOT_LOADED, action: UNLOAD, ratio: 0.02 };
    const cut = (fromSecond: number, toSecond: number) => ({
      fromMs: T0 + fromSecond * 1000,
      toMs: T0 + toSecond * 1000,
    });
    expect(told(life([unloaded]), RULE, cut(5, 100))).toEqual([[0.02, null, 'cut_at_start']]);
    expect(told(life([unloaded]), RULE, cut(0, 25))).toEqual([[0.02, null, 'cut_at_end']]);
    expect(told(life([]))).toEqual([[0.02, null, 'running']]);
    expect(told(life([unloaded]).slice(1))).toEqual([[0.02, null, 'start_unknown']]);
    const again = { second: 60, state: RUNNING, action: START, ratio: 0.5, load: 2 };
    expect(told(life([again]))).toEqual([
      [0.5, null, 'running'],
      [0.02, null, 'end_unseen'],
    ]);
  });
});
