/** Simulated callbacks without network or clock. */
import { callbackIds } from '../../src/simulator/callbacks/ids.js';
import { callbackScenarios, type CallbackScenario } from '../../src/simulator/callbacks/catalogue.js';
import { playCallback, type PlayedCallback } from '../../src/simulator/callbacks/play-callback.js';
import type { Habit } from '../../src/simulator/callbacks/posting.js';
import { Random } from '../../src/simulator/random.js';
import { T0 } from './notifications.js';

export interface Casting {
  readonly seed?: number;
  readonly speed?: number;
  readonly number?: number;
  readonly habit?: Habit;
}

export function played(scenario: CallbackScenario, { seed = 1, speed = 1, number = 0, habit }: Casting = {}) {
  const random = new Random(seed).fork(scenario.name);
  const ids = callbackIds(T0, number, random.fork('ids'));
  return playCallback(scenario, { random, startMs: T0 + 250, speed, ids, ...(habit && { habit }) });
}

export interface Cast {
  readonly scenario: CallbackScenario;
  readonly callback: PlayedCallback;
}

/** Every scenario, once for each seed. */
export function playAll(seeds: readonly number[], casting: Casting = {}): Cast[] {
  return seeds.flatMap((seed) =>
    callbackScenarios.map((scenario, index) => ({
      scenario,
      callback: played(scenario, { ...casting, seed, number: seed * 10_000 + index }),
    })),
  );
}

/** The items of a body of `callback-events`, as a receiver reads them. */
export function itemsOf({ contentType, body }: { readonly contentType: string; readonly body: string }) {
  if (contentType.includes('form')) return [Object.fromEntries(new URLSearchParams(body))];
  const value = JSON.parse(body) as Record<string, unknown> | Record<string, unknown>[];
  if (Array.isArray(value)) return value;
  return ['UserData' in value ? (value['UserData'] as Record<string, unknown>) : value];
}
