/** What every store answers retention (src/apply/retention-rows.ts), as cases that ask nothing of SQL. */
import { expect } from 'vitest';
import type { StoredStep } from '../../../src/apply/tables.js';
import { type Callback, newCallback } from '../../../src/domain/callback.js';
import { hourOf, HOUR_MS, QUARTER_HOUR_MS } from '../../../src/evidence/quarter-hours.js';
import { emptyRecord } from '../../../src/gms/key-value-pairs.js';
import { anEvent } from '../../support/callback-events.js';
import { aLegacyEvent } from '../../support/legacy-events.js';
import { T0 } from '../../support/notifications.js';
import type { TestStore } from '../../support/stores.js';
import { aChunk, aGroup, aListQuarter, aQuarter, aStatement, type ContractCase } from './contract-rows.js';

const DAY_MS = 86_400_000;
const TIE = { rank: 0, contentDigest: 'a' };
const bearing = { state: 'active', guid: null, dialMode: null, optimizeBy: null, optimizeGoal: null };
const A_STEP: StoredStep = { fromState: null, bearing, transition: null };

/** A callback that ended, or was heard of last, at a moment. */
function aCallback(
  store: TestStore,
  serviceId: string,
  said: Pick<Callback, 'isFinal'> & Partial<Callback> & { readonly atMs: number },
): number {
  const { atMs, source = 'default', isFinal } = said;
  return store.within(({ callbacks }) => {
    const callbackNo = callbacks.create(source, serviceId, atMs);
    const record = { ...emptyRecord(serviceId), serviceStartMs: atMs };
    const callback = newCallback(source, record, atMs);
    callbacks.write(callbackNo, { ...callback, lastEventMs: atMs, endedMs: isFinal ? atMs : null, ...said });
    return callbackNo;
  });
}

function aBody(store: TestStore, id: string, receivedAtMs: number, source = 'default'): void {
  const delivery = { endpoint: 'callback-events', source, receivedAtMs, bytes: id } as const;
  const parts = { size: 9, reason: 'schema', violations: [], schemaVersion: '1' } as const;
  store.within(({ quarantine }) => {
    quarantine.insert({ id, delivery, ...parts });
  });
}

