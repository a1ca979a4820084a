/** A customer who is forgotten on PostgreSQL: as in a file of SQLite, while other receivers write beside it. */
import Database from 'better-sqlite3';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { heldOfCustomer } from '../../../src/apply/customers/held-of-customer.js';
import type { SearchedRow } from '../../../src/apply/customers/customer-search.js';
import type { CustomerCertificate, CustomerRequest } from '../../../src/domain/customer.js';
import type { ForgetSlice } from '../../../src/domain/store.js';
import { numberHasher } from '../../../src/node/digest.js';
import { PostgresCustomerRows } from '../../../src/postgres/customers/customer-rows.js';
import { NOT_SEARCHED } from '../../../src/postgres/customers/searched-tables.js';
import type { PostgresWriter } from '../../../src/postgres/writer.js';
import { CustomerRows } from '../../../src/sqlite/customers/customer-rows.js';
import { openForReading } from '../../../src/sqlite/database.js';
import type { Writer } from '../../../src/sqlite/writer.js';
import { aBody } from '../../support/bodies.js';
import { blockingConnection } from '../../support/blocking.js';
import { aDelivery, eventPost, openCallbackWriter, outcomesOf } from '../../support/callback-writer.js';
import { removeFolder } from '../../support/folders.js';
import { digest, T0 } from '../../support/notifications.js';
import { spelled } from '../../support/number-spellings.js';
import { plantedPosts } from '../../support/planted-customers.js';
import { newDatabase, onDatabase, postgresServer, type Server, urlOf } from '../../support/postgres-server.js';
import { openPostgresWriter, serverWith } from '../../support/postgres-writer.js';

const NUMBER = '4915112345678';
const OTHER = '4915112345679';
const HASH = numberHasher('test-key')(NUMBER);
const WHO = { hash: HASH, isMeant: (digits: string) => digits === NUMBER };

let server: Server;
let folder: string;
let database: string;
let writer: PostgresWriter;
let nowMs: number;
const clock = { nowMs: () => nowMs };
beforeAll(async () => {
  server = await postgresServer();
  folder = mkdtempSync(join(tmpdir(), 'ocm-customer-'));
});
afterAll(() => {
  removeFolder(folder);
});
beforeEach(async () => {
  nowMs = T0 + 60_000;
  database = await newDatabase(server);
  writer = open();
  return () => {
    writer.close();
  };
});

const open = (receiver = 'receiver') => openPostgresWriter(serverWith(server, database), { clock, receiver });

function ended<T>(slices: Iterator<ForgetSlice, T>): T {
  for (;;) {
    const slice = slices.next();
    if (slice.done === true) return slice.value;
  }
}

const asked = (request: Partial<CustomerRequest> = {}) => ({
  ...{ number: `+${NUMBER}`, hash: null, dryRun: false },
  ...request,
});
const run = (request: Partial<CustomerRequest> = {}, by: PostgresWriter | Writer = writer): CustomerCertificate =>
  ended(by.forgetCustomer(asked(request)));
const plant = (id: string, spelling: string) => outcomesOf(writer.commit(plantedPosts(id, spelling, OTHER)));

/** All rows of all tables, with bytes as they are. */
const everything = () =>
  onDatabase(server, database, async (client) => {
    const { rows: tables } = await client.query<{ name: string }>(
      "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1",
    );
    const texts: string[] = [];
    for (const { name } of tables) {
      const { rows } = await client.query<Record<string, unknown>>(`SELECT * FROM ${name}`);
      for (const row of rows)
        texts.push(
          ...Object.values(row).map((value) => (Buffer.isBuffer(value) ? value.toString('latin1') : String(value))),
        );
    }
    return texts.join('\n');
  });
const needles = (digits: string) => [digits, digits.slice(5), ...spelled(digits)];
const found = async (digits: string) => {
  const all = await everything();
  return needles(digits).filter((one) => all.includes(one) || all.includes(Buffer.from(one).toString('latin1')));
};
const query = <T extends object>(sql: string) =>
  onDatabase(server, database, async (client) => (await client.query<T>(sql)).rows);

