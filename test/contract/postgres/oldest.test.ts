/**
 * The oldest PostgreSQL that the service takes: its schema, its views, every statement of a lane, and a history. The whole
 * contract of a store is run on it by `npm run test:long`, and whatever else by TESTS_POSTGRES_MAJOR=15.
 */
import fc from 'fast-check';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KINDS } from '../../../src/postgres/claim-kinds.js';
import { LOCKS, type LockName } from '../../../src/postgres/locks.js';
import { newestSchema } from '../../../src/postgres/migrate.js';
import { QUESTIONS } from '../../../src/postgres/questions.js';
import { dimensionSets, writtenOf } from '../../../src/postgres/row-sets.js';
import {
  asking,
  loading,
  locking,
  putting,
  type Statement,
  writing,
  stillKept,
} from '../../../src/postgres/statements.js';
import { UndoLog } from '../../../src/postgres/undo-log.js';
import { WorkingSet } from '../../../src/postgres/working-set.js';
import { definition, withoutId } from '../../support/histories.js';
import { LaneWorlds, told } from '../../support/lane-worlds.js';
import { deliveredLife } from '../../support/lives.js';
import { digest } from '../../support/notifications.js';
import { newDatabase, onDatabase, postgresServer, type Server } from '../../support/postgres-server.js';

const OLDEST = 15;
const DBIDS = ['101', '102'];

let server: Server;
let database: string;
let worlds: LaneWorlds;
beforeAll(async () => {
  server = await postgresServer(OLDEST);
  database = await newDatabase(server);
  worlds = await LaneWorlds.open(server, [50, 1]);
});
afterAll(async () => {
  await worlds.close();
});

const onOldest = async <T>(work: (client: pg.Client) => Promise<T>) => onDatabase(server, database, work);

/** All that a lane may say. */
function statementsOfLane(): readonly Statement[] {
  const { sets } = new WorkingSet(digest, 10);
  const unsaid = (params: object) => Object.keys(params).map(() => null);
  const loads = Object.entries(KINDS).map(([name, kind]) =>
    loading(sets, { kind, claims: [{ kind: name, values: unsaid(kind.params) }], rowsAtOnce: 10 }),
  );
  const locks = (Object.keys(LOCKS) as LockName[]).flatMap((name) => {
    const keys = [unsaid(LOCKS[name].params)];
    const put = putting(sets, name, keys);
    return [...(put === null ? [] : [put]), locking(sets, name, keys)];
  });
  const questions = Object.keys(QUESTIONS).map((name) => asking({ kind: `ask ${name}`, values: [] }));
  const written = writtenOf(sets, dimensionSets(new UndoLog()));
  return [
    ...loads,
    ...locks,
    ...stillKept([], []),
    ...questions,
    ...writing(written.map(({ shape }) => ({ shape, removed: [{}], put: [{}] }))),
  ];
}

describe(`PostgreSQL ${String(OLDEST)}`, () => {
  it('is brought to the newest schema, and every view of it answers', async () => {
    await onOldest(async (client) => {
      const { rows: versions } = await client.query<{ major: number; schema: number }>(
        `SELECT trunc(current_setting('server_version_num')::int / 10000.0)::int AS major, version::int AS schema
         FROM schema_version`,
      );
      expect(versions).toEqual([{ major: OLDEST, schema: newestSchema() }]);
      const { rows: views } = await client.query<{ name: string }>(
        `SELECT format('%I.%I', schemaname, viewname) AS name FROM pg_views WHERE schemaname IN ('public', 'dbo')`,
      );
      expect(views.length).toBeGreaterThan(10);
      for (const { name } of views) await client.query(`SELECT * FROM ${name}`);
    });
  });

  it('takes every statement of a lane', async () => {
    await onOldest(async (client) => {
      for (const { text } of statementsOfLane()) {
        const taken = client.query(`PREPARE taken AS ${text}`);
        await expect(taken.then(() => 'taken')).resolves.toBe('taken');
        await client.query('DEALLOCATE taken');
      }
    });
  });

  it('ends in the history of the definition, told by two receivers at once', async () => {
    let delivered = 0;
    await fc.assert(
      fc.asyncProperty(deliveredLife(DBIDS), async ({ batches, survivors }) => {
        const source = `world-${String(delivered++)}`;
        await worlds.deliver({ batches }, 2, source);
        for (const dbid of DBIDS) {
          const stored = await worlds.read(0, ({ tables, stores }) => told(tables, stores.campaigns, { source, dbid }));
          expect(stored.transitions.map(withoutId)).toEqual(definition(survivors, dbid).transitions);
        }
      }),
      { numRuns: 5 },
    );
  });
});
