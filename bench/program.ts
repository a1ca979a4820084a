/** Starting the programs that are measured. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { treeOf } from './process-tree.js';

export const root = fileURLToPath(new URL('..', import.meta.url));
export const tsx = join(root, 'node_modules/tsx/dist/cli.mjs');
const READY_WITHIN_MS = 60_000;

/** Where a program that is measured may listen and write. */
export interface Place {
  readonly folder: string;
  readonly database: string;
  readonly port: number;
}

type Environment = Readonly<Record<string, string>>;

interface Command {
  readonly file: string;
  readonly args: readonly string[];
}

export interface Program {
  readonly name: string;
  /** How posts are written to it. */
  readonly form: 'ocs' | 'push';
  /** Before it is first started. Throws NotMeasured when it cannot be had. */
  readonly prepare?: () => Promise<void>;
  readonly command: (place: Place) => Command;
  /** Otherwise any answer says that it is ready. */
  readonly isReady?: (port: number) => Promise<boolean>;
}

export interface Running {
  readonly port: number;
  readonly database: string;
  /** What was started: usage is that of it and its children. */
  readonly pid: number;
  /** The server's own process: tsx starts it as a child. */
  readonly serverPid: number;
  readonly stop: () => Promise<void>;
}

const typescript = (file: string, { database, port }: Place): Command => ({
  file: process.execPath,
  args: [tsx, join(root, file), database, String(port)],
});

/** One process: a supervisor beside it would only blur what is measured. */
const serving = (dist: string, port: number, ...store: readonly string[]): Command => ({
  file: process.execPath,
  args: [
    ...[join(dist, 'main.js'), 'serve', '--unsupervised', '--log-level', 'error'],
    ...['--port', String(port), '--store', ...store],
  ],
});

/** The service of a build. */
export function builtService(dist: string): Program {
  return {
    name: 'ours',
    form: 'ocs',
    command: ({ database, port }) => serving(dist, port, `sqlite:${database}`),
  };
}

/** The same over a database of a PostgreSQL. */
export function serviceOnPostgres(url: string): Program {
  return {
    name: 'ours on PostgreSQL',
    form: 'ocs',
    command: ({ folder, port }) => serving(join(root, 'dist'), port, url, '--state-folder', folder),
  };
}

export const OURS = builtService(join(root, 'dist'));
export const BARE: Program = {
  name: 'thin bare limit',
  form: 'ocs',
  command: (place) => typescript('bench/programs/bare-server.ts', place),
};
export const OBVIOUS: Program = {
  name: 'obvious program',
  form: 'ocs',
  command: (place) => typescript('bench/programs/obvious-server.ts', place),
};

interface StartOptions {
  /** A database to begin with, which the program may change. */
  readonly database?: string;
  readonly environmentOf?: (folder: string) => Environment;
}

/** Starts a program on a free port and a database of its own; resolves when it answers. */
export async function start(program: Program, { database, environmentOf }: StartOptions = {}): Promise<Running> {
  const folder = mkdtempSync(join(tmpdir(), 'ocm-bench-'));
  const place = { folder, database: database ?? join(folder, 'bench.db'), port: await freePort() };
  const { file, args } = program.command(place);
  const child = spawn(file, args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, ...environmentOf?.(folder) },
  });
  const ended = new Promise((resolve) => {
    child.once('exit', resolve);
    child.once('error', resolve);
  });
  // Who ends early leaves nothing behind that runs.
  const endWithUs = () => child.kill('SIGKILL');
  process.once('exit', endWithUs);
  const stop = async () => {
    process.off('exit', endWithUs);
    child.kill('SIGINT');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await ready(program, place.port, child);
    const { pid } = child;
    if (pid === undefined) throw new Error(`${program.name} could not be started`);
    return { port: place.port, database: place.database, pid, serverPid: treeOf(pid)[1] ?? pid, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Stops it whatever happens. */
export async function withRunning<T>(
  program: Program,
  options: StartOptions,
  use: (running: Running) => Promise<T>,
): Promise<T> {
  const running = await start(program, options);
  try {
    return await use(running);
  } finally {
    await running.stop();
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port is free');
  return address.port;
}

async function ready({ name, isReady = answers }: Program, port: number, child: ChildProcess): Promise<void> {
  const endMs = performance.now() + READY_WITHIN_MS;
  while (performance.now() < endMs) {
    if (child.exitCode !== null) throw new Error(`${name} ended with status ${child.exitCode} before it answered`);
    if (await isReady(port)) return;
    await pause(50);
  }
  throw new Error(`${name} does not answer on port ${port}`);
}

function answers(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(500) }).then(
    () => true,
    () => false,
  );
}
