/** wrk: as many posts as the server takes. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { cpuSeconds, root } from './program.js';

export const CONNECTIONS = 64;

export interface Load {
  readonly output: string;
  readonly cpu: number;
}

/** `groups`: campaign groups that are posted for, in rotation. */
export function load(port: number, seconds: number, groups = 1000): Promise<Load> {
  return new Promise((resolve, reject) => {
    const args = [
      '-t1',
      `-c${CONNECTIONS}`,
      `-d${seconds}s`,
      '--latency',
      '-s',
      join(root, 'bench/post.lua'),
      `http://127.0.0.1:${port}`,
      '--',
      String(groups),
    ];
    let cpu = 0;
    const wrk = execFile('wrk', args, (error, output) => {
      clearInterval(look);
      if (error) reject(new Error('wrk could not be run; install it (Debian package wrk)', { cause: error }));
      else resolve({ output, cpu });
    });
    const look = setInterval(() => {
      try {
        if (wrk.pid !== undefined) cpu = cpuSeconds(wrk.pid);
      } catch {
        clearInterval(look);
      }
    }, 100);
  });
}

export function numberIn(output: string, pattern: RegExp): number {
  const [, number = 'NaN', unit = 'ms'] = pattern.exec(output) ?? [];
  return Number(number) * ({ us: 0.001, ms: 1, s: 1000 }[unit] ?? 1);
}

/** Answers a second. */
export function rateOf(output: string): number {
  return numberIn(output, /Requests\/sec:\s+([\d.]+)/);
}
