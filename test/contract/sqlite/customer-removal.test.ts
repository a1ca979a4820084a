/** A customer who is forgotten stands nowhere any more, in no spelling; their callbacks, and everybody else, stay. */
import Database from 'better-sqlite3';
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CustomerCertificate, CustomerRequest } from '../../../src/domain/customer.js';
import { numberHasher } from '../../../src/node/digest.js';
import { NOT_SEARCHED, searchedTables } from '../../../src/sqlite/customers/searched-tables.js';
import { leaveMarks, marksBeside } from '../../../src/sqlite/customers/removal-register.js';
import { emptyLog, wipeFreePages } from '../../../src/sqlite/customers/wiping.js';
import { openForWriting } from '../../../src/sqlite/database.js';
import { inspectWal } from '../../../src/sqlite/damage/wal-frames.js';
import type { Writer } from '../../../src/sqlite/writer.js';
import { eventPost, openCallbackWriter } from '../../support/callback-writer.js';
import { removeFolder } from '../../support/folders.js';
import { spelled } from '../../support/number-spellings.js';
import { digest, T0 } from '../../support/notifications.js';
import { plantedPosts } from '../../support/planted-customers.js';

const NUMBER = '4915112345678';
const OTHER = '4915112345679';
const HASH = numberHasher('test-key')(NUMBER);

let folder: string;
let path: string;
let writer: Writer;
let nowMs: number;
const clock = { nowMs: () => nowMs };
const open = (options: Parameters<typeof openCallbackWriter>[1] = {}) =>
  (writer = openCallbackWriter(path, { clock, ...options }));
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ocm-customer-'));
  path = join(folder, 'test.db');
  nowMs = T0 + 60_000;
  open();
});
afterEach(() => {
  writer.close();
  removeFolder(folder);
});

function ask<T = unknown>(sql: string): T[] {
  const db = new Database(path, { readonly: true });
  try {
    return db.prepare(sql).pluck().all() as T[];
  } finally {
    db.close();
  }
}

function run(request: Partial<CustomerRequest> = {}): CustomerCertificate {
  const slices = writer.forgetCustomer({ number: `+${NUMBER}`, hash: null, dryRun: false, ...request });
  for (;;) {
    const slice = slices.next();
    if (slice.done === true) return slice.value;
  }
}

/** One person's callback, in which the number stands in a spelling wherever one may. */
function plant(id: string, spelling: string): void {
  writer.commit(plantedPosts(id, spelling, OTHER));
}

/** All bytes of a database, its log, and whatever lies beside them. */
const bytes = () =>
  readdirSync(folder)
    .map((file) => readFileSync(join(folder, file), 'latin1'))
    .join('\n');
const needles = (digits: string) => [
  ...new Set([digits, digits.slice(5), ...spelled(digits)].map((one) => Buffer.from(one).toString('latin1'))),
];
const found = (digits: string, text = bytes()) => needles(digits).filter((needle) => text.includes(needle));

