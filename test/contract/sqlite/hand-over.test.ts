import fc from 'fast-check';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Notification } from '../../../src/domain/notification.js';
import { ENUMERATIONS } from '../../../src/ocs/enumerations.js';
import { RemovalTables } from '../../../src/sqlite/removal-tables.js';
import { type Connection, openForWriting } from '../../../src/sqlite/database.js';
import { snapshotOf } from '../../../src/apply/group-head.js';
import { knownSchema, migrate, readMigrations } from '../../../src/sqlite/migrate.js';
import { numberKey } from '../../../src/sqlite/number-key.js';
import { rememberWords } from '../../../src/sqlite/vocabulary-table.js';
import { pendingWork, prepareHandOver } from '../../../src/sqlite/hand-over.js';
import { compactAll, openCampaigns, prepareDatabase } from '../../support/campaign-stores.js';
import { removeFolder } from '../../support/folders.js';
import { emptyCampaigns } from '../../support/held-evidence.js';
import { deliveredLife } from '../../support/lives.js';
import { aNotification, digest, T0 } from '../../support/notifications.js';
import { randomRuns } from '../../support/random-runs.js';

const OPTIONS = { enumerations: ENUMERATIONS, digest, maxHeads: 1000 };

let folder: string;
let path: string;
let db: Connection;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ocm-hand-over-'));
  path = join(folder, 'test.db');
  db = openForWriting(path);
  prepareDatabase(db);
});
afterEach(() => {
  db.close();
  removeFolder(folder);
});

/** A schema from before. */
const OLDER_SCHEMA = 4;

/** Puts a database of an older version in the place of this one. */
function unmigrate(): void {
  db.close();
  for (const end of ['', '-wal', '-shm']) rmSync(`${path}${end}`, { force: true });
  db = openForWriting(path);
  for (const { sql } of readMigrations().slice(0, OLDER_SCHEMA)) db.exec(sql);
  db.pragma(`user_version = ${String(OLDER_SCHEMA)}`);
  rememberWords(db, ENUMERATIONS);
  numberKey(db, 'one', () => 'made', digest);
}

const openStore = () => openCampaigns(db, OPTIONS);
const apply = (notifications: readonly Notification[]) => {
  const store = openStore();
  db.exec('BEGIN');
  for (const notification of notifications) store.apply(notification);
  db.exec('COMMIT');
};
const prepared = (options = OPTIONS) => {
  const read = prepareHandOver(path, options);
  if (read === null) throw new Error('nothing could be read');
  read.release();
  return read;
};
const running = (dbid: string, seconds: number) => aNotification({ dbid, atMs: T0 + seconds * 1000 });

const groupNosOf = (notifications: readonly Notification[]): number[] => {
  const find = db.prepare('SELECT group_no FROM campaign_groups WHERE source = ? AND dbid = ?').pluck();
  return notifications.map(({ source, dbid }) => find.get(source, dbid) as number);
};

describe('heads read for many groups at once', () => {
  it('are those that are read for each group by itself, whatever the evidence', { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(deliveredLife(['1', '2', '3']), (life) => {
        emptyCampaigns(db);
        apply(life.batches.flat());
        const byItself = openStore();
        for (const head of openStore().heads.load())
          expect(snapshotOf(head)).toEqual(byItself.heads.snapshot(head.source, head.dbid));
      }),
      { numRuns: randomRuns(30) },
    );
  });
});

describe('a start beyond the bound of groups', () => {
  const unload = (dbid: string, seconds: number) => {
    const { statement } = running(dbid, seconds);
    return { ...running(dbid, seconds), statement: { ...statement, stateCode: 0, actionCode: 8 } };
  };
  const shown = (maxHeads: number) => {
    const { heads, leftOut } = prepared({ ...OPTIONS, maxHeads });
    return [[...heads.values()].map(({ dbid }) => dbid), leftOut];
  };

  it('loads the loaded groups, and of the others those that were heard last', () => {
    apply(['1', '2', '3', '4', '5'].map((dbid) => running(dbid, 0)));
    apply([unload('5', 20), unload('2', 30), unload('3', 40)]);
    expect(shown(5)).toEqual([['1', '2', '3', '4', '5'], 0]);
    expect(shown(4)).toEqual([['1', '2', '3', '4'], 0]);
    expect(shown(3)).toEqual([['1', '3', '4'], 0]);
    expect(shown(2)).toEqual([['1', '4'], 0]);
  });

  it('loads no more than can wait for room, and counts the rest', () => {
    apply(Array.from({ length: 1005 }, (_, n) => running(String(n), 0)));
    const { heads, leftOut } = prepared({ ...OPTIONS, maxHeads: 2 });
    expect([heads.size, leftOut]).toEqual([1002, 3]);
  });

  it('asks no more of the database the more groups are stored, be it as a first or as a successor', () => {
    const asked = (from: number, to: number) => {
      apply(Array.from({ length: to - from }, (_, n) => running(String(from + n), 0)));
      const known = prepared({ ...OPTIONS, maxHeads: 20 });
      const counted = countingStatements(db);
      const store = openCampaigns(counted.db, { ...OPTIONS, maxHeads: 20 });
      const loaded = [...store.heads.load(store.heads.shown().groupNos)];
      const started = counted.statements();
      const touched = [...store.heads.loadTouched(known, [1, 2, 1050])];
      expect([loaded.length, touched.length]).toEqual([1020, 2]);
      return [started, counted.statements() - started];
    };
    const few = asked(0, 1100);
    expect(asked(1100, 3300)).toEqual(few);
  });
});

