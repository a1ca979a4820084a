/** Several receivers listen at once: time is observed where any of them is up, and nobody listens where none is. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PostgresReportReader } from '../../../src/postgres/readers/report-reader.js';
import { sessionRowsOf } from '../../../src/postgres/readers/session-reader.js';
import { readDowns } from '../../../src/postgres/readers/silence-reader.js';
import { postgresDatabase, type TestDatabase } from '../../support/postgres.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await postgresDatabase();
});
afterAll(async () => {
  await database.close();
});

const MOST = 30;
const run = fc.record({ receiver: fc.constantFrom('a', 'b', 'c'), from: fc.nat(MOST - 1), for: fc.nat(8) });
interface Run {
  readonly receiver: string;
  readonly from: number;
  readonly for: number;
}

function write(runs: readonly Run[]): void {
  database.db.query('DELETE FROM uptime');
  runs.forEach(({ receiver, from, for: ms }, no) => {
    database.db.query('INSERT INTO uptime (receiver, run_no, started_ms, alive_ms) VALUES ($1, $2, $3, $4)', [
      ...[receiver, no, from, from + ms],
    ]);
  });
}

/** Of each millisecond whether somebody listened. */
const listenedAt = (runs: readonly Run[]) =>
  Array.from({ length: MOST + 10 }, (_, ms) => runs.some((one) => one.from <= ms && ms < one.from + one.for));

it('whatever runs there are', () => {
  const group = { source: 'default', groupNo: 1 };
  fc.assert(
    fc.property(fc.array(run, { maxLength: 7 }), fc.nat(MOST), fc.nat(MOST), (runs, one, other) => {
      write(runs);
      const listened = listenedAt(runs);
      const range = { fromMs: Math.min(one, other), toMs: Math.max(one, other) };
      const observed = listened.slice(range.fromMs, range.toMs).filter(Boolean).length;
      expect(sessionRowsOf(database.db, group).observedMs(range)).toBe(observed);
      const downs = readDowns(database.db);
      const inDowns = listened.map((_, ms) => downs.some(({ fromMs, toMs }) => fromMs <= ms && ms < toMs));
      const first = Math.min(...runs.map(({ from }) => from));
      const last = Math.max(...runs.map(({ from }) => from));
      expect(inDowns).toEqual(listened.map((isUp, ms) => !isUp && ms >= first && ms < last));
      const newestFirst = [...downs].reverse();
      expect(new PostgresReportReader(database.db).unobserved(-1, 100)).toEqual(newestFirst);
    }),
    { numRuns: 100 },
  );
});
