/** The primary is away for a while, and posts come in as they always do. */
import { setTimeout as pause } from 'node:timers/promises';
import { drained } from './drained.js';
import type { DatabaseGround } from './ground.js';

interface Outage {
  readonly seconds: number;
  readonly postsPerSecond: number;
  /** How long a hundredth of the posts may take while what was spooled is drained; null: is not asked for. */
  readonly p99Ms: number | null;
}

/** On a machine that does other things as well. */
export const SHORT_OUTAGE: Outage = { seconds: 10, postsPerSecond: 100, p99Ms: null };
export const LONG_OUTAGE: Outage = { seconds: 600, postsPerSecond: 500, p99Ms: 50 };
/** Of the time that it was away, at most: until all is drained. */
const DRAINED_IN = 0.1;
/** On a machine that does other things as well. */
const LEAST_SECONDS = 60;

/** Times of that, until it counts as not drained at all. */
const LONGEST = 10;
/** Until each group has posted. */
const KNOWN_AFTER_MS = 15_000;

/** `miss` is told where draining takes longer than it may, or keeps live posts waiting; throws where it does not end. */
export async function outage(
  ground: DatabaseGround,
  { seconds, postsPerSecond, p99Ms }: Outage,
  miss: (what: string) => void,
): Promise<string> {
  const { client, cluster, ledger, receivers } = ground;
  await client.pause();
  const sites = ground.sites();
  try {
    sites.pace(postsPerSecond);
    await pause(KNOWN_AFTER_MS / 2);
    ledger.tookMs = [];
    await pause(KNOWN_AFTER_MS / 2);
    const usual = percentiles(ledger.tookMs);
    const before = { spooled: ledger.spooled, total: ledger.total };
    await cluster.primary.kill();
    await pause(seconds * 1000);
    const spooled = ledger.spooled - before.spooled;
    const rate = (ledger.total - before.total) / seconds;
    const most = Math.max(LEAST_SECONDS, seconds * DRAINED_IN);
    await cluster.primary.start();
    const backMs = performance.now();
    ledger.tookMs = [];
    await Promise.all(receivers.map(({ url }) => drained(url, LONGEST * most)));
    const drainedSeconds = (performance.now() - backMs) / 1000;
    const meanwhile = percentiles(ledger.tookMs);
    const what = `${String(seconds)} s away at ${rate.toFixed(0)} posts/s: ${String(spooled)} posts drained in ${drainedSeconds.toFixed(1)} s, live p50 and p99 meanwhile ${told(meanwhile)} ms (before ${told(usual)})`;
    if (drainedSeconds > most) miss(`${what}: drained in ${String(most)} s was asked for`);
    if (p99Ms !== null && meanwhile.p99 > p99Ms) miss(`${what}: ${String(p99Ms)} ms was asked for`);
    return what;
  } finally {
    ledger.tookMs = null;
    await sites.stop();
    client.resume();
  }
}

interface Percentiles {
  readonly p50: number;
  readonly p99: number;
}

function percentiles(tookMs: readonly number[]): Percentiles {
  const sorted = tookMs.toSorted((a, b) => a - b);
  const at = (part: number) => sorted[Math.floor(sorted.length * part)] ?? 0;
  return { p50: at(0.5), p99: at(0.99) };
}

function told({ p50, p99 }: Percentiles): string {
  return `${p50.toFixed(0)} and ${p99.toFixed(0)}`;
}
