/** The vendor's tables over random lives of groups: what they hold, and keys that stay whatever is done to the database. */
import fc from 'fast-check';
import { copyFileSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Notification } from '../../../src/domain/notification.js';
import { beginsSession, type Transition } from '../../../src/domain/transition.js';
import { nameKey, namesOf } from '../../../src/ocs/info-mart.js';
import { recover } from '../../../src/sqlite/damage/recover.js';
import { Salvage } from '../../../src/sqlite/damage/salvage.js';
import { type Connection, openForWriting } from '../../../src/sqlite/database.js';
import { migrate, readMigrations } from '../../../src/sqlite/migrate.js';
import { NameTable } from '../../../src/sqlite/name-table.js';
import { QuarterCalendar } from '../../../src/sqlite/quarter-calendar.js';
import { sqliteTables } from '../../../src/sqlite/tables.js';
import { giveVendorKeys } from '../../../src/sqlite/vendor-keys.js';
import { openCampaigns, prepareDatabase } from '../../support/campaign-stores.js';
import { removeFolder } from '../../support/folders.js';
import { emptyCampaigns } from '../../support/held-evidence.js';
import { definition } from '../../support/histories.js';
import { deliveredLife, deliverTo } from '../../support/lives.js';
import { storesOver } from '../../support/memory-store.js';
import { digest, T0 } from '../../support/notifications.js';
import { randomRuns } from '../../support/random-runs.js';

const RUNS = randomRuns(12);
const DBIDS = ['101', '102'];
const folder = mkdtempSync(join(tmpdir(), 'ocm-vendor-keys-'));
afterAll(() => {
  removeFolder(folder);
});

let opened = 0;
function openDatabase(): Connection {
  const db = openForWriting(join(folder, `${String(opened++)}.db`));
  prepareDatabase(db);
  giveVendorKeys(db);
  return db;
}

function apply(db: Connection, notifications: readonly Notification[]): void {
  deliverTo(openCampaigns(db), [notifications], 1, (batch) => {
    db.transaction(batch)();
  });
}

type Row = Readonly<Record<string, unknown>>;
const VIEWS = ['CAMPAIGN_GROUP_SESSION_FACT', 'CAMPAIGN_GROUP_STATE_FACT', 'GO_Campaign', 'GO_CampaignHistory'];
const NAMES = ['TENANT', 'CAMPAIGN', 'GROUP_'];
/** All that reports read but the calendar, which only grows. */
function factsIn(db: Connection): Record<string, unknown[]> {
  const rows = (view: string) => db.prepare(`SELECT * FROM ${view} ORDER BY 1, 2`).all();
  return Object.fromEntries([...VIEWS, ...NAMES].map((view) => [view, rows(view)]));
}

const VENDOR_STATES: Readonly<Record<string, number>> = {
  ...{ active: 1, running: 2, waiting_unload: 3, unload_in_progress: 3 },
};

/** The stays that transitions tell: state, begin and end in seconds. */
function staysOf(transitions: readonly Transition[]): (number | null)[][] {
  const stays: (number | null)[][] = [];
  let state = 0;
  let endOpen: ((atMs: number) => void) | null = null;
  for (const transition of transitions) {
    const entered = VENDOR_STATES[transition.toState] ?? 0;
    if (entered === state && !beginsSession(transition)) continue;
    endOpen?.(transition.atMs);
    endOpen = null;
    state = entered;
    if (entered === 0) continue;
    const stay = [entered, Math.floor(transition.atMs / 1000), null as number | null];
    stays.push(stay);
    endOpen = (atMs) => {
      stay[2] = Math.floor(atMs / 1000);
    };
  }
  return stays;
}

