/** How long a start takes, and the longest answer over a reload, with more groups stored than are shown. */
import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort, root } from '../program.js';
import { atMost, type Bench, counted, type Findings, median, type Settings } from '../row.js';
import { bodyOf, storeGroups } from '../stored-groups.js';

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

export const START: Bench = {
  name: 'start',
  rows: [
    {
      ...{ key: 'start', what: 'start to ready, 100,000 groups stored, 20,000 shown', comparison: null, unit: 'ms' },
      floor: atMost(START_CEILING_MS),
    },
    {
      ...{ key: 'longest', what: 'longest answer over a reload, 100,000 groups stored', comparison: null, unit: 'ms' },
      floor: atMost(ANSWER_CEILING_MS),
    },
    {
      ...{ key: 'left-out', what: 'a post of a group that is left out', comparison: 'of one that is shown', unit: '×' },
      floor: null,
    },
  ],
  run,
};

async function run(settings: Settings): Promise<Findings> {
  const folder = mkdtempSync(join(tmpdir(), 'ocm-bench-start-'));
  try {
    for (const groups of [FEW, MANY]) await storeGroups(join(folder, `${groups}.db`), groups, Date.now());
    return await benchBuild(folder, settings);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function benchBuild(folder: string, { rounds, say }: Settings): Promise<Findings> {
  const few: Measured[] = [];
  const many: Measured[] = [];
  for (let round = 1; round <= rounds; round++) {
    few.push(await measure(join(folder, `${FEW}.db`), FEW));
    many.push(await measure(join(folder, `${MANY}.db`), MANY));
    say(`round ${round}, ${many.at(-1)?.startMs.toFixed(0)} ms`);
  }
  const figure = (all: readonly Measured[], what: keyof Measured) => median(all.map((one) => one[what]));
  const outcome = (what: keyof Measured) => {
    const times = (figure(many, what) / figure(few, what)).toFixed(1);
    const how = `middle of ${counted(rounds, 'round')}; ${times} times that of ${FEW} groups`;
    return { value: figure(many, what), how, loadCore: null };
  };
  const leftOut = figure(many, 'leftOutMs') / figure(many, 'knownMs');
  return {
    outcomes: {
      ...{ start: outcome('startMs'), longest: outcome('longestMs') },
      'left-out': { value: leftOut, how: 'middle of 500 posts each, one after the other', loadCore: null },
    },
  };
}

async function measure(database: string, groups: number): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), 'ocm-bench-'));
  const store = join(folder, 'bench.db');
  cpSync(database, store);
  const port = await freePort();
  const beganMs = performance.now();
  const program = join(root, 'dist/main.js');
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
