/** What retention leaves behind goes when nothing needs it any more, and not before. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FEW_STATEMENTS } from '../../../src/apply/leftovers.js';
import { removeFolder } from '../../support/folders.js';
import { aNotification, T0 } from '../../support/notifications.js';
import { slicesOf, slowClock, toItsEnd } from '../../support/retaining.js';
import { memoryStore, sqliteStore, type TestStore } from '../../support/stores.js';

const DAY_MS = 86_400_000;
const MANY = FEW_STATEMENTS + 20;
const THIRTY_DAYS = { notifications: 30 * DAY_MS };

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ocm-leftovers-'));
});
afterAll(() => {
  removeFolder(folder);
});

let opened = 0;
const STORES: Readonly<Record<string, () => TestStore>> = {
  memory: () => memoryStore(),
  SQLite: () => sqliteStore(join(folder, `${String(opened++)}.db`)),
};

describe.each(Object.entries(STORES))('leftovers: %s', (_, open) => {
  let store: TestStore;
  beforeEach(() => {
    store = open();
  });
  afterEach(() => {
    store.close();
  });

  const groupNoOf = (dbid: string) => store.tables.groups.find('default', dbid)?.groupNo ?? 0;
  const statementsOf = (dbid: string) => store.tables.retention.statementsAfter(groupNoOf(dbid), '', 10_000);

  /** Each says something that no other does, as a sender does that counts its posts in a field of its own. */
  function post(dbid: string, atMs: number, extras: string) {
    const { statement } = aNotification();
    store.stores.campaigns.apply(
      aNotification({ dbid, atMs, receivedAtMs: atMs, statement: { ...statement, actionCode: 9, extras } }),
    );
  }
  /** The one that runs, and one every ten seconds; compacted at its end. */
  function said(dbid: string, startMs: number, from: number, count: number) {
    store.transactions.run(() => {
      for (let n = 0; n < count; n++) post(dbid, startMs + n * 10_000, `{"n":${String(from + n)}}`);
    });
    store.transactions.run(() => {
      store.stores.compaction.all(startMs + 3_600_000);
    });
  }

  it('removes statements that no notification names any more, and numbers what is said again anew', () => {
    said('1', T0, 0, MANY);
    said('1', T0 + 40 * DAY_MS, MANY, 10);
    const before = statementsOf('1');
    const snapshots = store.snapshots();
    const { leftovers, removed } = toItsEnd(slicesOf(store, T0 + 41 * DAY_MS, THIRTY_DAYS));
    expect(removed.notifications).toBeGreaterThan(MANY - 5);
    expect(leftovers.statements).toBe(removed.notifications);
    const left = new Set(statementsOf('1').map(({ no }) => no));
    expect(left.size).toBe(before.length - leftovers.statements);
    const placed = store.stores.evidence.inOrder.placed(groupNoOf('1'), 0, Number.MAX_SAFE_INTEGER);
    expect(placed.every(({ statementNo }) => left.has(statementNo))).toBe(true);
    expect(store.snapshots()).toEqual(snapshots);
    store.transactions.run(() => {
      post('1', T0 + 41 * DAY_MS, '{"n":5}');
    });
    const newest = store.stores.evidence.inOrder.placed(groupNoOf('1'), T0 + 41 * DAY_MS, Number.MAX_SAFE_INTEGER);
    const highest = Math.max(...before.map(({ no }) => no));
    expect(newest.map(({ statementNo }) => statementNo > highest)).toEqual([true]);
    store.reopen();
    expect(store.snapshots()).toHaveLength(1);
  });

  it('keeps a statement that was said again while the evidence was read', () => {
    said('1', T0, 0, MANY);
    said('1', T0 + 40 * DAY_MS, MANY, 10);
    const again = statementsOf('1').filter(({ no }) => no % 7 === 3);
    const slices = slicesOf(store, T0 + 41 * DAY_MS, THIRTY_DAYS, slowClock());
    let atMs = T0 + 40.5 * DAY_MS;
    for (let slice = slices.next(); !slice.done; slice = slices.next()) {
      store.transactions.run(() => {
        const [one] = again;
        if (one === undefined || one.no % 7 !== 3) return;
        const n = (again.shift()?.no ?? 0) % MANY;
        post('1', (atMs += 10_000), `{"n":${String(n)}}`);
        if (n % 2 === 0) store.stores.compaction.all(atMs);
      });
    }
    const left = new Set(statementsOf('1').map(({ no }) => no));
    const placed = store.stores.evidence.inOrder.placed(groupNoOf('1'), 0, Number.MAX_SAFE_INTEGER);
    expect(placed.filter(({ statementNo }) => !left.has(statementNo))).toEqual([]);
    expect(left.size).toBeLessThan(MANY);
  });

  it('looks once a day, only at groups with many statements, and at none that is held', () => {
    said('1', T0, 0, MANY);
    said('2', T0, 0, FEW_STATEMENTS - 10);
    said('3', T0, 0, MANY);
    said('4', T0 + 40 * DAY_MS, 0, 2);
    const hold = { source: null, group: store.tables.groups.find('default', '3')?.id ?? null };
    const id = store.within(({ retention }) =>
      retention.insertHold({ ...hold, untilMs: T0 + 90 * DAY_MS, why: 'a complaint', madeMs: T0 }),
    );
    expect(toItsEnd(slicesOf(store, T0 + 41 * DAY_MS, THIRTY_DAYS)).leftovers.statements).toBeGreaterThan(MANY - 5);
    expect(['2', '3'].map((dbid) => statementsOf(dbid).length)).toEqual([FEW_STATEMENTS - 10, MANY]);
    store.within(({ retention }) => {
      retention.removeHold(id);
    });
    store.within(({ numbers }) => {
      numbers.keep('thinned', 0);
    });
    expect(toItsEnd(slicesOf(store, T0 + 41.5 * DAY_MS, THIRTY_DAYS)).leftovers.statements).toBe(0);
    expect(toItsEnd(slicesOf(store, T0 + 42.1 * DAY_MS, THIRTY_DAYS)).leftovers.statements).toBeGreaterThan(MANY - 5);
  });

  it('keeps all statements of a group of which some evidence cannot be read', () => {
    said('1', T0, 0, MANY);
    said('1', T0 + 40 * DAY_MS, MANY, 10);
    const lastNo = store.tables.chunks.lastNo();
    store.within(({ chunks }) => {
      const chunk = chunks.after(lastNo - 1);
      if (chunk !== null) chunks.replace({ ...chunk, newestMs: T0, block: new Uint8Array([99, 1]) });
    });
    const before = statementsOf('1');
    const removedAt = (days: number) => toItsEnd(slicesOf(store, T0 + days * DAY_MS, THIRTY_DAYS)).leftovers.statements;
    expect(removedAt(41)).toBe(0);
    store.within(({ chunks }) => {
      chunks.setAside(lastNo, 'broken', T0);
    });
    expect(removedAt(43)).toBe(0);
    expect(statementsOf('1')).toEqual(before);
    // When its time is over, what it named is needed by nothing.
    expect(removedAt(80)).toBeGreaterThan(0);
  });

  it('removes a group of which nothing is left, and gives its number to no other', () => {
    said('1', T0, 0, 3);
    const empty = ['901', '902'].map((dbid) =>
      store.within(({ groups, lists }) => {
        const groupNo = groups.insert({ id: `default ${dbid}`, source: 'default', dbid, heardMs: T0 });
        lists.insert(groupNo, { name: 'VIP', dbid: null });
        return groupNo;
      }),
    );
    const hold = { source: null, group: 'default 902', untilMs: T0 + 90 * DAY_MS, why: 'a complaint', madeMs: T0 };
    store.within(({ retention }) => retention.insertHold(hold));
    expect(toItsEnd(slicesOf(store, T0 + DAY_MS, THIRTY_DAYS)).leftovers.groups).toBe(1);
    expect(['1', '901', '902'].map((dbid) => groupNoOf(dbid) > 0)).toEqual([true, false, true]);
    expect(store.tables.removals.hidden()).toBeNull();
    said('901', T0 + DAY_MS, 0, 1);
    expect(groupNoOf('901')).toBeGreaterThan(Math.max(...empty));
  });

  it('removes counts of missing keys as old as callbacks, and none where these are kept for ever', () => {
    const row = { source: 'default', key: '_CB_X', receivedAtMs: T0, serviceId: null, service: 'Sales' };
    store.within(({ missingKeys }) => {
      for (const day of ['2026-11-18', '2026-11-19', '2026-11-20']) missingKeys.count({ ...row, day });
    });
    expect(toItsEnd(slicesOf(store, T0 + 9 * DAY_MS, {})).leftovers.missing_keys).toBe(0);
    expect(toItsEnd(slicesOf(store, T0 + 9 * DAY_MS, { callbacks: 9 * DAY_MS })).leftovers.missing_keys).toBe(2);
    expect(store.tables.missingKeys.countServices('2026-11-20', 'default')).toBe(1);
  });
});
