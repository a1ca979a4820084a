/** Another key for the hashes of numbers on PostgreSQL: all are made anew, and nobody writes any under the old one after that. */
import { Worker } from 'node:worker_threads';
import { beforeAll, beforeEach, expect, it } from 'vitest';
import { MonitorError } from '../../../src/domain/errors.js';
import { numberHasher } from '../../../src/node/digest.js';
import type { PostgresWriter } from '../../../src/postgres/writer.js';
import { aBody } from '../../support/bodies.js';
import { aDelivery, eventPost, outcomesOf } from '../../support/callback-writer.js';
import { T0 } from '../../support/notifications.js';
import { newDatabase, onDatabase, postgresServer, type Server } from '../../support/postgres-server.js';
import { openPostgresWriter, serverWith } from '../../support/postgres-writer.js';
import { dateTime, STARTED } from '../../support/posts.js';

const NUMBERS = ['4915112345678', '4915112345679', '4915112345670'];
/** Longer than who says nothing is taken for alive. */
const LATER_MS = 60_000;

let server: Server;
let database: string;
let nowMs: number;
let opened: PostgresWriter[];
beforeAll(async () => {
  server = await postgresServer();
});
beforeEach(async () => {
  nowMs = T0 + 60_000;
  database = await newDatabase(server);
  opened = [];
  return () => {
    for (const writer of opened) writer.close();
  };
});

function open(receiver: string, numberKey: string | null): PostgresWriter {
  const writer = openPostgresWriter(serverWith(server, database), {
    ...{ receiver, numberKey },
    clock: { nowMs: () => nowMs },
  });
  opened.push(writer);
  return writer;
}

function close(writer: PostgresWriter): void {
  opened = opened.filter((one) => one !== writer);
  writer.close();
}

const post = (writer: PostgresWriter, id: string, number: string) =>
  outcomesOf(
    writer.commit([
      eventPost({ _CB_SERVICE_ID: id, _CB_CUSTOMER_PHONE_NUMBER: `+${number}`, _CB_CUSTOMER_ANI: number }),
    ]),
  );
const query = <T extends object>(sql: string) =>
  onDatabase(server, database, async (client) => (await client.query<T>(sql)).rows);
const hashes = async () =>
  (
    await query<{ phone: string; ani: string }>(
      'SELECT phone_hash AS phone, ani_hash AS ani FROM callbacks ORDER BY service_id',
    )
  ).map(({ phone, ani }) => [phone, ani]);
const under = (key: string, numbers = NUMBERS) =>
  numbers.map((number) => [numberHasher(key)(number), numberHasher(key)(number)]);

function faultOf(work: () => unknown): MonitorError {
  try {
    work();
  } catch (error) {
    if (error instanceof MonitorError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

it('hashes every number anew at the start of the first receiver that has it', async () => {
  const first = open('first', 'one key');
  NUMBERS.forEach((number, n) => post(first, `service ${String(n)}`, number));
  expect(await hashes()).toEqual(under('one key'));
  close(first);
  const second = open('second', 'another key');
  expect(second.numberKey).toBe('another key');
  expect(await hashes()).toEqual(under('another key'));
  expect(post(second, 'service 3', NUMBERS[0] ?? '')).toEqual(['recorded']);
  close(second);
  const made = open('second', null);
  expect(await hashes()).toEqual(under(made.numberKey, [...NUMBERS, NUMBERS[0] ?? '']));
});

it('is refused while another receiver is alive that has the old one, and that one goes on', async () => {
  const first = open('first', 'one key');
  post(first, 'service 0', NUMBERS[0] ?? '');
  nowMs += 3000;
  const { code, message } = faultOf(() => open('second', 'another key'));
  expect([code, message]).toEqual([
    'OCM_CONFIG',
    expect.stringMatching(/receiver first.*was alive 3 s ago.*stop them/),
  ]);
  expect(post(first, 'service 1', NUMBERS[1] ?? '')).toEqual(['recorded']);
  expect(await hashes()).toEqual(under('one key', NUMBERS.slice(0, 2)));
  close(first);
  open('second', 'another key');
  expect(await hashes()).toEqual(under('another key', NUMBERS.slice(0, 2)));
});

it('stops one that seemed dead at its next number, and nothing of that is written', async () => {
  const first = open('first', 'one key');
  post(first, 'service 0', NUMBERS[0] ?? '');
  nowMs += LATER_MS;
  const second = open('second', 'another key');
  const { code, message } = faultOf(() => post(first, 'service 1', NUMBERS[1] ?? ''));
  expect([code, message]).toEqual(['OCM_STORE_LOST', expect.stringContaining('give it the same one')]);
  expect(await hashes()).toEqual(under('another key', NUMBERS.slice(0, 1)));
  expect(await query('SELECT 1 FROM quarantine')).toEqual([]);
  const ofGroup = aBody({ ...STARTED, GSW_DATE_TIME: dateTime(T0) });
  expect(outcomesOf(first.commit([aDelivery('campaign-group-state', ofGroup)]))).toEqual(['transition']);
  expect(post(second, 'service 1', NUMBERS[1] ?? '')).toEqual(['recorded']);
  close(first);
  expect(faultOf(() => open('first', 'one key')).code).toBe('OCM_CONFIG');
});

it('is made the key of all numbers by the next start where the first one was cut off', async () => {
  const first = open('first', 'one key');
  NUMBERS.forEach((number, n) => post(first, `service ${String(n)}`, number));
  close(first);
  close(open('second', 'another key'));
  await query(`UPDATE callbacks SET phone_hash = 'of the old key' WHERE service_id = 'service 1'`);
  await query(`INSERT INTO service_settings VALUES ('number_key_changed', '')`);
  open('third', 'another key');
  expect(await hashes()).toEqual(under('another key'));
  expect(await query(`SELECT 1 FROM service_settings WHERE name = 'number_key_changed'`)).toEqual([]);
});

/** Writes a callback as a receiver with the old key, and commits when somebody waits for that. */
const IN_FLIGHT = `
  const { workerData, parentPort } = require('node:worker_threads');
  const pg = require('pg');
  (async () => {
    const [client, watching] = [new pg.Client(workerData), new pg.Client(workerData)];
    await client.connect();
    await watching.connect();
    await client.query('BEGIN');
    await client.query("INSERT INTO callbacks (source, callback_no, life, service_id, first_received_ms, alive_until_ms, " +
      "customer_phone_number, phone_hash) VALUES ('default', 1, 0, 'in flight', 1, 1, '+4915112345678', 'of the old key')");
    parentPort.postMessage('written');
    for (let rows = []; rows.length === 0; await new Promise((resolve) => setTimeout(resolve, 5)))
      ({ rows } = await watching.query("SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'callbacks'::regclass"));
    await client.query('COMMIT');
    await Promise.all([client.end(), watching.end()]);
  })();
`;

it('waits for what was being written under the old one', async () => {
  close(open('first', 'one key'));
  const { host, port, user } = server;
  const worker = new Worker(IN_FLIGHT, { eval: true, workerData: { host, port, user, database } });
  await new Promise((resolve) => worker.once('message', resolve));
  open('second', 'another key');
  expect(await query('SELECT service_id, phone_hash FROM callbacks')).toEqual([
    { service_id: 'in flight', phone_hash: numberHasher('another key')(NUMBERS[0] ?? '') },
  ]);
});
