import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/config.js';
import { testApps } from '../support/app.js';
import { removeFolder } from '../support/folders.js';
import { aPost } from '../support/posts.js';

const start = testApps();

const PATH = '/ocs/campaign-group-state';
const post = (url: string) => fetch(url + PATH, { method: 'POST', body: JSON.stringify(aPost()) });

describe('a port for reading', () => {
  it('answers what is read and takes no post, while the other takes posts and shows nothing but health', async () => {
    const app = await start({ read_port: '0' });
    const reading = `http://127.0.0.1:${String(app.app.readPort)}`;
    expect(app.app.readPort).not.toBe(app.app.port);
    expect((await post(app.url)).status).toBe(200);
    expect((await post(reading)).status).toBe(404);
    for (const path of ['/healthz', '/readyz']) {
      expect((await fetch(app.url + path)).status).toBe(200);
      expect((await fetch(reading + path)).status).toBe(200);
    }
    for (const path of ['/', '/metrics', '/metrics/domain', '/api/v1/campaign-groups']) {
      expect([path, (await fetch(app.url + path)).status]).toEqual([path, 404]);
      expect([path, (await fetch(reading + path)).status]).toEqual([path, 200]);
    }
    const groups = (await (await fetch(`${reading}/api/v1/campaign-groups`)).json()) as { items: unknown[] };
    expect(groups.items).toHaveLength(1);
  });

  it('that is taken lets the service end with what to set, and the database free', async () => {
    const first = await start({ read_port: '0' });
    const taken = { read_port: String(first.app.readPort) };
    await expect(start({ ...taken, store: `sqlite:${first.database}.other` })).rejects.toThrow(/OCM_READ_PORT/);
    await start({ store: `sqlite:${first.database}.other` });
  });
});

describe('inherited sockets', () => {
  it('are listened on instead of an address of our own', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ocm-test-'));
    const owner = createServer();
    await new Promise<void>((resolve) => owner.listen(0, '127.0.0.1', resolve));
    const { port } = owner.address() as { port: number };
    const { fd } = (owner as unknown as { _handle: { fd: number } })._handle;
    const serve = `exec "$0" dist/main.js serve --port 1 --store "sqlite:${join(folder, 'test.db')}"`;
    const child = spawn('sh', ['-c', `LISTEN_FDS=1 LISTEN_FDNAMES=ingest LISTEN_PID=$$ ${serve}`, process.execPath], {
      stdio: ['ignore', 'inherit', 'pipe', fd],
    });
    // The child has it now; two that accept would take connections from each other.
    owner.close();
    const receiving = new Promise<string>((resolve) => {
      let said = '';
      child.stderr?.on('data', (data: Buffer) => {
        said += data.toString();
        const line = /.*"receiving".*/.exec(said)?.[0];
        if (line !== undefined) resolve(line);
      });
    });
    expect(JSON.parse(await receiving)).toMatchObject({ url: `http://127.0.0.1:${String(port)}` });
    const answer = await post(`http://127.0.0.1:${String(port)}`);
    expect(answer.status).toBe(200);
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
    removeFolder(folder);
  });
});

describe('listening off loopback', () => {
  const faultsOf = (flags: Parameters<typeof readConfig>[0]): string => {
    try {
      readConfig(flags, {}, null);
      return '';
    } catch (error) {
      return (error as Error).message;
    }
  };
  const tls = { tls_cert: 'c.pem', tls_key: 'k.pem' };

  it('is refused without tokens, and says which to set', () => {
    expect(faultsOf({ host: '0.0.0.0' })).toMatch(/OCM_INGEST_TOKENS[^]*OCM_READ_TOKENS/);
    expect(faultsOf({ host: '0.0.0.0', allow_anonymous: 'true' })).toBe('');
    expect(faultsOf({ host: '0.0.0.0', ingest_tokens: 'a', read_tokens: 'b' })).toBe('');
  });

  it('asks for read tokens where reading is listened for, and for ingest tokens where posts are', () => {
    const both = { read_port: '9000', ingest_tokens: 'a' };
    expect(faultsOf({ ...both, host: '0.0.0.0', read_host: '127.0.0.1' })).toBe('');
    expect(faultsOf({ ...both, host: '127.0.0.1', read_host: '0.0.0.0' })).toMatch(/OCM_READ_TOKENS.*0\.0\.0\.0/);
    expect(faultsOf({ host: '127.0.0.1', read_port: '9000', read_host: '10.0.0.1', read_tokens: 'r' })).toBe('');
    expect(faultsOf({ host: '10.0.0.1', read_port: '9000' })).toMatch(/OCM_READ_TOKENS.*10\.0\.0\.1/);
  });

  it('takes client certificates in the place of ingest tokens', () => {
    const base = { host: '0.0.0.0', read_tokens: 'r' };
    expect(faultsOf({ ...base, ...tls })).toMatch(/OCM_INGEST_TOKENS \(or OCM_TLS_CLIENT_CA\)/);
    expect(faultsOf({ ...base, ...tls, tls_client_ca: 'ca.pem' })).toBe('');
  });

  it('names halves of a setting', () => {
    expect(faultsOf({ read_host: '127.0.0.1' })).toMatch(/OCM_READ_HOST has no effect without OCM_READ_PORT/);
    expect(faultsOf({ tls_cert: 'c.pem' })).toMatch(/OCM_TLS_CERT and OCM_TLS_KEY belong together/);
    expect(faultsOf({ tls_client_ca: 'c.pem' })).toMatch(/OCM_TLS_CLIENT_CA needs/);
  });
});
