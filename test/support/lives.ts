/** Random lives of campaign groups, and what a network may do to the notifications about them. For property tests. */
import fc from 'fast-check';
import type { CampaignStore } from '../../src/apply/campaigns.js';
import type { Notification } from '../../src/domain/notification.js';
import { aNotification, T0 } from './notifications.js';

const HOUR_MS = 3_600_000;
const [NOT_LOADED, WAITING, IN_PROGRESS, ACTIVE, RUNNING] = [0, 1, 2, 4, 5];
const [LOAD, UNLOAD, START, STOP, SET_MODE, FORCE] = [7, 8, 9, 10, 11, 29];

/** How a periodic notification's date-time and action behave; no document says, so all must work. */
export interface Habits {
  readonly frozenTime: boolean;
  readonly periodicAction: 'repeats' | 'zero' | 'omits';
  /** Whether a group has one for ever, another one with every load, or none that is said now and then. */
  readonly guid: 'constant' | 'per load' | 'per load, at times unsaid';
}

/** One change of a group's life, as it really happened. */
export interface RealChange {
  readonly dbid: string;
  readonly atMs: number;
  readonly toState: number;
}

const ONE_GUID = '3f2504e0-4f89-11d3-9a0c-0305e82c3301';

export interface Life {
  readonly notifications: readonly Notification[];
  readonly changes: readonly RealChange[];
}

interface Situation {
  state: number;
  mode: number | null;
  goal: number | null;
}

type Move = 'load' | 'start' | 'mode' | 'goal' | 'stop' | 'unload' | 'force' | 'wait';
const moves: fc.Arbitrary<Move[]> = fc.array(
  fc.constantFrom<Move>('load', 'start', 'mode', 'goal', 'stop', 'unload', 'force', 'wait', 'wait', 'wait'),
  { minLength: 1, maxLength: 24 },
);

const habits: fc.Arbitrary<Habits> = fc.record({
  frozenTime: fc.boolean(),
  periodicAction: fc.constantFrom<Habits['periodicAction']>('repeats', 'zero', 'omits'),
  guid: fc.constantFrom<Habits['guid']>('constant', 'per load', 'per load, at times unsaid'),
});

/** From change to change: evidence is kept by the hour, so that a life often goes over the end of one, or leaves one out. */
const gap = fc.oneof(
  { arbitrary: fc.integer({ min: 1, max: 60_000 }), weight: 3 },
  { arbitrary: fc.integer({ min: 60_000, max: HOUR_MS }), weight: 1 },
  { arbitrary: fc.integer({ min: HOUR_MS, max: 3 * HOUR_MS }), weight: 1 },
);

/** A legal life of one group, told completely: a notification for every change, and periodic ones while running. */
export function lifeOf(dbid: string): fc.Arbitrary<Life> {
  return fc
    .record({
      moves,
      habits,
      startMs: fc.integer({ min: 0, max: HOUR_MS }),
      gaps: fc.array(gap, { minLength: 40, maxLength: 40 }),
      seed: fc.nat(1000),
    })
    .map(({ moves, habits, startMs, gaps, seed }) => play(dbid, moves, habits, { startMs, gaps, seed }));
}

