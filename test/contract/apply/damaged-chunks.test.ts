/** What becomes of a group, in every store, whose samples lie in chunks that were set aside since nobody could read them. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eachStore } from '../../support/each-store.js';
import { aNotification, T0 } from '../../support/notifications.js';
import type { TestStore } from '../../support/stores.js';

const HOUR_MS = 3_600_000;
const [LOADED, RUNNING, NOT_LOADED] = [4, 5, 0];

describe.each(Object.entries(eachStore()))('a chunk that cannot be read: %s', (_name, open) => {
  let store: TestStore;
  beforeEach(() => {
    store = open();
  });
  afterEach(() => {
    store.close();
  });

  function post(dbid: string, atMs: number, stateCode: number, actionCode: number | null = null) {
    const { statement } = aNotification({ dbid });
    const notification = aNotification({
      ...{ dbid, atMs, receivedAtMs: atMs },
      statement: {
        ...statement,
        stateCode,
        actionCode,
        attributes: { ...statement.attributes, name: `Group ${dbid}` },
      },
    });
    store.transactions.run(() => store.stores.campaigns.apply(notification));
  }

  function compact(atMs: number) {
    store.transactions.run(() => {
      store.stores.compaction.all(atMs);
    });
  }

  /** The chunks that begin behind a moment. */
  function setAside(fromMs: number) {
    store.within(({ chunks }) => {
      for (let chunk = chunks.after(0); chunk !== null; chunk = chunks.after(chunk.chunkNo))
        if (chunk.hour * HOUR_MS >= fromMs) chunks.setAside(chunk.chunkNo, 'it is none', T0);
    });
    store.reopen();
  }

  const inOrder = () => [...store.snapshots()].sort((a, b) => Number(a.dbid) - Number(b.dbid));
  const shown = () =>
    inOrder().map(({ dbid, state, stateSinceMs, attributes, figures, lastAction }) => {
      return { dbid, state, stateSinceMs, lastAction, name: attributes.name, lastEventMs: figures.lastEventMs };
    });

  it('leaves a group shown, in the state that its last transition told, when nothing else is held of it', () => {
    post('1', T0, LOADED, 7);
    post('1', T0 + 60_000, RUNNING, 9);
    post('1', T0 + 120_000, RUNNING);
    post('2', T0, LOADED, 7);
    compact(T0 + 2 * HOUR_MS);
    const told = shown();
    expect(told).toHaveLength(2);
    setAside(0);
    const [running, loaded] = told;
    // What came behind the transition is not known any more.
    expect(shown()).toEqual([{ ...running, lastEventMs: T0 + 60_000 }, loaded]);
    const [{ figures } = { figures: null }] = store.snapshots();
    expect(figures?.statistics).toEqual({
      ...{ busyRatio: null, hitRatio: null, overdialRatio: null, timeToCompleteSeconds: null },
    });
  });

  it('leaves a group in its state though older samples can be read, and its history goes on', () => {
    post('1', T0, LOADED, 7);
    post('1', T0 + 60_000, RUNNING, 9);
    post('1', T0 + 3 * HOUR_MS, LOADED, 10);
    post('1', T0 + 3 * HOUR_MS + 60_000, NOT_LOADED, 8);
    compact(T0 + 9 * HOUR_MS);
    const told = shown();
    setAside(T0 + 2 * HOUR_MS);
    expect(shown()).toEqual(told);
    // Late, before what cannot be read.
    post('1', T0 + 120_000, RUNNING);
    expect(shown()).toEqual(told);
    post('1', T0 + 10 * HOUR_MS, LOADED, 7);
    const groupNo = store.tables.groups.find('default', '1')?.groupNo ?? 0;
    const steps = [...store.tables.steps.newestFirst(groupNo, 9)].map(({ bearing, transition }) => {
      return [bearing.state, transition?.inferred];
    });
    expect(steps).toEqual([
      ['active', false],
      ['not_loaded', false],
      ['active', false],
      ['running', false],
      ['active', false],
    ]);
  });
});
