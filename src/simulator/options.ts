import type { Clock } from '../domain/clock.js';
import type { BodyHabits } from './body.js';

export interface SimulationOptions extends BodyHabits {
  /** The receiver's base URL, or the full path (see `receivingUrl`). */
  readonly url: string;
  readonly groups: number;
  readonly sources: number;
  /** Between two periodic posts of a group; wall time. */
  readonly intervalMs: number;
  /** Posts a second over all groups, instead of the interval; null = by interval. */
  readonly rate: number | null;
  /** Campaigns and callbacks run this many times as fast as wall time. */
  readonly speed: number;
  /** Wall time; Infinity = until aborted. */
  readonly durationMs: number;
  readonly seed: number;
  /** Probabilities, 0 to 1. */
  readonly loss: number;
  readonly duplicate: number;
  readonly reorder: number;
  readonly drift: number;
  readonly token: string | null;
  /** Periodic posts repeat the date-time of the last action. */
  readonly frozenTime: boolean;
  /** Periodic posts in Active state too. */
  readonly periodicWhenActive: boolean;
  /** Callbacks that begin in a minute; their lives are compressed by `speed`. */
  readonly callbacksPerMinute: number;
  /** Most connections to one receiver. */
  readonly connections: number;
  /** Where the simulated OCS writes its log, and by the clock of which time zone; null: it writes none. */
  readonly ocsLog: { readonly path: string; readonly timeZone: string } | null;
  /** Folder into which the tables of a simulated ICON are exported; null: there is none. */
  readonly iconExport: string | null;
}

export interface SimulationDeps {
  readonly clock: Clock;
  readonly signal?: AbortSignal;
  readonly onProgress?: (elapsedMs: number, sent: number) => void;
}

/** Everything but the URL. */
export const DEFAULT_OPTIONS: Omit<SimulationOptions, 'url'> = {
  groups: 20,
  sources: 1,
  intervalMs: 10_000,
  rate: null,
  speed: 1,
  durationMs: 60_000,
  seed: 1,
  loss: 0,
  duplicate: 0,
  reorder: 0,
  drift: 0,
  token: null,
  frozenTime: false,
  periodicWhenActive: false,
  withoutStatistics: false,
  oldSpellings: false,
  periodicAction: 'repeats',
  callbacksPerMinute: 0,
  connections: 16,
  ocsLog: null,
  iconExport: null,
};
