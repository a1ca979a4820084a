import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { simulate } from '../../src/cli/simulate.js';
import { MANDATORY_FIELDS, pairOf } from '../../src/gms/key-value-pairs.js';
import type { Account } from '../../src/simulator/account.js';
import { callbackHistoryPosts } from '../../src/simulator/callbacks/history.js';
import { DEFAULT_OPTIONS, type SimulationOptions } from '../../src/simulator/options.js';
import { runSimulationInDetail } from '../../src/simulator/run.js';
import { systemClock } from '../../src/node/system-clock.js';
import { itemsOf } from '../support/simulated-callbacks.js';

type Item = Record<string, unknown>;

/** What a receiver of callbacks does, by the contract's words only. */
class CallbackReceiver {
  readonly paths: string[] = [];
  readonly outcomes = new Map<string, string[]>();
  readonly finals = new Map<string, Item>();
  readonly #contents = new Set<string>();

  answer(path: string, contentType: string, body: string): { status: number; answer: object } {
    this.paths.push(path);
    if (path.endsWith('/campaign-group-state')) return { status: 200, answer: { outcome: 'refresh' } };
    if (path.endsWith('/attached-data')) return { status: 200, answer: {} };
    if (path.endsWith('/status-notifications')) return { status: 200, answer: { outcome: 'recorded' } };
    const outcomes = itemsOf({ contentType, body }).map((item) => this.#outcomeOf(item));
    const isArray = body.startsWith('[');
    if (outcomes.every((outcome) => outcome === 'quarantined'))
      return { status: 422, answer: { title: 'missing keys' } };
    return {
      status: 200,
      answer: isArray ? { items: outcomes.map((outcome) => ({ outcome })) } : { outcome: outcomes[0] },
    };
  }

  #outcomeOf(item: Item): string {
    const serviceId = textOf(item['_CB_SERVICE_ID']);
    const content = JSON.stringify(item);
    const hasFinal = this.finals.has(serviceId);
    const lacks = MANDATORY_FIELDS.some((field) => {
      const { name, parameter, type } = pairOf(field);
      const value = textOf(item[name] ?? item[parameter ?? name]);
      return ['', 'undefined', 'null'].includes(value) || (type === 'timestamp' && Number(value) === 0);
    });
    const outcome = this.#contents.has(content)
      ? 'duplicate'
      : hasFinal
        ? 'after-final'
        : lacks
          ? 'quarantined'
          : 'recorded';
    if (outcome !== 'quarantined') this.#contents.add(content);
    if (outcome === 'recorded' && Number(item['_CB_FINAL_RECORD']) === 1) this.finals.set(serviceId, item);
    this.outcomes.set(serviceId, [...(this.outcomes.get(serviceId) ?? []), outcome]);
    return outcome;
  }
}

const textOf = (value: unknown) => (typeof value === 'string' || typeof value === 'number' ? String(value) : '');

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

async function textIn(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

async function aReceiver(status?: number) {
  const receiver = new CallbackReceiver();
  const bodies: string[] = [];
  const listening = createServer((request, response) => {
    void textIn(request).then((text) => {
      if (request.url?.includes('/gms/')) bodies.push(text);
      const judged = receiver.answer(request.url ?? '', request.headers['content-type'] ?? '', text);
      response.writeHead(status ?? judged.status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(judged.answer));
    });
  });
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const { port } = listening.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, receiver, bodies };
}

/** Callbacks that live a tenth of a second. */
function run(url: string, options: Partial<SimulationOptions> = {}) {
  const quick = { groups: 1, durationMs: 2000, speed: 20_000, callbacksPerMinute: 6000 };
  return runSimulationInDetail({ ...DEFAULT_OPTIONS, url, ...quick, ...options }, { clock: systemClock });
}

function counted(outcomes: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const outcome of outcomes) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}

