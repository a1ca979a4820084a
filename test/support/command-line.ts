/** Command lines for tests of what a command does: without a process, whose start takes 0.3 s of processor. */
import { runCommand } from '../../src/cli/run.js';
import { systemClock } from '../../src/node/system-clock.js';

/** As the program runs it whose output goes to a pipe. What starts a thread needs the built program: see `ran.ts`. */
export async function commandLine(args: readonly string[]) {
  let [out, err] = ['', ''];
  const status = await runCommand(args, {
    out: (text) => (out += text),
    err: (text) => (err += text),
    exact: {
      write: (bytes) => (out += Buffer.from(bytes as Uint8Array).toString()),
      written: () => Promise.resolve(),
    },
    isTerminal: false,
    clock: systemClock,
    signal: new AbortController().signal,
  });
  return { status, out, err };
}
