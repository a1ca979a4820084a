/** A store that is moved to another kind of database, and back, tells the same, and goes on in the same way. */
import fc from 'fast-check';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compare, type Compared } from '../../../src/apply/migration/comparison.js';
import { MOVED, NOT_MOVED } from '../../../src/apply/migration/moved-tables.js';
import { pass, type Passed } from '../../../src/apply/migration/pass.js';
import type { MovedStore, MoveTarget } from '../../../src/apply/migration/stores.js';
import type { AuditEntry } from '../../../src/domain/audit.js';
import { migrating } from '../../../src/postgres/migrate.js';
import { MovedDatabase } from '../../../src/postgres/migration/moved-database.js';
import { bringToSchema } from '../../../src/postgres/schema.js';
import { TargetDatabase } from '../../../src/postgres/migration/target-database.js';
import { Wire } from '../../../src/postgres/wire.js';
import { type Connection, openForReading, openForWriting } from '../../../src/sqlite/database.js';
import { readMigrations } from '../../../src/sqlite/migrate.js';
import { MovedFile } from '../../../src/sqlite/migration/moved-file.js';
import { TargetFile, unfinishedOf } from '../../../src/sqlite/migration/target-file.js';
import { blockingConnection } from '../../support/blocking.js';
import { BlockingWires } from '../../support/blocking-wire.js';
import { removeFolder } from '../../support/folders.js';
import { told } from '../../support/lane-worlds.js';
import {
  BESIDE_DELIVERIES,
  fill,
  type MovedWorld,
  movedWorlds,
  tell,
  toldByPostgres,
  toldBySqlite,
} from '../../support/moved-worlds.js';
import { aNotification, digest, T0 } from '../../support/notifications.js';
import { newDatabase, onDatabase, postgresServer, type Server, urlOf } from '../../support/postgres-server.js';
import { postgresStore, sqliteStore, type TestStore } from '../../support/stores.js';

const RUNS = process.env['OCM_TEST_LONG'] === undefined ? 6 : 150;
const ALL_ROWS = 1000;
const ENTRY: AuditEntry = { atMs: T0, action: 'migrate', actor: 'cli:test', address: null, detail: {}, result: 'done' };

let folder: string;
let server: Server;
let wires: BlockingWires;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ocm-moved-'));
  server = await postgresServer();
  wires = await BlockingWires.start();
});
afterAll(async () => {
  await wires.stop();
  removeFolder(folder);
});

let opened = 0;
const newPath = () => join(folder, `${String(++opened)}.db`);

async function withWire<T>(database: string, work: (wire: Wire) => Promise<T>): Promise<T> {
  const wire = await Wire.open({ ...server, database, deadlineMs: 60_000 });
  try {
    return await work(wire);
  } finally {
    await wire.close();
  }
}

async function withFile<T>(path: string, work: (db: Connection) => T | Promise<T>): Promise<T> {
  const db = openForReading(path);
  try {
    return await work(db);
  } finally {
    db.close();
  }
}

const options = (onUnit: (done: number) => void = () => undefined) => ({ digest, onUnit });

async function moveAll(from: MovedStore, to: MoveTarget, onUnit?: (done: number) => void): Promise<Passed> {
  return pass(from, to, await to.marks(), options(onUnit));
}

function compareBoth(from: MovedStore, to: MovedStore, wasStarted = false): Promise<Compared> {
  return compare(from, to, { ...options(), known: new Map(), wasStarted });
}

const targetFile = (path: string) => TargetFile.open(path, 'there');
const targetDatabase = (wire: Wire, from = 'there') => TargetDatabase.open(wire, { shown: 'here', from, digest });

const EQUAL = { different: 0, differences: [] };

async function sqliteToPostgres(path: string, database: string): Promise<void> {
  await withFile(path, (db) =>
    withWire(database, async (wire) => {
      const [from, to] = [new MovedFile(db, 'file'), await targetDatabase(wire)];
      await moveAll(from, to);
      expect(await compareBoth(from, to)).toMatchObject(EQUAL);
      await to.finish(ENTRY);
    }),
  );
}

async function postgresToSqlite(database: string, path: string): Promise<void> {
  await withWire(database, async (wire) => {
    const [from, to] = [new MovedDatabase(wire, 'database'), targetFile(path)];
    await moveAll(from, to);
    expect(await compareBoth(from, to)).toMatchObject(EQUAL);
    to.finish(ENTRY);
  });
}

function madeInSqlite(world: MovedWorld): string {
  const path = newPath();
  const store = sqliteStore(path);
  fill(store, world);
  store.close();
  const db = openForWriting(path);
  for (const sql of BESIDE_DELIVERIES) db.exec(sql);
  db.exec(`INSERT INTO uptime (started_ms, alive_ms, ended) VALUES (1, 5, 1), (5, 9, 0), (20, 21, 1)`);
  db.close();
  return path;
}

