/**
 * `kill -9` in the middle of imports, of a backfill and of its undo: into a database at rest, and into a service that runs.
 * Run again, each comes to what it would have come to undisturbed: nothing twice, nothing lost.
 */
import Database from 'better-sqlite3';
import { copyFileSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { notificationLine } from '../../src/cli/export-notifications.js';
import { LAST_INSTANT_MS } from '../../src/domain/instant.js';
import { encodeNotification } from '../../src/ocs/encode-notification.js';
import { type GroupEvent, OcsLogLines } from '../../src/ocs/log/encode-log.js';
import { notificationsIn } from '../../src/service/sqlite/held.js';
import { callbackScenarios, Deck } from '../../src/simulator/callbacks/catalogue.js';
import { callbackIds } from '../../src/simulator/callbacks/ids.js';
import { playCallback } from '../../src/simulator/callbacks/play-callback.js';
import { TserverLog } from '../../src/simulator/callbacks/tserver-log.js';
import { columnsOf, IconRows, rowText } from '../../src/simulator/icon-rows.js';
import { Random } from '../../src/simulator/random.js';
import { testApps } from '../support/app.js';
import { between, Command, type Passing } from '../support/commands.js';
import { eventually } from '../support/eventually.js';
import { HeldTable } from '../support/exports.js';
import { removeFolder } from '../support/folders.js';
import { aNotification } from '../support/notifications.js';
import { freePort, ocsMonitor, Program } from '../support/program.js';

const START_MS = Math.floor(new Date().getTime() / 1000) * 1000 - 12 * 3_600_000;
const SOURCE = 'eu-1';
const [GROUPS, ROUNDS] = [30, 10];
/** Their events fill more than one batch when seven tenths of a file are read. */
const CALLBACKS = 110;

const start = testApps();
let folder: string;
const path = (name: string) => join(folder, name);
const store = (database: string) => ['--store', `sqlite:${database}`];

/** What OCS says of a change, and its numbers of the action and the state. */
type Step = readonly [GroupEvent, number, number];
const LOADED: Step = ['loaded', 7, 4];
const ROUND: readonly Step[] = [
  ['started', 9, 5],
  ['stopped', 10, 4],
];

/** A load, then starts and stops. */
function lives() {
  const steps = [LOADED, ...Array.from({ length: ROUNDS }, () => ROUND).flat()];
  return steps.flatMap(([event, actionCode, stateCode], step) =>
    Array.from({ length: GROUPS }, (_, group) => {
      const atMs = START_MS + step * 20_000 + group * 100;
      const attributes = { ...aNotification().statement.attributes, name: `Spring@Agents ${String(group)}`, guid: '' };
      const parts = { source: SOURCE, dbid: String(1000 + group), atMs };
      const notification = aNotification({ ...parts, statement: { stateCode, actionCode, attributes } });
      return { event, notification, isReceived: step === 0 || (step * 7 + group) % 5 < 2 };
    }),
  );
}

function writeFiles(): void {
  const all = lives();
  const lineOf = (one: (typeof all)[number]) => notificationLine(one.notification);
  writeFileSync(path('all.ndjson'), all.map(lineOf).join(''));
  writeFileSync(
    path('received.ndjson'),
    all
      .filter(({ isReceived }) => isReceived)
      .map(lineOf)
      .join(''),
  );
  const lines = new OcsLogLines({ timeZone: 'UTC', hasDates: true });
  const uri = `http://monitor:8080/ocs/${SOURCE}/campaign-group-state`;
  const logged = all.flatMap(({ event, notification: { atMs, statement } }) => {
    const { name } = statement.attributes;
    return [lines.line(atMs, { event, name }), lines.line(atMs, { event: 'state', name, uri })];
  });
  writeFileSync(path('ocs.log'), logged.join(''));
  const habit = { style: 'tserver', stamps: 'long', indentation: 'tabs' } as const;
  const log = new TserverLog({ seed: 3, startMs: START_MS, callbacks: CALLBACKS, habit, damaged: 0.05, sentToIcon: 1 });
  writeFileSync(path('tserver.log'), [...log.text(() => undefined)].join(''), 'latin1');
  writeFileSync(path('custom-data.csv'), customData(), 'latin1');
}

function customData(): string {
  const [random, rows] = [new Random(5), new IconRows()];
  const deck = new Deck(callbackScenarios, random.fork('deck'));
  const text = [rowText(columnsOf('G_CUSTOM_DATA_S'), ';')];
  for (let number = 0; number < CALLBACKS; number++) {
    const ids = callbackIds(START_MS, number, random.fork(`ids ${String(number)}`));
    const stage = {
      random: random.fork(`callback ${String(number)}`),
      startMs: START_MS + number * 1000,
      speed: 1,
      ids,
    };
    for (const { told } of playCallback(deck.deal(), stage).posts) {
      for (const { telling, keys } of told) {
        if (telling.kind !== 'event') continue;
        for (const { table, cells } of rows.event(telling, keys))
          if (table === 'G_CUSTOM_DATA_S') text.push(rowText(cells, ';'));
      }
    }
  }
  return text.join('');
}

function query<T>(database: string, read: (db: Database.Database) => T): T {
  const db = new Database(database, { readonly: true });
  try {
    return read(db);
  } finally {
    db.close();
  }
}

const notificationsOf = (database: string) =>
  query(database, (db) => [...notificationsIn(db, { source: null, fromMs: 0, toMs: LAST_INSTANT_MS })].flat());
const backfilledIn = (database: string) =>
  notificationsOf(database).filter(({ statement }) => statement.origin === 'ocs-log').length;
const eventsIn = (database: string) =>
  query(database, (db) => db.prepare('SELECT count(*) FROM callback_events').pluck().get()) as number;

/** All that is held, but when it was written. */
function heldIn(database: string): unknown {
  return query(database, (db) => {
    const table = (what: 'transitions' | 'sessions' | 'callbacks') =>
      new HeldTable(db, { what }).take(new Date().getTime()).sorted();
    const column = (sql: string) => db.prepare(sql).pluck().all();
    return {
      notifications: notificationsOf(database)
        .map((one) => [one.receivedAtMs, encodeNotification(one)].join())
        .sort(),
      transitions: table('transitions'),
      sessions: table('sessions'),
      callbacks: table('callbacks'),
      events: column("SELECT digest || coalesce(origin, '') FROM callback_events ORDER BY digest"),
      legacy: column('SELECT digest FROM legacy_callback_events ORDER BY digest'),
      quarantine: column('SELECT id FROM quarantine ORDER BY id'),
    };
  });
}

/** What is played, from which database it begins, and how far it is by what the database has. */
interface Case {
  readonly name: string;
  readonly args: readonly string[];
  readonly from: 'empty.db' | 'received.db' | 'backfilled.db';
  readonly urlOption: '--url' | '--service';
  /** From what an undisturbed run of it leaves another one begins. */
  readonly leaves?: 'backfilled.db';
  readonly doneIn: (database: string) => number;
}

const BACKFILL = ['--source', SOURCE, '--tolerance', '100ms', '--tz', 'UTC', '--backfill'];
const importOf = (what: string, file: string, doneIn: Case['doneIn']): Case => ({
  name: `import ${what}`,
  args: ['import', what, file],
  from: 'empty.db',
  urlOption: '--url',
  doneIn,
});

let cases: readonly Case[] = [];

/** Where an undisturbed run of each comes to. */
const undisturbed = new Map<string, unknown>();

function copyOf(from: string, name: string): string {
  copyFileSync(path(from), path(name));
  return path(name);
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ocm-kills-'));
  writeFiles();
  cases = [
    importOf('notifications', path('all.ndjson'), (database) => notificationsOf(database).length),
    importOf('tserver-log', path('tserver.log'), eventsIn),
    importOf('icon', path('custom-data.csv'), eventsIn),
    {
      name: 'audit --backfill',
      args: ['audit', '--ocs-log', path('ocs.log'), ...BACKFILL],
      ...{ from: 'received.db', urlOption: '--service', leaves: 'backfilled.db', doneIn: backfilledIn },
    },
    {
      name: 'audit --undo',
      args: ['audit', '--undo', '--source', SOURCE],
      ...{ from: 'backfilled.db', urlOption: '--service' },
      doneIn: (database) => backfilledIn(path('backfilled.db')) - backfilledIn(database),
    },
  ];
  await ocsMonitor('migrate', ...store(path('empty.db')));
  // The key by which numbers are hashed is made with it.
  await ocsMonitor('import', 'notifications', '/dev/null', ...store(path('empty.db')));
  await ocsMonitor('import', 'notifications', path('received.ndjson'), ...store(copyOf('empty.db', 'received.db')));
  for (const { name, args, from, leaves } of cases) {
    const database = copyOf(from, leaves ?? 'undisturbed.db');
    await ocsMonitor(...args, ...store(database));
    undisturbed.set(name, heldIn(database));
  }
});
afterAll(() => {
  removeFolder(folder);
});

