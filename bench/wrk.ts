/** wrk: as many posts as the server takes. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cpuSeconds } from './process-tree.js';
import { root } from './program.js';
import { NotMeasured } from './row.js';

export const CONNECTIONS = 64;

export interface LoadOptions {
  readonly seconds: number;
  /** Campaign groups that are posted for, in rotation. */
  readonly groups?: number;
  /** How a group's figures go from post to post. */
  readonly figures?: 'random' | 'walk';
  /** Calling lists in each post. */
  readonly lists?: number;
  readonly form?: 'ocs' | 'push';
  /** Of the OCS that posts; otherwise the only one. */
  readonly source?: string;
  /** Whose turn it is: one group after the other, or any. */
  readonly order?: 'rotation' | 'drawn';
  readonly connections?: number;
  /** Figures of another seed are others. */
  readonly seed?: number;
}

export interface Load {
  readonly perSecond: number;
  readonly posts: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Share of one core that wrk took. */
  readonly core: number;
}

/** Throws when a post is not answered with success. */
export async function load(port: number, options: LoadOptions): Promise<Load> {
  const { seconds, groups = 1000, figures = 'random', lists = 0, form = 'ocs', source } = options;
  const { order = 'rotation', connections = CONNECTIONS, seed = groups } = options;
  const path = source === undefined ? '/ocs/campaign-group-state' : `/ocs/${source}/campaign-group-state`;
  // An answer may be slow, and is counted all the same.
  const args = [
    '--timeout',
    '30s',
    '-t1',
    `-c${connections}`,
    `-d${seconds}s`,
    '--latency',
    '-s',
    join(root, 'bench/post.lua'),
  ];
  const { output, cpu } = await wrk([
    ...args,
    ...[`http://127.0.0.1:${port}`, '--', String(groups), figures, String(lists), form],
    ...[path, order, String(seed)],
  ]);
  if (/Non-2xx|Socket errors/.test(output)) throw new Error(`not every post was answered with success:\n${output}`);
  return { ...readOutput(output), core: cpu / seconds };
}

/** Loads until every group was posted for in one go: wrk begins with the first group each time. */
export async function loadAllGroups(
  port: number,
  seconds: number,
  groups: number,
  options: Omit<LoadOptions, 'seconds'> = {},
): Promise<void> {
  for (let lasting = seconds; ; lasting *= 2) {
    const { posts } = await load(port, { ...options, seconds: lasting, groups, order: 'rotation' });
    if (posts >= groups) return;
  }
}

export function readOutput(output: string): Omit<Load, 'core'> {
  const number = (pattern: RegExp) => {
    const [, digits = 'NaN', unit = 'ms'] = pattern.exec(output) ?? [];
    return Number(digits) * ({ us: 0.001, ms: 1, s: 1000 }[unit] ?? NaN);
  };
  return {
    perSecond: number(/Requests\/sec:\s+([\d.]+)/),
    posts: number(/(\d+) requests in/),
    p50Ms: number(/50%\s+([\d.]+)(us|ms|s)/),
    p99Ms: number(/99%\s+([\d.]+)(us|ms|s)/),
  };
}

export async function wrkVersion(): Promise<string> {
  // It says its version and ends with 1.
  const said = await promisify(execFile)('wrk', ['-v']).catch((error: unknown) => error);
  const text = typeof said === 'object' && said !== null && 'stdout' in said ? String(said.stdout) : '';
  return /^wrk (\S+)/m.exec(text)?.[1] ?? 'not installed';
}

function wrk(args: readonly string[]): Promise<{ readonly output: string; readonly cpu: number }> {
  return new Promise((resolve, reject) => {
    let cpu = 0;
    const child = execFile('wrk', args, (error, output) => {
      clearInterval(look);
      if (!error) resolve({ output, cpu });
      else if (error.code === 'ENOENT') reject(new NotMeasured('the Debian package wrk is not installed'));
      else reject(new Error('wrk failed', { cause: error }));
    });
    const look = setInterval(() => {
      try {
        if (child.pid !== undefined) cpu = cpuSeconds(child.pid);
      } catch {
        clearInterval(look);
      }
    }, 100);
  });
}
