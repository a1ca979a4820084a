/** One receiver on PostgreSQL beside one on SQLite, in one run: stores alone, through HTTP, at half the rate, and at rest. */
import { acksAt } from '../postgres/acks.js';
import { bytesAtRest } from '../postgres/at-rest.js';
import { type Postgres, withPostgres } from '../postgres/server.js';
import { BATCH, storesAlone } from '../postgres/store-alone.js';
import { throughHttp } from '../postgres/through-http.js';
import { atLeast, type Bench, type Findings, type Row, type Settings } from '../row.js';
import { CONNECTIONS } from '../wrk.js';

const ratio = (key: string, what: string, comparison = 'SQLite'): Row => ({
  ...{ key, what: `on PostgreSQL, ${what}`, comparison, unit: '×', floor: null },
});
const bytes = (key: string, what: string): Row => ({
  ...{ key, what: `on PostgreSQL, ${what}`, comparison: null, unit: 'B', floor: null },
});
const HALF = 'at half of the greatest rate';

export const POSTGRES: Bench = {
  name: 'postgres',
  rows: [
    { ...ratio('store', `store against store, batches of ${BATCH}`), floor: atLeast(0.33) },
    ratio('http', `durable ingest, ${CONNECTIONS} connections`),
    ratio('cpu', 'CPU per post, the server included'),
    bytes('written', 'bytes written to disk per post'),
    bytes('atRest', 'bytes at rest per post without lists'),
    ratio('p50', `ack p50 ${HALF}`, 'SQLite, same rate'),
    ratio('p99', `ack p99 ${HALF}`, 'SQLite, same rate'),
  ],
  run: (settings) => withPostgres((postgres) => run(postgres, settings)),
};

async function run(postgres: Postgres, settings: Settings): Promise<Findings> {
  const alone = await storesAlone(postgres, settings);
  const served = await throughHttp(postgres, settings);
  const acks = await acksAt(postgres, Math.round(served.perSecond / 2), settings);
  const rest = await bytesAtRest(postgres, settings);
  return {
    outcomes: { store: alone.outcome, ...served.outcomes, atRest: rest.outcome, ...acks },
    tables: [alone.table, served.table, rest.table],
  };
}