/** Each is killed before the service has its second batch, or before it hears what became of its first. */
const CUTS = {
  'import notifications': { batch: 2, is: 'asked' },
  'import tserver-log': { batch: 1, is: 'answered' },
  'import icon': { batch: 2, is: 'asked' },
  'audit --backfill': { batch: 1, is: 'answered' },
  'audit --undo': { batch: 2, is: 'asked' },
} as const satisfies Readonly<Record<string, Passing>>;
const NAMES = Object.keys(CUTS) as (keyof typeof CUTS)[];

function caseOf(name: string): Case {
  const found = cases.find((one) => one.name === name);
  if (found === undefined) throw new Error(name);
  return found;
}

/** Reads nothing further than so much of a file, and waits: what is imported of it is the same in every run. */
function begunBy({ args: [, what = '', file = ''] }: Case, database: string): Command {
  const text = readFileSync(file, 'latin1');
  return new Command(['import', what, '-', ...store(database)], { input: text.slice(0, text.length * 0.7) });
}

describe.each(NAMES)('%s, killed in the middle', (name) => {
  it('without a service: run again it comes to the same', async () => {
    const one = caseOf(name);
    const database = copyOf(one.from, 'killed.db');
    let done = 0;
    const command = one.args[0] === 'import' ? begunBy(one, database) : new Command([...one.args, ...store(database)]);
    await eventually(() => {
      done = one.doneIn(database);
      expect(done).toBeGreaterThan(0);
    });
    await command.kill();
    const { status, err } = await ocsMonitor(...one.args, ...store(database));
    expect([err, status === 0 || status === 1]).toEqual([expect.any(String), true]);
    expect(heldIn(database)).toEqual(undisturbed.get(name));
  });

  it('through a service: run again it comes to the same', async () => {
    const one = caseOf(name);
    const cut = CUTS[name];
    const app = await start({}, { database: copyOf(one.from, 'killed.db') });
    let command: Command | null = null;
    const way = await between(app.url, (passing) => {
      const isIt = passing.batch === cut.batch && passing.is === cut.is;
      if (isIt) command?.signal('SIGKILL');
      return isIt;
    });
    command = new Command([...one.args, one.urlOption, way.url, ...store(app.database)]);
    expect(await command.ended).toMatchObject({ status: null, out: '' });
    way.close();
    expect(heldIn(app.database)).not.toEqual(undisturbed.get(name));
    await ocsMonitor(...one.args, one.urlOption, app.url, ...store(app.database));
    await app.stop();
    expect(heldIn(app.database)).toEqual(undisturbed.get(name));
  });
});

