import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { simulate } from '../../src/cli/simulate.js';
import { parseDateTimeMs } from '../../src/ocs/date-time.js';
import type { Account } from '../../src/simulator/account.js';
import { DEFAULT_OPTIONS, type SimulationOptions } from '../../src/simulator/options.js';
import { runSimulationInDetail } from '../../src/simulator/run.js';
import { systemClock } from '../../src/node/system-clock.js';

interface Arrival {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

interface Receiver {
  readonly url: string;
  readonly arrivals: Arrival[];
  readonly connections: () => number;
}

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

async function aReceiver(status = 200): Promise<Receiver> {
  const arrivals: Arrival[] = [];
  let connections = 0;
  const listening = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      arrivals.push({ path: request.url ?? '', headers: request.headers, text });
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end('{"outcome":"refresh","id":"x"}');
    });
  });
  listening.on('connection', () => connections++);
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const { port } = listening.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, arrivals, connections: () => connections };
}

function run(url: string, options: Partial<SimulationOptions> = {}) {
  const quick = { groups: 6, intervalMs: 50, durationMs: 1500, speed: 60 };
  return runSimulationInDetail({ ...DEFAULT_OPTIONS, url, ...quick, ...options }, { clock: systemClock });
}

function aTerminal(isTerminal = false, signal = new AbortController().signal) {
  let out = '';
  let err = '';
  const io = {
    out: (text: string) => void (out += text),
    err: (text: string) => void (err += text),
    isTerminal,
    clock: systemClock,
    signal,
  };
  return { io, out: () => out, err: () => err };
}

const QUICK = ['--groups', '4', '--interval', '50ms', '--duration', '700ms', '--speed', '60'];
const atMsIn = ({ text }: Arrival) => parseDateTimeMs((JSON.parse(text) as Record<string, unknown>)['GSW_DATE_TIME']);
const dbidIn = ({ text }: Arrival) => (JSON.parse(text) as Record<string, string>)['GSW_CAMPAIGN_GROUP_DBID'];

describe('a simulation', () => {
  it('accounts for every post that arrives, over few connections that stay open', async () => {
    const receiver = await aReceiver();
    const { account, details } = await run(receiver.url, { token: 'secret', connections: 3 });
    const { sent } = account;
    expect(sent).toBeGreaterThan(60);
    expect(receiver.arrivals).toHaveLength(sent);
    expect(account).toMatchObject({ answered: sent, failed: 0, lost_by_choice: 0 });
    expect(account.by_status).toEqual({ 200: sent });
    expect(account.by_outcome).toEqual({ refresh: sent });
    expect(receiver.connections()).toBeLessThanOrEqual(3);
    expect(receiver.arrivals[0]).toMatchObject({ path: '/ocs/campaign-group-state' });
    expect(receiver.arrivals[0]?.headers.authorization).toBe('Bearer secret');
    expect(details.groups.reduce((sum, group) => sum + group.sent, 0)).toBe(sent);
    expect(details.groups.flatMap(({ changes }) => changes)).toHaveLength(account.transitions);
    expect(account.transitions).toBeGreaterThanOrEqual(12);
    expect(details.groups.map(({ lastAtMs }) => lastAtMs)).toEqual(
      details.groups.map(({ dbid }) => Math.max(...receiver.arrivals.filter((a) => dbidIn(a) === dbid).map(atMsIn))),
    );
  });

  it('does not send what is lost by choice, and counts no transition for it', async () => {
    const receiver = await aReceiver();
    const { account, details } = await run(receiver.url, { loss: 0.4 });
    expect(account.lost_by_choice).toBeGreaterThan(10);
    expect(receiver.arrivals).toHaveLength(account.sent);
    const changes = details.groups.flatMap(({ changes }) => changes);
    expect(changes.filter(({ lost }) => !lost)).toHaveLength(account.transitions);
    expect(changes.some(({ lost }) => lost)).toBe(true);
  });

  it('sends duplicates as the identical body', async () => {
    const receiver = await aReceiver();
    const { account } = await run(receiver.url, { duplicate: 0.5 });
    const texts = receiver.arrivals.map(({ text }) => text);
    expect(texts).toHaveLength(account.sent);
    const distinct = new Set(texts).size;
    expect(account.sent - distinct).toBeGreaterThan(0.3 * distinct);
    expect(account.sent).toBeLessThanOrEqual(2 * distinct);
  });

  it('lets the next post of a group overtake one, and holds none back at the end', async () => {
    const receiver = await aReceiver();
    const { account } = await run(receiver.url, { reorder: 0.4, groups: 1 });
    expect(receiver.arrivals).toHaveLength(account.sent);
    const times = receiver.arrivals.map(atMsIn);
    expect(times.filter((atMs, index) => atMs < (times[index - 1] ?? 0)).length).toBeGreaterThan(3);
  });

  it('of several sources posts to each of their addresses', async () => {
    const receiver = await aReceiver();
    await run(`${receiver.url}/t/key/`, { sources: 2, durationMs: 500 });
    expect(new Set(receiver.arrivals.map(({ path }) => path))).toEqual(
      new Set(['/t/key/ocs/ocs-1/campaign-group-state', '/t/key/ocs/ocs-2/campaign-group-state']),
    );
  });

  it('at a rate posts evenly at that rate, whatever the interval', async () => {
    const receiver = await aReceiver();
    // So long that a moment in which the machine is busy weighs little.
    const pace = { rate: 200, durationMs: 4500 };
    const { account } = await run(receiver.url, { ...pace, groups: 30, intervalMs: 10_000, speed: 1 });
    expect(account.sent).toBeGreaterThan(600);
    expect(account.sent).toBeLessThanOrEqual(900);
    expect(account.failed).toBe(0);
  });

  it('against a dead receiver counts failures without a status', async () => {
    const receiver = await aReceiver();
    server?.close();
    const { account } = await run(receiver.url, { durationMs: 300 });
    expect(account.failed).toBe(account.sent);
    expect(account.sent).toBeGreaterThan(0);
    expect(account.by_status).toEqual({});
  });
});

