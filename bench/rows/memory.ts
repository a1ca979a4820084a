/** Memory with 10,000 groups that post every ten seconds, and a scrape every ten seconds. */
import { get } from 'node:http';
import { residentBytes } from '../process-tree.js';
import { OURS, withRunning } from '../program.js';
import { atMost, type Bench } from '../row.js';
import { steady } from '../steady.js';
import { loadAllGroups } from '../wrk.js';

const GROUPS = 10_000;
const PER_SECOND = GROUPS / 10;
const SCRAPE_MS = 10_000;
const SAMPLE_MS = 250;
/** Long enough for garbage of every kind to have been collected. */
const TIMES_LONGER = 10;

export const MEMORY: Bench = {
  name: 'memory',
  rows: [
    {
      ...{ key: 'greatest', what: 'resident memory, 10,000 groups, 1,000 posts/s, scrapes', comparison: null },
      ...{ unit: 'MB', floor: atMost(300) },
    },
  ],
  run: ({ seconds, quick }) =>
    withRunning(OURS, {}, async ({ port, serverPid }) => {
      await loadAllGroups(port, seconds, GROUPS);
      const samples: number[] = [];
      const look = setInterval(() => samples.push(residentBytes(serverPid)), SAMPLE_MS);
      const scrape = setInterval(() => {
        get({ port, host: '127.0.0.1', path: '/metrics' }, (answer) => answer.resume());
      }, SCRAPE_MS);
      const lasting = quick ? seconds : TIMES_LONGER * seconds;
      const { core } = await steady({ port, perSecond: PER_SECOND, seconds: lasting, groups: GROUPS });
      clearInterval(look);
      clearInterval(scrape);
      const mean = samples.reduce((sum, bytes) => sum + bytes, 0) / samples.length;
      const how = `greatest of ${lasting} s after ${seconds} s of as many posts as it takes; mean ${(mean / 1e6).toFixed(0)} MB`;
      return { outcomes: { greatest: { value: Math.max(...samples) / 1e6, how, loadCore: core } } };
    }),
};
