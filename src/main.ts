#!/usr/bin/env node
/** The process: arguments in, exit status out. */
import { inspect } from 'node:util';
import { visibleText } from './domain/visible-text.js';
import { systemClock } from './system-clock.js';

const abort = new AbortController();
// A copy is made in one piece, in which no handler would run: there a signal does what it always does.
const endsAtOnce = process.argv[2] === 'backup';
for (const signal of endsAtOnce ? [] : (['SIGINT', 'SIGTERM'] as const)) {
  process.once(signal, () => {
    abort.abort();
  });
}

// A service obeys it once it stands; until then it must not end it.
if (process.argv[2] === 'serve') process.on('SIGHUP', () => undefined);
// The rest is loaded when signals are heard.
const { runCommand } = await import('./cli/run.js');

async function ask(question: string): Promise<string> {
  const { createInterface } = await import('node:readline/promises');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await terminal.question(question, { signal: abort.signal });
  } finally {
    terminal.close();
  }
}

try {
  process.exitCode = await runCommand(process.argv.slice(2), {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    isTerminal: process.stderr.isTTY,
    ...(process.stdin.isTTY && process.stderr.isTTY && { ask }),
    clock: systemClock,
    signal: abort.signal,
  });
} catch (error) {
  // A bug; what its message quotes may have been received.
  process.stderr.write(`${visibleText(inspect(error))}\n`);
  process.exitCode = 1;
}
// Commands leave nothing running behind; what a fault left must not keep the process.
process.exit();
