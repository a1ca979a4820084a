import { spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { type Agent, Agent as HttpAgent, request as httpsRequest } from 'node:https';
import { connect as connectPlain } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { readConfig, type Flags } from '../../src/config/config.js';
import { testApps, type TestApp } from '../support/app.js';
import { Authority, describeWithOpenssl, type Issued } from '../support/certificates.js';
import { valueOf } from '../support/exposition.js';
import { aPost } from '../support/posts.js';

const start = testApps();
const PATH = '/ocs/campaign-group-state';
const pem = (path: string) => readFileSync(path, 'utf8');

interface Answer {
  readonly status: number;
  readonly text: string;
  /** Common name of the certificate the server showed. */
  readonly shown: string;
}

interface Asking {
  readonly ca: Authority;
  readonly client?: Issued;
  readonly token?: string;
  readonly agent?: Agent;
  readonly port?: number;
  readonly path?: string;
}

/** Posts, or gets a path, over TLS. */
function ask(app: TestApp, { ca, client, token, agent, port, path }: Asking): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpsRequest(
      {
        ...{ host: 'localhost', port: port ?? app.app.port, path: path ?? PATH, method: path ? 'GET' : 'POST' },
        ...{ ca: pem(ca.certPath), agent: agent ?? false },
        ...(client && { cert: pem(client.certPath), key: pem(client.keyPath) }),
        headers: token === undefined ? {} : { Authorization: `Bearer ${token}` },
      },
      (response) => {
        const { subject } = (response.socket as unknown as Pick<TLSSocket, 'getPeerCertificate'>).getPeerCertificate();
        let text = '';
        response.on('data', (piece: Buffer) => (text += piece.toString()));
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, text, shown: String(subject.CN) });
        });
      },
    );
    request.on('error', reject);
    request.end(path ? undefined : JSON.stringify(aPost()));
  });
}

const tlsFlags = ({ certPath, keyPath }: Issued, clientCa?: Authority): Flags => ({
  tls_cert: certPath,
  tls_key: keyPath,
  ...(clientCa && { tls_client_ca: clientCa.certPath }),
});

const statusOf = async (app: TestApp, asking: Asking) => (await ask(app, asking)).status;

