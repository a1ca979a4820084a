import type { Enumerations, WordTable } from '../domain/vocabulary.js';

/**
 * The vendor's numbers. The reference names the enumerations but not their values, so every table can be
 * overridden by configuration (`enumerations: {state: {6: Paused}}`) without a rebuild.
 * Mind: 4 is progressive with seizing, 5 is predictive with seizing; the state numbers are not the life-cycle order.
 */
export const ENUMERATIONS: Enumerations = {
  state: new Map([
    [0, 'not_loaded'],
    [1, 'waiting_unload'],
    [2, 'unload_in_progress'],
    [3, 'inactive'],
    [4, 'active'],
    [5, 'running'],
  ]),
  dialMode: new Map([
    [0, 'none'],
    [1, 'predictive'],
    [2, 'progressive'],
    [3, 'preview'],
    [4, 'progressive_seizing'],
    [5, 'predictive_seizing'],
    [6, 'power'],
    [7, 'power_seizing'],
    [8, 'push_preview'],
    [9, 'progressive_gvp'],
    [10, 'predictive_gvp'],
    [11, 'power_gvp'],
  ]),
  optimizeBy: new Map([
    [0, 'none'],
    [1, 'busy_factor'],
    [2, 'overdial_rate'],
    [3, 'average_waiting_time'],
    [4, 'average_distribution_time'],
    [5, 'maximum_gain'],
  ]),
  action: new Map([
    [7, 'load'],
    [8, 'unload'],
    [9, 'start'],
    [10, 'stop'],
    [11, 'set_dial_mode'],
    [29, 'force_unload'],
  ]),
  // The reference ends after 1; from 2 on OCS acted by itself, by schedule or by a condition (docs/sources.md#cgs-enumerations).
  actor: new Map([
    [0, 'unknown'],
    [1, 'client'],
    [2, 'automatic'],
  ]),
};

/** Overrides as configured: enumeration name to number to the vendor's or our spelling of the word. */
export type EnumerationOverrides = Partial<Record<keyof Enumerations, Readonly<Record<string, string>>>>;

/** The default tables with a site's overrides. Words are folded to ours: `NotLoaded`, `not-loaded` and `not_loaded` are one. */
export function enumerationsWith(overrides: EnumerationOverrides): Enumerations {
  const table = (name: keyof Enumerations): WordTable => {
    const entries = Object.entries(overrides[name] ?? {}).map(
      ([code, word]) => [Number(code), snakeCase(word)] as const,
    );
    return new Map([...ENUMERATIONS[name], ...entries]);
  };
  return {
    state: table('state'),
    dialMode: table('dialMode'),
    optimizeBy: table('optimizeBy'),
    action: table('action'),
    actor: table('actor'),
  };
}

function snakeCase(word: string): string {
  const folded = word
    .trim()
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .toLowerCase();
  return folded === 'in_active' ? 'inactive' : folded;
}
