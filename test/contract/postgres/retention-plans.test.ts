/** What retention asks on the thread that commits posts is found by an index, however much the tables hold. */
import { beforeAll, expect, it } from 'vitest';
import { KINDS } from '../../../src/postgres/claim-kinds.js';
import { QUESTIONS } from '../../../src/postgres/questions.js';
import { asking, loading, type Statement } from '../../../src/postgres/statements.js';
import { WorkingSet } from '../../../src/postgres/working-set.js';
import { digest } from '../../support/notifications.js';
import { newDatabase, onDatabase, postgresServer, type Server } from '../../support/postgres-server.js';

let server: Server;
let database: string;
beforeAll(async () => {
  server = await postgresServer();
  database = await newDatabase(server);
});

const { sets } = new WorkingSet(digest, 10);
const oldest = Object.keys(QUESTIONS).filter((name) => name.startsWith('oldest '));
const overdue = ['callbacks.over', 'legacy.over', 'bodies.over'] as const;

const load = (name: (typeof overdue)[number]) =>
  loading(sets, { kind: KINDS[name], claims: [{ kind: name, values: [1, '', 10] }], rowsAtOnce: 10 });

it.each<[string, Statement]>([
  ...oldest.map((name): [string, Statement] => [name, asking({ kind: `ask ${name}`, values: [''] })]),
  ...overdue.map((name): [string, Statement] => [name, load(name)]),
])('%s: no table is read whole, and none is sorted', async (_, { text, values }) => {
  const plan = await onDatabase(server, database, async (client) => {
    await client.query('SET enable_seqscan = off; SET enable_bitmapscan = off');
    const params = text.includes('$2') && values.length < 2 ? [...values, 0] : [...values];
    const { rows } = await client.query<{ readonly 'QUERY PLAN': string }>(`EXPLAIN ${text}`, params);
    return rows.map((row) => row['QUERY PLAN']).join('\n');
  });
  expect(plan).toContain('Index');
  expect(plan).not.toMatch(/Seq Scan|Sort Key: (?!"\*SELECT)/);
});