const OF_GROUPS: ContractCase[] = [
  {
    name: 'groups come behind a number, ascending, at most so many, and none that is hidden',
    run: (store) => {
      const nos = ['1', '2', '3', '4'].map((dbid) => aGroup(store, dbid)).sort((a, b) => a - b);
      const [first = 0, second = 0, third = 0, fourth = 0] = nos;
      const { retention } = store.tables;
      expect(retention.groupNosAfter(0, 10)).toEqual(nos);
      expect(retention.groupNosAfter(first, 2)).toEqual([second, third]);
      store.within(({ removals }) => removals.hide([third]));
      expect(retention.groupNosAfter(second, 10)).toEqual([fourth]);
      expect(retention.groupNosAfter(fourth, 10)).toEqual([]);
    },
  },
  {
    name: 'quarters of a group and its lists, and whiles but the last, go before a moment, so many at most',
    run: (store) => {
      const [groupNo, other] = [aGroup(store), aGroup(store, '102')];
      const start = T0 - (T0 % QUARTER_HOUR_MS);
      const [listNo = 0, otherList = 0] = [groupNo, other].map((no) =>
        store.within(({ lists }) => lists.insert(no, { name: 'VIP', dbid: null })),
      );
      store.within(({ quarters, repeats }) => {
        for (const n of [0, 1, 2, 3]) {
          for (const no of [groupNo, other]) quarters.putQuarter(no, aQuarter(start + n * QUARTER_HOUR_MS));
          for (const no of [listNo, otherList]) quarters.putListQuarter(aListQuarter(no, start + n * QUARTER_HOUR_MS));
          repeats.begin(groupNo, start + n * 60_000);
        }
      });
      const beforeMs = start + 3 * QUARTER_HOUR_MS;
      const gone: number[] = [];
      const remove = () => store.within(({ retention }) => retention.removeRollups(groupNo, beforeMs, 2));
      for (let rows = remove(); rows > 0; rows = remove()) gone.push(rows);
      // Three quarters of the group, three of its list, three whiles.
      expect(gone).toEqual([2, 2, 2, 2, 1]);
      const { quarters, repeats, retention } = store.tables;
      const left = (no: number) => [0, 1, 2, 3].filter((n) => quarters.quarter(no, start + n * QUARTER_HOUR_MS));
      const leftOf = (no: number) => [0, 1, 2, 3].filter((n) => quarters.listQuarter(no, start + n * QUARTER_HOUR_MS));
      expect([left(groupNo), leftOf(listNo)]).toEqual([[3], [3]]);
      expect([left(other), leftOf(otherList)]).toEqual([
        [0, 1, 2, 3],
        [0, 1, 2, 3],
      ]);
      expect(repeats.lastBy(groupNo, beforeMs)).toMatchObject({ fromMs: start + 3 * 60_000 });
      expect(repeats.lastBy(groupNo, start + 2.5 * 60_000)).toBeNull();
      expect(retention.removeRollups(groupNo, -Infinity, 9)).toBe(0);
    },
  },
  {
    name: 'steps of a group go before a moment, so many at most',
    run: (store) => {
      const [groupNo, other] = [aGroup(store), aGroup(store, '102')];
      store.within(({ steps }) => {
        for (const no of [groupNo, other]) for (const n of [0, 1, 2, 3]) steps.put(no, T0 + n * 1000, TIE, A_STEP);
      });
      const remove = (limit: number) =>
        store.within(({ retention }) => retention.removeSteps(groupNo, T0 + 3000, limit));
      const timesOf = (no: number) => [...store.tables.steps.newestFirst(no, 9)].map(({ atMs }) => atMs - T0);
      expect([remove(2), timesOf(groupNo).length]).toEqual([2, 2]);
      expect([remove(2), remove(2)]).toEqual([1, 0]);
      expect([timesOf(groupNo), timesOf(other)]).toEqual([[3000], [3000, 2000, 1000, 0]]);
    },
  },
  {
    name: 'a group is empty when no chunk, quarter of an hour or step of it is left, whatever others have',
    run: (store) => {
      const { retention } = store.tables;
      const [groupNo, other] = [aGroup(store), aGroup(store, '102')];
      expect(retention.isEmpty(groupNo)).toBe(true);
      const fillings: ((tables: TestStore['tables'], no: number) => void)[] = [
        ({ chunks }, no) => {
          chunks.insert(aChunk({ chunkNo: no, groupNo: no }));
        },
        ({ quarters }, no) => {
          quarters.putQuarter(no, aQuarter(T0));
        },
        ({ steps }, no) => {
          steps.put(no, T0, TIE, A_STEP);
        },
      ];
      fillings.forEach((fill, n) => {
        const filled = aGroup(store, String(200 + n));
        store.within((tables) => {
          fill(tables, filled);
        });
        expect([n, retention.isEmpty(filled), retention.isEmpty(other)]).toEqual([n, false, true]);
      });
      store.within(({ chunks }) => {
        chunks.insert(aChunk({ chunkNo: 900, groupNo }));
        chunks.setAside(900, 'it is none', T0);
      });
      // What cannot be read may be salvaged.
      expect(retention.isEmpty(groupNo)).toBe(false);
    },
  },
];

const OF_STATEMENTS: ContractCase[] = [
  {
    name: 'statements of a group come in the order of their contents, and go; no number is given to another',
    run: (store) => {
      const [groupNo, other] = [aGroup(store), aGroup(store, '102')];
      const [c, a, b] = ['c', 'a', 'b'].map((content) => aStatement(store, groupNo, content));
      const newest = aStatement(store, other, 'a');
      const { retention, statements } = store.tables;
      expect([2, 3].map((moreThan) => retention.hasStatements(groupNo, moreThan))).toEqual([true, false]);
      const row = (no: number | undefined, contentDigest: string) => ({ no, contentDigest });
      expect(retention.statementsAfter(groupNo, '', 2)).toEqual([row(a, 'a'), row(b, 'b')]);
      expect(retention.statementsAfter(groupNo, 'b', 2)).toEqual([row(c, 'c')]);
      expect(store.within(() => retention.removeStatement(b ?? 0))).toBe(true);
      // A store that numbers them one after the other keeps the newest of all.
      const isGone = store.within(() => retention.removeStatement(newest));
      expect(retention.statementsAfter(groupNo, '', 9)).toEqual([row(a, 'a'), row(c, 'c')]);
      expect([statements.find(groupNo, 'b'), statements.find(other, 'a')]).toEqual([null, isGone ? null : newest]);
      expect([a, c, newest]).not.toContain(aStatement(store, groupNo, 'b'));
    },
  },
  {
    name: 'blocks of a group that were written behind a chunk come in the order of their chunks',
    run: (store) => {
      const [groupNo, other] = [aGroup(store), aGroup(store, '102')];
      const hour = hourOf(T0);
      store.within(({ chunks }) => {
        chunks.insert(aChunk({ chunkNo: 1, groupNo, hour: hour + 5 }));
        chunks.insert(aChunk({ chunkNo: 2, groupNo: other, hour }));
        chunks.insert(aChunk({ chunkNo: 3, groupNo, hour: hour + 1 }));
        chunks.insert(aChunk({ chunkNo: 4, groupNo, hour }));
      });
      const { retention } = store.tables;
      const nos = (chunkNo: number) => retention.blocksSince(groupNo, chunkNo).map((one) => one.chunkNo);
      expect([nos(0), nos(1), nos(4)]).toEqual([[1, 3, 4], [3, 4], []]);
      expect(retention.blocksSince(groupNo, 3).map(({ block }) => [...block])).toEqual([[4, 0, 255]]);
    },
  },
];

