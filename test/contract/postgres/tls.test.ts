/** TLS, passwords and several hosts, with a server of its own that listens on an address. */
import { copyFileSync, chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { postgresAddress } from '../../../src/config/postgres-address.js';
import { connectTo } from '../../../src/postgres/server.js';
import { examineServer } from '../../../src/service/postgres/examine.js';
import { serverOf } from '../../../src/service/postgres/thread-data.js';
import { Authority, describeWithOpenssl } from '../../support/certificates.js';
import { removeFolder } from '../../support/folders.js';
import {
  giveToServer,
  makeCluster,
  onDatabase,
  postgresServer,
  runServer,
  type SpawnedServer,
  untilUp,
} from '../../support/postgres-server.js';
import { freePort } from '../../support/program.js';

const PASSWORD = 'p@ss/:1 w%rd';
const QUIET = ['fsync=off', 'shared_buffers=16MB', 'max_connections=20'];
/** Nobody is admitted to the database `plain` with TLS, nor to `sealed` without. */
const ADMITTED = `
local all all trust
host all guarded 127.0.0.1/32 scram-sha-256
hostnossl sealed all 127.0.0.1/32 reject
host all all 127.0.0.1/32 trust
`;

function at(url: string, password: string | null = null) {
  const faults: string[] = [];
  const postgres = postgresAddress(url, { variable: 'OCM_STORE', password, faults });
  if (faults.length > 0) throw new Error(faults.join('; '));
  return { postgres };
}

/** Whether the session is encrypted. */
async function isSealed(url: string, password: string | null = null): Promise<boolean | undefined> {
  const client = await connectTo(serverOf(at(url, password)));
  try {
    const { rows } = await client.query<{ ssl: boolean }>('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()');
    return rows[0]?.ssl;
  } finally {
    await client.end();
  }
}

/** What `doctor` says, where it is a fault. */
async function faults(url: string, password: string | null = null): Promise<string[]> {
  const found = await examineServer(at(url, password), () => new Date().getTime());
  return found.flatMap(({ result, found: said, next }) => (result === 'fault' ? [`${said}. ${next ?? ''}`] : []));
}

describeWithOpenssl('a server that speaks TLS', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ocm-tls-'));
  const [ours, theirs] = [new Authority('ours'), new Authority('theirs')];
  let server: SpawnedServer;
  let port: number;
  let plainPort: number;
  let plain: SpawnedServer;
  let elsewhere: SpawnedServer;
  let elsewherePort: number;
  const here = (query: string, host = '127.0.0.1', database = 'postgres') =>
    `postgres://ocm@${host}:${String(port)}/${database}?${query}`;
  const trusting = (mode: string, { certPath } = ours) => `sslmode=${mode}&sslrootcert=${certPath}`;

  /** A server of its own folder; its certificate is for these names, or it has none. */
  async function started(name: string, names: string | null): Promise<{ server: SpawnedServer; port: number }> {
    const own = join(folder, name);
    mkdirSync(own);
    const [cert, key, admitted] = ['server.pem', 'server.key', 'admitted'].map((file) => join(own, file)) as [
      string,
      string,
      string,
    ];
    makeCluster(own);
    writeFileSync(admitted, ADMITTED);
    const tls = [`ssl_cert_file=${cert}`, `ssl_key_file=${key}`, 'ssl=on'];
    if (names !== null) {
      const issued = ours.issue(name, 30, names);
      copyFileSync(issued.certPath, cert);
      copyFileSync(issued.keyPath, key);
      chmodSync(key, 0o600);
      giveToServer(cert, key);
    }
    giveToServer(admitted);
    const itsPort = await freePort();
    const listening = ['listen_addresses=127.0.0.1', `hba_file=${admitted}`, ...(names === null ? [] : tls)];
    return { server: runServer(own, [...QUIET, ...listening], 18, itsPort), port: itsPort };
  }

  beforeAll(async () => {
    chmodSync(folder, 0o711);
    ({ server, port } = await started('sealed', 'IP:127.0.0.1,DNS:db.example'));
    ({ server: elsewhere, port: elsewherePort } = await started('elsewhere', 'DNS:localhost'));
    ({ server: plain, port: plainPort } = await started('plain', null));
    await Promise.all([untilUp(server), untilUp(elsewhere), untilUp(plain)]);
    await onDatabase(server, 'postgres', async (client) => {
      await client.query('CREATE DATABASE sealed');
      await client.query(`CREATE ROLE guarded LOGIN PASSWORD '${PASSWORD}'`);
    });
  });
  afterAll(() => {
    for (const one of [server, elsewhere, plain]) one.child.kill('SIGQUIT');
    removeFolder(folder);
    for (const { folder: made } of [ours, theirs]) removeFolder(made);
  });

  it.each(['prefer', 'require', 'verify-ca', 'verify-full'])('is spoken to so with sslmode=%s', async (mode) => {
    expect(await isSealed(here(mode.startsWith('verify') ? trusting(mode) : `sslmode=${mode}`))).toBe(true);
  });

  it('is spoken to in the clear where that is asked for, and says so where it does not admit that', async () => {
    expect(await isSealed(here('sslmode=disable'))).toBe(false);
    expect(await faults(here('sslmode=disable', '127.0.0.1', 'sealed'))).toEqual([
      expect.stringMatching(/no encryption.*The server wants TLS/),
    ]);
    expect(await isSealed(here('sslmode=prefer', '127.0.0.1', 'sealed'))).toBe(true);
  });

  it.each(['verify-ca', 'verify-full'])(
    'of an authority that nobody knows is refused with sslmode=%s',
    async (mode) => {
      for (const query of [`sslmode=${mode}`, trusting(mode, theirs)])
        expect(await faults(here(query))).toEqual([expect.stringMatching(/(certificate|issuer).*Let sslrootcert in/)]);
      expect(await isSealed(here('sslmode=require'))).toBe(true);
    },
  );

  it('of another name is refused with verify-full alone, an address or a name', async () => {
    const nowhere = `postgres://ocm@127.0.0.1:${String(elsewherePort)}/postgres`;
    expect(await faults(`${nowhere}?${trusting('verify-full')}`)).toEqual([
      expect.stringMatching(/altnames.*Call the server in OCM_STORE by a name that its certificate has/),
    ]);
    expect(await isSealed(`${nowhere}?${trusting('verify-ca')}`)).toBe(true);
    expect(await faults(here(trusting('verify-full'), 'localhost'))).toEqual([expect.stringMatching(/altnames/)]);
    expect(await isSealed(here(trusting('verify-ca'), 'localhost'))).toBe(true);
    expect(
      await isSealed(`postgres://ocm@localhost:${String(elsewherePort)}/postgres?${trusting('verify-full')}`),
    ).toBe(true);
  });

  it('that has none is spoken to in the clear with prefer, and refused by those who want it', async () => {
    const url = (query: string) => `postgres://ocm@127.0.0.1:${String(plainPort)}/postgres?${query}`;
    expect(await isSealed(url('sslmode=prefer'))).toBe(false);
    for (const query of ['sslmode=require', trusting('verify-ca'), trusting('verify-full')])
      expect(await faults(url(query))).toEqual([expect.stringMatching(/does not support SSL.*Switch on ssl/)]);
  });

  it('asks for a password, whatever it is made of, and says where to put it', async () => {
    const url = `postgres://guarded@127.0.0.1:${String(port)}/postgres?${trusting('verify-full')}`;
    const written = `postgres://guarded:${encodeURIComponent(PASSWORD)}@127.0.0.1:${String(port)}/postgres`;
    expect(await isSealed(url, PASSWORD)).toBe(true);
    expect(await isSealed(written)).toBe(true);
    for (const password of [null, 'another']) {
      const [said] = await faults(url, password);
      expect(said).toMatch(/OCM_STORE_PASSWORD_FILE/);
      expect(said).not.toContain('another ');
    }
    expect(await faults(written.replace('guarded:', 'nobody:'))).toEqual([
      expect.stringMatching(/role "nobody" does not exist.*docs\/scaling\.md/),
    ]);
  });

  it('is found behind hosts that are away, and each is said where none takes writes', async () => {
    const shared = await postgresServer();
    await onDatabase(shared, 'postgres', async () => Promise.resolve());
    const nobody = String(await freePort());
    const hosts = (...ports: readonly (number | string)[]) => ports.map((one) => `127.0.0.1:${String(one)}`).join(',');
    const url = (of: string) => `postgres://ocm@${of}/postgres?sslmode=prefer`;
    expect(await isSealed(url(hosts(nobody, port)))).toBe(true);
    expect(await isSealed(url(hosts(plainPort, port)))).toBe(false);
    const [said] = await faults(url(hosts(nobody, nobody)));
    expect(said?.split('ECONNREFUSED')).toHaveLength(3);
  });
});
