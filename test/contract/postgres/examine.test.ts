/** What `doctor` and `check-config` say of a server. */
import { beforeAll, describe, expect, it } from 'vitest';
import { postgresAddress } from '../../../src/config/postgres-address.js';
import type { ServerLook } from '../../../src/postgres/look.js';
import { examineServer, findings } from '../../../src/service/postgres/examine.js';
import { newDatabase, onDatabase, postgresServer, type Server } from '../../support/postgres-server.js';
import { openPostgresWriter, serverWith } from '../../support/postgres-writer.js';

const T0 = Date.UTC(2026, 10, 30);
const SOUND: ServerLook = {
  kind: 'there',
  engine: 'PostgreSQL 18.4',
  refused: null,
  encoding: 'UTF8',
  missingRights: [],
  isDurable: true,
  nowMs: T0,
};

function at(url: string) {
  return { postgres: postgresAddress(url, { variable: 'OCM_STORE', password: null, faults: [] }) };
}

const faultsIn = (look: ServerLook) =>
  findings(at('postgres://monitor:s3cr3t@db/h'), look, T0).flatMap(({ name, result, found, next }) =>
    result === 'ok' ? [] : [`${result} ${name}: ${found}. ${next ?? ''}`],
  );

describe('a server', () => {
  it('that is sound has no fault, and shows no password', () => {
    expect(faultsIn(SOUND)).toEqual([]);
    expect(JSON.stringify(findings(at('postgres://monitor:s3cr3t@db/h'), SOUND, T0))).not.toContain('s3cr3t');
  });

  it.each([
    [{ kind: 'away', why: 'db:5432: connect ECONNREFUSED' } as const, /^fault database: .*ECONNREFUSED.*docs\/scaling/],
    [
      { kind: 'away', why: 'db:5432: it is a standby, which cannot be written to' } as const,
      /Name the host that takes/,
    ],
    [
      { ...SOUND, refused: { found: 'PostgreSQL 14.9', next: 'Take PostgreSQL 15' } },
      /^fault database: PostgreSQL 14.9. Take PostgreSQL 15/,
    ],
    [{ ...SOUND, encoding: 'LATIN1' }, /^fault encoding: LATIN1/],
    [{ ...SOUND, missingRights: ['DELETE on journal'] }, /^fault rights: monitor lacks DELETE on journal. Give the/],
    [
      { ...SOUND, missingRights: Array.from({ length: 7 }, (_, n) => `right ${String(n)}`) },
      /lacks right 0, right 1, right 2, right 3, right 4, and 2 more\./,
    ],
    [{ ...SOUND, isDurable: false }, /^warning durability: synchronous_commit or fsync is off/],
    [{ ...SOUND, nowMs: T0 - 90_000 }, /^warning clock of the database: 90 s behind/],
    [{ ...SOUND, nowMs: T0 + 90_000 }, /^warning clock of the database: 90 s ahead of/],
  ])('that is not says what, and what to do: %j', (look, said) => {
    expect(faultsIn(look)).toEqual([expect.stringMatching(said)]);
  });
});

describe('a server that is asked', () => {
  let server: Server;
  beforeAll(async () => {
    server = await postgresServer();
  }, 120_000);

  const place = (user: string, name: string) =>
    at(`postgres://${user}@/${name}?host=${encodeURIComponent(server.host)}&port=${String(server.port)}`);
  const names = async (user: string, name: string) =>
    (await examineServer(place(user, name), () => new Date().getTime()))
      .filter(({ result }) => result === 'fault')
      .map(({ found }) => found);

  it('is found to be right for its owner, and wrong for somebody without rights', async () => {
    const name = await newDatabase(server);
    expect(await names(server.user, name)).toEqual([]);
    const guest = `guest_${name}`;
    await onDatabase(server, name, (client) => client.query(`CREATE ROLE ${guest} LOGIN`));
    expect(await names(guest, name)).toEqual([
      expect.stringMatching(/lacks CREATE on schema public, .*, and \d+ more$/),
    ]);
  });

  it('says each right that is missing', async () => {
    const name = await newDatabase(server);
    const role = `role_${name}`;
    const ask = (...statements: readonly string[]) =>
      onDatabase(server, name, async (client) => {
        for (const sql of statements) await client.query(sql);
      });
    await ask(
      `CREATE ROLE ${role} LOGIN`,
      `GRANT CREATE ON SCHEMA public, dbo TO ${role}`,
      `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${role}`,
    );
    expect(await names(role, name)).toEqual([]);
    for (const [what, right] of [
      ...['SELECT', 'INSERT', 'UPDATE', 'DELETE'].map((one) => [`${one} ON quarantine`, `${one} on quarantine`]),
      ['CREATE ON SCHEMA public', 'CREATE on schema public'],
      ['CREATE ON SCHEMA dbo', 'CREATE on schema dbo'],
    ] as [string, string][]) {
      await ask(`REVOKE ${what} FROM ${role}`);
      expect(await names(role, name)).toEqual([`${role} lacks ${right}`]);
      await ask(`GRANT ${what} TO ${role}`);
    }
    await ask('DROP SCHEMA dbo CASCADE');
    expect(await names(role, name)).toEqual([`${role} lacks CREATE on database ${name}`]);
    await ask(`REVOKE USAGE ON SCHEMA public FROM PUBLIC`);
    expect(await names(role, name)).toEqual([expect.stringContaining('on a schema of its search_path')]);
  });

  it.each(['LATIN1', 'SQL_ASCII'])(
    'keeps no names in %s: neither is a database of it taken at a start',
    async (encoding) => {
      const name = `${encoding.toLowerCase()}_${String(process.pid)}`;
      await onDatabase(server, 'postgres', (client) =>
        client.query(`CREATE DATABASE ${name} ENCODING '${encoding}' LOCALE 'C' TEMPLATE template0`),
      );
      expect(await names(server.user, name)).toEqual([encoding]);
      expect(() => openPostgresWriter(serverWith(server, name))).toThrow(`the database is ${encoding}`);
    },
  );

  it('has another clock, and tells of a commit before it is on the disk', async () => {
    const found = await examineServer(place(server.user, 'postgres'), () => new Date().getTime() - 3_600_000);
    const said = found.flatMap(({ result, found: what }) => (result === 'warning' ? [what] : []));
    expect(said).toEqual([
      'synchronous_commit or fsync is off',
      expect.stringMatching(/^3\d{3} s ahead of the clock here$/),
    ]);
  });

  it('takes no writes where the database is read-only, and cannot be asked where there is none', async () => {
    const name = await newDatabase(server);
    await onDatabase(server, name, (client) =>
      client.query(`ALTER DATABASE ${name} SET default_transaction_read_only = on`),
    );
    expect(await names(server.user, name)).toEqual([expect.stringContaining('it takes no writes')]);
    expect(await names(server.user, 'nowhere')).toEqual([expect.stringContaining('does not exist')]);
  });
});
