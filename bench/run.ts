/**
 * npm run bench: what the contract's section 6 asks for, side by side in one run on one machine. Only the ratios mean
 * something elsewhere. Usage: npm run bench -- [--only NAME] [--rounds 5] [--seconds 6]
 */
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { benchAlerts } from './alerts.js';
import { benchBesideBadClients, benchBesideScrapes } from './beside.js';
import { benchIngest } from './ingest.js';
import { benchMemory } from './memory.js';
import { benchPage } from './page.js';
import { benchScrapeCost } from './scrape-cost.js';
import { benchScrapeSize } from './scrape-size.js';
import { benchSlowDisk } from './slow-disk.js';
import { benchStart } from './start.js';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '6' },
  },
});

const BENCHES: Readonly<Record<string, (rounds: number, seconds: number) => Promise<boolean>>> = {
  ingest: benchIngest,
  scrape: benchBesideScrapes,
  'scrape-cost': benchScrapeCost,
  'scrape-size': benchScrapeSize,
  'bad-clients': benchBesideBadClients,
  'slow-disk': benchSlowDisk,
  memory: benchMemory,
  start: benchStart,
  alerts: benchAlerts,
  page: benchPage,
};

const names = values.only === undefined ? Object.keys(BENCHES) : [values.only];
process.stdout.write(`${cpus().length} x ${cpus()[0]?.model ?? 'CPU'}, Node ${process.version}\n`);
let held = true;
for (const name of names) {
  const bench = BENCHES[name];
  if (!bench) throw new Error(`there is no bench ${name}; there are ${Object.keys(BENCHES).join(', ')}`);
  process.stdout.write('\n');
  held = (await bench(Number(values.rounds), Number(values.seconds))) && held;
}
process.exitCode = held ? 0 : 1;
