/** How long a start takes, and the longest answer over a reload, with more groups stored than are shown. */
import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort, median, root } from './program.js';
import { bodyOf, storeGroups } from './stored-groups.js';

const FEW = 10;
const MANY = 100_000;
const CONNECTIONS = 8;
const START_CEILING_MS = 2000;
const ANSWER_CEILING_MS = 1000;
/** Shown by default. */
const SHOWN = 20_000;
const EACH_MS = 10;

interface Measured {
  readonly startMs: number;
  readonly longestMs: number;
  readonly knownMs: number;
  readonly leftOutMs: number;
}

/** Another build to measure beside this one: OCM_BENCH_BESIDE names its folder. */
function builds(): readonly (readonly [name: string, folder: string])[] {
  const beside = process.env['OCM_BENCH_BESIDE'];
  return [['ours', root], ...(beside === undefined ? [] : ([['beside', beside]] as const))];
}

export async function benchStart(rounds: number): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'ocm-bench-start-'));
  try {
    for (const groups of [FEW, MANY]) await storeGroups(join(folder, `${groups}.db`), groups, Date.now());
    const held: boolean[] = [];
    for (const [name, build] of builds()) held.push(await benchBuild(name, build, folder, rounds));
    return held[0] ?? false;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function benchBuild(name: string, build: string, folder: string, rounds: number): Promise<boolean> {
  const of: Record<number, Measured[]> = { [FEW]: [], [MANY]: [] };
  for (let round = 0; round < rounds; round++) {
    for (const groups of [FEW, MANY]) of[groups]?.push(await measure(build, join(folder, `${groups}.db`), groups));
  }
  const figure = (groups: number, what: keyof Measured) => median((of[groups] ?? []).map((one) => one[what]));
  const [startMs, longestMs] = [figure(MANY, 'startMs'), figure(MANY, 'longestMs')];
  const verdict = (isHeld: boolean) => (isHeld ? 'held' : 'NOT REACHED');
  const line = (what: string, ms: number, few: number, ceilingMs: number) =>
    `  ${what} ${ms.toFixed(0)} ms, ${(ms / few).toFixed(1)} times that of ${FEW} groups   ceiling ${ceilingMs} ms   ` +
    `${verdict(ms <= ceilingMs)}\n`;
  process.stdout.write(
    `${name}: ${MANY} stored groups, medians of ${rounds} rounds\n` +
      line('start', startMs, figure(FEW, 'startMs'), START_CEILING_MS) +
      line('longest answer over a reload', longestMs, figure(FEW, 'longestMs'), ANSWER_CEILING_MS) +
      `  a post of a group that is left out / of one that is shown ` +
      `${(figure(MANY, 'leftOutMs') / figure(MANY, 'knownMs')).toFixed(2)}\n`,
  );
  return startMs <= START_CEILING_MS && longestMs <= ANSWER_CEILING_MS;
}

async function measure(build: string, database: string, groups: number): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), 'ocm-bench-'));
  const store = join(folder, 'bench.db');
  cpSync(database, store);
  const port = await freePort();
  const beganMs = performance.now();
  const program = join(build, 'dist/main.js');
  const args = [program, 'serve', '--port', String(port), '--store', `sqlite:${store}`, '--drain-timeout', '1s'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'ignore'] });
  try {
    const first = await serving(port, null);
    const startMs = performance.now() - beganMs;
    const knownMs = await postsMs(port, 1);
    const leftOutMs = await postsMs(port, Math.min(groups, MANY - SHOWN / 2));
    return { startMs, knownMs, leftOutMs, longestMs: await longestAnswerMs(child, port, groups, first) };
  } finally {
    child.kill('SIGINT');
    await new Promise((resolve) => child.once('exit', resolve));
    rmSync(folder, { recursive: true });
  }
}

/** Of posts all the time, while the service is replaced. */
async function longestAnswerMs(child: ChildProcess, port: number, groups: number, first: number): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  let [posts, longestMs, isOver] = [0, 0, false];
  const posting = Array.from({ length: CONNECTIONS }, async () => {
    while (!isOver) {
      longestMs = Math.max(longestMs, await postMs(agent, port, 1 + ((posts++ * 7919) % groups)));
      await pause(EACH_MS);
    }
  });
  await pause(1000);
  child.kill('SIGHUP');
  await serving(port, first);
  isOver = true;
  await Promise.all(posting);
  agent.destroy();
  return longestMs;
}

/** A post's answer, the median of many of consecutive groups, one after the other. */
async function postsMs(port: number, from: number): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const taken: number[] = [];
  for (let no = from; no < from + 500; no++) taken.push(await postMs(agent, port, no));
  agent.destroy();
  return median(taken);
}

function postMs(agent: Agent, port: number, no: number): Promise<number> {
  const beganMs = performance.now();
  return new Promise((resolve, reject) => {
    const path = '/ocs/campaign-group-state';
    const post = request({ agent, port, method: 'POST', path }, (answer) => {
      answer.resume();
      answer.on('end', () => {
        if (answer.statusCode === 200) resolve(performance.now() - beganMs);
        else reject(new Error(`answered ${answer.statusCode}`));
      });
    });
    post.on('error', reject);
    post.end(bodyOf({ no, atMs: Date.now(), state: 5, action: 0 }));
  });
}

/** Resolves with the serving process when it is another one. */
async function serving(port: number, before: number | null): Promise<number> {
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => null);
    const child = answer && ((await answer.json()) as { pids: { child: number } }).pids.child;
    if (child !== null && child !== before) return child;
    await pause(EACH_MS);
  }
}
