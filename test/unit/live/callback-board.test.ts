import { describe, expect, it } from 'vitest';
import type { Callback } from '../../../src/domain/callback.js';
import type { CallbackChange } from '../../../src/domain/store.js';
import { CallbackBoard } from '../../../src/live/callback-board.js';
import { anOpenCallback } from '../../support/callbacks.js';
import { T0 } from '../../support/notifications.js';

const HOUR_MS = 3_600_000;
const NOW = T0 + 60_000;

const aBoard = (options: Partial<ConstructorParameters<typeof CallbackBoard>[0]> = {}) =>
  new CallbackBoard({ maxOpen: 100, ttlMs: 24 * HOUR_MS, ...options });
const recorded = (callback: Callback): CallbackChange => ({
  callback,
  event: { outcome: 'recorded', isFinal: callback.isFinal },
  finished: callback.isFinal,
});
const heard = (callback: Callback): CallbackChange => ({ callback, event: null, finished: false });
const numbered = (n: number, parts: Parameters<typeof anOpenCallback>[0] = {}) =>
  anOpenCallback({ serviceId: `service-${String(n)}`, ...parts });

describe('the board of open callbacks', () => {
  it('counts by source, tenant, queue and state, with the start of the oldest', () => {
    const board = aBoard();
    const sales = { tenantDbid: 1, vq: 'VQ_Sales', disposition: 'QUEUED' };
    board.apply([
      recorded(numbered(1, { record: { ...sales, serviceStartMs: T0 + 2000 } })),
      recorded(numbered(2, { record: { ...sales, serviceStartMs: T0 + 1000 } })),
      recorded(numbered(3, { record: { ...sales, disposition: 'queued.agent' } })),
      recorded(numbered(4, { record: { ...sales, disposition: 'ROUTING' } })),
      recorded(numbered(5, { record: { ...sales, vq: null } })),
      recorded(numbered(6, { record: { ...sales, tenantDbid: 101 } })),
      recorded(numbered(7, { record: sales, source: 'eu-1' })),
    ]);

    const usual = { source: 'default', tenantDbid: 1, queue: 'VQ_Sales', state: 'QUEUED', count: 1, oldestStartMs: T0 };
    expect(board.counts(NOW)).toEqual([
      { ...usual, count: 3 },
      { ...usual, state: 'ROUTING' },
      { ...usual, queue: null },
      { ...usual, tenantDbid: 101 },
      { ...usual, source: 'eu-1' },
    ]);
  });

  it('forgets a callback when its final record comes, and takes it for new no more', () => {
    const board = aBoard();
    board.apply([recorded(numbered(1)), recorded(numbered(2))]);

    board.apply([recorded(numbered(1, { isFinal: true }))]);
    board.apply([heard(numbered(1, { isFinal: true }))]);

    expect(board.counts(NOW)).toMatchObject([{ count: 1 }]);
    expect(board.size).toBe(1);
  });

  it('lets in who was left out at the bound, as soon as another one ends, dies or is forgotten', () => {
    const board = aBoard({ maxOpen: 2, ttlMs: HOUR_MS });
    const soon = (n: number, source: string) =>
      recorded(numbered(n, { source, record: { vq: `VQ ${String(n)}`, serviceStartMs: T0 } }));
    board.apply([soon(1, 'a'), soon(2, 'b'), soon(3, 'c'), soon(4, 'd'), soon(5, 'e')]);
    const queues = () => board.counts(NOW).map(({ queue }) => queue);
    expect([queues(), board.leftOut]).toEqual([['VQ 1', 'VQ 2'], 3]);
    board.apply([recorded(numbered(1, { source: 'a', isFinal: true }))]);
    expect(queues()).toEqual(['VQ 2', 'VQ 3']);
    board.forget('b');
    expect(queues()).toEqual(['VQ 3', 'VQ 4']);
    board.apply([recorded(numbered(5, { source: 'e', isFinal: true }))]);
    board.forget('c');
    expect(queues()).toEqual(['VQ 4']);
  });

  it('remembers the newest record of a thousand sources: the one heard of longest ago makes room', () => {
    const board = aBoard();
    const last = (n: number, receivedMs: number) => ({ source: `s${String(n)}`, tenantDbid: null, receivedMs });
    board.load(
      [],
      Array.from({ length: 1000 }, (_, n) => last(n, T0 + 1000 - n)),
    );
    board.apply([recorded(numbered(1, { source: 'new', lastEventMs: NOW }))]);
    const sources = [...board.lastRecords()].map(({ source }) => source);
    expect([sources.length, sources.includes('new'), sources.includes('s999'), sources.includes('s0')]).toEqual([
      1000,
      true,
      false,
      true,
    ]);
  });

  it('opens no callback again when an earlier commit is told of after the one that closed it', () => {
    const board = aBoard();
    board.apply([recorded(numbered(1)), recorded(numbered(2))], 1);

    board.apply([recorded(numbered(1, { isFinal: true }))], 3);
    board.apply([recorded(numbered(1)), recorded(numbered(2, { record: { vq: 'VQ_New' } }))], 2);
    board.apply([recorded(numbered(2, { record: { vq: 'VQ_Old' } }))], 1);

    expect(board.counts(NOW)).toMatchObject([{ count: 1, queue: 'VQ_New' }]);
  });

  it('counts no callback without a record: attached data and notifications make none', () => {
    const board = aBoard();

    board.apply([heard(anOpenCallback({ lastEventMs: null, attachments: 1 }))]);

    expect(board.counts(NOW)).toEqual([]);
    expect([...board.lastRecords()]).toEqual([]);
  });

  it('keeps one entry a callback, as it was said last', () => {
    const board = aBoard();

    board.apply([
      recorded(anOpenCallback()),
      recorded(anOpenCallback({ record: { vq: 'VQ_Sales', disposition: 'ROUTING' } })),
    ]);

    expect(board.counts(NOW)).toMatchObject([{ queue: 'VQ_Sales', state: 'ROUTING', count: 1 }]);
  });

  it('tells callbacks of one id of two sources apart', () => {
    const board = aBoard();

    board.apply([recorded(anOpenCallback()), recorded(anOpenCallback({ source: 'eu-1' }))]);

    expect(board.size).toBe(2);
  });

  it('forgets one of which nothing was said for longer than the time to live, not earlier', () => {
    const board = aBoard({ ttlMs: HOUR_MS });
    board.apply([recorded(anOpenCallback({ lastEventMs: T0 }))]);

    expect(board.counts(T0 + HOUR_MS)).toHaveLength(1);
    expect(board.counts(T0 + HOUR_MS + 1)).toEqual([]);
    expect(board.size).toBe(0);
  });

  it('keeps one with an appointment in the future, however long ago it was heard of', () => {
    const board = aBoard({ ttlMs: HOUR_MS });
    board.apply([
      recorded(numbered(1, { attachedStartMs: T0 + 48 * HOUR_MS })),
      recorded(numbered(2, { record: { nextRedialMs: T0 + 48 * HOUR_MS } })),
      recorded(numbered(3)),
    ]);

    expect(board.counts(T0 + 47 * HOUR_MS)).toMatchObject([{ count: 2 }]);
  });

  it('leaves newcomers out at its bound and counts them; a finished one makes room', () => {
    const board = aBoard({ maxOpen: 2 });
    board.apply([recorded(numbered(1)), recorded(numbered(2)), recorded(numbered(3))]);
    expect([board.size, board.leftOut]).toEqual([2, 1]);

    board.apply([recorded(numbered(2)), recorded(numbered(1, { isFinal: true })), recorded(numbered(4))]);

    expect([board.size, board.leftOut]).toEqual([2, 1]);
  });

  it('is rebuilt from what the store holds', () => {
    const board = aBoard();

    board.load([numbered(1), numbered(2)], [{ source: 'default', tenantDbid: null, receivedMs: T0 }]);

    expect(board.counts(NOW)).toMatchObject([{ count: 2 }]);
    expect([...board.lastRecords()]).toEqual([{ source: 'default', tenantDbid: null, receivedMs: T0 }]);
  });
});

