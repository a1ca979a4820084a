/** Salvage knows every table of the schema, and brings what no notification, callback or body has. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { numberHasher } from '../../../src/node/digest.js';
import { ENUMERATIONS } from '../../../src/ocs/enumerations.js';
import { BROUGHT, NOT_BROUGHT } from '../../../src/sqlite/damage/other-rows.js';
import { recover } from '../../../src/sqlite/damage/recover.js';
import { Salvage, type Salvaged } from '../../../src/sqlite/damage/salvage.js';
import { HeldStore } from '../../../src/sqlite/held-store.js';
import { removeFolder } from '../../support/folders.js';
import { aNotification, digest, T0 } from '../../support/notifications.js';

let folder: string;
let opened: HeldStore[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ocm-salvage-tables-'));
  opened = [];
});
afterEach(() => {
  for (const held of opened) held.release();
  removeFolder(folder);
});

function open(name: string): HeldStore {
  const held = new HeldStore({
    path: join(folder, name),
    lockWaitMs: 0,
    keepsLedger: false,
    clock: { nowMs: () => T0 },
    digest,
    enumerations: ENUMERATIONS,
    maxHeads: 100,
    numberKey: 'test-key',
    keys: { random: () => 'random-key', hasher: numberHasher },
    quarantineLimitBytes: 1_000_000,
  });
  opened.push(held);
  return held;
}

const post = ({ store }: HeldStore, dbid: string, atMs = T0) => {
  store.db.transaction(() => store.stores.campaigns.apply(aNotification({ dbid, atMs, receivedAtMs: atMs })))();
};

/** Brings all of `damaged.db` into a database; what became of the rows of each table. */
function salvage(into: HeldStore): Map<string, Salvaged> {
  const { db, found } = recover(join(folder, 'damaged.db'), join(folder, 'recovered'), digest, () => undefined);
  try {
    const salvaged = new Salvage(db, into.store, { nowMs: T0, onRow: () => undefined }).run(found);
    return new Map(salvaged.map((one) => [one.table, one]));
  } finally {
    db.close();
  }
}

const rowsOf = ({ db }: HeldStore, sql: string) => db.prepare(sql).raw().all();

