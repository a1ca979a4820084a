/** Every row there is, in the order of the table. */
import { ALERTS } from './alerts.js';
import type { Bench } from './row.js';
import { ACK } from './rows/ack.js';
import { AT_REST } from './rows/at-rest.js';
import { BESIDE_BAD_CLIENTS, BESIDE_SCRAPES } from './rows/beside-clients.js';
import { BESIDE_BACKUP, BESIDE_FORGET } from './rows/beside-commands.js';
import { BESIDE_COMPACTION, BESIDE_RETENTION } from './rows/beside-upkeep.js';
import { CHART_LATENCY } from './rows/charts.js';
import { COST } from './rows/cost.js';
import { INGEST } from './rows/ingest.js';
import { MEMORY } from './rows/memory.js';
import { PAGE } from './rows/page.js';
import { POSTGRES } from './rows/postgres.js';
import { RECEIVERS } from './rows/receivers.js';
import { SCRAPE_COST } from './rows/scrape-cost.js';
import { SCRAPE_SIZE } from './rows/scrape-size.js';
import { SLOW_DISK } from './rows/slow-disk.js';
import { SOAK } from './rows/soak.js';
import { START } from './rows/start.js';
import { STORED_INGEST, STORED_START } from './rows/stored.js';
import { WRITTEN } from './rows/written.js';

export const BENCHES: readonly Bench[] = [
  INGEST,
  STORED_INGEST,
  WRITTEN,
  AT_REST,
  ACK,
  BESIDE_SCRAPES,
  BESIDE_COMPACTION,
  BESIDE_RETENTION,
  BESIDE_FORGET,
  BESIDE_BACKUP,
  BESIDE_BAD_CLIENTS,
  SLOW_DISK,
  SCRAPE_COST,
  SCRAPE_SIZE,
  CHART_LATENCY,
  START,
  STORED_START,
  COST,
  MEMORY,
  SOAK,
  PAGE,
  POSTGRES,
  RECEIVERS,
  ALERTS,
];