describe('the newest record of each source and tenant', () => {
  it('moves with every event, forward only, and not with attached data', () => {
    const board = aBoard();
    const at = (lastEventMs: number) => anOpenCallback({ record: { tenantDbid: 1 }, lastEventMs });

    board.apply([recorded(at(T0 + 2000)), recorded(at(T0 + 1000)), heard(at(T0 + 9000))]);
    board.apply([recorded(anOpenCallback({ source: 'eu-1', lastEventMs: T0 }))]);

    expect([...board.lastRecords()]).toEqual([
      { source: 'default', tenantDbid: 1, receivedMs: T0 + 2000 },
      { source: 'eu-1', tenantDbid: null, receivedMs: T0 },
    ]);
  });

  it('is remembered of a thousand at most', () => {
    const board = aBoard({ maxOpen: 2000 });

    for (let n = 0; n < 1100; n++) board.apply([recorded(numbered(n, { record: { tenantDbid: n } }))]);

    expect([...board.lastRecords()]).toHaveLength(1000);
  });
});

describe('a board that is loaded anew', () => {
  it('has what is held, but for what a later commit has told', () => {
    const board = aBoard();
    const record = { vq: 'VQ_Sales', disposition: 'QUEUED' };
    board.apply([recorded(numbered(1, { record })), recorded(numbered(2, { record }))], 4);
    board.apply([recorded(numbered(3, { record: { ...record, disposition: 'ROUTING' } }))], 6);

    board.loadAnew([numbered(2, { record }), numbered(3, { record }), numbered(4, { record })], [], 5);

    expect(board.counts(NOW).map(({ state, count }) => [state, count])).toEqual(
      expect.arrayContaining([
        ['ROUTING', 1],
        ['QUEUED', 2],
      ]),
    );
    expect(board.size).toBe(3);
  });
});
