import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ExportMark, readMark, writeMark } from '../../../src/reports/export/mark.js';
import { beginExportsAnew, ChangeNumbers } from '../../../src/sqlite/change-numbers.js';
import { type Connection, openForWriting } from '../../../src/sqlite/database.js';
import { checkMark, markNow } from '../../../src/sqlite/export/marks.js';
import { prepareDatabase } from '../../support/campaign-stores.js';
import { removeFolder } from '../../support/folders.js';
import { T0 } from '../../support/notifications.js';

const SCOPE = { what: 'sessions', resolution: '15m', source: 'eu-1', fromMs: 5, pii: 'masked' } as const;

let folder: string;
let db: Connection;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ocm-marks-'));
  db = openForWriting(join(folder, 'marks.db'));
  prepareDatabase(db);
  db.prepare('INSERT INTO uptime (started_ms, alive_ms) VALUES (?, ?)').run(T0, T0 + 60_000);
});
afterEach(() => {
  db.close();
  removeFolder(folder);
});

const check = (mark: ExportMark) => () => {
  checkMark(db, mark);
};

describe('a mark of an export', () => {
  it('is a text that says the same when it is read again, and nothing else is one', () => {
    const mark = markNow(db, SCOPE, T0);
    expect(readMark(writeMark(mark))).toEqual(mark);
    expect(check(mark)).not.toThrow();
    const short = Buffer.from(JSON.stringify(['sessions', '15m', null, 0, 'masked', 1])).toString('base64url');
    for (const text of ['', 'x', 'W10', short]) expect(() => readMark(text)).toThrow('none that an export told');
  });

  it('is refused by a database that ends before it, and by another one', () => {
    const mark = markNow(db, SCOPE, T0);
    expect(check({ ...mark, changeNo: mark.changeNo + 1 })).toThrow('restored from a copy');
    // The run that the mark was made in ends earlier in the copy, and the next begins later.
    const beyond = { ...mark, aliveMs: T0 + 120_000 };
    db.prepare('INSERT INTO uptime (started_ms, alive_ms) VALUES (?, ?)').run(T0 + 180_000, T0 + 240_000);
    expect(check(beyond)).toThrow('restored from a copy');
    const other = openForWriting(join(folder, 'other.db'));
    prepareDatabase(other);
    expect(() => {
      checkMark(other, mark);
    }).toThrow('another database');
    other.close();
  });

  it('is refused when something was forgotten since', () => {
    const mark = markNow(db, SCOPE, T0);
    beginExportsAnew(db);
    expect(check(mark)).toThrow('forgotten since');
    expect(check(markNow(db, SCOPE, T0))).not.toThrow();
  });

  it('is refused when more was withdrawn since than is remembered', () => {
    const mark = markNow(db, SCOPE, T0);
    db.exec(`
      INSERT INTO withdrawn_transitions
        WITH RECURSIVE n(no) AS (SELECT 1 UNION ALL SELECT no + 1 FROM n WHERE no < 200003) SELECT no, 1, 1, no, 0 FROM n;
      UPDATE change_numbers SET last_no = 200003`);
    const before = markNow(db, SCOPE, T0);
    new ChangeNumbers(db).withdrawAll(1);
    expect(db.prepare('SELECT count(*) FROM withdrawn_transitions').pluck().get()).toBe(200_000);
    expect(check(mark)).toThrow('more transitions were withdrawn since');
    expect(check({ ...mark, changeNo: 3 })).not.toThrow();
    expect(check(before)).not.toThrow();
  });
});
