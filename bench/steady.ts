/** Posts at a fixed rate, sent by a process of its own. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root, tsx } from './program.js';

const run = promisify(execFile);

export interface Steady {
  readonly posts: number;
  readonly failed: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Share of one core the load generator took. */
  readonly core: number;
}

/** Posts at a fixed rate; throws when one is not answered 200. */
export async function steady(port: number, perSecond: number, seconds: number, groups: number): Promise<Steady> {
  const args = [join(root, 'bench/steady-load.ts'), ...[port, perSecond, seconds, groups].map(String)];
  const { stdout } = await run(process.execPath, [tsx, ...args]);
  const result = JSON.parse(stdout) as Steady;
  if (result.failed > 0) throw new Error(`${result.failed} of ${result.posts} good posts were not answered 200`);
  return result;
}

/** Contract, section 6: a row counts only if the load generator was not the limit. */
export function isGeneratorIdle(core: number): boolean {
  return core < 0.7;
}
