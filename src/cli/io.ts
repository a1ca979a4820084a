import type { Clock } from '../domain/clock.js';

/** What a command talks to: data on stdout, diagnostics on stderr. */
export interface CliIo {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Whether stderr is a terminal: only then bars and greetings are shown. */
  readonly isTerminal: boolean;
  /** Asks the person at the terminal; left out where nobody can be asked. */
  readonly ask?: (question: string) => Promise<string>;
  readonly clock: Clock;
  /** Aborted when the command shall end. */
  readonly signal: AbortSignal;
}

/** Resolves, with nothing, when the command shall end. */
export function whenAborted(signal: AbortSignal): Promise<null> {
  return new Promise((resolve) => {
    const end = () => {
      resolve(null);
    };
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}
