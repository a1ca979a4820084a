/** How much a program takes, and what it uses for that. */
import { settledUsage } from './process-tree.js';
import type { Running } from './program.js';
import { median } from './row.js';
import { figureText } from './table.js';
import { load, type LoadOptions } from './wrk.js';

export interface Throughput {
  readonly posts: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** All threads of the process and its children, what they do once the load is over included. */
  readonly cpuMicros: number;
  /** All files: database, write-ahead log, checkpoints. Read when nothing is written any more, before and after. */
  readonly writtenBytes: number;
  readonly loadCore: number;
}

export async function throughput({ pid, port }: Running, options: LoadOptions): Promise<Throughput> {
  const before = await settledUsage(pid);
  const { posts, core, ...rest } = await load(port, options);
  const after = await settledUsage(pid);
  return {
    ...rest,
    posts,
    cpuMicros: ((after.cpuSeconds - before.cpuSeconds) / posts) * 1e6,
    writtenBytes: (after.writtenBytes - before.writtenBytes) / posts,
    loadCore: core,
  };
}

export const THROUGHPUT_HEADS = [
  ...['program', 'posts/s', 'CPU µs per post', 'bytes written per post'],
  ...['ack p50 ms', 'ack p99 ms', 'load core %'],
];

export function throughputLine(name: string, all: readonly Throughput[]): string[] {
  const middle = (what: keyof Throughput) => median(all.map((one) => one[what]));
  const figures = [middle('perSecond'), middle('cpuMicros'), middle('writtenBytes'), middle('p50Ms'), middle('p99Ms')];
  return [...[name], ...[...figures, 100 * middle('loadCore')].map((figure) => figureText(figure, ''))];
}
