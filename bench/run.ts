/**
 * npm run bench: durable ingest, ours beside the bare limit and the obvious program, in one run on one machine.
 * Only the ratios mean something elsewhere. A round measures all three one after the other; the medians count.
 * Usage: npm run bench -- [--rounds 5] [--seconds 6]
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, seconds: { type: 'string', default: '6' } },
});
const ROUNDS = Number(values.rounds);
const SECONDS = Number(values.seconds);
const CONNECTIONS = 64;
const WARM_UP_SECONDS = 2;
/** Linux counts CPU time in hundredths of a second. */
const TICKS_PER_SECOND = 100;

const root = new URL('..', import.meta.url).pathname;
const tsx = join(root, 'node_modules/tsx/dist/cli.mjs');

interface Program {
  readonly name: string;
  readonly command: (database: string, port: number) => string[];
}

const PROGRAMS: readonly Program[] = [
  {
    name: 'obvious',
    command: (database, port) => [tsx, join(root, 'bench/obvious-server.ts'), database, String(port)],
  },
  { name: 'bare', command: (database, port) => [tsx, join(root, 'bench/bare-server.ts'), database, String(port)] },
  {
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
  },
];

interface Measured {
  readonly perSecond: number;
  readonly p99Ms: number;
  readonly serverCpuMicros: number;
  /** Share of one core the load generator took. */
  readonly loadCpu: number;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** CPU seconds a process has used; children it waited for not included. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
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

interface Load {
  readonly output: string;
  readonly cpu: number;
}

function load(port: number, seconds: number): Promise<Load> {
  return new Promise((resolve, reject) => {
    const args = [
      '-t1',
      `-c${CONNECTIONS}`,
      `-d${seconds}s`,
      '--latency',
      '-s',
      join(root, 'bench/post.lua'),
      `http://127.0.0.1:${port}`,
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

function numberIn(output: string, pattern: RegExp): number {
  const [, number = 'NaN', unit = 'ms'] = pattern.exec(output) ?? [];
  return Number(number) * ({ us: 0.001, ms: 1, s: 1000 }[unit] ?? 1);
}

async function measure(program: Program): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), 'ocm-bench-'));
  const port = await freePort();
  const child = spawn(process.execPath, program.command(join(folder, 'bench.db'), port), {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  try {
    await answering(port);
    await load(port, WARM_UP_SECONDS);
    const pid = serverPid(child);
    const before = cpuSeconds(pid);
    const { output, cpu } = await load(port, SECONDS);
    const used = cpuSeconds(pid) - before;
    const total = numberIn(output, /(\d+) requests in/);
    if (/Non-2xx|Socket errors/.test(output))
      throw new Error(`${program.name} did not answer 200 to everything:\n${output}`);
    return {
      perSecond: numberIn(output, /Requests\/sec:\s+([\d.]+)/),
      p99Ms: numberIn(output, /99%\s+([\d.]+)(us|ms|s)/),
      serverCpuMicros: (used / total) * 1e6,
      loadCpu: cpu / SECONDS,
    };
  } finally {
    child.kill('SIGINT');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  }
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

const results = new Map<string, Measured[]>(PROGRAMS.map(({ name }) => [name, []]));
for (let round = 1; round <= ROUNDS; round++) {
  // Every other round runs backwards, so that a machine that slows down favours nobody.
  for (const program of round % 2 === 0 ? [...PROGRAMS].reverse() : PROGRAMS) {
    const measured = await measure(program);
    results.get(program.name)?.push(measured);
    process.stderr.write(`round ${round} ${program.name.padEnd(8)} ${measured.perSecond.toFixed(0)}/s\n`);
  }
}
const of = (name: string, what: keyof Measured) => median((results.get(name) ?? []).map((one) => one[what]));
const rate = (name: string) => of(name, 'perSecond');
const line = (cells: readonly string[]) =>
  `${cells.map((cell, i) => (i === 0 ? cell.padEnd(10) : cell.padStart(16))).join('')}\n`;
process.stdout.write(
  `${cpus().length} x ${cpus()[0]?.model ?? 'CPU'}, Node ${process.version}, ${CONNECTIONS} connections, medians of ${ROUNDS} rounds of ${SECONDS} s\n\n`,
);
process.stdout.write(line(['program', 'posts/s', 'ack p99 ms', 'server us/post', 'load core %']));
for (const { name } of PROGRAMS) {
  const cells = [rate(name), of(name, 'p99Ms'), of(name, 'serverCpuMicros'), 100 * of(name, 'loadCpu')];
  process.stdout.write(line([name, ...cells.map((cell) => cell.toFixed(1))]));
}
const verdict = (name: string, floor: number) => {
  const ratio = rate('ours') / rate(name);
  const loadOk = of('ours', 'loadCpu') < 0.7 && of(name, 'loadCpu') < 0.7;
  const held = ratio >= floor ? 'held' : 'NOT REACHED';
  process.stdout.write(
    `ours / ${name.padEnd(8)} ${ratio.toFixed(2).padStart(6)}   floor ${floor}   ${loadOk ? held : 'VOID: the load generator was the limit'}\n`,
  );
  return ratio >= floor && loadOk;
};
process.stdout.write('\n');
const held = [verdict('bare', 0.85), verdict('obvious', 5)];
process.exitCode = held.every(Boolean) ? 0 : 1;
