/** A thread that waits for the server: it has rows as they were stored, sees one moment, and outlives what breaks. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BlockingConnection, RefusedStatement } from '../../../src/postgres/blocking/blocking-connection.js';
import { bigints, named, texts } from '../../../src/postgres/readers/named-sql.js';
import { blockingConnection } from '../../support/blocking.js';
import { postgresDatabase, type TestDatabase } from '../../support/postgres.js';

let database: TestDatabase;
let db: BlockingConnection;
let other: BlockingConnection;
beforeAll(async () => {
  database = await postgresDatabase();
  ({ db } = database);
  other = blockingConnection(database.url);
  db.query('CREATE TABLE noted (no bigint, figure float8, body bytea, text text)');
});
afterAll(async () => {
  await other.close();
  await database.close();
});

const unavailable = expect.objectContaining({ code: 'OCM_UNAVAILABLE' }) as Error;
const pidOf = (of: BlockingConnection) => of.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')[0]?.pid ?? 0;

it('gives back numbers bit for bit, and bytes in a buffer of their own', () => {
  const row = { no: Number.MAX_SAFE_INTEGER, figure: 0.1 + 0.2, body: new Uint8Array([0, 255, 10]), text: 'a\u0301\n' };
  db.all(named('INSERT INTO noted (no, figure, body, text) VALUES (@no, @figure, @body, @text)'), row);
  const [found] = db.query<typeof row>('SELECT * FROM noted');
  expect(found).toEqual(row);
  expect(found?.body.buffer.byteLength).toBe(3);
});

it('takes lists, moments without end, and names that stand in several places', () => {
  const asked = named('SELECT n FROM unnest(@list::bigint[]) AS n WHERE n < @most OR @least::bigint IS NULL');
  expect(db.all(asked, { list: bigints([1, 2, 3]), most: 3, least: 1 })).toEqual([{ n: 1 }, { n: 2 }]);
  expect(db.all(asked, { list: bigints([]), most: Infinity, least: null })).toEqual([]);
  expect(db.all(asked, { list: bigints([5]), most: Infinity, least: 0 })).toEqual([{ n: 5 }]);
  expect(() => db.all(asked, { list: '{}', most: 1 })).toThrow('@least has no value');
  const words = ['a"b', 'c\\d', '', 'NULL', 'e,{f}'];
  expect(db.all(named('SELECT t FROM unnest(@words::text[]) AS t'), { words: texts(words) })).toEqual(
    words.map((t) => ({ t })),
  );
});

it('sees one moment, whatever is committed meanwhile', () => {
  const count = () => db.query<{ rows: number }>('SELECT count(*) AS rows FROM noted')[0]?.rows;
  const seen = db.atOneMoment(() => {
    const before = count();
    other.query('INSERT INTO noted (no) VALUES (2)');
    return [before, db.atOneMoment(count)];
  });
  expect(seen).toEqual([1, 1]);
  expect(count()).toBe(2);
});

describe('what goes wrong', () => {
  it('in a statement is said with its state, and the connection goes on', () => {
    expect(() => db.query('SELECT 1 % 0')).toThrow(RefusedStatement);
    expect(() => db.atOneMoment(() => db.query('SELECT 1 % 0'))).toThrow(
      expect.objectContaining({ sqlState: '22012' }) as Error,
    );
    expect(db.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('in the middle of a moment ends that: it never goes on over another connection', () => {
    const pid = pidOf(db);
    const lost = () =>
      db.atOneMoment(() => {
        other.query('SELECT pg_terminate_backend($1, 5000)', [pid]);
        return [db.query('SELECT 1'), db.query('SELECT 1')];
      });
    expect(lost).toThrow(unavailable);
    expect(pidOf(db)).not.toBe(pid);
  });

  it('with a server that says nothing is told in time, and the next question connects anew', () => {
    const impatient = blockingConnection(database.url, 1000);
    const pid = pidOf(impatient);
    expect(() => impatient.query('SELECT pg_sleep(30)')).toThrow(unavailable);
    expect(pidOf(impatient)).not.toBe(pid);
    return impatient.close();
  });

  it('with a server that is away is told each time', async () => {
    const away = blockingConnection('postgres://nobody@127.0.0.1:1/none');
    const asked = () => away.query('SELECT 1');
    for (let n = 0; n < 2; n++) expect(asked).toThrow(unavailable);
    await away.close();
  });
});
