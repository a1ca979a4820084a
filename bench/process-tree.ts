/** What a process and its children use, as Linux counts it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

/** Linux counts CPU time in hundredths of a second. */
const TICKS_PER_SECOND = 100;
/** Nothing is written for so long: the writing is over. */
const QUIET_MS = 1000;
const LOOK_MS = 100;

export interface Usage {
  readonly cpuSeconds: number;
  /** Handed to the disk, in whole pages: every file, write-ahead logs and checkpoints included. */
  readonly writtenBytes: number;
}

/** Of a process, its children and theirs, in all their threads; what those used that have ended is their parent's. */
export function usageOf(pid: number): Usage {
  for (;;) {
    try {
      const all = treeOf(pid);
      return { cpuSeconds: sum(all, cpuSecondsWithEnded), writtenBytes: sum(all, writtenBytes) };
    } catch (error) {
      // A child that ended while it was looked at has a parent, who is looked at again.
      if (!isGone(error) || !existsSync(`/proc/${pid}/stat`)) throw error;
    }
  }
}

function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH');
}

/** Waits until a second goes by in which nothing is written, `mostMs` at most. */
export async function settledUsage(pid: number, mostMs = 10_000): Promise<Usage> {
  const endMs = performance.now() + mostMs;
  let last = usageOf(pid);
  let quietSinceMs = performance.now();
  while (performance.now() < endMs && performance.now() - quietSinceMs < QUIET_MS) {
    await pause(LOOK_MS);
    const now = usageOf(pid);
    if (now.writtenBytes !== last.writtenBytes) quietSinceMs = performance.now();
    last = now;
  }
  return last;
}

export function treeOf(pid: number): number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  );
  return [pid, ...children.flatMap(treeOf)];
}

/** CPU seconds a process has used in all its threads; children it waited for not included. */
export function cpuSeconds(pid: number): number {
  return secondsIn(`/proc/${pid}/stat`, OWN);
}

function cpuSecondsWithEnded(pid: number): number {
  return secondsIn(`/proc/${pid}/stat`, [...OWN, ...OF_ENDED]);
}

/** CPU seconds of the thread that runs the event loop: a process's first. */
export function eventLoopSeconds(pid: number): number {
  return secondsIn(`/proc/${pid}/task/${pid}/stat`, OWN);
}

/** Bytes of memory a process has, in all its threads. */
export function residentBytes(pid: number): number {
  return 1024 * numberAfter(`/proc/${pid}/status`, /VmRSS:\s+(\d+) kB/);
}

/** Files, sockets and all else that a process holds open. */
export function openHandles(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

function writtenBytes(pid: number): number {
  return numberAfter(`/proc/${pid}/io`, /^write_bytes: (\d+)/m);
}

function numberAfter(path: string, pattern: RegExp): number {
  const [, number = 'NaN'] = pattern.exec(readFileSync(path, 'utf8')) ?? [];
  return Number(number);
}

/** Places behind the name in `stat`: user and system time; those of children that have ended and were waited for. */
const OWN = [11, 12];
const OF_ENDED = [13, 14];

function secondsIn(path: string, places: readonly number[]): number {
  const fields = readFileSync(path, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return sum(places, (place) => Number(fields[place])) / TICKS_PER_SECOND;
}

function sum(all: readonly number[], of: (one: number) => number): number {
  return all.reduce((total, one) => total + of(one), 0);
}
