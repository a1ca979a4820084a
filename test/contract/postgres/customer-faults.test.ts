/** Whatever fails while a customer is forgotten on PostgreSQL: the removal is made good, and nothing else has changed. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MonitorError } from '../../../src/domain/errors.js';
import { numberHasher } from '../../../src/node/digest.js';
import type { PostgresWriter } from '../../../src/postgres/writer.js';
import { FaultyServer } from '../../support/faulty-server.js';
import { plantedPosts } from '../../support/planted-customers.js';
import { emptyDatabase, newDatabase, onDatabase, postgresServer, type Server } from '../../support/postgres-server.js';
import { openPostgresWriter } from '../../support/postgres-writer.js';
import { FAULTS } from '../../support/wire-faults.js';

const NUMBER = '4915112345678';
const HASH = numberHasher('test-key')(NUMBER);
/** Of the statements of a removal, at which a fault is played. */
const PLACES = [0.1, 0.3, 0.5, 0.7, 0.95];

/** All of them, or every fault's own. */
function placesOf(faultNo: number): readonly number[] {
  if (process.env['OCM_TEST_LONG'] !== undefined) return PLACES;
  return PLACES.filter((_, n) => n === faultNo % PLACES.length);
}

let server: Server;
let faulty: FaultyServer;
let database: string;
let writer: PostgresWriter;
beforeAll(async () => {
  server = await postgresServer();
  database = await newDatabase(server);
  faulty = await FaultyServer.start(server);
  writer = openPostgresWriter(faulty.database(database));
});
afterAll(async () => {
  writer.close();
  await faulty.stop();
});

/** Into an empty database two callbacks of the customer, and one of another. */
async function plant(): Promise<void> {
  await emptyDatabase(server, database);
  for (const [id, number] of [
    ['theirs', NUMBER],
    [NUMBER, NUMBER],
    ['of another', '4915112345679'],
  ] as const)
    writer.commit(plantedPosts(id, number, '4915112345679'));
}

function forget(): void {
  for (const slices = writer.forgetCustomer({ number: NUMBER, hash: null, dryRun: false }); ;)
    if (slices.next().done === true) return;
}

/** What stays of everybody, and in how many rows the customer stands. */
const left = () =>
  onDatabase(server, database, async (client) => {
    const { rows: callbacks } = await client.query<{ events: string }>(
      `SELECT c.is_final, c.events, count(e.digest) AS kept, bool_or(e.digest = c.final_digest) AS has_final
       FROM callbacks AS c JOIN callback_events AS e USING (source, callback_no)
       GROUP BY c.source, c.callback_no ORDER BY c.phone_hash, c.events`,
    );
    const { rows: open } = await client.query('SELECT 1 FROM customer_removals WHERE done_ms IS NULL');
    const texts: string[] = [];
    for (const table of ['callbacks', 'callback_events', 'callback_attachments', 'callback_interactions', 'lane_log']) {
      const { rows } = await client.query<{ row: string }>(`SELECT t::text AS row FROM ${table} AS t`);
      texts.push(...rows.map(({ row }) => row));
    }
    const { rows: bodies } = await client.query<{ body: Buffer }>('SELECT body FROM quarantine');
    texts.push(...bodies.map(({ body }) => body.toString('latin1')));
    return { callbacks, open: open.length, rows: texts.filter((text) => text.includes(NUMBER) || text.includes(HASH)) };
  });

describe('forgetting a customer', () => {
  let statements: number;
  let expected: Awaited<ReturnType<typeof left>>;
  beforeAll(async () => {
    await plant();
    faulty.rest();
    forget();
    statements = faulty.count;
    expected = await left();
  });

  it('without any leaves nothing of them', () => {
    expect([expected.open, expected.rows, expected.callbacks.length]).toEqual([0, [], 3]);
  });

  it.each(FAULTS.map(({ name }, n) => [name, n] as const))('with %s', async (_, faultNo) => {
    for (const place of placesOf(faultNo)) {
      await plant();
      faulty.play(faultNo, Math.ceil(place * statements));
      try {
        forget();
      } catch (error) {
        expect(error).toBeInstanceOf(MonitorError);
        faulty.rest();
        // As a start does; what was not written down yet is asked again.
        for (const slices = writer.finishForgetting(); slices.next().done !== true;);
        forget();
      }
      faulty.rest();
      expect(await left()).toEqual(expected);
    }
  });
});
