/** Starting the programs that are measured, and looking at what they use. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Linux counts CPU time in hundredths of a second. */
const TICKS_PER_SECOND = 100;

export const root = new URL('..', import.meta.url).pathname;
export const tsx = join(root, 'node_modules/tsx/dist/cli.mjs');

export interface Program {
  readonly name: string;
  readonly command: (database: string, port: number) => string[];
}

/** One process: a supervisor beside it would only blur what is measured. */
export const OURS: Program = {
  name: 'ours',
  command: (database, port) => [
    join(root, 'dist/main.js'),
    'serve',
    '--unsupervised',
    '--port',
    String(port),
    '--store',
    `sqlite:${database}`,
  ],
};

export interface Running {
  readonly port: number;
  /** The server's own process: tsx starts it as a child. */
  readonly pid: number;
  readonly stop: () => Promise<void>;
}

type Environment = Readonly<Record<string, string>>;

/**
 * Starts a program on a free port and a database of its own; resolves when it answers. Its environment may depend on the
 * folder of the database.
 */
export async function start(
  program: Program,
  environmentOf: (folder: string) => Environment = () => ({}),
): Promise<Running> {
  const folder = mkdtempSync(join(tmpdir(), 'ocm-bench-'));
  const port = await freePort();
  const child = spawn(process.execPath, program.command(join(folder, 'bench.db'), port), {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, ...environmentOf(folder) },
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const stop = async () => {
    child.kill('SIGINT');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await answering(port);
    return { port, pid: serverPid(child), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** CPU seconds a process has used in all its threads; children it waited for not included. */
export function cpuSeconds(pid: number): number {
  return secondsIn(`/proc/${pid}/stat`);
}

/** CPU seconds of the thread that runs the event loop: a process's first. */
export function eventLoopSeconds(pid: number): number {
  return secondsIn(`/proc/${pid}/task/${pid}/stat`);
}

/** Bytes of memory a process has, in all its threads. */
export function residentBytes(pid: number): number {
  const [, kilobytes = 'NaN'] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) * 1024;
}

function secondsIn(path: string): number {
  const fields = readFileSync(path, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** The server's own process: tsx starts it as a child. */
function serverPid(child: ChildProcess): number {
  const children = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim().split(' ');
  return Number(children[0] === '' ? child.pid : children[0]);
}

async function answering(port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const answered = await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(500) }).then(
      () => true,
      (error: unknown) => (error as Error).name === 'TimeoutError',
    );
    if (answered) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`nothing answers on port ${port}`);
}

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}
