import { describe, expect, it } from 'vitest';
import { deriveHistory } from '../../../src/domain/history.js';
import { type Bearing, beginsSession, between, isReload, type Moment, rankOf } from '../../../src/domain/transition.js';
import { T0 } from '../../support/notifications.js';

const STATES = ['not_loaded', 'waiting_unload', 'unload_in_progress', 'inactive', 'active', 'running', 'unknown(9)'];
const ACTIONS = ['load', 'unload', 'start', 'stop', 'set_dial_mode', 'force_unload', 'unknown(30)', null];

const NEXT_MS = T0 + 10_000;
const aMoment = (parts: Partial<Moment> = {}): Moment => ({
  atMs: NEXT_MS,
  state: 'running',
  dialMode: null,
  optimizeBy: null,
  optimizeGoal: null,
  action: null,
  actor: 'client',
  guid: null,
  ...parts,
});
const at = (state: string, parts: Partial<Bearing> = {}) => ({
  atMs: T0,
  bearing: { state, guid: null, dialMode: null, optimizeBy: null, optimizeGoal: null, ...parts },
});
const change = (from: string, to: string, action: string | null) =>
  between(at(from), aMoment({ state: to, action })).transition;

/** docs/adr/0001-evidence-first.md: what an action explains depends on action and new state alone. */
const EXPLAINED: Readonly<Record<string, readonly string[]>> = {
  load: ['active'],
  stop: ['active'],
  start: ['running'],
  unload: ['waiting_unload', 'unload_in_progress', 'not_loaded'],
  force_unload: ['waiting_unload', 'unload_in_progress', 'not_loaded'],
};
const pairs = ACTIONS.flatMap((action) => STATES.map((state) => [action, state] as const));
const explains = (action: string | null, state: string) => (EXPLAINED[action ?? ''] ?? []).includes(state);

describe('a transition to another state', () => {
  it.each(pairs.filter(([action, state]) => explains(action, state)))(
    'is explicit when the action is %s and the new state %s, wherever it came from',
    (action, state) => {
      for (const from of STATES.filter((other) => other !== state)) {
        const transition = change(from, state, action);

        expect(transition).toMatchObject({
          inferred: false,
          action,
          actor: 'client',
          notBeforeMs: null,
          atMs: NEXT_MS,
        });
        expect(transition).toMatchObject({ fromState: from, toState: state });
      }
    },
  );

  it.each(pairs.filter(([action, state]) => !explains(action, state)))(
    'is inferred, with its interval, when the action is %s and the new state %s',
    (action, state) => {
      for (const from of STATES.filter((other) => other !== state)) {
        expect(change(from, state, action)).toMatchObject({
          inferred: true,
          action: null,
          actor: 'unknown',
          notBeforeMs: T0,
          atMs: NEXT_MS,
        });
      }
    },
  );

  it.each(pairs)('is none when the state stays as it was, whatever the action: %s, %s', (action, state) => {
    expect(change(state, state, action)).toBeNull();
  });
});

describe('implied steps', () => {
  it.each([
    ['not_loaded', 'active', 'load', []],
    ['not_loaded', 'active', null, ['load']],
    ['not_loaded', 'active', 'stop', ['load']],
    ['not_loaded', 'running', 'start', ['load']],
    ['not_loaded', 'running', null, ['load', 'start']],
    ['not_loaded', 'waiting_unload', 'unload', ['load']],
    ['not_loaded', 'unload_in_progress', 'force_unload', ['load']],
    ['active', 'running', 'start', []],
    ['active', 'running', null, ['start']],
    ['active', 'waiting_unload', 'unload', []],
    ['active', 'not_loaded', null, ['unload']],
    ['running', 'active', 'stop', []],
    ['running', 'active', null, ['stop']],
    ['running', 'waiting_unload', 'unload', []],
    ['running', 'waiting_unload', 'force_unload', []],
    ['running', 'not_loaded', 'unload', ['stop']],
    ['running', 'not_loaded', null, ['stop', 'unload']],
    ['running', 'not_loaded', 'force_unload', []],
    ['waiting_unload', 'unload_in_progress', null, []],
    ['waiting_unload', 'not_loaded', 'unload', []],
    ['unload_in_progress', 'not_loaded', null, []],
    ['running', 'active', 'load', ['stop', 'unload']],
    ['waiting_unload', 'active', 'load', []],
  ])('from %s to %s with the action %s are %j', (from, to, action, steps) => {
    expect(change(from, to, action)).toMatchObject({ impliedSteps: steps, unexpected: false });
  });
});

describe('an edge that the life cycle does not know', () => {
  it.each([
    ['active', 'inactive', null],
    ['inactive', 'active', 'load'],
    ['inactive', 'running', 'start'],
    ['unload_in_progress', 'waiting_unload', null],
    ['unload_in_progress', 'running', 'start'],
    ['waiting_unload', 'active', 'stop'],
    ['running', 'unknown(9)', null],
    ['unknown(9)', 'running', 'start'],
  ])('is applied and flagged: from %s to %s with the action %s', (from, to, action) => {
    const step = between(at(from), aMoment({ state: to, action }));

    expect(step.bearing.state).toBe(to);
    expect(step.transition).toMatchObject({ unexpected: true, impliedSteps: [] });
  });

  it('is none for a forced unload, from any loaded state', () => {
    for (const from of STATES.filter((state) => state !== 'not_loaded')) {
      expect(change(from, 'not_loaded', 'force_unload')).toMatchObject({ unexpected: false, impliedSteps: [] });
    }
  });
});

