import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CoarseChange, type HeldState, momentOf } from '../../../src/domain/coarse-change.js';
import { T0 } from '../../support/notifications.js';

const STARTED: CoarseChange = { atMs: T0, state: 'running', action: 'start' };
const held = (...all: readonly (readonly [ms: number, state: string])[]): HeldState[] =>
  all.map(([ms, state]) => ({ atMs: T0 + ms, state }));

describe('a change that is told to the second', () => {
  it('is known where its state is, within that second', () => {
    expect(momentOf(STARTED, held([400, 'active'], [700, 'running']))).toBeNull();
    const unload: CoarseChange = { atMs: T0, state: 'waiting_unload', action: 'unload' };
    expect(momentOf(unload, held([700, 'unload_in_progress']))).toBeNull();
    expect(momentOf({ ...STARTED, state: 'active', action: 'stop' }, held([1, 'inactive']))).toBeNull();
  });

  it('stands behind the state that it leads from, and before the others', () => {
    expect(momentOf(STARTED, [])).toBe(T0);
    expect(momentOf(STARTED, held([400, 'active'], [700, 'waiting_unload']))).toBe(T0 + 401);
    expect(momentOf(STARTED, held([700, 'waiting_unload']))).toBe(T0);
    expect(momentOf({ ...STARTED, state: 'not_loaded', action: 'unload' }, held([999, 'waiting_unload']))).toBe(
      T0 + 999,
    );
  });

  it('is known once it is told, wherever it was put, and stays in its second', () => {
    const states = fc.constantFrom(
      'not_loaded',
      'waiting_unload',
      'unload_in_progress',
      'inactive',
      'active',
      'running',
    );
    const some = fc.array(fc.tuple(fc.nat(999), states), { maxLength: 5 });
    const change = fc.record({
      ms: fc.nat(999),
      state: states,
      action: fc.constantFrom('load', 'start', 'stop', 'unload', null),
    });
    fc.assert(
      fc.property(some, change, (before, { ms, ...said }) => {
        const known = held(...before.toSorted(([a], [b]) => a - b));
        const told = { atMs: T0 + ms, ...said };
        const atMs = momentOf(told, known);
        if (atMs === null) return;
        expect(atMs >= T0 && atMs < T0 + 1000).toBe(true);
        const after = [...known, { atMs, state: told.state }].toSorted((a, b) => a.atMs - b.atMs);
        expect(momentOf(told, after)).toBeNull();
      }),
    );
  });
});
