/** What becomes of deliveries, replays and removals on every store: the promises of `BatchWriter`. */
import { expect, vi } from 'vitest';
import type { CommitReport, Delivery } from '../../../src/domain/store.js';
import { aBody, type BodyParts } from '../../support/bodies.js';
import { aDelivery, eventPost, finalPost, outcomesOf } from '../../support/callback-writer.js';
import { T0 } from '../../support/notifications.js';
import { dateTime, LOADED, STARTED, STOPPED, UNLOADED } from '../../support/posts.js';
import type { TestStore } from '../../support/stores.js';
import { type ContractCase, NOTHING_KNOWN } from './contract-rows.js';

/** A post of a group some seconds after T0. */
const post = (seconds: number, parts: BodyParts = {}, delivery: Partial<Delivery> = {}) => {
  const atMs = T0 + seconds * 1000;
  const body = aBody({ GSW_DATE_TIME: dateTime(atMs), ...parts });
  return aDelivery('campaign-group-state', body, { receivedAtMs: atMs + 20, ...delivery });
};
const LIFE = [
  post(0, LOADED),
  post(10, { ...STARTED, GSW_CAMPAIGN_GROUP_ACTOR: 1 }),
  post(20, { GSW_STAT_TIME_TO_COMPLETE: 900 }),
  post(30, { GSW_STAT_TIME_TO_COMPLETE: 30 }),
  post(40, { ...STOPPED, GSW_CAMPAIGN_GROUP_ACTOR: 2 }),
  post(45, { ...UNLOADED, GSW_CAMPAIGN_GROUP_ACTOR: 2 }),
];
const transitionsOf = (report: CommitReport) =>
  report.made.map(({ transition }) => `${transition.fromState ?? 'none'} to ${transition.toState}`);
/** All that a group's head is made of, as it is known and as it is read again. */
const toldAlike = (store: TestStore) => {
  const known = store.snapshots();
  store.reopen();
  expect(store.snapshots()).toEqual(known);
  return known;
};
/** The transitions of the one group, in order. */
const history = (store: TestStore, dbid = '101') => {
  const { groups, steps } = store.tables;
  const newestFirst = [...steps.newestFirst(groups.find('default', dbid)?.groupNo ?? 0, 1000)];
  return newestFirst.reverse().flatMap(({ transition }) => transition ?? []);
};
const refusing = { kind: 'refused', reason: 'schema', violations: [] } as const;