describe('a service that is killed while notifications are imported', () => {
  it('has all of them when the import goes on where it says', async () => {
    const one = caseOf('import notifications');
    const [port, database] = [await freePort(), copyOf('empty.db', 'service.db')];
    let program = await Program.start(port, database);
    const way = await between(program.url, ({ batch, is }) => {
      const isIt = batch === 3 && is === 'asked';
      if (isIt) program.signal('SIGKILL');
      return isIt;
    });
    const broken = await ocsMonitor(...one.args, '--url', way.url, ...store(database));
    way.close();
    const [, place = ''] = /go on with --resume (\S+)/.exec(broken.err) ?? [];
    const passedOver = Number(place.split(':').at(-1)) - 1;
    expect([broken.status, passedOver > 0, passedOver <= 400]).toEqual([1, true, true]);
    await program.end('SIGKILL');
    program = await Program.start(port, database);
    const rest = await ocsMonitor(...one.args, '--resume', place, '--url', program.url, '--json', ...store(database));
    expect(await program.end('SIGTERM')).toBe(0);
    expect(JSON.parse(rest.out)).toMatchObject({
      read: GROUPS * (2 * ROUNDS + 1) - passedOver,
      duplicates: 400 - passedOver,
    });
    expect(heldIn(database)).toEqual(undisturbed.get(one.name));
  });
});

describe('a backfill, and its undo', () => {
  it.each(['audit --backfill', 'audit --undo'])(
    '%s: changes nothing beside a service that it is not told of',
    async (name) => {
      const one = caseOf(name);
      const app = await start({}, { database: copyOf(one.from, 'beside.db') });
      const before = heldIn(app.database);
      const environment = { OCM_PORT: String(await freePort()) };
      const refused = await new Command([...one.args, ...store(app.database)], { environment }).ended;
      expect(refused.status).toBe(1);
      expect(refused.err).toContain('name the address of the service with --service');
      expect(heldIn(app.database)).toEqual(before);
    },
  );

  it('holds the lock until it ends: another one is refused, and changes nothing', async () => {
    const [one, undo] = [caseOf('audit --backfill'), caseOf('audit --undo')];
    const database = copyOf(one.from, 'locked.db');
    const environment = { OCM_PORT: String(await freePort()) };
    const holding = new Command([...one.args, ...store(database)]);
    await eventually(() => {
      expect(one.doneIn(database)).toBeGreaterThan(0);
    });
    holding.signal('SIGSTOP');
    const before = backfilledIn(database);
    const refused = await new Command([...undo.args, ...store(database)], { environment }).ended;
    expect([refused.status, backfilledIn(database)]).toEqual([1, before]);
    holding.signal('SIGCONT');
    await holding.ended;
    expect(heldIn(database)).toEqual(undisturbed.get(one.name));
  });
});
