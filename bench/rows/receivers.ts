/** Two receivers on one PostgreSQL beside one, in one run. */
import { withPostgres } from '../postgres/server.js';
import { twoReceivers } from '../postgres/two-receivers.js';
import type { Bench, Row } from '../row.js';

const row = (key: string, split: string): Row => ({
  ...{ key, what: `two receivers on one PostgreSQL, posts split ${split}`, comparison: 'one receiver, same posts' },
  ...{ unit: '×', floor: null },
});

export const RECEIVERS: Bench = {
  name: 'receivers',
  rows: [row('bySource', 'by source'), row('atRandom', 'at random')],
  run: (settings) => withPostgres((postgres) => twoReceivers(postgres, settings)),
};