export const STORE_CONTRACT: readonly ContractCase[] = [
  {
    name: 'a life in order makes its transitions, a copy is a duplicate, and a restart knows the group as it stood',
    run: (store) => {
      const report = store.commit(...LIFE);
      expect(outcomesOf(report)).toEqual([
        'transition',
        'transition',
        'refresh',
        'refresh',
        'transition',
        'transition',
      ]);
      expect(transitionsOf(report)).toEqual([
        'not_loaded to active',
        'active to running',
        'running to active',
        'active to not_loaded',
      ]);
      expect(report.snapshots).toEqual(store.snapshots());
      expect(outcomesOf(store.commit(...LIFE))).toEqual(LIFE.map(() => 'duplicate'));
      const [snapshot] = toldAlike(store);
      expect(snapshot).toMatchObject({ state: 'not_loaded', lastAction: 'unload', ended: { how: 'completed' } });
    },
  },
  {
    name: 'history does not depend on the order of arrival, nor on restarts in between',
    run: (store) => {
      store.commit(...LIFE);
      const expected = history(store);
      const snapshot = store.snapshots()[0]?.figures.lastEventMs;
      store.forget({ source: 'default' });
      const counted = { made: 0, withdrawn: 0 };
      for (const index of [5, 0, 3, 1, 4, 2]) {
        const { made, withdrawn } = store.commit(...LIFE.slice(index, index + 1));
        counted.made += made.length;
        counted.withdrawn += withdrawn.length;
        store.reopen();
      }
      expect(history(store)).toEqual(expected);
      expect(counted.made - counted.withdrawn).toBe(expected.length);
      expect(store.snapshots()[0]?.figures.lastEventMs).toBe(snapshot);
    },
  },
  {
    name: 'a clock that stands still keeps every sample, and its copies are signs of life',
    run: (store) => {
      const figure = (hitRatio: number, receivedAtMs: number) =>
        store.commit(post(0, { ...STARTED, GSW_STAT_HIT_RATIO: hitRatio }, { receivedAtMs }));
      figure(0.1, T0);
      figure(0.3, T0 + 30_000);
      figure(0.2, T0 + 20_000);
      expect(outcomesOf(figure(0.2, T0 + 60_000))).toEqual(['duplicate']);
      figure(0.2, T0 + 70_000);
      const [snapshot] = toldAlike(store);
      expect(snapshot?.figures).toMatchObject({ lastHeardMs: T0 + 70_000, statistics: { hitRatio: 0.3 } });
      const { groups, repeats } = store.tables;
      const groupNo = groups.find('default', '101')?.groupNo ?? 0;
      expect(repeats.lastBy(groupNo, T0 + 99_000)).toEqual({ fromMs: T0 + 60_000, toMs: T0 + 70_000 });
    },
  },
  {
    name: 'what was done last, by whom, is known again after a restart, whatever the posts since have left out',
    run: (store) => {
      store.commit(...LIFE.slice(0, 2), post(60), post(70), post(80, { GSW_CAMPAIGN_GROUP_ACTION: 0 }));
      const [snapshot] = toldAlike(store);
      expect(snapshot).toMatchObject({ state: 'running', lastAction: 'start', lastActor: 'client' });
    },
  },
  {
    name: 'calling lists of one name keep their labels and figures over a restart',
    run: (store) => {
      const lists = (...dbids: string[]) => ({
        GSW_CALLING_LISTS: dbids.map((dbid, index) => ({
          GSW_CALLING_LIST_NAME: 'Dup',
          GSW_CALLING_LIST_DBID: dbid,
          GSW_STAT_HIT_RATIO: 0.1 * (index + 1),
        })),
      });
      store.commit(post(0, lists('7')), post(10, lists('2', '7')), post(20, lists('2', '7')));
      const [snapshot] = toldAlike(store);
      const shown = snapshot?.callingLists.map(({ name, label, dbid, hitRatio }) => [label ?? name, dbid, hitRatio]);
      expect(shown).toEqual([
        ['Dup (2)', '2', 0.1],
        ['Dup', '7', 0.2],
      ]);
    },
  },
  {
    name: 'a callback is one record, merged of its events, its call and its notifications, over restarts',
    run: (store) => {
      const attached = { InteractionID: 'call-1', _CB_SERVICE_ID: 'service-1', _CB_T_SERVICE_START: T0 / 1000 };
      expect(outcomesOf(store.commit(eventPost(), eventPost()))).toEqual(['recorded', 'duplicate']);
      store.reopen();
      const report = store.commit(
        aDelivery('attached-data', attached),
        finalPost({ _CB_DIM_VQ: 'VQ_Sales', _CB_DIM_CHANNEL: 'WEB' }),
        finalPost({ _CB_DIM_VQ: 'late' }),
      );
      expect(outcomesOf(report).slice(1)).toEqual(['recorded', 'after-final']);
      expect(report.callbacks.map(({ finished }) => finished)).toContain(true);
      const found = store.tables.callbacks.find('default', 'service-1')?.callback;
      expect(found).toMatchObject({ isFinal: true, events: 3, lateEvents: 1, record: { vq: 'VQ_Sales' } });
      expect([...store.stores.callbacks.open(0)]).toEqual([]);
    },
  },
  {
    name: 'a faulty body is held, counted, tried in a dry run to no effect, and applied by a replay',
    run: (store) => {
      const { judge } = store.judges;
      store.judges = { ...store.judges, judge: () => refusing };
      const held = store.commit(LIFE[0] ?? post(0), LIFE[1] ?? post(0), LIFE[0] ?? post(0));
      expect(outcomesOf(held)).toEqual(['quarantined', 'quarantined', 'quarantined']);
      expect(held.quarantine).toEqual([{ source: 'default', reason: 'schema', rows: 2 }]);
      expect(store.replay().flatMap(({ items }) => items.map(({ outcome }) => outcome))).toEqual([
        'quarantined',
        'quarantined',
      ]);
      store.judges = { ...store.judges, judge };
      const tried = store.replay({ dryRun: true });
      expect(tried.flatMap(({ items }) => items.map(({ outcome }) => outcome))).toEqual(['transition', 'transition']);
      expect([store.snapshots(), history(store)]).toEqual([[], []]);
      store.reopen();
      const [slice] = store.replay();
      expect(slice?.items.map(({ outcome }) => outcome)).toEqual(['transition', 'transition']);
      expect(slice?.report?.quarantine).toEqual([]);
      expect(store.snapshots().map(({ state }) => state)).toEqual(['running']);
      expect(store.replay()).toEqual([]);
    },
  },
  {
    name: 'a body that makes the program fail is quarantined alone; its batch is applied',
    run: (store) => {
      const { judge } = store.judges;
      store.judges = {
        ...store.judges,
        judge: (delivery, nowMs) => {
          if (delivery.source === 'odd') throw new RangeError('a fault');
          return judge(delivery, nowMs);
        },
      };
      const report = store.commit(post(0, LOADED), post(5, {}, { source: 'odd' }), post(10, STARTED));
      expect(outcomesOf(report)).toEqual(['transition', 'quarantined', 'transition']);
      expect(store.stores.quarantine.counts()).toEqual([{ source: 'odd', reason: 'internal', rows: 1 }]);
    },
  },
  {
    name: 'a removed group begins anew, and what another has stays; a removal cut off is finished later',
    run: (store) => {
      store.commit(...LIFE, post(0, { ...LOADED, GSW_CAMPAIGN_GROUP_DBID: '102' }));
      const before = history(store, '102');
      const id = store.tables.groups.find('default', '101')?.id ?? '';
      const [counted] = store.forget({ group: id, dryRun: true });
      expect(counted?.counts).toMatchObject({ groups: 1, notifications: 6, transitions: 4 });
      const [first] = store.forget({ group: id }, 1);
      expect(first?.groupNos.length).toBe(1);
      expect(store.snapshots().map(({ dbid }) => dbid)).toEqual(['102']);
      expect(outcomesOf(store.commit(post(0, LOADED)))).toEqual(['transition']);
      store.reopen();
      const rest = store.finishForgetting().map(({ counts }) => counts);
      expect(rest.reduce((sum, { notifications }) => sum + notifications, 0)).toBe(6);
      expect([history(store).length, history(store, '102')]).toEqual([1, before]);
    },
  },
  {
    name: 'calling lists are shown by name, in whatever order they were sent, before and after they are read again',
    run: (store) => {
      const lists = (...names: readonly string[]) => ({
        GSW_CALLING_LISTS: names.map((name) => {
          const dbid = String(name.charCodeAt(0));
          return { GSW_CALLING_LIST_NAME: name, GSW_CALLING_LIST_DBID: dbid, GSW_STAT_HIT_RATIO: 0.5 };
        }),
      });
      const shownAfter = (...posts: readonly Delivery[]) => {
        store.commit(...posts);
        return store.snapshots().map(({ callingLists }) => callingLists.map(({ name }) => name).join(' '));
      };
      expect(shownAfter(post(0, LOADED), post(10, { ...STARTED, ...lists('c', 'a', 'b') }))).toEqual(['a b c']);
      expect(shownAfter(post(5, { ...LOADED, ...lists('d') }))).toEqual(['a b c']);
      expect(shownAfter(post(20, { ...STARTED, ...lists('d', 'b') }))).toEqual(['b d']);
      toldAlike(store);
    },
  },
  {
    name: 'what is known of a group that stays is not read again while another is removed',
    ofOneWriter: NOTHING_KNOWN,
    run: (store) => {
      store.commit(...LIFE, post(0, { ...LOADED, GSW_CAMPAIGN_GROUP_DBID: '102' }));
      const id = store.tables.groups.find('default', '101')?.id ?? '';
      const finding = vi.spyOn(store.tables.groups, 'find');
      try {
        expect(store.forget({ group: id }).length).toBeGreaterThan(1);
        finding.mockClear();
        store.commit(post(5, { ...STARTED, GSW_CAMPAIGN_GROUP_DBID: '102' }));
        expect(finding).not.toHaveBeenCalled();
        store.commit(post(6, LOADED));
        expect(finding).toHaveBeenCalledTimes(1);
      } finally {
        finding.mockRestore();
      }
    },
  },
  {
    name: 'a removed source loses its callbacks and bodies; what comes meanwhile stays',
    run: (store) => {
      store.commit(eventPost({}, { source: 'gone' }), aDelivery('callback-events', { faulty: 1 }, { source: 'gone' }));
      store.commit(eventPost({}, { source: 'kept' }), aDelivery('callback-events', { faulty: 1 }, { source: 'kept' }));
      const [first] = store.forget({ source: 'gone' }, 1);
      expect(first?.quarantine).toEqual([{ source: 'kept', reason: 'missing_key', rows: 1 }]);
      expect(outcomesOf(store.commit(eventPost({}, { source: 'gone' })))).toEqual(['recorded']);
      const counts = store.finishForgetting().map((slice) => slice.counts);
      expect(counts.reduce((sum, { callbacks }) => sum + callbacks, 0)).toBe(1);
      expect(counts.reduce((sum, { quarantined }) => sum + quarantined, 0)).toBe(1);
      const sources = [...store.stores.callbacks.open(0)].map(({ source }) => source).sort();
      expect(sources).toEqual(['gone', 'kept']);
    },
  },
  {
    name: 'missing keys of refused events are told apart by service up to a bound',
    run: (store) => {
      const lacking = (service: string) =>
        eventPost({ _CB_T_SERVICE_START: undefined, _service_name: service, _CB_SERVICE_ID: service });
      store.commit(...Array.from({ length: 202 }, (_, n) => lacking(`s${String(n)}`)));
      const day = new Date(T0 + 5000).toISOString().slice(0, 10);
      const { missingKeys } = store.tables;
      expect(missingKeys.countServices(day, 'default')).toBeLessThanOrEqual(201);
    },
  },
];
