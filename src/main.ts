#!/usr/bin/env node
/** The process: arguments in, exit status out. */
import { closeSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { isatty } from 'node:tty';
import { inspect } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { visibleText } from './domain/visible-text.js';
import { openLineWriter } from './node/line-writer.js';
import { systemClock } from './node/system-clock.js';

const [STDIN, STDOUT, STDERR] = [0, 1, 2];
/** How long a reader of stdout may take for the rest, once the command was told to end. */
const REST_MS = 500;
/**
 * By so much the heap of a command that reads or writes much grows before it is cleared, of each of its threads. Left to
 * itself it grows to several times what is needed (docs/import.md).
 */
const HEAP_GROWS_PERCENT = 40;

// What reads or writes much beside a service leaves it the processor: posts wait for nobody's report; and the memory.
if (['audit', 'backup', 'export', 'import'].includes(process.argv[2] ?? '')) {
  yieldProcessor();
  setFlagsFromString(`--heap-growing-percent=${HEAP_GROWS_PERCENT}`);
}

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

const terminals = [STDIN, STDOUT, STDERR].filter((fd) => isatty(fd));
process.on('exit', letGoOfLostTerminals);

const droppedLine = (count: number) => `${count} lines could not be written here\n`;
const stderr = openLineWriter(STDERR, droppedLine, { waitsForDisk: true });

// Node's own way would wait for whoever reads stderr, for good.
process.on('uncaughtException', fail);
process.removeAllListeners('warning').on('warning', ({ name, message }) => {
  stderr.write(visibleText(`${name}: ${message}\n`));
});

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

/** What serves waits for nobody, not even for who reads its greeting; elsewhere data is written whole, or the command fails. */
const data = process.argv[2] === 'serve' || process.argv[2] === 'demo' ? openGreeting() : openData();

try {
  process.exitCode = await runCommand(process.argv.slice(2), {
    out: (text) => {
      data.write(text);
    },
    err: (text) => {
      stderr.write(text);
    },
    isTerminal: isatty(STDERR),
    ...(!isatty(STDOUT) && { exact: data }),
    ...(isatty(STDIN) && isatty(STDERR) && { ask }),
    clock: systemClock,
    signal: abort.signal,
  });
  await data.written();
} catch (error) {
  fail(error);
}
// Commands leave nothing running behind; what a fault left must not keep the process.
process.exit();

function yieldProcessor(): void {
  try {
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // Where it may not, it works all the same.
  }
}

/** Node would put a terminal back as it was, and crash where there is none any more; it leaves alone what is closed. */
function letGoOfLostTerminals(): void {
  for (const fd of terminals) if (!isatty(fd)) closeSync(fd);
}

/** A bug; what its message quotes may have been received. */
function fail(error: unknown): never {
  stderr.write(`${visibleText(inspect(error))}\n`);
  process.exit(1);
}

function openGreeting() {
  const writer = openLineWriter(STDOUT, droppedLine, { waitsForDisk: true });
  return {
    write: (text: string | Uint8Array) => {
      writer.write(text.toString());
    },
    written: () => Promise.resolve(),
  };
}

function openData() {
  const { stdout } = process;
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    // Who closes a pipe, as `head` does, has what he wants.
    if (error.code !== 'EPIPE') stderr.write(`stdout cannot be written: ${error.message}\n`);
    process.exit(1);
  });
  return {
    write: (text: string | Uint8Array) => {
      stdout.write(text);
    },
    written: () => {
      const rest = new Promise<void>((resolve) => {
        stdout.write('', (error) => {
          if (!error) resolve();
        });
      });
      const aborted = new Promise((resolve) => {
        if (abort.signal.aborted) resolve(null);
        else abort.signal.addEventListener('abort', resolve, { once: true });
      });
      return Promise.race([rest, aborted.then(() => delay(REST_MS))]);
    },
  };
}