describe('facts of random lives', () => {
  const db = openDatabase();
  afterAll(() => {
    db.close();
  });

  it('are the stays that history tells, under keys that no two have, each with its session and its names', () => {
    fc.assert(
      fc.property(deliveredLife(DBIDS), ({ survivors, batches }) => {
        for (const batch of batches) apply(db, batch);
        for (const dbid of DBIDS) {
          const facts = db
            .prepare(
              `SELECT CAMPAIGN_GROUP_STATE_KEY, START_TS, END_TS FROM CAMPAIGN_GROUP_STATE_FACT AS f
               JOIN steps AS s ON s.fact_key = f.CAMP_GROUP_STATE_FACT_KEY
               WHERE CAMPAIGN_GROUP_DBID = ? ORDER BY s.at_ms, s.action_rank, s.content_digest`,
            )
            .raw()
            .all(dbid);
          expect(facts).toEqual(staysOf(definition(survivors, dbid).transitions));
        }
        const facts = factsIn(db) as Record<string, Row[]>;
        const keys = (view: string, column: string) => (facts[view] ?? []).map((row) => row[column]);
        const sessions = keys('CAMPAIGN_GROUP_SESSION_FACT', 'CAMP_GROUP_SESSION_FACT_KEY');
        const stays = keys('CAMPAIGN_GROUP_STATE_FACT', 'CAMP_GROUP_STATE_FACT_KEY');
        expect([new Set(sessions).size, new Set(stays).size]).toEqual([sessions.length, stays.length]);
        const named = keys('CAMPAIGN_GROUP_STATE_FACT', 'CAMP_GROUP_SESSION_FACT_KEY');
        expect(named.filter((key) => !sessions.includes(key))).toEqual([]);
        expect(keys('GO_Campaign', 'ID')).toEqual(sessions);
        emptyCampaigns(db);
      }),
      { numRuns: RUNS },
    );
  });

  it('have an end between two sessions of a group, also where only another GUID tells that it was unloaded', () => {
    fc.assert(
      fc.property(deliveredLife(['101']), ({ batches }) => {
        for (const batch of batches) apply(db, batch);
        const history = db
          .prepare('SELECT SessID, State, PrevState FROM GO_CampaignHistory ORDER BY CHANGED_MS, ID > 0, ID')
          .all() as { SessID: string; State: number; PrevState: number | null }[];
        const ends = history.filter(({ State }) => State === 0).length;
        const sessions = db.prepare('SELECT count(*), sum(ACTIVE_FLAG) FROM CAMPAIGN_GROUP_SESSION_FACT').raw().get();
        const [begun, active] = sessions as [number, number | null];
        expect(ends).toBe(begun - (active ?? 0));
        expect(history.filter(({ PrevState }) => PrevState === null)).toHaveLength(begun);
        emptyCampaigns(db);
      }),
      { numRuns: RUNS },
    );
  });

  it('have the same keys in whatever order posts come, and after history is told anew', () => {
    const other = openDatabase();
    fc.assert(
      fc.property(deliveredLife(DBIDS), ({ survivors, batches }) => {
        for (const batch of batches) apply(db, batch);
        apply(other, survivors);
        const facts = factsIn(db);
        expect(factsIn(other)).toEqual(facts);
        const groupNos = db.prepare('SELECT group_no FROM campaign_groups').pluck().all() as number[];
        db.transaction(() => {
          openCampaigns(db).retell(groupNos);
        })();
        expect(factsIn(db)).toEqual(facts);
        for (const one of [db, other]) emptyCampaigns(one);
      }),
      { numRuns: RUNS },
    );
    other.close();
  });
});

