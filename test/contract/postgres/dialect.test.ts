/** What is written for PostgreSQL stands for the engines that speak its language, too, as far as nobody has to run them. */
import { readdirSync, readFileSync } from 'node:fs';
import { parseSync } from 'libpg-query';
import { describe, expect, it } from 'vitest';
import { dialectOf, inDialect, POSTGRESQL } from '../../../src/postgres/dialect.js';
import { ENGINE_QUESTION, engineFrom, settled, whyRefused } from '../../../src/postgres/engine.js';
import { openWire } from '../../support/lanes.js';
import { postgresServer } from '../../support/postgres-server.js';
import { faultsOf, schemaFaultsOf } from '../../support/sql-lint.js';

const FOLDER = new URL('../../../migrations/postgres/', import.meta.url);
const MIGRATIONS = readdirSync(FOLDER)
  .sort()
  .map((name) => [name, readFileSync(new URL(name, FOLDER), 'utf8')] as const);

/** Small, or of the database as a whole: every machine may have all of it. */
const WITHOUT_SOURCE = [
  ...['kept_numbers', 'dimension_names', 'holds', 'audit_log', 'uptime', 'lane_log', 'vocabulary'],
  ...['callback_dimensions_1', 'callback_dimensions_2', 'callback_dimensions_3', 'callback_dimensions_4'],
  ...[
    'callback_dialings',
    'callback_resources',
    'callback_missing_keys',
    'vendor_states',
    'schema_version',
    'leases',
    'customer_removals',
  ],
];

const COCKROACH = dialectOf('CockroachDB CCL v25.2.1 (x86_64-pc-linux-gnu)', []);
const YUGABYTE = dialectOf('PostgreSQL 15.12-YB-2.25.2.0-b0 on x86_64-pc-linux-gnu', ['plpgsql']);
const CITUS = dialectOf('PostgreSQL 17.5 on x86_64-pc-linux-gnu', ['plpgsql', 'citus']);

describe('migrations', () => {
  it.each(MIGRATIONS)('%s has nothing that another engine does otherwise', (_, sql) => {
    expect(faultsOf(sql)).toEqual([]);
    expect(schemaFaultsOf(sql, WITHOUT_SOURCE)).toEqual([]);
  });

  it.each(MIGRATIONS)('%s is SQL for engines that take the clauses of PostgreSQL', (_, sql) => {
    expect(inDialect(sql, POSTGRESQL)).toBe(sql);
    expect(inDialect(sql, CITUS)).toBe(sql);
    expect(inDialect(sql, COCKROACH)).not.toContain('COLLATE');
    expect(parseSync(inDialect(sql, COCKROACH)).stmts).toHaveLength(parseSync(sql).stmts?.length ?? 0);
  });
});

describe('an engine', () => {
  it('is known by its version, or by its extension', () => {
    const names = [CITUS, YUGABYTE, COCKROACH, dialectOf('PostgreSQL 18.4', ['plpgsql'])].map(({ name }) => name);
    expect(names).toEqual(['Citus', 'YugabyteDB', 'CockroachDB', 'PostgreSQL']);
    expect(CITUS.perSource).toBe(true);
  });

  it('that hashes keys has the rows of a group together, in their order', () => {
    const key = (columns: string) => inDialect(`CREATE TABLE t (a bigint, PRIMARY KEY (${columns}))`, YUGABYTE);
    expect(key('source, group_no, at_ms, place')).toContain(
      'PRIMARY KEY ((source, group_no) HASH, at_ms ASC, place ASC)',
    );
    expect(key('source, callback_no')).toContain('PRIMARY KEY ((source, callback_no) HASH)');
    expect(key('name')).toContain('PRIMARY KEY (name)');
  });
});

