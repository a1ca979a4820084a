/** Asks the program for its help, command by command. */
import { runCommand } from '../../src/cli/run.js';
import { systemClock } from '../../src/node/system-clock.js';
import { version } from '../../src/node/version.js';
import { commandsIn, type Help } from './man-page.js';

export async function programHelp(): Promise<Help> {
  const program = await said(['--help']);
  const commands = [];
  for (const name of commandsIn(program)) commands.push({ name, text: await said(['help', name]) });
  return { version, program, commands };
}

async function said(args: readonly string[]): Promise<string> {
  let text = '';
  const out = (more: string) => {
    text += more;
  };
  const { signal } = new AbortController();
  const status = await runCommand(args, { out, err: out, isTerminal: false, clock: systemClock, signal });
  if (status !== 0) throw new Error(`ocs-monitor ${args.join(' ')} ended with ${status}: ${text}`);
  return text;
}