describeWithOpenssl('TLS', () => {
  it('carries posts and questions on both listeners, and speaks nothing older than 1.2', async () => {
    const ca = new Authority('site');
    const app = await start({ ...tlsFlags(ca.issue('one')), read_port: '0' });
    expect(await ask(app, { ca })).toMatchObject({ status: 200, shown: 'one' });
    const read = { ca, port: app.app.readPort };
    const groups = await ask(app, { ...read, path: '/api/v1/campaign-groups' });
    expect((JSON.parse(groups.text) as { items: unknown[] }).items).toHaveLength(1);
    const metrics = (await ask(app, { ...read, path: '/metrics' })).text;
    const days =
      ((valueOf(metrics, 'ocs_monitor_tls_certificate_expiry_timestamp_seconds') ?? 0) * 1000 - new Date().getTime()) /
      86_400_000;
    expect(Math.round(days)).toBe(30);
    const old = { port: app.app.port, host: 'localhost', ca: pem(ca.certPath), ciphers: 'DEFAULT@SECLEVEL=0' };
    const code = await new Promise((resolve) => {
      const socket = connect({ ...old, minVersion: 'TLSv1', maxVersion: 'TLSv1.1' });
      socket.on('secureConnect', () => {
        resolve('connected');
      });
      socket.on('error', (error: NodeJS.ErrnoException) => {
        resolve(error.code);
      });
    });
    expect(code).toMatch(/PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|NO_PROTOCOLS/);
    await expect(fetch(`${app.url}/healthz`)).rejects.toThrow();
  });

  it('names what came instead of TLS, and what could not be agreed on', async () => {
    const ca = new Authority('site');
    const app = await start({ ...tlsFlags(ca.issue('one')), read_port: '0' });
    const send = (bytes: string) =>
      new Promise((resolve) => {
        const socket = connectPlain(app.app.port, '127.0.0.1');
        socket.on('error', () => undefined).on('close', resolve);
        socket.write(bytes);
      });
    await send(`POST ${PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}`);
    await send('garbage\r\n');
    const inside = connect({ port: app.app.port, host: 'localhost', ca: pem(ca.certPath) });
    inside.resume().write('POST /ocs/my source HTTP/1.1\r\n\r\n');
    await new Promise((resolve) => inside.once('close', resolve));
    const text = await ask(app, { ca, port: app.app.readPort, path: '/api/v1/arrivals' });
    const { refused } = JSON.parse(text.text) as { refused: object[] };
    const seen = { remote_address: '127.0.0.1' };
    expect(refused).toHaveLength(3);
    expect(refused).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ ...seen, outcome: 'blank-in-target', path: '/ocs/my source', status: 400 }),
        expect.objectContaining({ ...seen, outcome: 'tls-handshake', status: null }),
        expect.objectContaining({ ...seen, outcome: 'plain-http-on-tls-port', status: null }),
      ]) as object[],
    );
    expect(text.text).toContain('plain HTTP on a TLS port');
  });

  it('ends after a drain although connections were kept', async () => {
    const ca = new Authority('site');
    const app = await start({ ...tlsFlags(ca.issue('one')), drain_timeout: '1h' });
    const agent = new HttpAgent({ keepAlive: true });
    expect(await statusOf(app, { ca, agent })).toBe(200);
    const ended = app.app.stop('drain');
    expect(await statusOf(app, { ca, agent })).toBe(200);
    await ended;
  });

  it('lets commands on the same machine ask, and only whoever holds the configured certificate', async () => {
    const ca = new Authority('site');
    const [one, other] = [ca.issue('one'), ca.issue('other')];
    const app = await start({ ...tlsFlags(one), read_tokens: 'open' });
    const run = async (issued: Issued, ...args: string[]) => {
      const tls = ['--tls-cert', issued.certPath, '--tls-key', issued.keyPath, '--read-tokens', 'open'];
      const flags = ['--port', String(app.app.port), '--store', `sqlite:${app.database}`, ...tls];
      const child = spawn(process.execPath, ['dist/main.js', ...args, ...flags]);
      let text = '';
      child.stdout.on('data', (data: Buffer) => (text += data.toString()));
      child.stderr.on('data', (data: Buffer) => (text += data.toString()));
      const status = await new Promise((resolve) => child.once('close', resolve));
      return { status, text };
    };
    expect(await run(one, 'healthcheck')).toEqual({ status: 0, text: 'ready\n' });
    expect(await run(one, 'quarantine', 'replay')).toEqual({ status: 0, text: 'Nothing to replay.\n' });
    const stranger = await run(other, 'healthcheck');
    expect(stranger).toMatchObject({ status: 1, text: expect.stringMatching(/another certificate/) as string });
    // OCS posts while doctor looks; what it prints for OCS is the encrypted address.
    expect(await statusOf(app, { ca })).toBe(200);
    const doctor = await run(one, 'doctor', '--wait', '100ms');
    expect(doctor.text).toContain(`https://127.0.0.1:${String(app.app.port)}${PATH}\n`);
    expect(doctor.text).toMatch(/GOOD {5}a post to campaign-group-state from 127\.0\.0\.1, source default: transition/);
    expect(doctor.status).toBe(0);
    const strangersDoctor = await run(other, 'doctor', '--wait', '0');
    expect(strangersDoctor).toMatchObject({ status: 1, text: expect.stringMatching(/another certificate/) as string });
  });

  it('that cannot be used ends the start with every faulty file and what to do', async () => {
    const ca = new Authority('site');
    const [one, other] = [ca.issue('one'), ca.issue('other')];
    const text = join(ca.folder, 'text');
    writeFileSync(text, 'no certificate');
    const startWith = (certPath: string, keyPath: string, caPath?: string) =>
      start({ tls_cert: certPath, tls_key: keyPath, ...(caPath && { tls_client_ca: caPath }) });
    await expect(startWith('/nowhere/c.pem', '/nowhere/k.pem')).rejects.toThrow(
      /OCM_TLS_CERT: \/nowhere\/c\.pem is not there: mend the path[^]*OCM_TLS_KEY: \/nowhere\/k\.pem/,
    );
    await expect(startWith(one.certPath, other.keyPath)).rejects.toThrow(/does not belong to the certificate/);
    await expect(startWith(text, one.keyPath)).rejects.toThrow(/holds no certificate/);
    await expect(startWith(one.certPath, text)).rejects.toThrow(/no usable private key/);
    await expect(startWith(one.certPath, one.keyPath, text)).rejects.toThrow(/PEM of the authorities/);
  });

  it('with a certificate past its date runs, and says so', async () => {
    const ca = new Authority('site');
    const app = await start(tlsFlags(ca.issue('soon', 1)));
    expect(app.log.map(({ message }) => message).join()).toMatch(/expires soon/);
    app.clock.setMs(new Date().getTime() + 3 * 86_400_000);
    await app.app.reload(() => readConfig({ ...tlsFlags(ca.issue('soon', 1)), port: '0' }, {}, null), 'test');
    expect(app.log.map(({ message }) => message).join()).toMatch(/has expired/);
  });
});