describe('another GUID of a loaded group', () => {
  const [ONE, OTHER] = ['guid-1', 'guid-2'];
  const reload = (from: string, to: string, action: string | null) =>
    between(at(from, { guid: ONE }), aMoment({ state: to, action, guid: OTHER })).transition;

  it.each([
    ['active', 'active', 'load', ['unload']],
    ['running', 'active', 'load', ['stop', 'unload']],
    ['waiting_unload', 'active', 'load', []],
    ['active', 'active', null, ['unload', 'load']],
    ['active', 'running', 'start', ['unload', 'load']],
    ['running', 'running', 'start', ['stop', 'unload', 'load']],
    ['running', 'running', null, ['stop', 'unload', 'load', 'start']],
    ['running', 'active', 'stop', ['stop', 'unload', 'load']],
    ['unload_in_progress', 'running', null, ['load', 'start']],
    ['active', 'waiting_unload', 'unload', ['unload', 'load']],
  ])('proves an unload and a load, from %s to %s with the action %s: %j', (from, to, action, steps) => {
    const transition = reload(from, to, action);

    const inferred = action === null;
    expect(transition).toMatchObject({
      fromState: from,
      toState: to,
      impliedSteps: steps,
      unexpected: false,
      inferred,
    });
    expect(transition?.notBeforeMs).toBe(inferred ? T0 : null);
    expect(transition && [isReload(transition), beginsSession(transition)]).toEqual([true, true]);
  });

  it.each(STATES.flatMap((from) => STATES.map((to) => [from, to] as const)))(
    'begins a session from %s to %s, unless the group is not loaded',
    (from, to) => {
      const transition = reload(from, to, null);

      expect(transition !== null && beginsSession(transition)).toBe(to !== 'not_loaded');
    },
  );

  it.each(STATES.filter((state) => state !== 'not_loaded'))('that is not said proves nothing: %s', (state) => {
    const known = at(state, { guid: ONE });

    expect(between(known, aMoment({ state, action: 'load' })).transition).toBeNull();
    expect(between(at(state), aMoment({ state, guid: ONE })).transition).toBeNull();
    expect(between(known, aMoment({ state })).bearing.guid).toBe(ONE);
  });

  it('is forgotten with the unload', () => {
    const unloaded = between(
      at('active', { guid: ONE }),
      aMoment({ state: 'not_loaded', action: 'unload', guid: OTHER }),
    );

    expect(unloaded.transition).toMatchObject({ toState: 'not_loaded', impliedSteps: [] });
    expect(unloaded.bearing.guid).toBeNull();
  });

  it('takes no mode over from the load before', () => {
    const RUNNING = { guid: ONE, dialMode: 'predictive', optimizeBy: 'overdial_rate', optimizeGoal: 3 };

    const step = between(at('running', RUNNING), aMoment({ guid: OTHER }));

    expect(step.bearing).toEqual(at('running', { guid: OTHER }).bearing);
    expect(step.transition).toMatchObject({ fromDialMode: 'predictive', toDialMode: null });
  });
});

describe('the first evidence of a group', () => {
  it('is an explicit transition from not_loaded when it tells of the load', () => {
    expect(between(null, aMoment({ state: 'active', action: 'load' })).transition).toMatchObject({
      fromState: 'not_loaded',
      toState: 'active',
      action: 'load',
      actor: 'client',
      inferred: false,
      unexpected: false,
      notBeforeMs: null,
    });
  });

  it.each(STATES.filter((state) => state !== 'not_loaded'))('is inferred from nothing known when it is %s', (state) => {
    expect(between(null, aMoment({ state, action: 'start' })).transition).toMatchObject({
      fromState: null,
      toState: state,
      action: null,
      actor: 'unknown',
      inferred: true,
      impliedSteps: [],
      notBeforeMs: null,
    });
  });

  it.each(ACTIONS)('is no transition when it is not loaded, whatever the action: %s', (action) => {
    const step = between(null, aMoment({ state: 'not_loaded', action }));

    expect(step).toEqual({ bearing: at('not_loaded').bearing, transition: null });
  });

  it('carries the mode and the goal that it says', () => {
    const said = { dialMode: 'predictive', optimizeBy: 'busy_factor', optimizeGoal: 85 };

    const step = between(null, aMoment(said));

    expect(step.bearing).toEqual({ ...at('running').bearing, ...said });
    expect(step.transition).toMatchObject({ fromDialMode: null, toDialMode: 'predictive', toOptimizeGoal: 85 });
  });
});