/** Counts the statements that are run, not the rows they give. */
function countingStatements(real: Connection): { db: Connection; statements: () => number } {
  let statements = 0;
  const watch = <T extends object>(target: T): T =>
    new Proxy(target, {
      get: (from, name) => {
        const value = Reflect.get(from, name) as unknown;
        if (typeof value !== 'function') return value;
        return (...args: unknown[]): unknown => {
          if (['get', 'all', 'iterate', 'run'].includes(String(name))) statements++;
          const given = (value as (...args: unknown[]) => unknown).apply(from, args);
          if (given === from) return watch(from);
          return name === 'prepare' ? watch(given as object) : given;
        };
      },
    });
  return { db: watch(real), statements: () => statements };
}

describe('a successor', () => {
  it('loads again only the groups whose evidence changed while it prepared', () => {
    apply(['1', '2', '3'].map((dbid) => running(dbid, 0)));
    const known = prepared();
    apply([running('2', 10), running('4', 0)]);
    const changed = [...openStore().heads.loadChanged(known)].map(({ dbid }) => dbid);
    expect(known.heads.size).toBe(3);
    expect(changed).toEqual(['2', '4']);
  });

  it('loads again the groups whose evidence came and left the journal while it prepared', () => {
    apply(['1', '2', '3'].map((dbid) => running(dbid, 0)));
    compactAll(db, T0);
    const known = prepared();
    apply([running('2', 10)]);
    compactAll(db, T0);
    const heads = [...openStore().heads.loadChanged(known)];
    expect(heads.map(({ dbid, newest }) => [dbid, newest?.atMs])).toEqual([['2', T0 + 10_000]]);
  });

  it('knows no group any more that was forgotten while it prepared, and takes no other for it', () => {
    apply(['1', '2', '3'].map((dbid) => running(dbid, 0)));
    const known = prepared();
    const forgetter = new RemovalTables(db);
    const [, two, three] = [...known.heads.keys()];
    db.pragma('foreign_keys = OFF');
    forgetter.hide([two ?? 0]);
    expect(openStore().heads.gone(known.heads.keys())).toEqual([two]);
    forgetter.hide([three ?? 0]);
    for (let groupNo = forgetter.hidden(); groupNo !== null; groupNo = forgetter.hidden())
      forgetter.removeHidden(groupNo, 100);
    db.pragma('foreign_keys = ON');
    apply([running('4', 0)]);
    const store = openStore();
    const changed = [...store.heads.loadChanged(known)].map(({ dbid, groupNo }) => [dbid, groupNo]);
    expect(changed).toEqual([['4', (three ?? 0) + 1]]);
    expect(store.heads.gone(known.heads.keys())).toEqual([two, three]);
  });

  it('knows every group as the database has it, whatever its predecessor still committed', { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(
        deliveredLife(['1', '2']),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.boolean(),
        fc.tuple(fc.boolean(), fc.boolean()),
        (life, share, stands, [isCompacted, isCompactedLater]) => {
          emptyCampaigns(db);
          // A receive clock that stands still hides from a group that it was heard again.
          const arriving = life.batches.flat().map((one) => (stands ? { ...one, receivedAtMs: T0 } : one));
          const before = Math.floor(arriving.length * share);
          apply(arriving.slice(0, before));
          if (isCompacted) compactAll(db, T0);
          const known = prepared();
          apply(arriving.slice(before));
          if (isCompactedLater) compactAll(db, T0);
          const touched = groupNosOf(arriving.slice(before));
          for (const load of [openStore(), openStore()].map((store, n) => ({ store, byMarks: n === 0 }))) {
            const heads = load.byMarks
              ? load.store.heads.loadChanged(known)
              : load.store.heads.loadTouched(known, touched);
            for (const head of heads) expect(head.newest).not.toBeNull();
            for (const head of openStore().heads.load())
              expect(load.store.heads.snapshot(head.source, head.dbid)).toEqual(snapshotOf(head));
          }
        },
      ),
      { numRuns: randomRuns(30) },
    );
  });

  it('tells how dialing ended by a late post of long before, though the receive clock stood still', () => {
    const post = (atMs: number, codes: object, timeToCompleteSeconds: number | null = null) => {
      const { statistics, ...one } = aNotification({ atMs, receivedAtMs: T0, statement: codes });
      return { ...one, statistics: { ...statistics, timeToCompleteSeconds } };
    };
    const BY_OCS = { actorCode: 2 };
    apply([
      post(T0, {}),
      post(T0 + 20, { stateCode: 4, actionCode: 10, ...BY_OCS }),
      post(T0 + 30, { stateCode: 0, actionCode: 8, ...BY_OCS }),
    ]);
    const known = prepared();
    const [before] = known.heads.values();
    apply([post(T0 + 10, {}, 5400)]);
    const [after] = openStore().heads.loadChanged(known);
    expect([before?.ended?.how, after?.ended?.how]).toEqual(['completed', 'by_itself']);
  });

  it('reads nothing where there is no database yet, or one of an older schema', () => {
    expect(prepareHandOver(join(folder, 'none.db'), OPTIONS)).toBeNull();
    apply([running('1', 0)]);
    db.pragma(`user_version = ${String(knownSchema() - 1)}`);
    expect(prepareHandOver(path, OPTIONS)).toBeNull();
  });

  it('says what the take-over has to do: nothing, tell again, hash anew, migrate', () => {
    const pending = (numberKey: string | null = null, enumerations = ENUMERATIONS) =>
      pendingWork(path, { ...OPTIONS, numberKey, enumerations });
    apply([running('1', 0), running('2', 0)]);
    rememberWords(db, ENUMERATIONS);
    numberKey(db, 'one', () => 'made', digest);
    expect(pending('one')).toEqual([]);
    expect(pending('two')).toEqual(["customers' numbers hashed under another key"]);
    const states = new Map([...ENUMERATIONS.state].map(([code, word]) => [code, `${word}_`]));
    const expected = ['history of campaign groups told in other words: 2'];
    expect(pending('one', { ...ENUMERATIONS, state: states })).toEqual(expected);
    unmigrate();
    expect(pending('one')).toEqual([`migrations: ${String(knownSchema() - OLDER_SCHEMA)}`]);
    expect(pendingWork(join(folder, 'none.db'), { ...OPTIONS, numberKey: null })).toEqual([]);
  });

  it.each([
    ['a name that a migration gives is taken', 'CREATE VIEW transition_changes AS SELECT 1', /rename your own/],
    [
      'a migration fails',
      'PRAGMA foreign_keys = OFF; DROP TABLE callbacks',
      /migration 0005-changes failed .* schema 4/,
    ],
  ])('fails before its predecessor is asked to go when %s, and changes nothing', (_what, sql, message) => {
    unmigrate();
    db.exec(sql);
    const schema = (): unknown => db.prepare('SELECT name, sql FROM sqlite_schema ORDER BY name').all();
    const before = schema();
    const saysWhatToDo = expect.stringMatching(message) as string;
    const thrown = expect.objectContaining({ code: 'OCM_UNAVAILABLE', message: saysWhatToDo }) as Error;
    expect(() => pendingWork(path, { ...OPTIONS, numberKey: null })).toThrow(thrown);
    expect(() => migrate(db)).toThrow(thrown);
    expect([schema(), db.pragma('user_version', { simple: true })]).toEqual([before, OLDER_SCHEMA]);
  });

  it.each([
    [
      'a database of a newer version',
      'OCM_NEWER_SCHEMA',
      () => void db.pragma(`user_version = ${String(knownSchema() + 1)}`),
    ],
    [
      'a foreign file',
      'OCM_NOT_OURS',
      () => {
        path = join(folder, 'letter.txt');
        writeFileSync(path, 'Dear Sir or Madam');
      },
    ],
  ])('fails before its predecessor is asked to go when it meets %s', (_what, code, spoil) => {
    spoil();
    expect(() => prepareHandOver(path, OPTIONS)).toThrow(expect.objectContaining({ code }));
  });
});