describe('what an engine says of itself', () => {
  const saying = (version: string, versionNo: number, isolation = 'read committed', extensions = 'plpgsql') => [
    { tag: 'BEGIN', rows: [] },
    { tag: 'SELECT', rows: [[version, versionNo, isolation, extensions]] },
    { tag: 'COMMIT', rows: [] },
  ];

  it('settles how it is spoken to', () => {
    const names = [
      saying('PostgreSQL 15.18 on x86_64-pc-linux-gnu', 150_018),
      saying('PostgreSQL 17.5 on x86_64-pc-linux-gnu', 170_005, 'read committed', 'plpgsql,citus'),
      saying('PostgreSQL 15.12-YB-2.25.2.0-b0 on x86_64-pc-linux-gnu', 150_012),
      saying('CockroachDB CCL v25.2.1 (x86_64-pc-linux-gnu)', 130_000),
    ].map((said) => settled(said).name);
    expect(names).toEqual(['PostgreSQL', 'Citus', 'YugabyteDB', 'CockroachDB']);
  });

  it.each([
    ['an old one', saying('PostgreSQL 14.9 on x86_64-pc-linux-gnu', 140_009), 'PostgreSQL 14.9. Take PostgreSQL 15'],
    ['one that is like an old one', saying('PostgreSQL 11.2-YB-2.20.1.0-b0 on x', 110_002), 'Take PostgreSQL 15'],
    [
      'one that makes all serializable',
      saying('CockroachDB CCL v23.1.1 (x86_64-pc-linux-gnu)', 130_000, 'serializable'),
      'CockroachDB CCL v23.1.1 gives serializable for READ COMMITTED. Say SET CLUSTER SETTING sql.txn.read_committed_isolation.enabled = true',
    ],
    [
      'one that only calls it so',
      saying('PostgreSQL 15.12-YB-2.25.2.0-b0 on x', 150_012, 'Repeatable Read'),
      'gives repeatable read for READ COMMITTED. Start its tservers with yb_enable_read_committed_isolation=true',
    ],
  ])('refuses %s, with what to do', (_, said, why) => {
    expect(() => settled(said)).toThrow(
      expect.objectContaining({ code: 'OCM_CONFIG', message: expect.stringContaining(why) as string }),
    );
  });

  it.each([15, 18] as const)('is asked in words that PostgreSQL %s understands', async (major) => {
    const wire = await openWire(await postgresServer(major), 'postgres');
    const engine = engineFrom(await wire.exchange(ENGINE_QUESTION));
    await wire.close();
    expect(engine).toMatchObject({ dialect: POSTGRESQL, isolation: 'read committed' });
    expect(Math.trunc(engine.versionNo / 10_000)).toBe(major);
    expect(whyRefused(engine)).toBeNull();
  });
});

describe('what is refused', () => {
  it.each([
    ['a sequence', 'CREATE TABLE t (no bigserial)'],
    ['a sequence', "SELECT nextval('s')"],
    ['a sequence', 'CREATE TABLE t (no bigint GENERATED ALWAYS AS IDENTITY)'],
    ['a trigger', 'CREATE TRIGGER t AFTER INSERT ON a EXECUTE FUNCTION f()'],
    ['an advisory lock', 'SELECT pg_advisory_xact_lock(1)'],
    ['LISTEN or NOTIFY', 'LISTEN changes'],
    ['LISTEN or NOTIFY', "SELECT pg_notify('changes', '')"],
    ['a temporary or unlogged table', 'CREATE TEMP TABLE t (no bigint)'],
    ['a temporary or unlogged table', 'CREATE UNLOGGED TABLE t (no bigint)'],
    ['a CTE that writes', 'WITH gone AS (DELETE FROM t RETURNING no) SELECT no FROM gone'],
    ['jsonb', 'SELECT body::jsonb FROM t'],
    ['jsonb', 'CREATE TABLE t (body jsonb)'],
    ['a domain', 'CREATE DOMAIN ms AS bigint'],
    ['a foreign key', 'CREATE TABLE t (no bigint REFERENCES u)'],
    ['a savepoint', 'SAVEPOINT s'],
    ['whole numbers divided: say `trunc(a / 1000.0)`', 'SELECT at_ms / 1000 FROM t'],
    ['COPY', 'COPY t FROM STDIN'],
  ])('%s', (why, sql) => {
    expect(faultsOf(sql)).toEqual([why]);
  });

  it('in a schema, texts in no certain order and keys without the source', () => {
    const sql = 'CREATE TABLE t (name text NOT NULL, no bigint, PRIMARY KEY (no))';
    expect(schemaFaultsOf(sql, [])).toEqual([
      't.name is text without COLLATE "C"',
      'the key of t does not lead with the source',
    ]);
  });

  it('is not what readers and writers say', () => {
    const sql =
      'SELECT trunc(at_ms / 1000.0)::bigint, json_each_text(body::json) FROM t WHERE no = ANY ($1::bigint[]) FOR UPDATE';
    expect(faultsOf(sql)).toEqual([]);
  });
});