describe('keys', () => {
  const [delivered] = fc.sample(deliveredLife(DBIDS), { numRuns: 1, seed: 19 });
  const filled = (): Connection => {
    const db = openDatabase();
    apply(db, delivered?.life.notifications ?? []);
    return db;
  };

  it('are given by the migration to what was held before, and by a second start where the first was cut off', () => {
    const db = filled();
    const facts = factsIn(db);
    const quarters = db.prepare('SELECT * FROM quarters').all();
    expect(facts['CAMPAIGN_GROUP_STATE_FACT']).not.toEqual([]);
    db.exec(`UPDATE steps SET fact_key = NULL, vendor_state = NULL; DELETE FROM dimension_names;
      UPDATE statements SET tenant_key = NULL, campaign_key = NULL, agent_group_key = NULL;
      DELETE FROM quarters WHERE start_seconds < 2147482800; INSERT INTO kept_numbers VALUES ('keyed_group', 0);`);
    const sql = readMigrations().find(({ name }) => name.endsWith('-vendor-tables'))?.sql ?? '';
    for (const [update] of sql.matchAll(/^UPDATE steps[^;]*;/gm)) db.exec(update);
    expect(giveVendorKeys(db)).toBe(2);
    expect(giveVendorKeys(db)).toBe(0);
    expect([factsIn(db), db.prepare('SELECT * FROM quarters').all()]).toEqual([facts, quarters]);
    db.exec("UPDATE steps SET fact_key = NULL WHERE group_no = 2; INSERT INTO kept_numbers VALUES ('keyed_group', 1);");
    expect(giveVendorKeys(db)).toBe(1);
    expect(factsIn(db)).toEqual(facts);
    db.close();
  });

  it('are the same in a copy that is migrated again, and in what is salvaged of the file', () => {
    const db = filled();
    const facts = factsIn(db);
    db.pragma('wal_checkpoint(TRUNCATE)');
    db.close();
    copyFileSync(db.name, join(folder, 'copy.db'));
    const copy = openForWriting(join(folder, 'copy.db'));
    expect([migrate(copy), factsIn(copy)]).toEqual([[], facts]);
    copy.close();
    const target = openDatabase();
    // Another one came first: numbers are others than they were.
    apply(
      target,
      (delivered?.life.notifications ?? []).slice(0, 1).map((one) => ({ ...one, source: 'other' })),
    );
    const { db: from, found } = recover(db.name, join(folder, 'recovered.db'), digest, () => undefined);
    const tables = sqliteTables(target);
    const stores = storesOver(tables, { maxHeads: 100, quarantineLimitBytes: 1e6, nowMs: () => T0 });
    new Salvage(from, { db: target, tables, stores }, { nowMs: T0, onRow: () => undefined }).run(found);
    const salvaged = Object.entries(factsIn(target) as Record<string, Row[]>);
    const kept = salvaged.map(([view, rows]) => [view, rows.filter((row) => row['SOURCE'] !== 'other')]);
    expect(Object.fromEntries(kept)).toEqual(facts);
    from.close();
    target.close();
  });

  it('of the session are not there, and the stay is, where retention has removed its begin', () => {
    const db = filled();
    const stays = db.prepare('SELECT count(*) FROM CAMPAIGN_GROUP_STATE_FACT').pluck();
    const before = Number(stays.get());
    const removed = db.prepare('DELETE FROM steps WHERE begins_session = 1').run().changes;
    expect(stays.get()).toBe(before - removed);
    const keys = 'CAMP_GROUP_SESSION_FACT_KEY, CAMP_GROUP_SESS_FACT_SDT_KEY, CAMPAIGN_GROUP_SESSION_ID';
    const named = db.prepare(`SELECT DISTINCT ${keys} FROM CAMPAIGN_GROUP_STATE_FACT`).raw().all();
    expect(named).toEqual([[null, null, null]]);
    expect(db.prepare('SELECT DISTINCT SessID FROM GO_CampaignHistory').pluck().all()).toEqual(['']);
    db.close();
  });

  it('of names are the next ones where another name has them', () => {
    const db = openDatabase();
    const attributes = { tenant: 'Resources', tenantCcid: '1', campaign: 'Sale', group: 'Agents' };
    const wanted = nameKey(namesOf('default', attributes).CAMPAIGN);
    const insert = db.prepare("INSERT INTO dimension_names VALUES ('CAMPAIGN', ?, 'else', '', '', '')");
    insert.run(wanted);
    db.exec(
      "INSERT INTO campaign_groups (group_no, id, source, dbid, heard_ms) VALUES (1, 'one', 'default', '101', 0)",
    );
    const names = new NameTable(db);
    expect(names.keysOf(1, attributes).campaign_key).toBe(wanted + 1);
    expect(names.keysOf(1, attributes).campaign_key).toBe(wanted + 1);
    db.close();
  });
});

describe('the calendar', () => {
  const DAY_MS = 86_400_000;
  const days = (db: Connection) =>
    db.prepare("SELECT DISTINCT CAL_DATE FROM DATE_TIME WHERE CAL_DATE < '2038' ORDER BY 1").pluck().all();

  it('has the whole days from the first fact to the last, and of one far off its own alone', () => {
    const db = openDatabase();
    const calendar = new QuarterCalendar(db);
    calendar.cover(T0);
    calendar.cover(T0 + 3 * DAY_MS);
    calendar.cover(T0 - 2 * DAY_MS);
    calendar.cover(-1);
    const around = ['18', '19', '20', '21', '22', '23'].map((day) => `2026-11-${day}`);
    expect(days(db)).toEqual(['1969-12-31', ...around]);
    expect(db.prepare('SELECT count(*) FROM DATE_TIME').pluck().get()).toBe(7 * 96 + 1);
    db.close();
  });
});
