import type { Clock } from '../domain/clock.js';

/** What a command may touch of the process. */
export interface CliIo {
  /** Standard output: data. */
  readonly out: (text: string) => void;
  /** Standard error: diagnostics and progress. */
  readonly err: (text: string) => void;
  /** Whether standard error is a terminal. */
  readonly isTerminal: boolean;
  readonly clock: Clock;
  /** Aborted when the process is asked to end. */
  readonly signal: AbortSignal;
}