describe('a mode or goal', () => {
  const RUNNING = { dialMode: 'predictive', optimizeBy: 'overdial_rate', optimizeGoal: 3 };

  it.each([
    ['mode', { dialMode: 'progressive' }, { fromDialMode: 'predictive', toDialMode: 'progressive' }],
    ['method', { optimizeBy: 'busy_factor' }, { fromOptimizeBy: 'overdial_rate', toOptimizeBy: 'busy_factor' }],
    ['goal', { optimizeGoal: 2 }, { fromOptimizeGoal: 3, toOptimizeGoal: 2 }],
  ])('that differs while running is a transition that keeps the state: %s', (_, said, edge) => {
    const told = between(at('running', RUNNING), aMoment({ ...said, action: 'set_dial_mode' })).transition;
    const untold = between(at('running', RUNNING), aMoment(said)).transition;

    const kept = { fromState: 'running', toState: 'running', impliedSteps: [], unexpected: false, ...edge };
    expect(told).toMatchObject({ ...kept, inferred: false, action: 'set_dial_mode', notBeforeMs: null });
    expect(untold).toMatchObject({ ...kept, inferred: true, action: null, notBeforeMs: T0 });
  });

  it.each(ACTIONS)('not said is never a transition and stays as it was, whatever the action: %s', (action) => {
    const step = between(at('running', RUNNING), aMoment({ action }));

    expect(step).toEqual({ bearing: at('running', RUNNING).bearing, transition: null });
  });

  it.each(ACTIONS)('said for the first time is no change, whatever the action: %s', (action) => {
    const step = between(at('running'), aMoment({ ...RUNNING, action }));

    expect(step).toEqual({ bearing: at('running', RUNNING).bearing, transition: null });
  });

  it('said again is no change', () => {
    expect(between(at('running', RUNNING), aMoment({ ...RUNNING, action: 'set_dial_mode' })).transition).toBeNull();
  });

  it('is remembered over evidence that does not say it', () => {
    const silent = between(at('running', RUNNING), aMoment());

    const step = between({ atMs: NEXT_MS, bearing: silent.bearing }, aMoment({ dialMode: 'progressive' }));

    expect(step.transition).toMatchObject({ fromDialMode: 'predictive', toDialMode: 'progressive' });
  });

  it.each(STATES.filter((state) => state !== 'running'))('said in %s is not heard', (state) => {
    const step = between(at(state), aMoment({ state, ...RUNNING, action: 'set_dial_mode' }));

    expect(step).toEqual({ bearing: at(state).bearing, transition: null });
  });

  it('ends with the running: another one after a stop and a start is no change of its own', () => {
    const stopped = between(at('running', RUNNING), aMoment({ state: 'active', action: 'stop' }));
    const started = between(
      { atMs: NEXT_MS, bearing: stopped.bearing },
      aMoment({ dialMode: 'progressive', action: 'start' }),
    );

    expect(stopped.transition).toMatchObject({ fromDialMode: 'predictive', toDialMode: null });
    expect(started.transition).toMatchObject({ fromState: 'active', fromDialMode: null, toDialMode: 'progressive' });
  });

  it('of a predictive mode ends when the mode is no longer predictive', () => {
    const step = between(at('running', RUNNING), aMoment({ dialMode: 'preview', action: 'set_dial_mode' }));

    expect(step.bearing).toEqual(at('running', { dialMode: 'preview' }).bearing);
  });

  it('of one method is not carried over to another', () => {
    const step = between(at('running', RUNNING), aMoment({ optimizeBy: 'average_waiting_time' }));

    expect(step.bearing).toMatchObject({ optimizeBy: 'average_waiting_time', optimizeGoal: null });
  });
});

describe('the order of actions within one millisecond', () => {
  it('is that of a life, and what says nothing comes last', () => {
    const life = ['load', 'start', 'set_dial_mode', 'stop', 'unload', 'force_unload'];

    expect([...life].reverse().sort((a, b) => rankOf(aMoment({ action: a })) - rankOf(aMoment({ action: b })))).toEqual(
      life,
    );
    const rank = (action: string | null, state = 'active') => rankOf({ action, state });
    expect(rank(null)).toBeGreaterThan(rank('force_unload', 'not_loaded'));
    expect(rank('unknown(30)')).toBe(rank(null));
    const down = ['waiting_unload', 'unload_in_progress', 'not_loaded'].map((state) => rank('unload', state));
    expect([...down].sort((a, b) => a - b)).toEqual(down);
    expect(rank('force_unload', 'waiting_unload')).toBeGreaterThan(rank('unload', 'not_loaded'));
  });
});

describe('a reload that only another GUID tells', () => {
  it('happened since the last GUID was said, whatever posts without one came in between', () => {
    const told = (atMs: number, guid: string | null) => ({ ...aMoment({ state: 'running', guid }), atMs, content: '' });
    const { transitions } = deriveHistory([told(1000, 'guid-1'), told(2000, null), told(3000, 'guid-2')]);
    expect(transitions.at(-1)).toMatchObject({ inferred: true, notBeforeMs: 1000, atMs: 3000 });
  });
});
