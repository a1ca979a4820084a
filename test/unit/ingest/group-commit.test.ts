import { describe, expect, it } from 'vitest';
import { MonitorError, Unconfirmed } from '../../../src/domain/errors.js';
import type { BatchWriter, CommitReport, Delivery } from '../../../src/domain/store.js';
import { GroupCommit } from '../../../src/ingest/group-commit.js';

import { idOf } from '../../support/receipts.js';

const delivery = (n: number): Delivery => ({
  endpoint: 'campaign-group-state',
  source: 'default',
  receivedAtMs: n,
  bytes: String(n),
});

const reportFor = (deliveries: readonly Delivery[], syncSeconds = 0): CommitReport => ({
  receipts: deliveries.map(({ bytes }) => ({
    kind: 'notification',
    outcome: 'refresh',
    id: bytes,
    groupNo: 1,
    warnings: [],
  })),
  heard: [],
  snapshots: [],
  made: [],
  withdrawn: [],
  callbacks: [],
  quarantine: null,
  quarantineDropped: 0,
  removed: null,
  no: 1,
  commitSeconds: 0,
  syncSeconds,
});

/** Stands for a store: commits when told to. Says nothing about durability; the real store's tests do. */
class SlowWriter implements BatchWriter {
  readonly batches: (readonly Delivery[])[] = [];
  readonly #waiting: { resolve: (syncSeconds: number) => void; reject: (error: Error) => void }[] = [];

  commit(deliveries: readonly Delivery[]): Promise<CommitReport> {
    this.batches.push(deliveries);
    return new Promise((resolve, reject) => {
      this.#waiting.push({
        resolve: (syncSeconds) => {
          resolve(reportFor(deliveries, syncSeconds));
        },
        reject,
      });
    });
  }

  finish(syncSeconds = 0): void {
    this.#waiting.shift()?.resolve(syncSeconds);
  }

  fail(error: Error): void {
    this.#waiting.shift()?.reject(error);
  }

  replay = () => Promise.resolve();

  forget = () => Promise.reject(new Error('nobody asked for it'));
  probe = () => Promise.resolve();
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

function open(maxWaiting = 1000, maxWaitingBytes = 1000) {
  const writer = new SlowWriter();
  const published: number[] = [];
  const commits = new GroupCommit({
    writer,
    maxWaiting,
    maxWaitingBytes,
    publish: (_report, deliveries) => published.push(deliveries.length),
  });
  return { writer, published, commits };
}

