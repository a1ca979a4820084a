/** Durable ingest, ours beside the bare limit and the obvious program. The medians of the rounds count. */
import { join } from 'node:path';
import { cpuSeconds, median, OURS, type Program, root, start, tsx } from './program.js';
import { CONNECTIONS, load, numberIn } from './wrk.js';

const WARM_UP_SECONDS = 2;

const PROGRAMS: readonly Program[] = [
  {
    name: 'obvious',
    command: (database, port) => [tsx, join(root, 'bench/obvious-server.ts'), database, String(port)],
  },
  { name: 'bare', command: (database, port) => [tsx, join(root, 'bench/bare-server.ts'), database, String(port)] },
  OURS,
];

interface Measured {
  readonly perSecond: number;
  readonly p99Ms: number;
  readonly serverCpuMicros: number;
  /** Share of one core the load generator took. */
  readonly loadCpu: number;
}

async function measure(program: Program, seconds: number): Promise<Measured> {
  const { port, pid, stop } = await start(program);
  try {
    await load(port, WARM_UP_SECONDS);
    const before = cpuSeconds(pid);
    const { output, cpu } = await load(port, seconds);
    const used = cpuSeconds(pid) - before;
    const total = numberIn(output, /(\d+) requests in/);
    if (/Non-2xx|Socket errors/.test(output))
      throw new Error(`${program.name} did not answer 200 to everything:\n${output}`);
    return {
      perSecond: numberIn(output, /Requests\/sec:\s+([\d.]+)/),
      p99Ms: numberIn(output, /99%\s+([\d.]+)(us|ms|s)/),
      serverCpuMicros: (used / total) * 1e6,
      loadCpu: cpu / seconds,
    };
  } finally {
    await stop();
  }
}

/** Prints a table and two verdicts; resolves with whether both floors of the contract are held. */
export async function benchIngest(rounds: number, seconds: number): Promise<boolean> {
  const results = new Map<string, Measured[]>(PROGRAMS.map(({ name }) => [name, []]));
  for (let round = 1; round <= rounds; round++) {
    // Every other round runs backwards, so that a machine that slows down favours nobody.
    for (const program of round % 2 === 0 ? [...PROGRAMS].reverse() : PROGRAMS) {
      const measured = await measure(program, seconds);
      results.get(program.name)?.push(measured);
      process.stderr.write(`round ${round} ${program.name.padEnd(8)} ${measured.perSecond.toFixed(0)}/s\n`);
    }
  }
  return report(results, `${CONNECTIONS} connections, medians of ${rounds} rounds of ${seconds} s`);
}

function report(results: ReadonlyMap<string, readonly Measured[]>, how: string): boolean {
  const of = (name: string, what: keyof Measured) => median((results.get(name) ?? []).map((one) => one[what]));
  const rate = (name: string) => of(name, 'perSecond');
  const line = (cells: readonly string[]) =>
    `${cells.map((cell, i) => (i === 0 ? cell.padEnd(10) : cell.padStart(16))).join('')}\n`;
  process.stdout.write(`durable ingest: ${how}\n\n`);
  process.stdout.write(line(['program', 'posts/s', 'ack p99 ms', 'server us/post', 'load core %']));
  for (const { name } of PROGRAMS) {
    const cells = [rate(name), of(name, 'p99Ms'), of(name, 'serverCpuMicros'), 100 * of(name, 'loadCpu')];
    process.stdout.write(line([name, ...cells.map((cell) => cell.toFixed(1))]));
  }
  process.stdout.write('\n');
  const verdict = (name: string, floor: number) => {
    const ratio = rate('ours') / rate(name);
    const loadOk = of('ours', 'loadCpu') < 0.7 && of(name, 'loadCpu') < 0.7;
    const held = ratio >= floor ? 'held' : 'NOT REACHED';
    process.stdout.write(
      `ours / ${name.padEnd(8)} ${ratio.toFixed(2).padStart(6)}   floor ${floor}   ${loadOk ? held : 'VOID: the load generator was the limit'}\n`,
    );
    return ratio >= floor && loadOk;
  };
  return [verdict('bare', 0.85), verdict('obvious', 5)].every(Boolean);
}