describe('ocs-monitor simulate', () => {
  it('prints the account as one line of JSON and exits 0', async () => {
    const receiver = await aReceiver();
    const { io, out, err } = aTerminal();
    expect(await simulate(['--url', receiver.url, '--json', ...QUICK], io)).toBe(0);
    expect(out()).toMatch(/^\{.*\}\n$/);
    const account = JSON.parse(out()) as Account;
    expect(Object.keys(account)).toEqual([
      'sent',
      'answered',
      'lost_by_choice',
      'failed',
      'by_outcome',
      'by_status',
      'transitions',
    ]);
    expect(account.sent).toBe(receiver.arrivals.length);
    expect(err()).toBe('');
  });

  it('on a terminal draws progress on standard error and an aligned table on standard output', async () => {
    const receiver = await aReceiver();
    const { io, out, err } = aTerminal(true);
    expect(await simulate(['--url', receiver.url, ...QUICK], io)).toBe(0);
    expect(err()).toContain('posts sent');
    expect(
      new Set(
        out()
          .trimEnd()
          .split('\n')
          .map((line) => line.length),
      ).size,
    ).toBe(1);
    expect(out()).toMatch(/^sent +\d+$/m);
    expect(out()).toMatch(/^outcome refresh +\d+$/m);
  });

  it('exits 1 when the receiver fails', async () => {
    const receiver = await aReceiver(503);
    const { io, out } = aTerminal();
    expect(await simulate(['--url', receiver.url, '--json', ...QUICK], io)).toBe(1);
    const account = JSON.parse(out()) as Account;
    expect(account.failed).toBe(account.sent);
    expect(account.by_status).toEqual({ 503: account.sent });
  });

  it('ends with its account when it is asked to end', async () => {
    const receiver = await aReceiver();
    const ending = new AbortController();
    const { io, out } = aTerminal(false, ending.signal);
    setTimeout(() => {
      ending.abort();
    }, 300);
    const args = ['--url', receiver.url, '--json', '--interval', '50ms', '--duration', '1h'];
    expect(await simulate(args, io)).toBe(0);
    expect((JSON.parse(out()) as Account).sent).toBe(receiver.arrivals.length);
  });

  it('explains every option on --help', async () => {
    const { io, out } = aTerminal();
    expect(await simulate(['--help'], io)).toBe(0);
    for (const option of ['--url', '--rate', '--frozen-time', '--periodic-when-active', '--drift', '--json']) {
      expect(out()).toContain(option);
    }
  });

  it.each([
    [[]],
    [['--url', 'nowhere']],
    [['--url', 'http://h', '--loss', '2']],
    [['--url', 'http://h', '--groups', '0']],
    [['--url', 'http://h', '--interval', '10']],
    [['--url', 'http://h', '--periodic-action', 'sings']],
    [['--url', 'http://h', '--callbacks', '-1']],
    [['--url', 'http://h', 'more']],
  ])('refuses the faulty command line %j', async (args) => {
    await expect(simulate(args, aTerminal().io)).rejects.toMatchObject({ code: 'OCM_USAGE' });
  });
});