describe('a customer who is forgotten', () => {
  it.each(spelled(NUMBER))('stands nowhere any more as %s', (spelling) => {
    plant('theirs', spelling);
    plant('of another', OTHER);
    const measured = 'SELECT service_start_ms || disposition || events || state FROM callbacks ORDER BY service_id';
    const before = ask(measured);
    expect(run().isLogEmptied).toBe(true);
    expect(found(NUMBER)).toEqual([]);
    expect(found(OTHER)).not.toEqual([]);
    expect(ask(measured)).toEqual(before);
    const hashes = ask("SELECT coalesce(phone_hash, '') || coalesce(ani_hash, '') FROM callbacks ORDER BY service_id");
    expect(hashes[1]).toBe('');
    expect(hashes[0]).not.toBe('');
  });

  it('leaves nothing of their events but what a record has', () => {
    plant('theirs', `+${NUMBER}`);
    run();
    expect(bytes()).not.toContain('Jane Doe');
    const received = ask<string>('SELECT received FROM callback_events').map((text) => JSON.parse(text) as object);
    expect(received.flatMap((keys) => Object.keys(keys)).every((key) => key.startsWith('_CB_'))).toBe(true);
    expect(ask('SELECT count(*) FROM callback_events WHERE customer_phone_number IS NOT NULL')).toEqual([0]);
    expect(ask('SELECT count(*) FROM CALLBACK_FACT')).toEqual([3]);
  });

  it('must be exported anew by whoever has an export of before', () => {
    plant('theirs', `+${NUMBER}`);
    const [era] = ask<number>('SELECT era FROM change_numbers');
    run({ dryRun: true });
    expect(ask('SELECT era FROM change_numbers')).toEqual([era]);
    run();
    expect(ask('SELECT era FROM change_numbers')).not.toEqual([era]);
  });

  it('is certified without the number', () => {
    plant('theirs', `+${NUMBER}`);
    const dry = run({ dryRun: true });
    expect(found(NUMBER)).not.toEqual([]);
    const certificate = run();
    expect(dry).toMatchObject({ dryRun: true, hash: HASH, tables: { callbacks: { looked: 1, found: 1 } } });
    expect(certificate).toMatchObject({
      ...{ dryRun: false, hash: HASH, askedMs: nowMs, isRewritten: true },
      tables: {
        callback_events: { looked: 3, found: 3 },
        callback_attachments: { looked: 1, found: 1 },
        callback_notifications: { looked: 1, found: 1 },
        callbacks: { looked: 1, found: 1 },
        quarantine: { looked: 1, found: 1 },
      },
    });
    expect(JSON.stringify(certificate)).not.toContain(NUMBER.slice(5));
    expect(Object.values(run().tables).every((count) => count.found === 0)).toBe(true);
  });

  it('is found by the hash of the number alone', () => {
    plant('theirs', spelled(NUMBER)[6] ?? '');
    expect(run({ number: null, hash: HASH }).tables['callbacks']).toEqual({ looked: 1, found: 1 });
    expect(found(NUMBER)).toEqual([]);
  });

  it('stays in what comes after it was asked', () => {
    plant('theirs', `+${NUMBER}`);
    run();
    nowMs += 1000;
    writer.commit([eventPost({ _CB_SERVICE_ID: 'again', _CB_CUSTOMER_PHONE_NUMBER: NUMBER }, { receivedAtMs: nowMs })]);
    writer.close();
    open();
    expect([...writer.finishForgetting()]).not.toEqual([]);
    expect(ask('SELECT service_id FROM callbacks WHERE phone_hash IS NOT NULL')).toEqual(['again']);
  });

  it('keeps a callback whole: the next event of it, and the final one that won, are merged as before', () => {
    plant('theirs', NUMBER);
    run();
    const late = eventPost({ _CB_SERVICE_ID: 'theirs', _CB_N_CALLBACK_ATTEMPTS: 7 }, { receivedAtMs: nowMs + 1 });
    expect(writer.commit([late]).receipts[0]?.outcome).toBe('after-final');
    expect(ask('SELECT count(*) FROM callbacks AS c JOIN callback_events AS e ON e.digest = c.final_digest')).toEqual([
      1,
    ]);
    expect(ask('SELECT events FROM callbacks')).toEqual([4]);
  });

  it.each(['12', '491511234567890123', 'nobody'])('is no customer as %s', (number) => {
    expect(() => run({ number })).toThrow(/7 to 15 digits/);
  });

  for (const done of [1, 2, 5, 9, 15, 20]) {
    it(`goes after the next start when ${String(done)} slices were done`, () => {
      for (let n = 0; n < 30; n++) plant(`of ${String(n)}`, spelled(NUMBER)[n % 18] ?? '');
      const slices = writer.forgetCustomer({ number: NUMBER, hash: null, dryRun: false });
      for (let n = 0; n < done; n++) slices.next();
      // As a process that is killed leaves it.
      for (const file of ['test.db', 'test.db-wal']) {
        if (existsSync(join(folder, file))) copyFileSync(join(folder, file), join(folder, `copy-${file}`));
      }
      writer.close();
      for (const file of readdirSync(folder).filter((name) => !name.startsWith('copy-')))
        removeFolder(join(folder, file));
      for (const file of readdirSync(folder)) {
        copyFileSync(join(folder, file), join(folder, file.replace('copy-', '')));
        removeFolder(join(folder, file));
      }
      open();
      expect([...writer.finishForgetting()]).not.toEqual([]);
      expect(found(NUMBER)).toEqual([]);
      expect(ask('SELECT count(*) FROM customer_removals WHERE done_ms IS NULL')).toEqual([0]);
      expect(ask('SELECT count(*) FROM wiped_pages')).toEqual([0]);
    });
  }
});

