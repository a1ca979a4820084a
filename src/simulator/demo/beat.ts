import type { Condition } from '../life.js';
import type { Session } from './session.js';

/** A change that has happened, and how the group stands from then on. */
export interface Beat {
  readonly atMs: number;
  readonly condition: Condition;
  readonly session: Session;
  /** Time of dialing in this session so far. */
  readonly dialledMs: number;
  readonly runningSinceMs: number | null;
  /** The share of abandoned calls, from which it goes on. */
  readonly overdial: number;
  /** What figures walk by. */
  readonly salt: number;
  /** The service knows it already. */
  readonly isKnown?: true;
}
