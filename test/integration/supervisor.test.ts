import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { connect, type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { serve } from '../../src/cli/serve.js';
import { openForReading } from '../../src/sqlite/database.js';
import { knownSchema } from '../../src/sqlite/migrate.js';
import { bindSocket } from '../../src/supervisor/listening-socket.js';
import { systemClock } from '../../src/node/system-clock.js';
import { eventually } from '../support/eventually.js';
import { removeFolder } from '../support/folders.js';
import { heldEvidence } from '../support/held-evidence.js';
import { aPost } from '../support/posts.js';
import { freePort } from '../support/program.js';
import { rawAsk } from '../support/raw-http.js';
import { type Account, Senders } from '../support/senders.js';
import { isAlive, Supervised } from '../support/supervised.js';

let folder: string;
let database: string;
let port: number;
const cleanUp: (() => unknown)[] = [];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ocm-supervisor-'));
  database = join(folder, 'test.db');
  port = await freePort();
});
afterEach(async () => {
  for (const work of cleanUp.splice(0).reverse()) await work();
  removeFolder(folder);
});

async function start(flags: readonly string[] = [], program?: string): Promise<Supervised> {
  const supervised = await Supervised.start(port, database, flags, program);
  cleanUp.push(() => supervised.destroy());
  return supervised;
}

/** The program in a folder of its own, where it can be changed under the service that runs. */
function copyOfProgram(): string {
  const program = join(folder, 'program');
  for (const part of ['dist', 'migrations', 'schemas', 'package.json'])
    cpSync(part, join(program, part), { recursive: true });
  symlinkSync(realpathSync('node_modules'), join(program, 'node_modules'));
  return program;
}

/** Every post was acknowledged, once, and is there, once. */
function expectAllKept({ sent, faults }: Account, atLeast: number): void {
  expect(faults).toEqual([]);
  expect(sent).toBeGreaterThan(atLeast);
  const db = openForReading(database);
  expect(heldEvidence(db).length).toBe(sent);
  db.close();
}

const DRAIN = ['--drain-timeout', '1s'];