async function madeInPostgres(world: MovedWorld): Promise<string> {
  const database = await newDatabase(server);
  const store = postgresStore(wires, database, { rowsAtOnce: ALL_ROWS });
  fill(store, world);
  store.close();
  await onDatabase(server, database, async (client) => {
    for (const sql of BESIDE_DELIVERIES) await client.query(sql);
    await client.query(`INSERT INTO uptime (receiver, run_no, started_ms, alive_ms, ended)
      VALUES ('a', 1, 1, 5, 1), ('b', 1, 3, 9, 0), ('a', 2, 20, 21, 1)`);
  });
  return database;
}

async function toldOf(database: string): Promise<string[]> {
  const db = blockingConnection(urlOf(server, database));
  try {
    return toldByPostgres(db);
  } finally {
    await db.close();
  }
}

/** What each tells of the groups after it was told the same. */
function goesOn(store: TestStore, world: MovedWorld) {
  try {
    tell(store, world.delivered.batches);
    const later = [1, 2, 3].map((n) =>
      aNotification({ dbid: `10${String(n)}`, atMs: T0 + 9_000_000 + n, statement: { stateCode: n === 2 ? 0 : 4 } }),
    );
    tell(store, [later, [aNotification({ dbid: '102', atMs: T0 + 7_777 })]]);
    store.transactions.run(() => {
      store.stores.compaction.all(T0 + 90_000_000);
    });
    const groups = ['101', '102', '103'].map((dbid) => ({ source: 'default', dbid }));
    // The lists of one notification come in the order of numbers that each store gives itself.
    const inOrder = <T extends { readonly name: string }>(lists: readonly T[]) =>
      lists.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    return store.within((tables) =>
      groups.map((of) => {
        const { snapshot, ...group } = told(tables, store.stores.campaigns, of);
        return { ...group, snapshot: snapshot && { ...snapshot, callingLists: inOrder(snapshot.callingLists) } };
      }),
    );
  } finally {
    store.close();
  }
}

describe('a store that is moved', () => {
  it('to PostgreSQL and back tells the same, and goes on alike', async () => {
    await fc.assert(
      fc.asyncProperty(movedWorlds, async (world) => {
        const [path, back] = [madeInSqlite(world), newPath()];
        const database = await newDatabase(server);
        await sqliteToPostgres(path, database);
        await postgresToSqlite(database, back);
        const before = await withFile(path, toldBySqlite);
        expect(await withFile(back, toldBySqlite)).toEqual(before);
        expect(await toldOf(database)).toEqual(before);
        const ends = await withFile(path, (one) =>
          withFile(back, (other) => compareBoth(new MovedFile(one, ''), new MovedFile(other, ''), true)),
        );
        expect(ends).toMatchObject(EQUAL);
        const went = goesOn(sqliteStore(path), world);
        expect(goesOn(sqliteStore(back), world)).toEqual(went);
        expect(goesOn(postgresStore(wires, database, { rowsAtOnce: ALL_ROWS }), world)).toEqual(went);
      }),
      { numRuns: RUNS, endOnFailure: true },
    );
  });

  it('from PostgreSQL, where something was forgotten before, tells the same', async () => {
    await fc.assert(
      fc.asyncProperty(movedWorlds, async (world) => {
        const [database, path, again] = [await madeInPostgres(world), newPath(), await newDatabase(server)];
        await postgresToSqlite(database, path);
        await sqliteToPostgres(path, again);
        const before = await toldOf(database);
        expect(await withFile(path, toldBySqlite)).toEqual(before);
        expect(await toldOf(again)).toEqual(before);
        const went = goesOn(postgresStore(wires, database, { rowsAtOnce: ALL_ROWS }), world);
        expect(goesOn(sqliteStore(path), world)).toEqual(went);
        expect(goesOn(postgresStore(wires, again, { rowsAtOnce: ALL_ROWS }), world)).toEqual(went);
      }),
      { numRuns: RUNS, endOnFailure: true },
    );
  });

  it('goes on where it was broken off, and takes what came meanwhile', async () => {
    await fc.assert(
      fc.asyncProperty(movedWorlds, fc.nat(40), fc.boolean(), async (world, brokenAt, toPostgres) => {
        const path = madeInSqlite({ ...world, wasForgotten: false });
        const store = sqliteStore(path);
        const [database, target] = [await newDatabase(server), newPath()];
        if (!toPostgres) await sqliteToPostgres(path, database);
        const meanwhile = () => {
          const receiver = toPostgres ? store : postgresStore(wires, database, { rowsAtOnce: ALL_ROWS });
          tell(receiver, [[aNotification({ dbid: '101', atMs: T0 + 8_000_000 }), aNotification({ dbid: '107' })]]);
          receiver.transactions.run(() => {
            receiver.stores.compaction.all(T0 + 90_000_000);
          });
          receiver.forget({ group: receiver.snapshots().find(({ dbid }) => dbid === '102')?.id ?? 'none' });
          if (receiver !== store) receiver.close();
        };
        await withFile(path, (db) =>
          withWire(database, (wire) =>
            withWire(database, async (second) => {
              const from = toPostgres ? new MovedFile(db, 'file') : new MovedDatabase(wire, 'database');
              const open = () => (toPostgres ? targetDatabase(second) : Promise.resolve(targetFile(target)));
              const first = await open();
              const breaking = moveAll(from, first, (done) => {
                if (done >= brokenAt) throw new Error('broken off');
              });
              await breaking.catch(() => undefined);
              if (first instanceof TargetFile) first.close();
              const held = (await (await reopened(open)).marks()).size;
              meanwhile();
              const to = await reopened(open);
              const all = await moveAll(from, to);
              expect(all.moved).toBeLessThanOrEqual(all.units + 1);
              if (brokenAt > 10) expect(held).toBeGreaterThanOrEqual(10);
              expect(await compareBoth(from, to)).toMatchObject(EQUAL);
              expect((await moveAll(from, to)).moved).toBe(0);
              if (to instanceof TargetFile) to.close();
            }),
          ),
        );
        store.close();
      }),
      { numRuns: RUNS, endOnFailure: true },
    );
  });

  /** Closed and opened, as by another run of the command. */
  let last: TargetFile | null = null;
  async function reopened(open: () => Promise<TargetFile | TargetDatabase>): Promise<TargetFile | TargetDatabase> {
    last?.close();
    const target = await open();
    last = target instanceof TargetFile ? target : null;
    return target;
  }
});

