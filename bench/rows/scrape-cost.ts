/** What one scrape of 10,000 groups costs the server. */
import { get } from 'node:http';
import { eventLoopSeconds, usageOf } from '../process-tree.js';
import { OURS, withRunning } from '../program.js';
import { atMost, type Bench } from '../row.js';
import { loadAllGroups } from '../wrk.js';

const GROUPS = 10_000;
const SCRAPES = 40;

/** CPU time of the thread that runs the event loop, from the request to the last byte, beside that of all threads. */
export const SCRAPE_COST: Bench = {
  name: 'scrape-cost',
  rows: [
    {
      ...{ key: 'loop', what: '`/metrics/domain` of 10,000 groups, event-loop time', comparison: null },
      ...{ unit: 'ms', floor: atMost(40) },
    },
  ],
  run: ({ seconds }) =>
    withRunning(OURS, {}, async ({ port, serverPid }) => {
      await loadAllGroups(port, seconds, GROUPS);
      let bytes = await scrape(port);
      const before = { loop: eventLoopSeconds(serverPid), all: usageOf(serverPid).cpuSeconds };
      const beganMs = performance.now();
      for (let n = 0; n < SCRAPES; n++) bytes = await scrape(port);
      const each = (seconds: number) => (1000 * seconds) / SCRAPES;
      const loopMs = each(eventLoopSeconds(serverPid) - before.loop);
      const allMs = each(usageOf(serverPid).cpuSeconds - before.all);
      const wallMs = (performance.now() - beganMs) / SCRAPES;
      const how =
        `mean of ${SCRAPES} scrapes of ${(bytes / 1e6).toFixed(1)} MB; ${allMs.toFixed(0)} ms in all threads, ` +
        `${wallMs.toFixed(0)} ms until it was read`;
      return { outcomes: { loop: { value: loopMs, how, loadCore: null } } };
    }),
};

/** Bytes of the answer. */
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