function play(
  dbid: string,
  wanted: readonly Move[],
  habits: Habits,
  { startMs, gaps, seed }: { readonly startMs: number; readonly gaps: readonly number[]; readonly seed: number },
): Life {
  const notifications: Notification[] = [];
  const changes: RealChange[] = [];
  const now: Situation = { state: NOT_LOADED, mode: null, goal: null };
  let clockMs = T0 + startMs;
  let actedMs = clockMs;
  let action = 0;
  let tick = 0;
  let loads = 0;
  const guid = () => {
    if (habits.guid === 'constant') return ONE_GUID;
    return habits.guid !== 'per load' && tick % 4 === 1 ? '' : `${ONE_GUID.slice(0, -4)}${String(1000 + loads)}`;
  };
  const say = (atMs: number, actionCode: number | null) => {
    const running = now.state === RUNNING;
    tick++;
    notifications.push(
      aNotification({
        dbid,
        atMs,
        receivedAtMs: clockMs + 15,
        statistics: {
          busyRatio: running ? ((seed + tick) % 100) / 100 : null,
          hitRatio: running && tick % 3 !== 0 ? 0.3 : null,
          overdialRatio: null,
          timeToCompleteSeconds: running ? 5000 - tick : null,
        },
        statement: {
          stateCode: now.state,
          dialModeCode: running ? now.mode : null,
          optimizeByCode: running && now.mode === 1 ? 2 : null,
          optimizeGoal: running && now.mode === 1 ? now.goal : null,
          actionCode: actionCode === 0 ? null : actionCode,
          actorCode: actionCode ? 1 : null,
          attributes: { ...aNotification({ dbid }).statement.attributes, guid: guid() },
        },
      }),
    );
  };
  const act = (actionCode: number, state: number) => {
    clockMs += gaps[tick % gaps.length] ?? 1;
    if (state !== now.state) changes.push({ dbid, atMs: clockMs, toState: state });
    now.state = state;
    actedMs = clockMs;
    action = actionCode;
    say(clockMs, actionCode);
  };
  const step: Record<Move, () => void> = {
    load: () => {
      if (now.state !== NOT_LOADED) return;
      loads++;
      act(LOAD, ACTIVE);
    },
    start: () => {
      if (now.state !== ACTIVE) return;
      now.mode = 1;
      now.goal = 3;
      act(START, RUNNING);
    },
    mode: () => {
      if (now.state !== RUNNING) return;
      now.mode = now.mode === 1 ? 2 : 1;
      act(SET_MODE, RUNNING);
    },
    goal: () => {
      if (now.state !== RUNNING || now.mode !== 1) return;
      now.goal = (now.goal ?? 0) + 1;
      act(SET_MODE, RUNNING);
    },
    stop: () => {
      if (now.state === RUNNING) act(STOP, ACTIVE);
    },
    unload: () => {
      if (now.state !== ACTIVE && now.state !== RUNNING) return;
      if (now.state === RUNNING) act(STOP, ACTIVE);
      act(UNLOAD, WAITING);
      act(UNLOAD, IN_PROGRESS);
      act(UNLOAD, NOT_LOADED);
    },
    force: () => {
      if (now.state !== NOT_LOADED) act(FORCE, NOT_LOADED);
    },
    wait: () => {
      if (now.state !== RUNNING) return;
      clockMs += 10_000;
      const said = habits.periodicAction === 'repeats' ? action : habits.periodicAction === 'zero' ? 0 : null;
      say(habits.frozenTime ? actedMs : clockMs, said);
    },
  };
  for (const move of ['load', 'start', ...wanted] as Move[]) step[move]();
  return { notifications, changes };
}

/** What arrives of a life, and in which order and batches. */
export interface Delivered {
  readonly life: Life;
  readonly survivors: readonly Notification[];
  /** Survivors, some twice, shuffled, cut into batches. */
  readonly batches: readonly (readonly Notification[])[];
  readonly dropped: number;
}

export function deliveredLife(dbids: readonly string[]): fc.Arbitrary<Delivered> {
  return fc
    .record({
      lives: fc.tuple(...dbids.map(lifeOf)),
      loss: fc.constantFrom(0, 0, 0.1, 0.5),
      repeat: fc.constantFrom(0, 0.2),
      disorder: fc.constantFrom(0, 3, 1000),
      dice: fc.array(fc.integer({ min: 0, max: 9999 }), { minLength: 64, maxLength: 64 }),
      batchSize: fc.integer({ min: 1, max: 40 }),
    })
    .map(({ lives, loss, repeat, disorder, dice, batchSize }) => {
      const life = {
        notifications: lives.flatMap(({ notifications }) => notifications),
        changes: lives.flatMap(({ changes }) => changes),
      };
      const roll = (index: number) => ((dice[index % dice.length] ?? 0) * (1 + (index % 7))) % 10_000;
      const survivors = life.notifications.filter((_, index) => roll(index) >= loss * 10_000);
      const sent = survivors.flatMap((one, index) => (roll(index + 31) < repeat * 10_000 ? [one, one] : [one]));
      const arriving = sent
        .map((one, index) => ({ one, place: index + (disorder === 0 ? 0 : roll(index + 17) % disorder) }))
        .sort((a, b) => a.place - b.place)
        .map(({ one }) => one);
      const batches: Notification[][] = [];
      for (let from = 0; from < arriving.length; from += batchSize)
        batches.push(arriving.slice(from, from + batchSize));
      return { life, survivors, batches, dropped: life.notifications.length - survivors.length };
    });
}

/**
 * Applies what arrives to a store, batch by batch, as one receiver or as several in turn: another one knows nothing but what
 * is stored. Returns how many transitions were made and withdrawn.
 */
export function deliverTo(
  store: Pick<CampaignStore, 'apply' | 'dropMemory'>,
  batches: Delivered['batches'],
  receivers: number,
  commit = (batch: () => void) => {
    batch();
  },
) {
  const counted = { made: 0, withdrawn: 0 };
  batches.forEach((batch, index) => {
    if (receivers > 1 && index % receivers === 0) store.dropMemory();
    commit(() => {
      for (const notification of batch) {
        const { made, withdrawn } = store.apply(notification);
        counted.made += made.length;
        counted.withdrawn += withdrawn.length;
      }
    });
  });
  return counted;
}