describe('salvage', () => {
  it('brings each table of the schema, or says why not; what cannot be read is lost', () => {
    const names = rowsOf(open('new.db'), "SELECT name FROM sqlite_schema WHERE type = 'table'").flat() as string[];
    const lost = ['damaged_chunks'];
    const known = new Set([...BROUGHT, ...Object.keys(NOT_BROUGHT), ...lost]);
    expect(names.filter((name) => !known.has(name))).toEqual([]);
    expect(BROUGHT.filter((name) => name in NOT_BROUGHT)).toEqual([]);
  });

  it('brings holds, copies, learned intervals, ends of runs, and what retention has come to; once', () => {
    const damaged = open('damaged.db');
    post(damaged, '101');
    damaged.db.exec(`
      INSERT INTO repeats SELECT group_no, ${String(T0 + 1000)}, ${String(T0 + 5000)} FROM campaign_groups;
      UPDATE campaign_groups SET heard_ms = ${String(T0 + 5000)}, heard_limit_at_ms = ${String(T0 + 9)}, heard_limit_ms = 7;
      INSERT INTO holds (source, until_ms, why, made_ms) VALUES ('default', 99, 'a complaint', 5);
      INSERT INTO source_rhythms VALUES ('default', 10000, 5);
      INSERT INTO uptime (started_ms, alive_ms, ended) VALUES (1, 2, 1);
      INSERT INTO kept_numbers VALUES ('thinned_ms', 55), ('thinned', 1000), ('history_ms', 44);
      INSERT INTO damaged_chunks VALUES (9, 1, 5, 60, 6, 'it ends too early', x'01ff')`);
    damaged.db.pragma('wal_checkpoint(TRUNCATE)');

    const into = open('new.db');
    // Other numbers than before.
    post(into, '77');
    const first = salvage(into);
    const group = "SELECT group_no FROM campaign_groups WHERE dbid = '101'";
    const all = () => [
      rowsOf(into, `SELECT from_ms, to_ms FROM repeats WHERE group_no = (${group})`),
      rowsOf(into, "SELECT heard_ms, heard_limit_at_ms, heard_limit_ms FROM campaign_groups WHERE dbid = '101'"),
      rowsOf(into, 'SELECT source, group_id, until_ms, why, made_ms FROM holds'),
      rowsOf(into, 'SELECT * FROM source_rhythms'),
      rowsOf(into, 'SELECT started_ms, alive_ms, ended FROM uptime'),
      rowsOf(into, "SELECT name, value FROM kept_numbers WHERE name <> 'chunk_changes' ORDER BY name"),
    ];
    const brought = [
      [[T0 + 1000, T0 + 5000]],
      [[T0 + 5000, T0 + 9, 7]],
      [['default', null, 99, 'a complaint', 5]],
      [['default', 10_000, 5]],
      [[1, 2, 1]],
      [
        ['history_ms', 44],
        ['thinned_ms', 55],
      ],
    ];
    expect(all()).toEqual(brought);
    expect(first.get('damaged_chunks')).toMatchObject({ rows: 1, leftOut: 1 });
    for (const table of ['repeats', 'holds', 'source_rhythms', 'uptime'])
      expect(first.get(table)).toMatchObject({ added: 1, held: 0, leftOut: 0 });

    const second = salvage(into);
    expect([...second.values()].reduce((sum, { added }) => sum + added, 0)).toBe(0);
    expect(all()).toEqual(brought);
  });

  it('leaves what is newer in the present database as it is', () => {
    const damaged = open('damaged.db');
    post(damaged, '101');
    damaged.db.exec("INSERT INTO source_rhythms VALUES ('default', 10000, 5)");
    damaged.db.exec("INSERT INTO kept_numbers VALUES ('thinned_ms', 55)");
    damaged.db.pragma('wal_checkpoint(TRUNCATE)');
    const into = open('new.db');
    into.db.exec("INSERT INTO source_rhythms VALUES ('default', 30000, 6)");
    into.db.exec("INSERT INTO kept_numbers VALUES ('thinned_ms', 66)");
    salvage(into);
    expect(rowsOf(into, 'SELECT interval_ms FROM source_rhythms')).toEqual([[30_000]]);
    expect(rowsOf(into, "SELECT value FROM kept_numbers WHERE name = 'thinned_ms'")).toEqual([[66]]);
  });

  it('brings back nothing that was to be forgotten', () => {
    const damaged = open('damaged.db');
    const body = (id: string, source: string) => `
      INSERT INTO quarantine (id, source, endpoint, reason, violations, schema_version, body, size, count,
        first_received_ms, last_received_ms) VALUES ('${id}', '${source}', 'campaign-group-state', 'not_json', '[]', '1', x'78', 1, 1, 1, 1)`;
    for (const [id, source] of [
      ['a', 'gone'],
      ['b', 'kept'],
    ] as const)
      damaged.db.exec(body(id, source));
    damaged.db.exec(`
      INSERT INTO callbacks (callback_no, source, service_id, first_received_ms, alive_until_ms)
        VALUES (1, 'gone', 'g-1', 1, 1), (2, 'kept', 'k-1', 1, 1);
      INSERT INTO callback_notifications (callback_no, event, received_ms, digest, received)
        VALUES (1, 'CALLBACK_SCHEDULED', 1, 'd1', '{}'), (2, 'CALLBACK_SCHEDULED', 1, 'd2', '{}');
      INSERT INTO removals (source, callback_no, quarantine_no) VALUES ('gone', 1, 1)`);
    damaged.db.pragma('wal_checkpoint(TRUNCATE)');
    const into = open('new.db');
    salvage(into);
    expect(rowsOf(into, 'SELECT source FROM callbacks')).toEqual([['kept']]);
    expect(rowsOf(into, 'SELECT source FROM quarantine')).toEqual([['kept']]);
  });
});
