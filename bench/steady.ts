/** Posts at a fixed rate, sent by a process of its own. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { root, tsx } from './program.js';
import { median } from './row.js';

export interface SteadyOptions {
  readonly port: number;
  readonly perSecond: number;
  readonly seconds: number;
  readonly groups: number;
  readonly source?: string;
  /** A result each so many seconds; otherwise one of all. */
  readonly windowSeconds?: number;
  /** The time that the posts themselves tell of, which ends now; otherwise each tells of when it is sent. */
  readonly spanMs?: number;
}

export interface Window {
  readonly posts: number;
  readonly failed: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Share of one core the load generator took. */
  readonly core: number;
}

/** Posts at a fixed rate; throws when one is not answered 200. */
export async function steady(options: SteadyOptions): Promise<Window> {
  const windows: Window[] = [];
  await steadyWindows(options, (window) => windows.push(window));
  const [only] = windows;
  if (!only) throw new Error('the load generator said nothing');
  return only;
}

/** `onWindow` is called as the load goes on. Throws when a post is not answered 200. */
export async function steadyWindows(options: SteadyOptions, onWindow: (window: Window) => void): Promise<void> {
  const args = [tsx, join(root, 'bench/steady-load.ts'), JSON.stringify(options)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  for await (const line of createInterface(child.stdout)) {
    const window = JSON.parse(line) as Window;
    if (window.failed > 0) {
      child.kill();
      throw new Error(`${window.failed} good posts were not answered 200`);
    }
    onWindow(window);
  }
  const status = await ended;
  if (status !== 0) throw new Error(`the load generator ended with status ${status ?? 'of a signal'}`);
}

/** The middle of some windows, each figure by itself. */
export function medianOf(windows: readonly Window[], what: keyof Window): number {
  return median(windows.map((window) => window[what]));
}
