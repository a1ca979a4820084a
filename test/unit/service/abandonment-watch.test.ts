import { beforeEach, describe, expect, it } from 'vitest';
import type { AbandonmentAsked, PeriodAbandonment } from '../../../src/domain/abandonment.js';
import { RULE_PROFILES } from '../../../src/domain/compliance.js';
import { AbandonmentBoard } from '../../../src/live/abandonment-board.js';
import { Roster } from '../../../src/live/roster.js';
import { AbandonmentWatch } from '../../../src/service/abandonment-watch.js';
import { aSnapshot, NOW } from '../../support/snapshots.js';

const MINUTE_MS = 60_000;
const rhythmOf = () => ({ intervalMs: 10_000, silenceAfterMs: null, assumedIntervalMs: 10_000 });

/** Answers a ratio for each group that is asked for, and takes its time. */
class Reader {
  readonly asked: AbandonmentAsked[] = [];
  elapsedMs = 0;
  costMs = 1;
  isDown = false;

  abandonment(asked: AbandonmentAsked): Promise<PeriodAbandonment> {
    if (this.isDown) return Promise.reject(new Error('a fault of the test'));
    this.asked.push(asked);
    this.elapsedMs += this.costMs;
    const none = { sessions: [], unobserved: [], leftOut: 0, low: null, high: null };
    const period = { fromMs: 0, toMs: asked.atMs };
    return Promise.resolve({ ...none, verdict: 'undecided', estimatedRatio: 0.01 * asked.groups.length, period });
  }
}

let nowMs: number;
let reader: Reader;
let roster: Roster;
let board: AbandonmentBoard;
let watch: AbandonmentWatch;
beforeEach(() => {
  nowMs = NOW;
  reader = new Reader();
  roster = new Roster({ maxGroups: 5000, maxSources: 1, upSinceMs: NOW, rhythmOf });
  board = new AbandonmentBoard();
  watch = new AbandonmentWatch({
    ...{ roster, board, reader, ruleProfiles: RULE_PROFILES, clock: { nowMs: () => nowMs } },
    elapsedMs: () => reader.elapsedMs,
    isShown: ({ snapshot }) => snapshot.state !== 'not_loaded',
  });
});

/** A group each, of these campaigns. */
function load(campaigns: readonly string[], state = 'running'): void {
  roster.load(
    campaigns.map((campaign, index) => {
      const snapshot = aSnapshot({ groupNo: index + 1, state });
      return { ...snapshot, attributes: { ...snapshot.attributes, campaign } };
    }),
  );
}

function hear(groupNo: number): void {
  const { statistics } = aSnapshot().figures;
  const heard = { groupNo, receivedAtMs: nowMs, atMs: nowMs, lastEventMs: nowMs, statistics, outcome: 'refresh' };
  roster.apply({ no: 1, heard: [heard as never], snapshots: [] });
}

async function lookAfter(minutes: number): Promise<number> {
  nowMs += minutes * MINUTE_MS;
  const before = reader.asked.length;
  await watch.look();
  return reader.asked.length - before;
}

const guesses = () =>
  [...roster.entries()].map((entry) => [...board.shown(entry, nowMs)].map(([, { estimatedRatio }]) => estimatedRatio));

describe('the figures of abandoned calls for metrics', () => {
  it('are asked for once by campaign and rule, and told of each of its groups', async () => {
    load(['Spring', 'Autumn', 'Spring']);
    expect(await lookAfter(0)).toBe(4);
    expect(guesses()).toEqual([
      [0.02, 0.02],
      [0.01, 0.01],
      [0.02, 0.02],
    ]);
  });

  it('are renewed after five minutes where something was heard, else after half an hour', async () => {
    load(['Spring', 'Autumn']);
    await lookAfter(0);
    nowMs += MINUTE_MS;
    hear(1);
    expect(await lookAfter(3)).toBe(0);
    expect(await lookAfter(1)).toBe(2);
    expect(reader.asked.at(-1)?.groups).toMatchObject([{ id: 'id-1' }]);
    expect(await lookAfter(24)).toBe(0);
    expect(await lookAfter(1)).toBe(2);
    expect(reader.asked.at(-1)?.groups).toMatchObject([{ id: 'id-2' }]);
  });

  it('take two seconds of the reader a minute, and come round however many there are', async () => {
    reader.costMs = 100;
    load(Array.from({ length: 100 }, (_, index) => `Campaign ${String(index)}`));
    for (let minute = 0; minute < 11; minute++) expect(await lookAfter(1)).toBeLessThanOrEqual(21);
    expect(guesses().every(({ length }) => length === 2)).toBe(true);
    expect(new Set(reader.asked.flatMap(({ groups }) => groups.map(({ id }) => id))).size).toBe(100);
  });

  it('are not asked for of groups without series, nor twice at the same time', async () => {
    load(['Spring', 'Autumn'], 'not_loaded');
    expect(await lookAfter(0)).toBe(0);
    load(['Spring', 'Autumn']);
    await Promise.all([watch.look(), watch.look()]);
    expect(reader.asked).toHaveLength(4);
    roster.forget([1, 2], null);
    expect(await lookAfter(60)).toBe(0);
  });

  it('stay for a while when they cannot be renewed, then go', async () => {
    load(['Spring']);
    await lookAfter(0);
    reader.isDown = true;
    nowMs += 90 * MINUTE_MS;
    await expect(watch.look()).rejects.toThrow('a fault of the test');
    expect(guesses()).toEqual([[0.01, 0.01]]);
    nowMs += 31 * MINUTE_MS;
    expect(guesses()).toEqual([[]]);
    reader.isDown = false;
    expect(await lookAfter(0)).toBe(2);
  });
});