describe('group commit', () => {
  it('puts what arrives in one turn of the event loop into one batch', async () => {
    const { writer, commits } = open();
    void commits.submit(delivery(1));
    await Promise.resolve();
    void commits.submit(delivery(2));
    expect(writer.batches).toEqual([]);
    await turn();
    expect(writer.batches.map(({ length }) => length)).toEqual([2]);
  });

  it('answers nobody before the commit, and then everybody with their own receipt', async () => {
    const { writer, commits, published } = open();
    const answered: string[] = [];
    const all = [1, 2, 3].map((n) => commits.submit(delivery(n)).then((receipt) => answered.push(idOf(receipt))));
    await turn();
    await turn();
    expect(answered).toEqual([]);
    expect(published).toEqual([]);
    writer.finish();
    await Promise.all(all);
    expect(answered).toEqual(['1', '2', '3']);
    expect(published).toEqual([3]);
  });

  it('keeps two batches under way and gathers the rest, so that batches grow with a slow disk', async () => {
    const { writer, commits } = open();
    for (let n = 0; n < 5; n++) {
      void commits.submit(delivery(n));
      await turn();
    }
    expect(writer.batches.map(({ length }) => length)).toEqual([1, 1]);
    writer.finish();
    await turn();
    await turn();
    expect(writer.batches.map(({ length }) => length)).toEqual([1, 1, 3]);
  });

  it('keeps one batch under way on a slow disk, so that nobody waits for a small one ahead', async () => {
    const { writer, commits } = open();
    void commits.submit(delivery(0));
    await turn();
    writer.finish(0.02);
    await turn();
    for (let n = 1; n <= 40; n++) void commits.submit(delivery(n));
    await turn();
    expect(writer.batches.map(({ length }) => length)).toEqual([1, 16]);
    writer.finish(0.02);
    await turn();
    await turn();
    expect(writer.batches.map(({ length }) => length)).toEqual([1, 16, 24]);
    writer.finish(0.001);
    await turn();
    for (let n = 0; n < 40; n++) void commits.submit(delivery(n));
    expect(writer.batches.map(({ length }) => length)).toEqual([1, 16, 24, 16, 16]);
  });

  it('starts the writer early in a burst instead of waiting for its end', () => {
    const { writer, commits } = open();
    for (let n = 0; n < 40; n++) void commits.submit(delivery(n));
    expect(writer.batches.map(({ length }) => length)).toEqual([16, 16]);
  });

  it('rejects at its bound, counts what waits, and takes posts again afterwards', async () => {
    const { writer, commits } = open(2);
    const first = commits.submit(delivery(1));
    void commits.submit(delivery(2));
    expect(commits.waiting).toBe(2);
    await expect(commits.submit(delivery(3))).rejects.toMatchObject({ code: 'OCM_OVERLOADED' });
    await turn();
    writer.finish();
    await first;
    expect(commits.waiting).toBe(0);
    void commits.submit(delivery(4));
    expect(commits.waiting).toBe(1);
  });

  it('has a bound in bytes too, whatever the number of posts', async () => {
    const { writer, commits } = open(1000, 10);
    const big = { ...delivery(1), bytes: 'x'.repeat(10) };
    const first = commits.submit(big);
    await expect(commits.submit(delivery(2))).rejects.toMatchObject({ code: 'OCM_OVERLOADED' });
    await turn();
    writer.finish();
    await first;
    void commits.submit(delivery(3));
    expect(commits.waiting).toBe(1);
  });

  it('rejects a whole batch whose commit fails, publishes nothing of it, and goes on', async () => {
    const { writer, commits, published } = open();
    const both = [commits.submit(delivery(1)), commits.submit(delivery(2))];
    await turn();
    writer.fail(new MonitorError('OCM_UNAVAILABLE', 'disk full'));
    for (const one of both) await expect(one).rejects.toMatchObject({ code: 'OCM_UNAVAILABLE' });
    expect(published).toEqual([]);
    const next = commits.submit(delivery(3));
    await turn();
    writer.finish();
    expect(await next).toMatchObject({ id: '3' });
  });

  it('tells when nothing waits any more', async () => {
    const { writer, commits } = open();
    let drained = false;
    void commits.submit(delivery(1));
    const done = commits.drained().then(() => (drained = true));
    await turn();
    expect(drained).toBe(false);
    writer.finish();
    await done;
    expect(drained).toBe(true);
    await commits.drained();
  });

  it('refuses at the end what the writer was not given, and what comes later; the commit under way is answered', async () => {
    const { writer, commits } = open();
    const first = commits.submit(delivery(1));
    await turn();
    writer.finish(1);
    await first;
    const second = commits.submit(delivery(2));
    await turn();
    const queued = commits.submit(delivery(3));
    await turn();
    commits.refuseQueued();
    await expect(queued).rejects.toMatchObject({ code: 'OCM_UNAVAILABLE' });
    await expect(commits.submit(delivery(4))).rejects.toMatchObject({ code: 'OCM_UNAVAILABLE' });
    expect(commits.waiting).toBe(1);
    writer.finish();
    expect(await second).toMatchObject({ id: '2' });
    await commits.drained();
  });

  it('says of what the disk has not confirmed that nobody knows, and is drained when that is known', async () => {
    const { writer, commits, published } = open();
    const first = commits.submit(delivery(1));
    await turn();
    commits.refuseAll();
    await expect(first).rejects.toBeInstanceOf(Unconfirmed);
    expect(commits.waiting).toBe(1);
    const drained = commits.drained();
    writer.finish();
    await drained;
    expect(published).toEqual([1]);
  });
});
