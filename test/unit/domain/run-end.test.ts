import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runEndOf, type RunEndStep } from '../../../src/domain/run-end.js';

const AT_MS = Date.UTC(2026, 10, 20, 9);
const stop = (actor: string, afterMs = 0): RunEndStep => ({
  atMs: AT_MS + afterMs,
  toState: 'active',
  action: 'stop',
  actor,
});
const unload = (actor: string, afterMs: number): RunEndStep => ({
  ...{ atMs: AT_MS + afterMs, toState: 'waiting_unload', action: 'unload', actor },
});
const forced: RunEndStep = { atMs: AT_MS, toState: 'not_loaded', action: 'force_unload', actor: 'automatic' };
const lost = (toState: string, afterMs = 0): RunEndStep => ({
  ...{ atMs: AT_MS + afterMs, toState, action: null, actor: 'unknown' },
});

describe('how the dialing of a group ended', () => {
  it.each([
    ['a client stopped it', [stop('client')], null, 'by_client'],
    ['OCS stopped it with lists left', [stop('automatic')], 5400, 'by_itself'],
    ['OCS stopped it, and nobody knows what was left', [stop('automatic')], null, 'by_itself'],
    ['stopped and unloaded at the end of its lists', [stop('automatic'), unload('automatic', 2000)], 0, 'completed'],
    [
      'the same, of a group that tells no time to complete',
      [stop('automatic'), unload('automatic', 2000)],
      null,
      'completed',
    ],
    ['the same, the unload being lost', [stop('automatic')], 20, 'completed'],
    ['the same, the stop being lost', [unload('automatic', 0)], 20, 'completed'],
    ['the same, the unload being told by its end', [stop('automatic'), lost('not_loaded', 60_000)], 300, 'completed'],
    ['stopped and unloaded with lists left', [stop('automatic'), unload('automatic', 2000)], 5400, 'by_itself'],
    ['unloaded while it ran, what was left not being known', [unload('automatic', 0)], null, 'by_itself'],
    ['unloaded an hour after OCS stopped it', [stop('automatic'), unload('automatic', 3_600_000)], 300, 'by_itself'],
    ['forced out by OCS', [forced], 0, 'by_itself'],
    ['a client unloaded it after OCS stopped it', [stop('automatic'), unload('client', 9000)], 5400, 'attended'],
    ['the same, nobody knowing what was left', [stop('automatic'), unload('client', 9000)], null, 'attended'],
    ['OCS unloaded it after a client stopped it', [stop('client'), unload('automatic', 9000)], 5400, 'by_client'],
    ['the stop was lost', [lost('active')], 5400, 'untold'],
    ['the stop says no actor', [stop('unknown')], 5400, 'untold'],
  ] as const)('%s', (_what, since, secondsLeft, how) => {
    expect(runEndOf(since, () => secondsLeft)).toEqual({ how, atMs: since[0].atMs });
  });

  it('has not ended while nothing happened since it ran', () => {
    expect(runEndOf([], () => 5)).toBeNull();
  });

  it('is by a client when one ended it, and by itself only while no client has a hand in it', () => {
    const step = fc.record({
      atMs: fc.integer({ min: 0, max: 1e7 }),
      toState: fc.constantFrom('active', 'waiting_unload', 'unload_in_progress', 'not_loaded'),
      action: fc.constantFrom('stop', 'unload', 'force_unload', null),
      actor: fc.constantFrom('client', 'automatic', 'unknown'),
    });
    const left = fc.option(fc.integer({ min: 0, max: 100_000 }));
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 5 }), left, (since, secondsLeft) => {
        const how = runEndOf(since, () => secondsLeft)?.how;
        const hasClient = since.some(({ actor }) => actor === 'client');
        expect(how === 'by_client').toBe(since[0]?.actor === 'client');
        if (how === 'by_itself') expect(hasClient).toBe(false);
        if (how === 'attended') expect(hasClient).toBe(true);
      }),
    );
  });
});
