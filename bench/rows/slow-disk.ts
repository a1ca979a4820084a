/** How long good posts take, and the event loop with them, on a disk whose every sync takes 20 ms. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Shim } from '../test/faults/shim.js';
import { median, OURS, start } from './program.js';
import { isGeneratorIdle, type Steady, steady } from './steady.js';
import { load, rateOf } from './wrk.js';

const SYNC_MS = 20;
const GROUPS = 1000;
const ACK_CEILING_MS = 100;
const LOOP_CEILING_MS = 20;

/** The p99 of the event loop's delay since it was asked before, as the service measures it: in steps of 10 ms. */
async function loopDelayMs(port: number): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const [, seconds = 'NaN'] = /^nodejs_eventloop_lag_p99_seconds (\S+)$/m.exec(text) ?? [];
  return Number(seconds) * 1000;
}

export async function benchSlowDisk(rounds: number, seconds: number): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'ocm-bench-shim-'));
  let shim: Shim | null = null;
  const { port, stop } = await start(OURS, (database) => (shim = new Shim(folder, database, null)).environment);
  const disk = shim as Shim | null;
  try {
    disk?.set('syncDelayMs', SYNC_MS);
    const { output } = await load(port, seconds, GROUPS);
    const half = Math.round(rateOf(output) / 2);
    const acks: Steady[] = [];
    const delays: number[] = [];
    for (let round = 1; round <= rounds; round++) {
      const syncs = disk?.get('syncs') ?? 0;
      await loopDelayMs(port);
      acks.push(await steady(port, half, seconds, GROUPS));
      delays.push(await loopDelayMs(port));
      process.stderr.write(
        `round ${round} p99 ${acks.at(-1)?.p99Ms.toFixed(1)} ms, event loop ${delays.at(-1)?.toFixed(1)} ms, ` +
          `${(disk?.get('syncs') ?? 0) - syncs} syncs\n`,
      );
    }
    return report(half, acks, delays);
  } finally {
    await stop();
    disk?.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function report(perSecond: number, acks: readonly Steady[], delays: readonly number[]): boolean {
  const p99Ms = median(acks.map((ack) => ack.p99Ms));
  const core = median(acks.map((ack) => ack.core));
  const loopMs = median(delays);
  const verdict = (isHeld: boolean) =>
    isGeneratorIdle(core) ? (isHeld ? 'held' : 'NOT REACHED') : 'VOID: the load generator was the limit';
  process.stdout.write(
    `a disk whose sync takes ${SYNC_MS} ms, ${perSecond} posts/s (half of what it takes), load core ${(100 * core).toFixed(0)} %\n` +
      `  ack p99 ${p99Ms.toFixed(1)} ms   ceiling ${ACK_CEILING_MS}   ${verdict(p99Ms <= ACK_CEILING_MS)}\n` +
      `  event-loop delay p99 ${loopMs.toFixed(1)} ms   ceiling ${LOOP_CEILING_MS}   ${verdict(loopMs <= LOOP_CEILING_MS)}\n`,
  );
  return isGeneratorIdle(core) && p99Ms <= ACK_CEILING_MS && loopMs <= LOOP_CEILING_MS;
}
