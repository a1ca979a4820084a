/** Whatever opens a database does it so that nothing temporary leaves the process, see src/sqlite/connection.ts. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connect } from '../../../src/sqlite/connection.js';
import { bareCopyOf, openForReading, openForWriting } from '../../../src/sqlite/database.js';
import { migrate } from '../../../src/sqlite/migrate.js';
import { scriptOf } from '../../support/bundled.js';
import { removeFolder } from '../../support/folders.js';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ocm-connection-'));
  path = join(folder, 'test.db');
});
afterEach(() => {
  removeFolder(folder);
});

describe('every connection', () => {
  it('keeps what is temporary in memory', () => {
    const writer = openForWriting(path);
    migrate(writer);
    const connections = [writer, openForReading(path), bareCopyOf(writer), connect(join(folder, 'other.db'))];
    expect(connections.map((db) => db.pragma('temp_store', { simple: true }))).toEqual([2, 2, 2, 2]);
    for (const db of connections) db.close();
  });

  it('sorts more than its cache holds where no temporary file can be made', () => {
    // Names below it would be longer than SQLite allows: nobody can make a file there, whatever his rights.
    const useless = join(folder, 'd'.repeat(240), 'e'.repeat(260 - folder.length - 2));
    mkdirSync(useless, { recursive: true });
    const sort = (open: string) =>
      execFileSync(process.execPath, ['--input-type=module', '-e', scriptOf(SORTS.replace('OPEN', open)), path], {
        encoding: 'utf8',
        env: { ...process.env, SQLITE_TMPDIR: useless },
        stdio: ['ignore', 'pipe', 'ignore'],
      }).trim();
    expect(sort('new Database(path)')).toBe('SQL logic error');
    expect(sort('connect(path)')).toBe('60000 rows');
  });
});

const SORTS = `
  import Database from 'better-sqlite3';
  import { connect } from './src/sqlite/connection.js';
  const path = process.argv[1];
  const db = OPEN;
  const numbers = 'WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 60000) SELECT n FROM n';
  try {
    const rows = db.prepare('SELECT count(n) FROM (SELECT n, x FROM (SELECT n, randomblob(400) AS x FROM (' + numbers + ')) ORDER BY x LIMIT -1 OFFSET 0)').pluck().get();
    console.log(rows + ' rows');
  } catch (error) {
    console.log(error.message);
  }
`;