describe('a simulation with callbacks', () => {
  it('accounts for every post, and the receiver knows of each callback what is true', async () => {
    const { url, receiver } = await aReceiver();
    // So few that a busy machine keeps up, and so long that most of them come to their end.
    const { account, details } = await run(url, { callbacksPerMinute: 5000, durationMs: 8000 });
    expect(receiver.paths).toHaveLength(account.sent);
    expect(account).toMatchObject({ answered: account.sent, failed: 0, lost_by_choice: 0 });
    expect(account.by_status['422']).toBeGreaterThan(0);
    expect(details.callbacks.length).toBeGreaterThan(100);
    const complete = details.callbacks.filter(({ sent, posts }) => sent === posts);
    expect(complete.length).toBeGreaterThan(100);
    for (const { truth } of complete) {
      // Without the key nobody can tell whose event it was.
      if (truth.scenario.endsWith('missing-mandatory-keys!serviceId')) continue;
      expect([truth.scenario, counted(receiver.outcomes.get(truth.serviceId) ?? [])]).toEqual([
        truth.scenario,
        truth.expected,
      ]);
      expect(receiver.finals.has(truth.serviceId)).toBe(truth.isFinal);
    }
    const outcomes = [...receiver.outcomes.values()].flat().filter((outcome) => outcome === 'after-final');
    expect(account.by_outcome['after-final'] ?? 0).toBe(outcomes.length);
  });

  it('holds to the rate, and starts none by default', async () => {
    const { url, receiver } = await aReceiver();
    expect(
      (await run(url, { callbacksPerMinute: 600, durationMs: 1000 })).details.callbacks.length,
    ).toBeLessThanOrEqual(10);
    receiver.paths.length = 0;
    const { details } = await run(url, { callbacksPerMinute: 0, durationMs: 300 });
    expect(details.callbacks).toEqual([]);
    expect(receiver.paths.every((path) => path === '/ocs/campaign-group-state')).toBe(true);
  });

  it('applies loss, duplication and reordering to callbacks', async () => {
    const { url, receiver, bodies } = await aReceiver();
    const { account, details } = await run(url, { loss: 0.1, duplicate: 0.3, reorder: 0.2 });
    expect(receiver.paths).toHaveLength(account.sent);
    expect(account.failed).toBe(0);
    const lost = details.callbacks.reduce((sum, one) => sum + one.lost, 0);
    const told = details.callbacks.reduce((sum, one) => sum + one.sent, 0);
    expect(lost).toBeGreaterThan(20);
    expect(account.lost_by_choice).toBeGreaterThanOrEqual(lost);
    expect(bodies.length).toBeGreaterThan(1.2 * told);
    expect(account.by_outcome['duplicate']).toBeGreaterThan(20);
    const plain = details.callbacks.filter(({ truth }) => !truth.scenario.includes('!'));
    const early = plain.filter(({ truth }) => receiver.outcomes.get(truth.serviceId)?.includes('after-final'));
    expect(early.length).toBeGreaterThan(0);
  });

  it('of several sources posts to the addresses of each, below a secret path', async () => {
    const { url, receiver } = await aReceiver();
    await run(`${url}/t/key/`, { sources: 2, durationMs: 1000 });
    const paths = new Set(receiver.paths.filter((path) => path.includes('/gms/')));
    const endpoints = ['callback-events', 'attached-data', 'status-notifications'];
    expect(paths).toEqual(
      new Set(endpoints.flatMap((name) => [`/t/key/gms/gms-1/${name}`, `/t/key/gms/gms-2/${name}`])),
    );
  });

  it('never gives two runs the same ids, even with equal seeds', async () => {
    const { url } = await aReceiver();
    const first = await run(url, { durationMs: 500 });
    const second = await run(url, { durationMs: 500 });
    const ids = [first, second].flatMap(({ details }) => details.callbacks.map(({ truth }) => truth.serviceId));
    expect(new Set(ids).size).toBe(ids.length);
    const scenarios = [first, second].map(({ details }) =>
      details.callbacks.slice(0, 20).map(({ truth }) => truth.scenario),
    );
    expect(scenarios[0]).toEqual(scenarios[1]);
  });

  it('calls a refusal a failure unless the records are faulty on purpose', async () => {
    const { url } = await aReceiver(422);
    const { account } = await run(url, { durationMs: 1000, callbacksPerMinute: 60_000 });
    expect(account.failed).toBeGreaterThan(0.9 * account.sent);
    expect(account.failed).toBeLessThan(account.sent);
    expect(account.answered).toBe(account.sent - account.failed);
  });

  it('on the command line exits 0 although defects were refused, and 1 when the receiver fails', async () => {
    const command = async (status?: number) => {
      const { url } = await aReceiver(status);
      let out = '';
      const io = {
        out: (text: string) => void (out += text),
        err: () => undefined,
        isTerminal: false,
        clock: systemClock,
        signal: new AbortController().signal,
      };
      const args = [
        '--url',
        url,
        '--callbacks',
        '30000',
        '--speed',
        '50000',
        '--duration',
        '1s',
        '--groups',
        '1',
        '--json',
      ];
      const exit = await simulate(args, io);
      server?.closeAllConnections();
      server?.close();
      return { exit, account: JSON.parse(out) as Account };
    };
    let refused = 0;
    // A busy machine sends few within a second: again, until a faulty record was among them.
    while (refused === 0) {
      const { exit, account } = await command();
      expect(exit).toBe(0);
      refused = account.by_status['422'] ?? 0;
    }
    expect((await command(404)).exit).toBe(1);
  });
});

describe('the history of callbacks', () => {
  const NOW_MS = Date.UTC(2026, 4, 6, 14, 20);

  it('is a day of finished callbacks, posted as they went, and equal when it is posted again', () => {
    const receiver = new CallbackReceiver();
    const post = () =>
      callbackHistoryPosts(NOW_MS, 3, 2).map(({ endpoint, source, body, contentType }) =>
        receiver.answer(`/gms/${source}/${endpoint}`, contentType, body),
      );
    expect(post().filter(({ status }) => status !== 200)).toEqual([]);
    expect(receiver.finals.size).toBeGreaterThan(150);
    expect(receiver.outcomes.size).toBe(receiver.finals.size);
    const ends = [...receiver.finals.values()].map((item) => Number(item['_CB_T_SERVICE_END']) * 1000);
    expect(Math.max(...ends)).toBeLessThan(NOW_MS);
    expect(Math.min(...ends)).toBeGreaterThan(NOW_MS - 25 * 3_600_000);
    expect(new Set(ends.map((ms) => Math.floor(ms / 3_600_000))).size).toBeGreaterThan(20);
    const recorded = () => [...receiver.outcomes.values()].flat().filter((outcome) => outcome === 'recorded').length;
    const before = recorded();
    post();
    expect(recorded()).toBe(before);
  });
});
