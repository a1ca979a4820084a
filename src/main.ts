#!/usr/bin/env node
/** The process: arguments in, exit status out. */
import { runCommand } from './cli/run.js';
import { systemClock } from './system-clock.js';

const abort = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    abort.abort();
  });
}

process.exitCode = await runCommand(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  isTerminal: process.stderr.isTTY,
  clock: systemClock,
  signal: abort.signal,
});
// Commands leave nothing running behind; what a fault left must not keep the process.
process.exit();