const OF_SOURCES: ContractCase[] = [
  {
    name: 'callbacks go by their end, or by their last sign of life, with all that is theirs, but those that are held',
    run: (store) => {
      const ended = aCallback(store, 'ended', { atMs: T0, isFinal: true });
      aCallback(store, 'dead', { atMs: T0 + 1, isFinal: false });
      aCallback(store, 'young', { atMs: T0 + DAY_MS, isFinal: true });
      aCallback(store, 'alive', { atMs: T0 + DAY_MS, isFinal: false });
      aCallback(store, 'held', { atMs: T0, isFinal: true, source: 'held' });
      // Nothing was heard of it since, but it is to be called later.
      aCallback(store, 'scheduled', { atMs: T0, isFinal: false, desired: { ms: T0 + DAY_MS, receivedMs: T0 } });
      const event = anEvent({ record: { serviceId: 'ended' } });
      store.within(({ callbacks }) => {
        const keys = { dimension1Key: 2, dimension2Key: 3, dimension3Key: 4, dimension4Key: 5, dialResultsKey: 6 };
        const placed = { sequence: 1, isLate: false, keys: { startDateTimeKey: 0, resourceKey: 1, ...keys } };
        callbacks.insertEvent(ended, { event, ...placed });
      });
      const { callbacks, retention } = store.tables;
      const remove = (limit: number) => store.within(() => retention.removeCallbacks(T0 + DAY_MS, ['held'], limit));
      expect([remove(1), remove(9), remove(9)]).toEqual([1, 1, 0]);
      const left = ['ended', 'dead', 'young', 'alive', 'scheduled'].filter(
        (id) => callbacks.find('default', id) !== null,
      );
      expect(left).toEqual(['young', 'alive', 'scheduled']);
      expect(callbacks.find('held', 'held')).not.toBeNull();
      expect(callbacks.hasEvent(ended, event.digest)).toBe(false);
      expect(store.within(() => retention.removeCallbacks(T0 + DAY_MS, [], 9))).toBe(1);
      expect(store.within(() => retention.removeCallbacks(-Infinity, [], 9))).toBe(0);
    },
  },
  {
    name: 'the first body is the one that was received last longest ago, of a source that is not held',
    run: (store) => {
      aBody(store, 'later', T0 + 2);
      aBody(store, 'first', T0);
      aBody(store, 'of another', T0 - 5, 'held');
      const { retention } = store.tables;
      expect(retention.oldestBody(T0 + 9, ['held'])).toBe('first');
      expect(retention.oldestBody(T0 + 9, [])).toBe('of another');
      expect([retention.oldestBody(T0, ['held']), retention.oldestBody(-Infinity, [])]).toEqual([null, null]);
      store.within(({ quarantine }) => {
        quarantine.seenAgain('first', T0 + 7, 9);
      });
      expect(retention.oldestBody(T0 + 9, ['held'])).toBe('later');
    },
  },
  {
    name: 'chunks that stand aside go when their hour is over, so many at most, but those of groups that are held',
    run: (store) => {
      const [one, held] = [aGroup(store, '1'), aGroup(store, '2')];
      const hour = hourOf(T0);
      store.within(({ chunks }) => {
        for (const [n, groupNo] of [one, one, one, held].entries()) {
          chunks.insert(aChunk({ chunkNo: n + 1, groupNo, hour: n === 2 ? hour + 1 : hour }));
          chunks.setAside(n + 1, 'broken', T0);
        }
      });
      const remove = (limit: number) =>
        store.within(({ retention }) =>
          retention.removeDamaged((hour + 1) * HOUR_MS, { groupNos: new Set([held]), sources: [] }, limit),
        );
      expect([remove(1), remove(9), remove(9), store.tables.chunks.damaged()]).toEqual([1, 1, 0, 2]);
      expect(
        store.within(({ retention }) => retention.removeDamaged(-Infinity, { groupNos: new Set(), sources: [] }, 9)),
      ).toBe(0);
    },
  },
  {
    name: 'missing keys go by their days, so many at most, but those of sources that are held',
    run: (store) => {
      const row = { key: '_CB_X', receivedAtMs: T0, serviceId: null };
      store.within(({ missingKeys }) => {
        for (const day of ['2026-11-18', '2026-11-19', '2026-11-20'])
          for (const source of ['default', 'held']) missingKeys.count({ ...row, day, source, service: 'Sales' });
      });
      const remove = (limit: number) =>
        store.within(({ retention }) => retention.removeMissingKeys('2026-11-20', ['held'], limit));
      expect([remove(1), remove(9), remove(9)]).toEqual([1, 1, 0]);
      const left = (source: string) =>
        ['18', '19', '20'].filter((day) => store.tables.missingKeys.hasService(`2026-11-${day}`, source, 'Sales'));
      expect([left('default'), left('held')]).toEqual([['20'], ['18', '19', '20']]);
    },
  },
  {
    name: 'something is stored of a group that there is, and of a source with a group, a callback, a body or a legacy event',
    run: (store) => {
      aGroup(store, '1');
      aCallback(store, 's-1', { atMs: T0, isFinal: true, source: 'of-callback' });
      aBody(store, 'q-1', T0, 'of-body');
      store.within(({ legacyEvents }) => legacyEvents.put(aLegacyEvent({ source: 'of-event' })));
      const { retention } = store.tables;
      const sources = ['default', 'of-callback', 'of-body', 'of-event', 'other', 'default 1'];
      const isStored = sources.map((source) => retention.isStored({ source, group: null }));
      expect(isStored).toEqual([true, true, true, true, false, false]);
      const groups = ['default 1', 'default 2', 'default'];
      expect(groups.map((group) => retention.isStored({ source: null, group }))).toEqual([true, false, false]);
    },
  },
  {
    name: 'holds come in the order in which they were made, and hold a group, or all of a source, until their end',
    run: (store) => {
      const [one, two] = [aGroup(store, '1'), aGroup(store, '2', 'other')];
      const hold = { untilMs: T0 + HOUR_MS, why: 'a complaint', madeMs: T0 };
      const { retention } = store.tables;
      const first = { ...hold, source: null, group: 'default 1' };
      const second = { ...hold, source: 'other', group: null, untilMs: T0 + 2 * HOUR_MS };
      const ids = store.within(() => [retention.insertHold(first), retention.insertHold(second)]);
      const [firstId = '', secondId = ''] = ids;
      expect(retention.holds()).toEqual([
        { ...first, id: firstId },
        { ...second, id: secondId },
      ]);
      const heldAt = (atMs: number) =>
        store.within(() => {
          const { groupNos, sources } = retention.heldAt(atMs);
          const held = [one, two].filter((groupNo) => groupNos.has(groupNo));
          expect([new Set(groupNos), groupNos.size]).toEqual([new Set(held), held.length]);
          return { held, sources };
        });
      expect(heldAt(T0)).toEqual({ held: [one, two], sources: ['other'] });
      expect(heldAt(T0 + HOUR_MS)).toEqual({ held: [two], sources: ['other'] });
      store.within(() => {
        retention.removeHold(secondId);
      });
      expect(retention.holds().map(({ id }) => id)).toEqual([firstId]);
      expect(heldAt(T0 + HOUR_MS)).toEqual({ held: [], sources: [] });
    },
  },
];

export const RETENTION_CASES: readonly ContractCase[] = [...OF_GROUPS, ...OF_STATEMENTS, ...OF_SOURCES];
