/** Memory with 10,000 groups that post every ten seconds, and a scrape every ten seconds. */
import { get } from 'node:http';
import { OURS, residentBytes, start } from './program.js';
import { steady } from './steady.js';
import { load } from './wrk.js';

const GROUPS = 10_000;
const PER_SECOND = GROUPS / 10;
const SCRAPE_MS = 10_000;
const SAMPLE_MS = 250;
const CEILING_BYTES = 250e6;
/** Long enough for garbage of every kind to have been collected. */
const TIMES_LONGER = 10;

export async function benchMemory(_rounds: number, seconds: number): Promise<boolean> {
  const { port, pid, stop } = await start(OURS);
  try {
    await load(port, seconds, GROUPS);
    const samples: number[] = [];
    const look = setInterval(() => samples.push(residentBytes(pid)), SAMPLE_MS);
    const scrape = setInterval(() => {
      get({ port, host: '127.0.0.1', path: '/metrics' }, (answer) => answer.resume());
    }, SCRAPE_MS);
    await steady(port, PER_SECOND, TIMES_LONGER * seconds, GROUPS);
    clearInterval(look);
    clearInterval(scrape);
    const greatest = Math.max(...samples);
    const held = greatest <= CEILING_BYTES;
    const mean = samples.reduce((sum, bytes) => sum + bytes, 0) / samples.length;
    process.stdout.write(
      `resident memory, ${GROUPS} groups, ${PER_SECOND} posts/s for ${TIMES_LONGER * seconds} s, scrapes: ` +
        `greatest ${(greatest / 1e6).toFixed(0)} MB, mean ${(mean / 1e6).toFixed(0)} MB   ` +
        `ceiling ${CEILING_BYTES / 1e6} MB   ${held ? 'held' : 'NOT REACHED'}\n`,
    );
    return held;
  } finally {
    await stop();
  }
}
