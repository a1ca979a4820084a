import fc from 'fast-check';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Notification } from '../../src/domain/notification.js';
import { ENUMERATIONS } from '../../src/ocs/enumerations.js';
import { CampaignStore } from '../../src/sqlite/campaign-store.js';
import { Forgetter } from '../../src/sqlite/forget.js';
import { type Connection, openForWriting } from '../../src/sqlite/database.js';
import { snapshotOf } from '../../src/sqlite/group-head.js';
import { knownSchema, migrate, readMigrations } from '../../src/sqlite/migrate.js';
import { numberKey } from '../../src/sqlite/number-key.js';
import { rememberWords } from '../../src/sqlite/vocabulary-table.js';
import { pendingWork, prepareSuccession } from '../../src/sqlite/succession.js';
import { deliveredLife } from '../support/lives.js';
import { aNotification, digest, T0 } from '../support/notifications.js';

const OPTIONS = { enumerations: ENUMERATIONS, digest, maxHeads: 1000 };

/** Children first: foreign keys hold. */
const TABLES = ['steps', 'evidence', 'list_figures', 'list_sets', 'calling_lists', 'statements', 'campaign_groups'];

let folder: string;
let path: string;
let db: Connection;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ocm-succession-'));
  path = join(folder, 'test.db');
  db = openForWriting(path);
  migrate(db);
});
afterEach(() => {
  db.close();
  rmSync(folder, { recursive: true });
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

const openStore = () => new CampaignStore(db, OPTIONS);
const apply = (notifications: readonly Notification[]) => {
  const store = openStore();
  db.exec('BEGIN');
  for (const notification of notifications) store.apply(notification);
  db.exec('COMMIT');
};
const running = (dbid: string, seconds: number) => aNotification({ dbid, atMs: T0 + seconds * 1000 });

describe('a successor', () => {
  it('loads again only the groups whose evidence changed while it prepared', () => {
    apply(['1', '2', '3'].map((dbid) => running(dbid, 0)));
    const known = prepareSuccession(path, OPTIONS);
    apply([running('2', 10), running('4', 0)]);
    const changed = [...openStore().loadChanged(known)].map(({ dbid }) => dbid);
    expect(known.size).toBe(3);
    expect(changed).toEqual(['2', '4']);
  });

  it('knows no group any more that was forgotten while it prepared, and the one that has its number since', () => {
    apply(['1', '2', '3'].map((dbid) => running(dbid, 0)));
    const known = prepareSuccession(path, OPTIONS);
    const forgetter = new Forgetter(db);
    const [, two, three] = [...known.keys()];
    db.pragma('foreign_keys = OFF');
    forgetter.hide([two ?? 0]);
    expect(openStore().gone(known)).toEqual([two]);
    forgetter.hide([three ?? 0]);
    while (forgetter.removeHidden() !== null);
    db.pragma('foreign_keys = ON');
    apply([running('4', 0)]);
    const store = openStore();
    const changed = [...store.loadChanged(known)].map(({ dbid, groupNo }) => [dbid, groupNo]);
    expect(changed).toEqual([['4', two]]);
    expect(store.gone(known)).toEqual([three]);
  });

  it('knows every group as the database has it, whatever its predecessor still committed', { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(
        deliveredLife(['1', '2']),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.boolean(),
        (life, share, stands) => {
          for (const table of TABLES) db.exec(`DELETE FROM ${table}`);
          // A receive clock that stands still hides from a group that it was heard again.
          const arriving = life.batches.flat().map((one) => (stands ? { ...one, receivedAtMs: T0 } : one));
          const before = Math.floor(arriving.length * share);
          apply(arriving.slice(0, before));
          const known = prepareSuccession(path, OPTIONS);
          apply(arriving.slice(before));
          const successor = openStore();
          for (const head of successor.loadChanged(known)) expect(head.newest).not.toBeNull();
          for (const head of openStore().loadHeads())
            expect(successor.snapshot(head.source, head.dbid)).toEqual(snapshotOf(head));
        },
      ),
      { numRuns: 100 },
    );
  });

  it('reads nothing where there is no database yet, or one of an older schema', () => {
    expect(prepareSuccession(join(folder, 'none.db'), OPTIONS).size).toBe(0);
    apply([running('1', 0)]);
    db.pragma(`user_version = ${String(knownSchema() - 1)}`);
    expect(prepareSuccession(path, OPTIONS).size).toBe(0);
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
    expect(() => prepareSuccession(path, OPTIONS)).toThrow(expect.objectContaining({ code }));
  });
});
