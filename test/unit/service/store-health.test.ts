import { beforeEach, describe, expect, it } from 'vitest';
import { MonitorError } from '../../../src/domain/errors.js';
import { StoreHealth } from '../../../src/service/store-health.js';

const FULL = new MonitorError('OCM_UNAVAILABLE', 'the store cannot write: database or disk is full');

let nowMs: number;
let probe: () => Promise<void>;
let timers: { readonly atMs: number; readonly work: () => void }[];
let lines: string[];
let health: StoreHealth;
beforeEach(() => {
  [nowMs, timers, lines] = [0, [], []];
  probe = () => Promise.resolve();
  const note = (_fields: object, message: string) => void lines.push(message);
  health = new StoreHealth({
    log: { error: note, warn: note, info: note, debug: note },
    probe: () => probe(),
    onFatal: () => undefined,
    elapsedMs: () => nowMs,
    after: (ms, work) => {
      const timer = { atMs: nowMs + ms, work };
      timers.push(timer);
      return () => (timers = timers.filter((other) => other !== timer));
    },
  });
});

function pass(ms: number): void {
  nowMs += ms;
  for (const { work } of timers.filter(({ atMs }) => atMs <= nowMs)) work();
}

describe('a store that a probe finds sound', () => {
  it('is ready', async () => {
    expect(await health.whyNotReady()).toBeNull();
  });

  it('is not ready after a refusal, until something is committed', async () => {
    health.failed(FULL);
    expect(await health.whyNotReady()).toBe(`refused since the last commit: ${FULL.message}`);
    health.wrote();
    expect(await health.whyNotReady()).toBeNull();
    expect(lines).toEqual(['posts cannot be made durable and are answered 503', 'the store can write again']);
  });

  it('is not ready for a refusal that came while the probe was under way', async () => {
    let answer: () => void = () => undefined;
    probe = () => new Promise((resolve) => (answer = resolve));
    const ready = health.whyNotReady();
    health.failed(new MonitorError('OCM_OVERLOADED', '20000 posts wait for a commit; try again'));
    answer();
    expect(await ready).toContain('20000 posts wait');
  });

  it('is asked once at a time, however slow its disk is: probes would wait behind each other, and posts behind them', async () => {
    let asked = 0;
    let answer: () => void = () => undefined;
    probe = () => {
      asked++;
      return new Promise((resolve) => (answer = resolve));
    };
    for (let second = 0; second < 9; second++) {
      const ready = health.whyNotReady();
      pass(3000);
      expect(await ready).toContain('has not answered');
    }
    expect(asked).toBe(1);
    const ready = health.whyNotReady();
    answer();
    expect(await ready).toBeNull();
  });

  it('is ready again when nothing was refused for ten seconds: nobody posts to a service that is not', async () => {
    health.failed(FULL);
    pass(8000);
    health.failed(FULL);
    pass(9999);
    expect(await health.whyNotReady()).toContain('disk is full');
    pass(1);
    expect(await health.whyNotReady()).toBeNull();
    health.failed(FULL);
    expect(await health.whyNotReady()).toContain('disk is full');
    expect(lines).toEqual(['posts cannot be made durable and are answered 503']);
  });
});

describe('a store that a probe finds at fault', () => {
  it('is not ready, whatever was committed before; it is asked once a second', async () => {
    let asked = 0;
    probe = () => {
      asked++;
      return Promise.reject(FULL);
    };
    health.wrote();
    expect([await health.whyNotReady(), await health.whyNotReady(), asked]).toEqual([FULL.message, FULL.message, 1]);
    pass(1000);
    probe = () => Promise.resolve();
    expect(await health.whyNotReady()).toBeNull();
  });

  it('is not ready when it gives no answer at all', async () => {
    probe = () => new Promise(() => undefined);
    const ready = health.whyNotReady();
    pass(3000);
    expect(await ready).toBe('the store has not answered for 3 s');
  });

  it('leaves no timer behind when it answered', async () => {
    await health.whyNotReady();
    await Promise.resolve();
    expect(timers).toEqual([]);
  });
});