describe('a supervised service', () => {
  it('loses no post and keeps none twice while it is replaced on SIGHUP, time and again', async () => {
    const supervised = await start(DRAIN);
    let serving = await supervised.service();
    const senders = new Senders(supervised.url);
    for (let time = 0; time < 2; time++) {
      supervised.signal('SIGHUP');
      serving = await supervised.service(serving);
    }
    const before = senders.sent;
    await eventually(() => {
      if (senders.sent < before + 20) throw new Error('the last successor has not taken enough posts yet');
    });
    expectAllKept(await senders.stop(), 50);
    expect(await supervised.end('SIGTERM')).toBe(0);
  });

  it('is replaced by `reload` without losing a post, and the command says who serves then', async () => {
    const supervised = await start([...DRAIN, '--admin-tokens', 'boss']);
    const before = await supervised.service();
    const senders = new Senders(supervised.url);
    const { status, stdout } = await run(['reload', '--port', String(port), '--token', 'boss', '--json']);
    const after = await supervised.service();
    expectAllKept(await senders.stop(), 20);
    expect(status).toBe(0);
    expect(after).not.toBe(before);
    expect(JSON.parse(stdout)).toEqual({ outcome: 'replacing', successor: after, drain_ms: 1000 });
    // Connections waited in the socket: nothing was missed.
    const about = (await (await fetch(`${supervised.url}/api/v1/service`)).json()) as { unobserved: unknown };
    expect(about.unobserved).toEqual([]);
  });

  it('refuses a reload without an admin token, and one that another page sends', async () => {
    const supervised = await start(['--admin-tokens', 'boss']);
    const serving = await supervised.service();
    const ask = (headers: Record<string, string>) =>
      fetch(`${supervised.url}/api/v1/reload`, { method: 'POST', headers }).then(({ status }) => status);
    expect(await ask({})).toBe(401);
    expect(await ask({ Authorization: 'Bearer boss', Origin: 'https://elsewhere.example' })).toBe(403);
    expect(await supervised.service()).toBe(serving);
  });

  it('goes on as it was when the successor cannot start, and the reload says so', async () => {
    const configFile = join(folder, 'config.yaml');
    writeFileSync(configFile, 'drain_timeout: 1s\n');
    const supervised = await start(['--config', configFile]);
    const serving = await supervised.service();
    const senders = new Senders(supervised.url);
    writeFileSync(configFile, 'drain_timeout: soon\n');
    const response = await fetch(`${supervised.url}/api/v1/reload`, { method: 'POST' });
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ detail: expect.stringContaining('did not come up') as string });
    expect(await supervised.service()).toBe(serving);
    expectAllKept(await senders.stop(), 5);
    expect(supervised.stderr).toContain('drain_timeout');
    const refused = 'ocs_monitor_reloads_total{result="refused"}';
    const metrics = await fetch(`${supervised.url}/metrics`);
    expect(await metrics.text()).toContain(`${refused} 1\n`);
    supervised.signal('SIGHUP');
    await eventually(async () => {
      const { items } = (await (await fetch(`${supervised.url}/api/v1/audit-log`)).json()) as { items: object[] };
      expect(items[0]).toMatchObject({ actor: 'signal', result: expect.stringContaining('did not come up') as string });
    });
    expect(await (await fetch(`${supervised.url}/metrics`)).text()).toContain(`${refused} 2\n`);
  });

  it('says what to do when a migration fails at the take-over, and serves again with the version before', async () => {
    const program = copyOfProgram();
    const supervised = await start(DRAIN, program);
    const before = await supervised.service();
    const senders = new Senders(supervised.url);
    await eventually(() => {
      if (senders.sent < 5) throw new Error('nothing is stored yet');
    });
    const migration = join(program, 'migrations/sqlite', `${String(knownSchema() + 1).padStart(4, '0')}-faulty.sql`);
    const ofRows = 'INSERT INTO faulty SELECT group_no FROM campaign_groups';
    writeFileSync(migration, `CREATE TABLE faulty (group_no INTEGER CHECK (group_no < 0)); ${ofRows};`);
    supervised.signal('SIGHUP');
    await eventually(() => {
      if (!supervised.stderr.includes('did not come up and is tried again')) throw new Error(supervised.stderr);
    });
    expect(supervised.stderr).toMatch(/migration \d+-faulty failed and was taken back \(CHECK .* knows schema \d/);
    rmSync(migration);
    supervised.signal('SIGHUP');
    await supervised.service(before);
    expectAllKept(await senders.stop(), 5);
  });

  it('shows no group that was forgotten while its predecessor drained', async () => {
    const supervised = await start(['--drain-timeout', '3s']);
    const before = await supervised.service();
    const groups = async () =>
      (await (await fetch(`${supervised.url}/api/v1/campaign-groups`)).json()) as { items: [] };
    for (const source of ['kept', 'typo']) {
      const url = `${supervised.url}/ocs/${source}/campaign-group-state`;
      await fetch(url, { method: 'POST', body: JSON.stringify(aPost()) });
    }
    expect((await groups()).items).toHaveLength(2);
    // Keeps the drain from ending early.
    const idle = connect(port, '127.0.0.1');
    idle.on('error', () => undefined);
    cleanUp.push(() => idle.destroy());
    expect((await fetch(`${supervised.url}/api/v1/reload`, { method: 'POST' })).status).toBe(202);
    const body = JSON.stringify({ source: 'typo' });
    const forgotten = await fetch(`${supervised.url}/api/v1/forget`, { method: 'POST', body });
    expect(forgotten.status).toBe(200);
    expect(await supervised.service(before)).not.toBe(before);
    expect((await groups()).items).toEqual([expect.objectContaining({ source: 'kept' })]);
  });

  it('judges what its settings leave open by where it listens, and goes on as it was', async () => {
    const configFile = join(folder, 'config.yaml');
    writeFileSync(configFile, 'host: 0.0.0.0\ningest_tokens: [post]\nread_tokens: [read]\ndrain_timeout: 1s\n');
    const supervised = await start(['--config', configFile]);
    const serving = await supervised.service();
    writeFileSync(configFile, 'host: 127.0.0.1\ndrain_timeout: 1s\n');
    supervised.signal('SIGHUP');
    await eventually(() => {
      expect(supervised.stderr).toContain('OCM_INGEST_TOKENS (or OCM_TLS_CLIENT_CA) must be set');
      expect(supervised.stderr).toContain('not replaced');
    });
    expect(await supervised.service()).toBe(serving);
    const post = { method: 'POST', body: JSON.stringify(aPost()) };
    expect((await fetch(`${supervised.url}/ocs/campaign-group-state`, post)).status).toBe(401);
  });

  it('stays where it listens when the settings name another place, and says so', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    cleanUp.push(() => taken.close());
    const readPort = (taken.address() as AddressInfo).port;
    const configFile = join(folder, 'config.yaml');
    writeFileSync(configFile, 'drain_timeout: 1s\n');
    const supervised = await start(['--config', configFile]);
    const serving = await supervised.service();
    writeFileSync(configFile, `drain_timeout: 1s\nread_port: ${String(readPort)}\n`);
    supervised.signal('SIGHUP');
    expect(await supervised.service(serving)).not.toBe(serving);
    expect((await fetch(`${supervised.url}/api/v1/campaign-groups`)).status).toBe(200);
    expect(supervised.stderr).toMatch(/"needsRestart":\["readPort"\]/);
  });

  it('starts another service when the first is killed; connections that wait meanwhile are served', async () => {
    const supervised = await start();
    const first = await supervised.service();
    process.kill(first, 'SIGKILL');
    await eventually(() => {
      if (isAlive(first)) throw new Error('not dead yet');
    });
    // On a connection of its own: those that were kept ended with the first.
    const target = '/ocs/campaign-group-state';
    const response = await rawAsk(port, {
      method: 'POST',
      target,
      headers: { Host: 'x' },
      body: JSON.stringify(aPost()),
    });
    expect(response.status).toBe(200);
    expect(await supervised.service()).not.toBe(first);
    expect(supervised.stderr).toContain('SIGKILL');
  });

  it('ends by itself when it lost its supervisor, without a drain, and another can take its place', async () => {
    const supervised = await start(['--drain-timeout', '1h']);
    const serving = await supervised.service();
    const idle = connect(port, '127.0.0.1');
    idle.on('error', () => undefined);
    cleanUp.push(() => idle.destroy());
    await supervised.end('SIGKILL');
    // The start of the next one is the proof that address and lock are free.
    const next = new Supervised(port, database);
    cleanUp.push(() => next.end('SIGKILL'));
    await eventually(() => {
      if (isAlive(serving)) throw new Error('still there');
    });
    expect(await next.service()).not.toBe(serving);
    expect(await next.end('SIGINT')).toBe(0);
  });

  it.each([
    ['a foreign file', 'is not an SQLite database', []],
    ['a faulty setting', 'drain_timeout', ['--drain-timeout', 'soon']],
  ])('ends with status 1 and says why when the first start meets %s', async (_what, why, flags) => {
    writeFileSync(database, 'a letter, not a database');
    const supervised = new Supervised(port, database, flags);
    expect(await supervised.exited()).toBe(1);
    expect(supervised.stderr.toLowerCase().replaceAll('-', '_')).toContain(why.toLowerCase());
  });

  it('ends with status 1 when another service holds the database, or the address', async () => {
    await start();
    const sameDatabase = new Supervised(await freePort(), database);
    expect(await sameDatabase.exited()).toBe(1);
    expect(sameDatabase.stderr).toContain('another process writes to this database');
    const sameAddress = new Supervised(port, join(folder, 'other.db'));
    expect(await sameAddress.exited()).toBe(1);
    expect(sameAddress.stderr).toMatch(
      /cannot listen on 127\.0\.0\.1:\d+ \(.*EADDRINUSE.*\); choose another with OCM_HOST/,
    );
  });

  it('names the settings of the port that is taken: that for reading has its own', async () => {
    const other = await start();
    const flags = ['--read-port', String(port)];
    const supervised = new Supervised(await freePort(), join(folder, 'other.db'), flags);
    expect(await supervised.exited()).toBe(1);
    expect(supervised.stderr).toMatch(/choose another with OCM_READ_HOST and OCM_READ_PORT/);
    expect(await other.service()).toBeGreaterThan(0);
  });

  it.each([['reload'], ['forget', '--source', 'typo'], ['quarantine', 'replay']])(
    'is told apart from somebody who answers otherwise: %s',
    async (...command) => {
      const proxy = createHttpServer((_request, response) => response.writeHead(502).end('<html>Bad Gateway</html>'));
      await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
      cleanUp.push(() => proxy.close());
      const url = `http://127.0.0.1:${String((proxy.address() as AddressInfo).port)}`;
      const { status, stderr } = await run([...command, '--url', url]);
      expect(status).toBe(1);
      expect(stderr).toContain('answered 502 but is not this service');
      expect(stderr).not.toMatch(/SyntaxError|\n\s+at /);
    },
  );

  it('owns the port for reading too, and is up within the time it logs', async () => {
    const readPort = await freePort();
    const supervised = await start([...DRAIN, '--read-port', String(readPort)]);
    const serving = await supervised.service();
    supervised.signal('SIGHUP');
    const successor = await supervised.service(serving);
    const response = await fetch(`http://127.0.0.1:${String(readPort)}/readyz`);
    expect(await response.json()).toEqual({ ready: true, pids: { parent: supervised.pid, child: successor } });
    const [, startedInMs] = /"startedInMs":(\d+)/.exec(supervised.stderr) ?? [];
    expect(Number(startedInMs)).toBeGreaterThan(0);
    process.stderr.write(`start to ready: ${String(startedInMs)} ms, on this machine as busy as it is\n`);
  });

  it('answers what is in flight and exits 0 on SIGINT, whoever holds a connection open', async () => {
    // A drain would outlive the test.
    const supervised = await start(['--drain-timeout', '1h']);
    const idle = connect(port, '127.0.0.1');
    cleanUp.push(() => idle.destroy());
    idle.on('error', () => undefined);
    expect(await supervised.end('SIGINT')).toBe(0);
  });

  it('gives up its start on SIGINT, and exits 0', async () => {
    const supervised = new Supervised(port, database);
    cleanUp.push(() => supervised.destroy());
    await eventually(() => {
      expect(supervised.stderr).toContain('supervising');
    });
    expect(await supervised.end('SIGINT')).toBe(0);
    // Where the machine is busy, one that holds nothing may be killed before it has given up.
    expect(supervised.stderr).not.toContain('"receiving"');
  });

  it('makes haste on a second SIGTERM', async () => {
    const supervised = await start(['--drain-timeout', '60s']);
    const idle = connect(port, '127.0.0.1');
    cleanUp.push(() => idle.destroy());
    idle.on('error', () => undefined);
    supervised.signal('SIGTERM');
    await eventually(() => {
      if (!supervised.stderr.includes('stopping')) throw new Error('not stopping yet');
    });
    expect(await supervised.end('SIGTERM')).toBe(0);
  });

  it.each([0, 100, 200, 300, 450, 600])('obeys a SIGTERM %i ms after it was started', async (ms) => {
    const supervised = new Supervised(port, database);
    cleanUp.push(() => supervised.destroy());
    await new Promise((resolve) => setTimeout(resolve, ms));
    supervised.signal('SIGTERM');
    // Before the program runs at all the signal itself ends it.
    expect([0, null]).toContain(await supervised.exited());
  });

  it.each([[[]], [['--unsupervised']]])('does not start when it was told to end before %j', async (flags) => {
    const settings = ['--port', String(port), '--store', `sqlite:${database}`, '--log-level', 'error'];
    const io = { out: () => true, err: () => true, isTerminal: false, clock: systemClock, signal: AbortSignal.abort() };
    expect(await serve([...settings, ...flags], io)).toBe(0);
    expect(existsSync(database)).toBe(false);
  });

  it('writes down that it was replaced by a signal', async () => {
    const supervised = await start(DRAIN);
    const serving = await supervised.service();
    supervised.signal('SIGHUP');
    await supervised.service(serving);
    await eventually(async () => {
      const { items } = (await (await fetch(`${supervised.url}/api/v1/audit-log`)).json()) as { items: object[] };
      expect(items).toEqual([expect.objectContaining({ action: 'reload', actor: 'signal', result: 'done' })]);
    });
  });

  it('runs as one process with --unsupervised', async () => {
    const args = ['dist/main.js', 'serve', '--unsupervised', '--port', String(port), '--store', `sqlite:${database}`];
    const child = spawn(process.execPath, args, { stdio: 'ignore' });
    cleanUp.push(() => child.kill('SIGKILL'));
    await eventually(async () => {
      const response = await fetch(`http://127.0.0.1:${String(port)}/readyz`);
      expect(await response.json()).toEqual({ ready: true, pids: { parent: null, child: child.pid } });
    });
    const reloaded = await fetch(`http://127.0.0.1:${String(port)}/api/v1/reload`, { method: 'POST' });
    expect(reloaded.status).toBe(200);
  });
});

