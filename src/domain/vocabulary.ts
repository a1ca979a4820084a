/**
 * The words of the vendor's enumerations. Numbers arrive from OCS; everywhere inside we speak words.
 * All tables are open: a number no table lists is kept and shown as `unknown(<n>)`, never refused.
 */

/** Campaign group states of GSW_CM_AttrGroupCampStatus. */
export const STATES = ['not_loaded', 'waiting_unload', 'unload_in_progress', 'inactive', 'active', 'running'] as const;
export type KnownState = (typeof STATES)[number];

/** The dialing modes between which "predictive" settings (optimisation method and goal) are defined. */
const PREDICTIVE_MODES: ReadonlySet<string> = new Set(['predictive', 'predictive_seizing', 'predictive_gvp']);

/** One open table: number as sent by OCS to our word. */
export type WordTable = ReadonlyMap<number, string>;

/** The five enumerations of a campaign group notification. A site may override any of them by configuration. */
export interface Enumerations {
  readonly state: WordTable;
  readonly dialMode: WordTable;
  readonly optimizeBy: WordTable;
  readonly action: WordTable;
  readonly actor: WordTable;
}

/** The word for a number, or `unknown(<n>)`. */
export function wordFor(table: WordTable, code: number): string {
  return table.get(code) ?? `unknown(${code})`;
}

/** Whether a word is the one asked for; `unknown` asks for every number that no table lists. */
export function isWord(word: string, asked: string): boolean {
  return word === asked || (asked === 'unknown' && word.startsWith('unknown('));
}

/** A word as a metric label: anything outside the closed list becomes `unknown`, so that label sets stay bounded. */
export function labelFor(table: WordTable, word: string): string {
  return word.startsWith('unknown(') || ![...table.values()].includes(word) ? 'unknown' : word;
}

/** A state as the `state` label: one of the six, or `unknown`. */
export function stateLabel(state: string): KnownState | 'unknown' {
  return STATES.find((known) => known === state) ?? 'unknown';
}

/** Whether optimisation settings apply. An unsaid mode does not rule them out. */
export function isPredictive(dialMode: string | null): boolean {
  return dialMode === null || PREDICTIVE_MODES.has(dialMode) || dialMode.startsWith('unknown(');
}

/** How a goal is measured: percent methods compare with ratios (divide by 100), time methods with seconds. */
export function goalUnit(optimizeBy: string | null): 'ratio' | 'seconds' | null {
  switch (optimizeBy) {
    case 'busy_factor':
    case 'overdial_rate':
      return 'ratio';
    case 'average_waiting_time':
    case 'average_distribution_time':
      return 'seconds';
    case null:
    default:
      return null;
  }
}
