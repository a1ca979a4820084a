import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type HeldAfter, type SaidOfChange, toldChanges } from '../../../../src/reports/ocs-log/told-states.js';

interface Change {
  readonly action: string;
  readonly state: string;
}

const LOADED = { action: 'load', state: 'active' };
const STARTED = { action: 'start', state: 'running' };
const STOPPED = { action: 'stop', state: 'active' };
const OTHER_MODE = { action: 'set_dial_mode', state: 'running' };
const UNLOADING: readonly Change[] = ['waiting_unload', 'unload_in_progress', 'not_loaded'].map((state) => ({
  action: 'unload',
  state,
}));
const FORCED = { action: 'force_unload', state: 'not_loaded' };

/** What may happen to a group next. */
function nextOf(state: string): readonly Change[] {
  if (state === 'not_loaded') return [LOADED];
  const down = UNLOADING.filter((_, n) => UNLOADING[n - 1]?.state === state || (n === 0 && isUp(state)));
  const up = state === 'active' ? [STARTED] : state === 'running' ? [STOPPED, OTHER_MODE] : [];
  return [...up, ...down, FORCED];
}

const isUp = (state: string) => state === 'active' || state === 'running';

function messageOf({ action, state }: Change): SaidOfChange {
  if (action === 'unload') return state === 'not_loaded' ? 52_004 : 'untold';
  const ids: Readonly<Record<string, number>> = { load: 52_000, start: 52_001, stop: 52_002, force_unload: 52_003 };
  return ids[action] ?? 'untold';
}

const lives = fc
  .tuple(fc.constantFrom('not_loaded', 'active', 'running', 'waiting_unload'), fc.array(fc.nat(), { maxLength: 9 }))
  .map(([start, choices]) => {
    const changes: Change[] = [];
    for (const choice of choices) {
      const next = nextOf(changes.at(-1)?.state ?? start);
      changes.push(next[choice % next.length] ?? LOADED);
    }
    return { start, changes };
  });

describe('changes that only a log tells of', () => {
  it('are told as they were, or not at all, whatever is known around them', () => {
    const habits = fc.record({
      knowsBefore: fc.boolean(),
      after: fc.constantFrom('nothing', 'periodic', 'change', 'change without its action'),
      isClear: fc.boolean(),
    });
    fc.assert(
      fc.property(lives, habits, ({ start, changes }, { knowsBefore, after, isClear }) => {
        const isChange = after.startsWith('change');
        const last = changes.at(-1);
        const lost = isChange ? changes.slice(0, -1) : changes;
        const held: HeldAfter = {
          state: last?.state ?? start,
          isChange: isChange && last !== undefined,
          action: after === 'change' ? (last?.action ?? null) : null,
        };
        const told = toldChanges(
          lost.map((change) => (isClear ? messageOf(change) : 'unclear')),
          { before: knowsBefore ? start : null, after: after === 'nothing' ? null : held },
        );
        expect(told).toHaveLength(lost.length);
        told.forEach((one, n) => {
          if (one === null) return;
          expect(one.state).toBe(lost[n]?.state);
          if (one.action !== null) expect(one.action).toBe(lost[n]?.action);
        });
      }),
      { numRuns: 5000 },
    );
  });

  it('are told wherever OCS says what they were, and all of an unload that is followed to its end', () => {
    const way = [52_000, 52_001, 'untold', 'untold', 'untold', 52_004] as const;
    expect(toldChanges(way, { before: null, after: null })).toEqual([LOADED, STARTED, OTHER_MODE, ...UNLOADING]);
  });

  it('are not told where a mode may have changed, or an unload have begun', () => {
    expect(toldChanges(['untold'], { before: 'running', after: null })).toEqual([null]);
    const running = { state: 'running', isChange: false, action: null };
    expect(toldChanges(['untold'], { before: 'running', after: running })).toEqual([OTHER_MODE]);
  });

  it('are told one by one where they fit no life that is known', () => {
    expect(toldChanges([52_004, 'untold', 52_001], { before: 'paused', after: null })).toEqual([
      { action: 'unload', state: 'not_loaded' },
      null,
      STARTED,
    ]);
    const stopped = { state: 'inactive', isChange: false, action: null };
    expect(toldChanges([52_002], { before: 'inactive', after: stopped })).toEqual([STOPPED]);
  });
});