describe('what lies beside a database', () => {
  it('loses the number to its length, and a log stays one', () => {
    plant('theirs', `+${NUMBER}`);
    for (const suffix of ['', '-wal']) copyFileSync(path + suffix, `${path}.damaged-20261129T000000Z${suffix}`);
    copyFileSync(path, `${path}.before-restore-20261129T000000Z`);
    const log = `${path}.damaged-20261129T000000Z-wal`;
    const before = inspectWal(log);
    expect(before).toMatchObject({ brokenFrame: null });
    const certificate = run();
    expect(certificate.files.map(({ file }) => file.replace(path, '')).sort()).toEqual([
      '.before-restore-20261129T000000Z',
      '.damaged-20261129T000000Z',
      '.damaged-20261129T000000Z-wal',
    ]);
    expect(found(NUMBER)).toEqual([]);
    expect(inspectWal(log)).toEqual(before);
    const db = new Database(`${path}.damaged-20261129T000000Z`);
    expect(db.prepare('SELECT count(*) FROM callbacks').pluck().get()).toBe(1);
    expect(db.prepare('PRAGMA integrity_check').pluck().get()).toBe('ok');
    db.close();
  });

  it('tells a copy that takes its place who is to be forgotten in it', () => {
    plant('theirs', `+${NUMBER}`);
    const db = new Database(path);
    db.prepare('VACUUM INTO ?').run(join(folder, 'backup'));
    db.close();
    run();
    writer.close();
    const { marks, unread } = marksBeside(path);
    expect([marks, unread]).toEqual([[{ hash: HASH, key: digest('test-key'), digits: 13, askedMs: nowMs }], []]);
    leaveMarks(path, marks);
    copyFileSync(join(folder, 'backup'), path);
    removeFolder(join(folder, 'backup'));
    expect(found(NUMBER)).not.toEqual([]);
    open();
    expect(existsSync(`${path}.forget-again`)).toBe(false);
    expect([...writer.finishForgetting()]).not.toEqual([]);
    expect(found(NUMBER)).toEqual([]);
  });

  it('is told of those that cannot be read', () => {
    const damaged = `${path}.damaged-20261129T000000Z`;
    writeFileSync(damaged, 'no database');
    expect(marksBeside(path)).toEqual({ marks: [], unread: [damaged] });
  });
});

describe('pages that became free', () => {
  it('are written over where the database is too large to be written anew', () => {
    writer.close();
    const db = openForWriting(path);
    db.pragma('secure_delete = OFF');
    const body = Buffer.alloc(20_000, '.');
    body.write('4915112345678', 12_000);
    const insert = db.prepare(`
      INSERT INTO quarantine (id, source, endpoint, reason, violations, schema_version, body, size, count, first_received_ms,
        last_received_ms) VALUES (?, 's', 'callback-events', 'schema', '[]', '1', ?, 0, 1, 0, 0)`);
    for (let n = 0; n < 100; n++) insert.run(String(n), body);
    db.exec('DELETE FROM quarantine');
    expect(found(NUMBER)).not.toEqual([]);
    const wiping = wipeFreePages(db, (work) => {
      db.transaction(work)();
    });
    expect([...wiping].length).toBeGreaterThan(5);
    expect([...emptyLog(db)]).toEqual([]);
    expect(found(NUMBER)).toEqual([]);
    expect(db.prepare('SELECT count(*) FROM wiped_pages').pluck().get()).toBe(0);
    db.close();
    open();
  });
});

describe('what is left for a copy to be told', () => {
  it('stays where somebody has changed it, and what can be read of it counts', () => {
    writer.close();
    const mark = { hash: HASH, key: digest('test-key'), digits: null, askedMs: nowMs };
    writeFileSync(`${path}.forget-again`, `${JSON.stringify(mark)}\nno mark\n{"hash":"x"}\n`);
    open();
    expect(existsSync(`${path}.forget-again`)).toBe(true);
    expect(ask('SELECT number_hash FROM customer_removals')).toEqual([HASH]);
  });
});

describe('the search for a customer', () => {
  it('knows every table of the schema', () => {
    const db = new Database(path, { readonly: true });
    const tables = ask<string>("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'");
    const searched = searchedTables(db).map(({ table }) => table);
    db.close();
    expect([...searched, ...Object.keys(NOT_SEARCHED)].sort()).toEqual([...tables].sort());
  });
});