describe('a service on a socket that systemd holds', () => {
  /** Starts it as systemd does: the socket as descriptor 3, and the id of the very process in LISTEN_PID. */
  const startOn = (fd: number) => {
    const serve = `exec "$0" dist/main.js serve --store "sqlite:${database}" --drain-timeout 1s`;
    const child = spawn('sh', ['-c', `LISTEN_FDS=1 LISTEN_FDNAMES=ingest LISTEN_PID=$$ ${serve}`, process.execPath], {
      stdio: ['ignore', 'ignore', 'pipe', fd],
    });
    const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
    cleanUp.push(() => child.kill('SIGKILL'));
    return { child, exited };
  };

  it('has no supervisor, and loses no post while it is stopped and started', async () => {
    const socket = await bindSocket('127.0.0.1', port);
    cleanUp.push(() => {
      socket.close();
    });
    const url = `http://127.0.0.1:${String(port)}`;
    const pids = async () => ((await (await fetch(`${url}/readyz`)).json()) as { pids: object }).pids;
    let service = startOn(socket.fd);
    await eventually(async () => {
      expect(await pids()).toEqual({ parent: null, child: service.child.pid });
    });
    const senders = new Senders(url);
    for (let time = 0; time < 2; time++) {
      service.child.kill('SIGTERM');
      expect(await service.exited).toBe(0);
      service = startOn(socket.fd);
      await eventually(async () => {
        expect(await pids()).toEqual({ parent: null, child: service.child.pid });
      });
    }
    expectAllKept(await senders.stop(), 30);
    service.child.kill('SIGTERM');
    expect(await service.exited).toBe(0);
  });

  it('binds its own when the descriptors were meant for another process', async () => {
    const foreign = createServer();
    await new Promise<void>((resolve) => foreign.listen(0, '127.0.0.1', resolve));
    const taken = (foreign.address() as AddressInfo).port;
    cleanUp.push(() => foreign.close());
    const { status, stderr } = spawnSync(
      process.execPath,
      ['dist/main.js', 'serve', '--port', String(taken), '--store', `sqlite:${database}`],
      { env: { ...process.env, LISTEN_FDS: '1', LISTEN_PID: '1' }, encoding: 'utf8' },
    );
    expect(status).toBe(1);
    expect(stderr).toContain(`cannot listen on 127.0.0.1:${String(taken)}`);
  });
});

async function run(args: readonly string[]): Promise<{ status: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, ['dist/main.js', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
  child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
  const status = await new Promise<number | null>((resolve) => child.once('exit', resolve));
  return { status, stdout, stderr };
}
