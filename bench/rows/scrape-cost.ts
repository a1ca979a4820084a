/** What one scrape of 10,000 groups costs the server. */
import { get } from 'node:http';
import { cpuSeconds, eventLoopSeconds, OURS, start } from './program.js';
import { load } from './wrk.js';

const GROUPS = 10_000;
const SCRAPES = 40;
/** Contract, section 6: of the event loop. */
const CEILING_MS = 60;

function scrape(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    get({ port, host: '127.0.0.1', path: '/metrics/domain' }, (answer) => {
      let bytes = 0;
      answer.on('data', (chunk: Buffer) => (bytes += chunk.length));
      answer.on('end', () => {
        resolve(bytes);
      });
    }).on('error', reject);
  });
}

/** CPU time of the thread that runs the event loop, from the request to the last byte, beside that of all threads. */
export async function benchScrapeCost(_rounds: number, seconds: number): Promise<boolean> {
  const { port, pid, stop } = await start(OURS);
  try {
    await load(port, seconds, GROUPS);
    let bytes = await scrape(port);
    const before = { loop: eventLoopSeconds(pid), all: cpuSeconds(pid) };
    const startedMs = performance.now();
    for (let n = 0; n < SCRAPES; n++) bytes = await scrape(port);
    const each = (seconds: number) => (1000 * seconds) / SCRAPES;
    const loopMs = each(eventLoopSeconds(pid) - before.loop);
    const allMs = each(cpuSeconds(pid) - before.all);
    const wallMs = (performance.now() - startedMs) / SCRAPES;
    const held = loopMs <= CEILING_MS;
    process.stdout.write(
      `a scrape of ${GROUPS} groups, ${(bytes / 1e6).toFixed(1)} MB: ${loopMs.toFixed(0)} ms of the event loop ` +
        `(${allMs.toFixed(0)} ms in all threads), ${wallMs.toFixed(0)} ms until it was read   ` +
        `ceiling ${CEILING_MS} ms   ${held ? 'held' : 'NOT REACHED'}\n`,
    );
    return held;
  } finally {
    await stop();
  }
}