describe('what is moved', () => {
  it('is every table of either schema, or it is said why not', async () => {
    const path = newPath();
    sqliteStore(path).close();
    const own = await withFile(path, (db) =>
      db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").pluck().all(),
    );
    const made = migrating(null).map(({ text }) => /CREATE TABLE (\w+)/.exec(text)?.[1]);
    const first = readMigrations().flatMap(({ sql }) =>
      [...sql.matchAll(/CREATE TABLE (\w+)/g)].map(([, name]) => name),
    );
    const names = [...own, ...made, ...first].filter((name) => typeof name === 'string');
    expect(names.length).toBeGreaterThan(60);
    expect(names.filter((name) => !MOVED.includes(name) && !(name in NOT_MOVED))).toEqual([]);
    expect(MOVED.filter((name) => name in NOT_MOVED)).toEqual([]);
    expect([...MOVED, ...Object.keys(NOT_MOVED)].filter((name) => !names.includes(name))).toEqual([]);
  });

  it('is compared to the column', async () => {
    const path = newPath();
    const store = sqliteStore(path);
    tell(store, [[aNotification({ dbid: '101' }), aNotification({ dbid: '102' })]]);
    store.close();
    const database = await newDatabase(server);
    await sqliteToPostgres(path, database);
    const compared = () =>
      withFile(path, (db) =>
        withWire(database, (wire) => compareBoth(new MovedFile(db, ''), new MovedDatabase(wire, ''), true)),
      );
    expect(await compared()).toMatchObject({ ...EQUAL, groups: { count: 2, different: 0 } });
    await onDatabase(server, database, (client) =>
      client.query(`UPDATE steps SET state = 'active' WHERE source = 'default'
      AND group_no = (SELECT group_no FROM campaign_groups WHERE dbid = '102')`),
    );
    const { differences, ...rest } = await compared();
    expect(rest).toMatchObject({ different: 1, groups: { count: 2, different: 1 } });
    expect(differences).toMatchObject([{ unit: 'campaign group 102 of default', columns: ['state'] }]);
    expect(rest.groups.fromDigest).not.toBe(rest.groups.toDigest);
    await onDatabase(server, database, (client) => client.query('DELETE FROM steps'));
    expect((await compared()).differences).toMatchObject([{ columns: [] }, { columns: [] }]);
  });
});

describe('a target', () => {
  it('is refused when it holds something, or is filled from elsewhere', async () => {
    const [path, other] = [newPath(), newPath()];
    const store = sqliteStore(path);
    expect(() => targetFile(path)).toThrow('is there already');
    store.close();
    writeFileSync(other, '');
    const begun = targetFile(other);
    begun.close();
    expect(existsSync(unfinishedOf(other))).toBe(true);
    expect(() => TargetFile.open(other, 'elsewhere')).toThrow('go on with --from there');
    const database = await newDatabase(server);
    await withWire(database, async (wire) => {
      await targetDatabase(wire);
      await expect(targetDatabase(wire, 'elsewhere')).rejects.toThrow('go on with --from there');
      await expect(targetDatabase(wire)).resolves.toBeDefined();
    });
    const used = await newDatabase(server);
    const held = postgresStore(wires, used, { rowsAtOnce: ALL_ROWS });
    tell(held, [[aNotification()]]);
    held.close();
    await withWire(used, async (wire) => {
      await expect(targetDatabase(wire)).rejects.toThrow('is in use (there are rows in campaign_groups)');
    });
  });

  it('takes no receiver before it is whole', async () => {
    const database = await newDatabase(server);
    await withWire(database, async (wire) => {
      const target = await targetDatabase(wire);
      const receiver = wires.open(database);
      expect(() => {
        bringToSchema(receiver, { nowMs: Date.now() });
      }).toThrow('is being filled by ocs-monitor migrate');
      await target.finish(ENTRY);
      bringToSchema(receiver, { nowMs: Date.now() });
      receiver.close();
    });
  });
});
