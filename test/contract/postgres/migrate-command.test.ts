/** `ocs-monitor migrate --from --to`, as somebody runs it while posts come in, and when they have been stopped. */
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../../../src/cli/run.js';
import { openForReading, openForWriting } from '../../../src/sqlite/database.js';
import { eventPost, finalPost } from '../../support/callback-writer.js';
import { blockingConnection } from '../../support/blocking.js';
import { BlockingWires } from '../../support/blocking-wire.js';
import { removeFolder } from '../../support/folders.js';
import { tell, toldByPostgres, toldBySqlite } from '../../support/moved-worlds.js';
import { aNotification, T0 } from '../../support/notifications.js';
import { newDatabase, onDatabase, postgresServer, type Server, urlOf } from '../../support/postgres-server.js';
import { postgresStore, sqliteStore, type TestStore } from '../../support/stores.js';

let folder: string;
let server: Server;
let wires: BlockingWires;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ocm-migrate-'));
  server = await postgresServer();
  wires = await BlockingWires.start();
});
afterAll(async () => {
  await wires.stop();
  removeFolder(folder);
});

let opened = 0;
const newPath = () => join(folder, `${String(++opened)}.db`);

/** `ticksMs`: how much later it is whenever the clock is looked at. */
async function run(args: readonly string[], { ticksMs = 0, isAborted = (): boolean => false } = {}) {
  let [out, err, nowMs] = ['', '', T0];
  const ending = new AbortController();
  const nowIs = () => {
    if (isAborted()) ending.abort();
    return (nowMs += ticksMs);
  };
  const io = {
    out: (text: string) => void (out += text),
    err: (text: string) => void (err += text),
    isTerminal: false,
    clock: { nowMs: nowIs },
    signal: ending.signal,
  };
  const status = await runCommand(['migrate', ...args], io);
  return { status, out, err };
}

function json({ out }: { readonly out: string }): Record<string, unknown> {
  return JSON.parse(out) as Record<string, unknown>;
}

const post = (store: TestStore, n: number) => {
  tell(store, [
    [n, n + 1].map((m) =>
      aNotification({ dbid: String(m % 3), atMs: T0 + m * 1000, statement: { stateCode: 3 + (m % 3) } }),
    ),
  ]);
  store.commit(eventPost({ _CB_SERVICE_ID: `s${String(n)}` }), finalPost({ _CB_SERVICE_ID: 's1' }));
};

function toldIn(path: string): string[] {
  const db = openForReading(path);
  try {
    return toldBySqlite(db);
  } finally {
    db.close();
  }
}

async function toldOn(database: string): Promise<string[]> {
  const db = blockingConnection(urlOf(server, database));
  try {
    return toldByPostgres(db);
  } finally {
    await db.close();
  }
}

