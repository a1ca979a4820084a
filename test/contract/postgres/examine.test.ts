/** What `doctor` and `check-config` say of a server. */
import { beforeAll, describe, expect, it } from 'vitest';
import { postgresAddress } from '../../../src/config/postgres-address.js';
import type { ServerLook } from '../../../src/postgres/look.js';
import { examineServer, findings } from '../../../src/service/postgres/examine.js';
import { newDatabase, onDatabase, postgresServer, type Server } from '../../support/postgres-server.js';

const T0 = Date.UTC(2026, 10, 30);
const SOUND: ServerLook = {
  kind: 'there',
  version: '18.4',
  versionNo: 180_004,
  encoding: 'UTF8',
  mayCreate: true,
  mayWrite: true,
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
    [{ ...SOUND, version: '14.9', versionNo: 140_009 }, /^fault database: PostgreSQL 14.9. Take PostgreSQL 15/],
    [{ ...SOUND, encoding: 'LATIN1' }, /^fault encoding: LATIN1/],
    [{ ...SOUND, mayCreate: false }, /^fault rights: monitor may make no tables/],
    [{ ...SOUND, mayWrite: false }, /^fault rights: monitor may not write/],
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
      `${guest} may make no tables`,
      `${guest} may not write to the tables that are there`,
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