describeWithOpenssl('a client certificate', () => {
  it('of a trusted authority may post as a token may; another, or none, may not', async () => {
    const [site, clients, strangers] = [new Authority('site'), new Authority('clients'), new Authority('clients')];
    const app = await start({ ...tlsFlags(site.issue('one'), clients), ingest_tokens: 'sesame', read_tokens: 'open' });
    const client = clients.issue('ocs');
    expect(await statusOf(app, { ca: site, client })).toBe(200);
    expect(await statusOf(app, { ca: site })).toBe(401);
    expect(await statusOf(app, { ca: site, client: strangers.issue('ocs') })).toBe(401);
    expect(await statusOf(app, { ca: site, token: 'sesame' })).toBe(200);
    expect(await statusOf(app, { ca: site, client: strangers.issue('other'), token: 'sesame' })).toBe(200);
    expect(await statusOf(app, { ca: site, client, path: '/api/v1/campaign-groups' })).toBe(401);
  });

  it('is needed where no token is configured', async () => {
    const [site, clients] = [new Authority('site'), new Authority('clients')];
    const app = await start(tlsFlags(site.issue('one'), clients));
    expect(await statusOf(app, { ca: site })).toBe(401);
    expect(await statusOf(app, { ca: site, client: clients.issue('ocs') })).toBe(200);
  });

  it('that was never shown is not shown by resuming a session either', async () => {
    const [site, clients] = [new Authority('site'), new Authority('clients')];
    const app = await start(tlsFlags(site.issue('one'), clients));
    const at = { port: app.app.port, host: 'localhost', servername: 'localhost', ca: pem(site.certPath) };
    const head = `POST ${PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}`;
    const post = (session?: Buffer) =>
      new Promise<{ status: string; session: Buffer | undefined; reused: boolean }>((resolve, reject) => {
        let ticket: Buffer | undefined;
        const socket = connect({ ...at, ...(session && { session }) }, () => socket.write(head));
        socket.on('session', (one: Buffer) => (ticket = one));
        socket.on('error', reject);
        socket.once('data', (data: Buffer) => {
          resolve({ status: data.toString().slice(9, 12), session: ticket, reused: socket.isSessionReused() });
          socket.destroy();
        });
      });
    const first = await post();
    expect(first).toMatchObject({ status: '401', reused: false });
    expect(await post(first.session)).toMatchObject({ status: '401', reused: true });
  });

  it('is judged anew on connections that go on when the authorities change', async () => {
    const [site, former, next] = [new Authority('site'), new Authority('former'), new Authority('next')];
    const server = site.issue('one');
    const both = join(site.folder, 'both.pem');
    writeFileSync(both, pem(former.certPath) + pem(next.certPath));
    const flags = (ca: string) => ({ ...tlsFlags(server), tls_client_ca: ca, port: '0', ingest_tokens: 'sesame' });
    const app = await start(flags(former.certPath));
    const agent = new HttpAgent({ keepAlive: true, maxSockets: 1 });
    const kept = { ca: site, client: former.issue('ocs'), agent };
    expect(await statusOf(app, kept)).toBe(200);
    const take = (ca: string) => app.app.reload(() => readConfig(flags(ca), {}, null), 'test');
    expect(await take(both)).toMatchObject({ applied: true });
    expect(await statusOf(app, kept)).toBe(200);
    expect(await statusOf(app, { ca: site, client: next.issue('ocs') })).toBe(200);
    expect(await take(next.certPath)).toMatchObject({ applied: true });
    expect(await statusOf(app, kept)).toBe(401);
    expect(await statusOf(app, { ca: site, client: former.issue('late') })).toBe(401);
    agent.destroy();
  });
});

describeWithOpenssl('renewed certificates', () => {
  /** Files at fixed places, as certbot keeps them. */
  const place = (issued: Issued, folder: string): Issued => {
    const at = { certPath: join(folder, 'live.pem'), keyPath: join(folder, 'live.key') };
    copyFileSync(issued.certPath, at.certPath);
    copyFileSync(issued.keyPath, at.keyPath);
    return at;
  };

  it('are found when their files change, are shown to new connections, and disturb none that is open', async () => {
    const ca = new Authority('site');
    const folder = mkdtempSync(join(tmpdir(), 'ocm-live-'));
    let look: () => void = () => undefined;
    const every = (_ms: number, work: () => void) => {
      look = work;
      return () => undefined;
    };
    const app = await start(tlsFlags(place(ca.issue('one'), folder)), { every });
    const agent = new HttpAgent({ keepAlive: true, maxSockets: 1 });
    expect((await ask(app, { ca, agent })).shown).toBe('one');
    const two = ca.issue('two');
    copyFileSync(two.certPath, join(folder, 'live.pem'));
    look();
    expect((await ask(app, { ca })).shown).toBe('one');
    expect(app.log.filter(({ level }) => level === 'error')).toHaveLength(1);
    look();
    expect(app.log.filter(({ level }) => level === 'error')).toHaveLength(1);
    place(two, folder);
    look();
    expect((await ask(app, { ca })).shown).toBe('two');
    expect(await ask(app, { ca, agent })).toMatchObject({ status: 200, shown: 'one' });
    const metrics = (await ask(app, { ca, path: '/metrics' })).text;
    expect(valueOf(metrics, 'ocs_monitor_reloads_total', { result: 'applied' })).toBe(1);
    expect(valueOf(metrics, 'ocs_monitor_reloads_total', { result: 'refused' })).toBe(1);
    agent.destroy();
  });
});

describe('TLS on or off', () => {
  it('takes a restart, as another address does: nothing of such a configuration is taken over', async () => {
    const app = await start({ ingest_tokens: 'sesame' });
    const take = (flags: Flags) => app.app.reload(() => readConfig({ port: '0', ...flags }, {}, null), 'test');
    expect(await take({ tls_cert: 'c', tls_key: 'k' })).toMatchObject({ applied: false });
    expect(await take({ host: '::1' })).toMatchObject({ applied: false });
    expect((await fetch(app.url + PATH, { method: 'POST', body: '{}' })).status).toBe(401);
  });
});
