/** How long good posts take, and the event loop with them, on a disk whose every sync takes 20 ms. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Shim } from '../../test/faults/shim.js';
import { OURS, withRunning } from '../program.js';
import { atMost, type Bench, counted, type Findings, median, NotMeasured, type Settings } from '../row.js';
import { medianOf, steady, type Window } from '../steady.js';
import { load } from '../wrk.js';

const SYNC_MS = 20;
const GROUPS = 1000;
const what = `disk whose fsync takes ${SYNC_MS} ms, half of what it takes`;

export const SLOW_DISK: Bench = {
  name: 'slow-disk',
  rows: [
    { key: 'ack', what: `ack p99, ${what}`, comparison: null, unit: 'ms', floor: atMost(60) },
    { key: 'loop', what: `event-loop delay p99, ${what}`, comparison: null, unit: 'ms', floor: atMost(20) },
  ],
  run,
};

/** The p99 of the event loop's delay since it was asked before, as the service measures it: in steps of 10 ms. */
async function loopDelayMs(port: number): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const [, seconds = 'NaN'] = /^nodejs_eventloop_lag_p99_seconds (\S+)$/m.exec(text) ?? [];
  return Number(seconds) * 1000;
}

async function run(settings: Settings): Promise<Findings> {
  try {
    execFileSync('gcc', ['--version']);
  } catch {
    throw new NotMeasured('the Debian packages gcc and libc6-dev are not installed');
  }
  const folder = mkdtempSync(join(tmpdir(), 'ocm-bench-shim-'));
  let shim: Shim | undefined;
  const environmentOf = (database: string) => (shim = new Shim(folder, database, null)).environment;
  try {
    return await withRunning(OURS, { environmentOf }, async ({ port }) => {
      if (!shim) throw new Error('the program was started without the slow disk');
      return measure(port, shim, settings);
    });
  } finally {
    shim?.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(port: number, disk: Shim, { rounds, seconds, say }: Settings): Promise<Findings> {
  disk.set('syncDelayMs', SYNC_MS);
  const { perSecond } = await load(port, { seconds, groups: GROUPS });
  const half = Math.round(perSecond / 2);
  const acks: Window[] = [];
  const delaysMs: number[] = [];
  for (let round = 1; round <= rounds; round++) {
    const syncs = disk.get('syncs');
    await loopDelayMs(port);
    const ack = await steady({ port, perSecond: half, seconds, groups: GROUPS });
    const delayMs = await loopDelayMs(port);
    acks.push(ack);
    delaysMs.push(delayMs);
    const made = disk.get('syncs') - syncs;
    say(`round ${round}, p99 ${ack.p99Ms.toFixed(1)} ms, event loop ${delayMs.toFixed(1)} ms, ${made} syncs`);
  }
  const how = `${half} posts/s, middle of ${counted(rounds, 'round')} of ${seconds} s`;
  const loadCore = medianOf(acks, 'core');
  return {
    outcomes: {
      ack: { value: medianOf(acks, 'p99Ms'), how, loadCore },
      loop: { value: median(delaysMs), how, loadCore },
    },
  };
}