describe('a customer who is forgotten on PostgreSQL', () => {
  it.each(spelled(NUMBER).filter((_, n) => n % 4 === 2))('stands nowhere any more as %s', async (spelling) => {
    plant('theirs', spelling);
    plant('of another', OTHER);
    const measured = 'SELECT service_start_ms, disposition, events, state FROM callbacks ORDER BY service_id';
    const before = await query(measured);
    run();
    expect(await found(NUMBER)).toEqual([]);
    expect(await found(OTHER)).not.toEqual([]);
    expect(await query(measured)).toEqual(before);
    const hashes = await query<{ hash: string | null }>('SELECT phone_hash AS hash FROM callbacks ORDER BY service_id');
    expect(hashes.map(({ hash }) => hash === null)).toEqual([false, true]);
  });

  it('goes from what receivers keep of a group in memory', async () => {
    const body = aBody({ note: `call +${NUMBER}` });
    writer.commit([aDelivery('campaign-group-state', body)]);
    const changes = 'SELECT changes::int FROM campaign_groups';
    expect(await query(changes)).toEqual([{ changes: 0 }]);
    run();
    expect(await found(NUMBER)).toEqual([]);
    expect(await query(changes)).toEqual([{ changes: 1 }]);
  });

  it('is certified, and leaves what SQLite leaves of them', async () => {
    const path = join(folder, `${database}.db`);
    const sqlite = openCallbackWriter(path, { clock });
    for (const [id, spelling] of [
      ['theirs', `+${NUMBER}`],
      ['of another', OTHER],
      [`with ${NUMBER}`, NUMBER],
    ] as const) {
      sqlite.commit(plantedPosts(id, spelling, OTHER));
      plant(id, spelling);
    }
    const shown = ({ tables, ...rest }: CustomerCertificate) => {
      const { lane_log: lanes, ...ofBoth } = tables;
      return [lanes?.found, { ...rest, isRewritten: null, isLogEmptied: null }, ofBoth];
    };
    const [lanes, ...dry] = shown(run({ dryRun: true }));
    expect(lanes).toBe(1);
    expect(dry).toEqual(shown(run({ dryRun: true }, sqlite)).slice(1));
    expect((await found(NUMBER)).length).toBeGreaterThan(0);
    // A callback that has another number may be looked at once more.
    const counted = (of: CustomerCertificate) =>
      Object.entries(of.tables).flatMap(([table, { found: rows }]) => (table === 'lane_log' ? [] : [[table, rows]]));
    expect(counted(run())).toEqual(counted(run({}, sqlite)));
    expect(await found(NUMBER)).toEqual([]);
    expect(Object.values(run().tables).every((count) => count.found === 0)).toBe(true);
    sqlite.close();
    const left = (table: string, columns: string) => `SELECT ${columns} FROM ${table}`;
    const shownIn = (rows: readonly unknown[]) => rows.map(nameless).sort();
    for (const [table, columns] of [
      ['callbacks', 'service_start_ms, events, is_final, customer_phone_number, phone_hash, state'],
      ['callback_events', 'received, customer_phone_number, is_late'],
      ['callback_attachments', 'interaction_id, received'],
      ['callback_notifications', 'event, received'],
      ['callback_interactions', 'interaction_id, role'],
      ['quarantine', 'violations, reason'],
    ] as const) {
      const db = new Database(path, { readonly: true });
      const rows = shownIn(db.prepare(left(table, columns)).all());
      db.close();
      expect([table, ...shownIn(await query(left(table, columns)))]).toEqual([table, ...rows]);
    }
  });

  it('is all told before to whoever asks what is held, as of a file', async () => {
    const path = join(folder, `${database}.db`);
    const sqlite = openCallbackWriter(path, { clock });
    for (const [id, spelling] of [
      ['theirs', `+${NUMBER}`],
      ['of another', OTHER],
    ] as const) {
      sqlite.commit(plantedPosts(id, spelling, OTHER));
      plant(id, spelling);
    }
    sqlite.close();
    const counts = (held: Iterable<{ readonly table: string; readonly rows: readonly SearchedRow[] }>) => {
      const all: Record<string, string[]> = {};
      for (const { table, rows } of held)
        for (const row of rows) (all[table] ??= []).push(String(row['received'] ?? row['service_id'] ?? row['reason']));
      return all;
    };
    const db = blockingConnection(urlOf(server, database));
    const rows = new PostgresCustomerRows(({ text, values }) => db.query<SearchedRow>(text, values));
    const told = counts(heldOfCustomer(rows, WHO));
    await db.close();
    const file = openForReading(path);
    expect(told).toEqual(counts(heldOfCustomer(new CustomerRows(file, digest), WHO)));
    file.close();
    expect(Object.keys(told).sort()).toEqual([
      ...['callback_attachments', 'callback_events', 'callback_interactions', 'callback_notifications', 'callbacks'],
      'quarantine',
    ]);
  });

  it('has another callback when they post again under a service id that was their number', async () => {
    expect(plant(NUMBER, NUMBER).slice(0, 3)).toEqual(['recorded', 'recorded', 'recorded']);
    const [before] = await query<{ callback_no: string }>('SELECT callback_no FROM callbacks');
    run();
    expect(await found(NUMBER)).toEqual([]);
    const [after] = await query<{ callback_no: string; service_id: string }>(
      'SELECT callback_no, service_id FROM callbacks',
    );
    expect(after?.callback_no).not.toBe(before?.callback_no);
    expect(await query('SELECT 1 FROM callback_events AS e JOIN callbacks USING (source, callback_no)')).toHaveLength(
      3,
    );
    nowMs += 1000;
    const again = eventPost({ _CB_SERVICE_ID: NUMBER }, { receivedAtMs: nowMs });
    expect(outcomesOf(writer.commit([again]))).toEqual(['recorded']);
    expect(await query('SELECT 1 FROM callbacks')).toHaveLength(2);
  });

  it('keeps a callback whole for another receiver: its next event is merged as before', async () => {
    plant('theirs', NUMBER);
    const other = open('other');
    run();
    const late = eventPost({ _CB_SERVICE_ID: 'theirs', _CB_N_CALLBACK_ATTEMPTS: 7 }, { receivedAtMs: nowMs + 1 });
    expect(outcomesOf(other.commit([late]))).toEqual(['after-final']);
    other.close();
    const joined = 'SELECT events FROM callbacks AS c JOIN callback_events AS e ON e.digest = c.final_digest';
    expect(await query(joined)).toEqual([{ events: '4' }]);
    const [log] = await query<{ changes: string }>("SELECT changes FROM lane_log WHERE lane LIKE 'customers%'");
    expect(JSON.parse(log?.changes ?? '')).toEqual({
      callbacks: [['default', 'theirs']],
      // Whoever follows starts over.
      transitions: [{ no: 0, groupNo: 0, isWithdrawn: false, transition: null }],
    });
  });

  it('stays in what comes after it was asked, also after a start', async () => {
    plant('theirs', `+${NUMBER}`);
    run();
    nowMs += 1000;
    writer.commit([eventPost({ _CB_SERVICE_ID: 'again', _CB_CUSTOMER_PHONE_NUMBER: NUMBER }, { receivedAtMs: nowMs })]);
    writer.close();
    writer = open();
    ended(writer.finishForgetting());
    expect(await query('SELECT service_id FROM callbacks WHERE phone_hash IS NOT NULL')).toEqual([
      { service_id: 'again' },
    ]);
  });

  it.each([1, 2, 6])('goes after the next start when %i slices were done', async (done) => {
    for (let n = 0; n < 8; n++) plant(`of ${String(n)}`, spelled(NUMBER)[2 * n] ?? '');
    const slices = writer.forgetCustomer(asked());
    for (let n = 0; n < done; n++) slices.next();
    writer.close();
    writer = open();
    ended(writer.finishForgetting());
    expect(await found(NUMBER)).toEqual([]);
    expect(await query('SELECT number_hash FROM customer_removals WHERE done_ms IS NOT NULL')).toEqual([
      { number_hash: HASH },
    ]);
  });

  it('is found by the hash of the number alone', async () => {
    plant('theirs', spelled(NUMBER)[6] ?? '');
    expect(run({ number: null, hash: HASH }).tables['callbacks']).toEqual({ looked: 1, found: 1 });
    expect(await found(NUMBER)).toEqual([]);
  });

  it('is no customer who has no number', () => {
    expect(() => run({ number: '12' })).toThrow(/7 to 15 digits/);
  });
});

describe('the search for a customer', () => {
  it('knows every table of the schema', async () => {
    const tables = await query<{ name: string }>("SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'");
    const db = blockingConnection(urlOf(server, database));
    const rows = new PostgresCustomerRows(({ text, values }) => db.query<SearchedRow>(text, values));
    const searched = rows.tables.map(({ table }) => table);
    await db.close();
    const views = new Set(['vendor_states', 'quarters']);
    const names = tables.map(({ name }) => name).filter((name) => !views.has(name));
    expect([...searched, ...Object.keys(NOT_SEARCHED)].sort()).toEqual(names.sort());
  });
});

/** Without what is another in each store: what tells a callback whose name was a number. */
function nameless(row: unknown): string {
  const text = JSON.stringify(row).replaceAll(/(\*+) [\da-f]+/g, '$1');
  return JSON.stringify(JSON.parse(text), (_, value: unknown) =>
    typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value,
  );
}
