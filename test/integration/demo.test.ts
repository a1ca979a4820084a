import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { demo } from '../../src/cli/demo.js';
import { freePortFrom } from '../../src/cli/free-port.js';
import { runCommand } from '../../src/cli/run.js';
import { systemClock } from '../../src/node/system-clock.js';
import { eventually } from '../support/eventually.js';
import { removeFolder } from '../support/folders.js';
import { freePort } from '../support/program.js';

/** Long enough for a machine that does much else. */
const PATIENCE_MS = 100_000;
const HOUR_MS = 3_600_000;

let folder: string;
const running: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ocm-demo-'));
});
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
  removeFolder(folder);
});

/** The program as somebody starts it, in a folder of its own. */
async function startDemo(more: readonly string[] = []) {
  const port = await freePort();
  const args = [join(process.cwd(), 'dist/main.js'), 'demo', '--port', String(port), ...more];
  const child = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  running.push(child);
  const said = { out: '', err: '' };
  child.stdout.on('data', (data: Buffer) => (said.out += data.toString()));
  child.stderr.on('data', (data: Buffer) => (said.err += data.toString()));
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const end = (signal: NodeJS.Signals) => {
    child.kill(signal);
    return exited;
  };
  return { url: `http://127.0.0.1:${port}`, said, exited, end };
}

function io(signal = new AbortController().signal) {
  const said = { out: '', err: '' };
  const out = (text: string) => void (said.out += text);
  return { said, out, err: (text: string) => void (said.err += text), isTerminal: false, clock: systemClock, signal };
}

interface Group {
  readonly id: string;
  readonly state: string;
  readonly silent: boolean;
  readonly last_heard_at: string;
}

describe('the demo', { timeout: 2 * PATIENCE_MS }, () => {
  it('has a day behind it when it says where to look, and ends with 0', async () => {
    const started = await startDemo();
    await eventually(() => {
      expect(started.said.out).toContain(`Open ${started.url}/`);
    }, PATIENCE_MS);
    const get = async <T>(path: string): Promise<T[]> => {
      const response = await fetch(`${started.url}/api/v1/${path}`);
      return ((await response.json()) as { items: T[] }).items;
    };
    const groups = await get<Group>('campaign-groups?limit=1000');
    expect(groups).toHaveLength(48);
    expect(groups.filter(({ silent }) => silent)).toEqual([]);
    const states = new Set(groups.map(({ state }) => state));
    expect([...states].sort()).toEqual(expect.arrayContaining(['active', 'not_loaded', 'running', 'waiting_unload']));
    const now = systemClock.nowMs();
    const day = `from=${new Date(now - 25 * HOUR_MS).toISOString()}&to=${new Date(now - 20 * HOUR_MS).toISOString()}`;
    const early = await get<{ campaign_group_id: string }>(`transitions?limit=1000&${day}`);
    expect(new Set(early.map((one) => one.campaign_group_id)).size).toBe(48);
    const one = groups.find(({ state }) => state === 'running');
    const hour = await get(`campaign-groups/${one?.id ?? ''}/statistics?step=1m&limit=120`);
    expect(hour.length).toBeGreaterThan(20);
    // Of yesterday and of today: a day of callbacks, whenever it is begun.
    const sinceDay = new Date(now - 24 * HOUR_MS).toISOString();
    const funnels = await get<{ offered: number }>(`callbacks/summary?from=${sinceDay}`);
    expect(funnels.reduce((sum, { offered }) => sum + offered, 0)).toBeGreaterThan(100);

    const second = io();
    const args = ['demo', '--store', `sqlite:${join(folder, 'data/demo.db')}`, '--port', '0'];
    expect(await runCommand(args, second)).toBe(1);
    expect(second.said.err).toContain('is in use: another demo, or a service, runs on it');

    expect(await started.end('SIGINT')).toBe(0);
    expect(started.said.err).not.toMatch(/ {4}at |failed/);
  });

  it('ends with 0 while it posts the day that is over', async () => {
    const { said, end } = await startDemo();
    await eventually(() => {
      expect(said.err).toContain('Posting');
    }, PATIENCE_MS);
    expect(await end('SIGTERM')).toBe(0);
    expect(said).toMatchObject({ out: '' });
    expect(said.err).not.toMatch(/ {4}at |failed/);
  });

  it('ends with 0 before it has begun', async () => {
    const ended = io(AbortSignal.abort());
    const place = ['--store', `sqlite:${join(folder, 'demo.db')}`, '--port', '0'];
    expect(await runCommand(['demo', ...place], ended)).toBe(0);
    expect(await demo(place, ended)).toBe(0);
    expect(existsSync(join(folder, 'demo.db'))).toBe(false);
    expect(ended.said).toEqual({ out: '', err: '' });
  });
});

describe('a free port', () => {
  it('is the wanted one, or the next that nobody listens on', async () => {
    const server = createServer();
    const taken = await freePort();
    await new Promise<void>((resolve) => server.listen(taken, '127.0.0.1', resolve));
    expect(await freePortFrom('127.0.0.1', taken, taken)).toBeGreaterThan(taken);
    await new Promise((resolve) => server.close(resolve));
    expect(await freePortFrom('127.0.0.1', taken, taken)).toBe(taken);
    expect(await freePortFrom('127.0.0.1', 0, 0)).toBe(0);
    expect(await freePortFrom('192.0.2.1', taken, taken)).toBe(null);
  });

  it('is none where the address is not one of this machine, and the demo says so', async () => {
    const { said, exited } = await startDemo(['--host', '192.0.2.1', '--allow-anonymous', 'true']);
    expect(await exited).toBe(1);
    expect(said.err).toContain('cannot listen on');
  });
});

describe('a command that waits for a running service', () => {
  it('ends with 1 when it is interrupted, and says that the service goes on', async () => {
    const silent = createServer(() => undefined);
    const port = await freePort();
    const stop = new AbortController();
    silent.on('connection', () => {
      stop.abort();
    });
    await new Promise<void>((resolve) => silent.listen(port, '127.0.0.1', resolve));
    const asked = io(stop.signal);
    expect(await runCommand(['reload', '--url', `http://127.0.0.1:${port}`], asked)).toBe(1);
    expect(asked.said.err).toContain('interrupted; a running service goes on with what it was asked');
    silent.close();
  });
});
