import type { Clock } from '../domain/clock.js';
import { visibleText } from '../domain/visible-text.js';

/** What a command talks to: data on stdout, diagnostics on stderr. */
export interface CliIo {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Standard output for bytes that have to be exact; left out where it is a terminal, on which they would act. */
  readonly exact?: ExactOutput;
  /** Controls the terminal on stderr, for what moves there: never with text from elsewhere. Left out: as `err`. */
  readonly draw?: (text: string) => void;
  /** Whether stderr is a terminal: only then bars and greetings are shown. */
  readonly isTerminal: boolean;
  /** Asks the person at the terminal; left out where nobody can be asked. */
  readonly ask?: (question: string) => Promise<string>;
  readonly clock: Clock;
  /** Aborted when the command shall end. */
  readonly signal: AbortSignal;
}

/** A file or a program that takes what is written as it is. */
export interface ExactOutput {
  readonly write: (bytes: string | Uint8Array) => void;
  /** Resolves when the reader has all, or when the command shall end; the process ends where it cannot be written. */
  readonly written: () => Promise<unknown>;
}

/** The one edge to the terminal: nothing that was received, named or answered acts on it. */
export function visibleIo(io: CliIo): CliIo {
  const { out, err, draw = err, ask } = io;
  return {
    ...io,
    out: (text) => {
      out(visibleText(text));
    },
    err: (text) => {
      err(visibleText(text));
    },
    draw,
    ...(ask && { ask: (question) => ask(visibleText(question)) }),
  };
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