describe('from SQLite to PostgreSQL', () => {
  it('copies beside a service, and ends when that has been stopped; nothing is missing', async () => {
    const [path, database] = [newPath(), await newDatabase(server)];
    const ends = ['--from', `sqlite:${path}`, '--to', urlOf(server, database)];
    const service = sqliteStore(path);
    post(service, 1);
    const first = await run([...ends, '--json'], { ticksMs: 4000 });
    expect(first.status).toBe(0);
    expect(json(first)).toMatchObject({ writers: 'a service', finished: false });
    expect(first.err).toMatch(/^copying: \d+ of \d+ parts\n/);
    expect((await run(ends)).out).toContain('Not finished: a service still writes to sqlite:');
    post(service, 8);
    service.close();
    const last = json(await run([...ends, '--json']));
    expect(last).toMatchObject({ writers: null, finished: true, equal: true, different: 0, differences: [] });
    expect(last['groups']).toMatchObject({ count: 3, different: 0 });
    expect(last['callbacks']).toMatchObject({ count: 2, different: 0 });
    expect(last['tables']).toContainEqual({ table: 'callback_events', from: 3, to: 3 });
    // What had not changed was only read.
    expect(Number(last['copied'])).toBeLessThan(Number(last['parts']));
    expect(await toldOn(database)).toEqual(toldIn(path));
    const log = await onDatabase(server, database, (client) => client.query('SELECT action, detail FROM audit_log'));
    expect(log.rows).toMatchObject([{ action: 'migrate' }]);
    const again = await run(ends);
    expect([again.status, again.err]).toEqual([1, expect.stringContaining('is in use (there are rows in')]);
  });

  it('goes on when it was interrupted, and says so', async () => {
    const [path, database] = [newPath(), await newDatabase(server)];
    const ends = ['--from', `sqlite:${path}`, '--to', urlOf(server, database)];
    const store = sqliteStore(path);
    post(store, 1);
    store.close();
    let looks = 0;
    const broken = await run(ends, { isAborted: () => ++looks > 15 });
    expect([broken.status, broken.err]).toEqual([
      1,
      expect.stringContaining('interrupted; run the same command again'),
    ]);
    const refused = await run([...ends.slice(2), '--from', `sqlite:${newPath()}`]);
    expect(refused.err).toContain('does not exist yet');
    const done = await run(ends);
    expect([done.status, done.out]).toEqual([
      0,
      expect.stringContaining('Finished: start the service with OCM_STORE='),
    ]);
    expect(await toldOn(database)).toEqual(toldIn(path));
  });

  it('is looked at before and after', async () => {
    const [path, database] = [newPath(), await newDatabase(server)];
    const ends = ['--from', `sqlite:${path}`, '--to', urlOf(server, database)];
    const store = sqliteStore(path);
    post(store, 1);
    store.close();
    expect(json(await run([...ends, '--dry-run', '--json']))).toMatchObject({ tables: { callbacks: 1, journal: 2 } });
    expect((await run([...ends, '--dry-run'])).out).toMatch(
      /callbacks +1\n[^]* bytes would be read\. Nothing was changed\.\n$/,
    );
    await run(ends);
    const equal = await run([...ends, '--verify']);
    expect([equal.status, equal.out]).toEqual([0, expect.stringContaining('The two are equal: 2 campaign groups')]);
    await onDatabase(server, database, (client) =>
      client.query(`UPDATE callbacks SET events = 7 WHERE service_id = 's1'`),
    );
    const different = await run([...ends, '--verify', '--json']);
    expect(different.status).toBe(1);
    expect(json(different)).toMatchObject({ equal: false, different: 1, differences: [{ columns: ['events'] }] });
    expect((await run([...ends, '--verify'])).out).toContain(
      'DIFFERENT callbacks of the hour from 2026-11-20T08:00:00.000Z',
    );
    expect((await run([...ends, '--dry-run'])).err).toContain('is in use');
  });

  it('refuses what cannot be moved as it is', async () => {
    const path = newPath();
    const to = urlOf(server, await newDatabase(server));
    sqliteStore(path).close();
    const db = openForWriting(path);
    db.exec(
      `INSERT INTO customer_removals (number_hash, key_fingerprint, asked_ms, counts) VALUES ('h', 'k', 1, '{}')`,
    );
    const refused = async () => (await run(['--from', `sqlite:${path}`, '--to', to])).err;
    expect(await refused()).toContain('a customer is being forgotten');
    db.exec(`DELETE FROM customer_removals; INSERT INTO kept_numbers VALUES ('keyed_group', 0)`);
    expect(await refused()).toContain('has what an older version left: start the service once');
    db.pragma('user_version = 15');
    expect(await refused()).toContain('has what an older version left: start the service once');
    db.close();
    expect((await run(['--from', `sqlite:${newPath()}`, '--to', `sqlite:${path}`])).err).toContain(
      'both are files of SQLite',
    );
    expect((await run(['--from', to, '--to', to])).err).toContain('both are databases of PostgreSQL');
    expect((await run(['--from', to])).err).toContain('--to is missing');
    expect((await run(['--verify'])).err).toContain('--from is missing');
    expect((await run(['--from', to, '--to', `sqlite:${path}`, '--verify', '--dry-run'])).status).toBe(2);
  });
});

describe('from PostgreSQL to SQLite', () => {
  it('copies beside receivers, and ends when they are gone', async () => {
    const [path, database] = [newPath(), await newDatabase(server)];
    const ends = ['--from', urlOf(server, database), '--to', `sqlite:${path}`];
    const receiver = postgresStore(wires, database, { rowsAtOnce: 1000 });
    post(receiver, 1);
    const alive = (ended: number) =>
      onDatabase(server, database, (client) =>
        client.query(
          `INSERT INTO uptime (receiver, run_no, started_ms, alive_ms, ended) VALUES ('host:1', 1, 1, $1, $2)
           ON CONFLICT (receiver, run_no) DO UPDATE SET ended = excluded.ended`,
          [Date.now(), ended],
        ),
      );
    await alive(0);
    expect(json(await run([...ends, '--json']))).toMatchObject({ writers: 'host:1', finished: false });
    expect(existsSync(path)).toBe(false);
    post(receiver, 8);
    await alive(1);
    // A batch that is about to be committed is one more writer.
    await onDatabase(server, database, async (client) => {
      await client.query('BEGIN');
      await client.query(`INSERT INTO lane_log (lane, seq, recorded_ms, changes) VALUES ('x', 1, 1, '{}')`);
      expect(json(await run([...ends, '--json']))).toMatchObject({ writers: 'a receiver', finished: false });
      await client.query('ROLLBACK');
    });
    receiver.close();
    const before = await toldOn(database);
    expect(json(await run([...ends, '--json']))).toMatchObject({ writers: null, finished: true, equal: true });
    expect(toldIn(path)).toEqual(before);
    expect((await run(ends)).err).toContain('is there already');
    const service = sqliteStore(path);
    post(service, 8);
    expect(service.snapshots()).toHaveLength(3);
    service.close();
  });
});
