/** What an import does to every store: the promises of `apply/import.ts`. */
import { expect } from 'vitest';
import type { ImportItem } from '../../../src/domain/import.js';
import type { Delivery } from '../../../src/domain/store.js';
import { aBody, type BodyParts } from '../../support/bodies.js';
import { aDelivery, eventPost, finalPost, outcomesOf } from '../../support/callback-writer.js';
import { T0 } from '../../support/notifications.js';
import { dateTime, LOADED, STARTED, STOPPED } from '../../support/posts.js';
import type { TestStore } from '../../support/stores.js';
import type { ContractCase } from './contract-rows.js';

/** A post of a group some seconds after T0. */
const post = (seconds: number, parts: BodyParts = {}): Delivery => {
  const atMs = T0 + seconds * 1000;
  return aDelivery('campaign-group-state', aBody({ GSW_DATE_TIME: dateTime(atMs), ...parts }), {
    receivedAtMs: atMs + 20,
  });
};
const imported = (delivery: Delivery, parts: Partial<ImportItem> = {}): ImportItem => {
  return { ...delivery, origin: 'import', ...parts };
};
const LIFE = [post(0, LOADED), post(10, STARTED), post(20, { GSW_STAT_HIT_RATIO: 0.5 }), post(30, STOPPED)];
const transitions = (store: TestStore) => {
  const { groups, steps } = store.tables;
  const newestFirst = [...steps.newestFirst(groups.find('default', '101')?.groupNo ?? 0, 1000)];
  return newestFirst.reverse().flatMap(({ transition }) => transition ?? []);
};
/** When the one group was heard, as it is known and as it is read again. */
const heard = (store: TestStore) => {
  const known = store.snapshots()[0]?.figures.lastHeardMs;
  store.reopen();
  expect(store.snapshots()[0]?.figures.lastHeardMs).toBe(known);
  return known;
};
const held = (store: TestStore) => store.stores.quarantine.heldBetween(ALL, { after: 0, end: 1000, limit: 10 });
const ALL = { ids: [], source: null, reason: null, dryRun: false };

export const IMPORT_CONTRACT: readonly ContractCase[] = [
  {
    name: 'an import makes the history of the posts, as no news, and once',
    run: (store) => {
      store.commit(...LIFE);
      const [expected, snapshots] = [transitions(store), store.snapshots()];
      store.forget({ source: 'default' });
      const { receipts, report } = store.import(LIFE.map((one) => imported(one)));
      expect(receipts.map(({ outcome }) => outcome)).toEqual(['transition', 'transition', 'refresh', 'transition']);
      expect(report).toMatchObject({ heard: [], made: [], withdrawn: [], callbacks: [], quarantine: null });
      expect(report?.snapshots).toEqual(store.snapshots());
      expect(transitions(store)).toEqual(expected);
      const told = ({ state, figures }: (typeof snapshots)[number]) => ({ state, ...figures, lastHeardMs: 0 });
      expect(store.snapshots().map(told)).toEqual(snapshots.map(told));
      const again = store.import(LIFE.map((one) => imported(one)));
      expect(again.receipts.map(({ outcome }) => outcome)).toEqual(LIFE.map(() => 'duplicate'));
      expect(outcomesOf(store.commit(...LIFE))).toEqual(LIFE.map(() => 'duplicate'));
    },
  },
  {
    name: 'a group is not heard by what is imported of it, newest or not, and is by the next post',
    run: (store) => {
      store.commit(post(0, LOADED));
      const before = heard(store);
      expect(before).toBe(T0 + 20);
      store.import([imported(post(20, STARTED)), imported(post(10)), imported(post(20, STARTED))]);
      store.import([imported(post(20, { ...STARTED, GSW_STAT_HIT_RATIO: 0.1 }))]);
      expect(store.snapshots()[0]).toMatchObject({ state: 'running', figures: { lastEventMs: T0 + 20_000 } });
      expect(heard(store)).toBe(before);
      expect(store.import([imported(post(20, STARTED))]).receipts[0]?.outcome).toBe('duplicate');
      const { heard: live } = store.commit(post(30));
      expect(live.map(({ receivedAtMs }) => receivedAtMs)).toEqual([T0 + 30_020]);
      expect(heard(store)).toBe(T0 + 30_020);
    },
  },
  {
    name: 'a batch of a dry run leaves nothing',
    run: (store) => {
      const { receipts, report } = store.import(
        [imported(post(0, LOADED)), imported(aDelivery('campaign-group-state', {}))],
        {
          dryRun: true,
        },
      );
      expect([receipts.map(({ outcome }) => outcome), report]).toEqual([['transition', 'quarantined'], null]);
      expect([store.snapshots(), held(store), store.stores.quarantine.counts()]).toEqual([[], [], []]);
    },
  },
  {
    name: 'what is invalid is quarantined with its origin, and a replay of it is no sign of life',
    run: (store) => {
      const { judge } = store.judges;
      store.judges = {
        ...store.judges,
        judge: () => ({ kind: 'refused', reason: 'schema', violations: [{ field: 'f', rule: 'r', found: 'x' }] }),
      };
      const { receipts, report } = store.import([imported(post(0, STARTED))]);
      expect(receipts[0]).toMatchObject({ outcome: 'quarantined', reason: 'schema' });
      expect(report?.quarantine).toEqual([{ source: 'default', reason: 'schema', rows: 1 }]);
      const [body] = held(store);
      expect(store.stores.quarantine.held(body?.id ?? '')).toMatchObject({ origin: 'import', receivedAtMs: T0 + 20 });
      store.judges = { ...store.judges, judge };
      const [slice] = store.replay();
      expect(slice?.items.map(({ outcome }) => outcome)).toEqual(['transition']);
      expect(slice?.report).toMatchObject({ heard: [], made: [] });
    },
  },
  {
    name: 'what a log tells is a statement of its own beside an equal post, and says where it comes from',
    run: (store) => {
      store.commit(post(0, LOADED));
      const { receipts } = store.import([
        imported(post(0, LOADED), { origin: 'ocs-log' }),
        imported(post(0, LOADED)),
        imported(post(10, STARTED), { origin: 'ocs-log' }),
      ]);
      expect(receipts.map(({ outcome }) => outcome)).toEqual(['refresh', 'duplicate', 'transition']);
      const groupNo = store.tables.groups.find('default', '101')?.groupNo ?? 0;
      const origins = (atMs: number) =>
        store.stores.evidence
          .statementNosAt(groupNo, atMs)
          .map((no) => store.tables.statements.byNo(no).statement.origin ?? 'post')
          .sort();
      expect([origins(T0), origins(T0 + 10_000)]).toEqual([['ocs-log', 'post'], ['ocs-log']]);
      expect(outcomesOf(store.commit(post(10, STARTED)))).not.toContain('duplicate');
      expect(transitions(store).map(({ toState }) => toState)).toEqual(['active', 'running']);
    },
  },
  {
    name: 'of what nobody knows when it was received, its own time counts',
    run: (store) => {
      store.import([imported(post(10, STARTED), { receivedAtMs: null })]);
      const groupNo = store.tables.groups.find('default', '101')?.groupNo ?? 0;
      const [sample] = store.stores.evidence.inOrder.placed(groupNo, T0, T0 + 60_000);
      expect(sample?.receivedMs).toBe(T0 + 10_000);
      const { report } = store.import([imported(finalPost(), { receivedAtMs: null })], {}, T0 + 1e9);
      expect(report?.callbacks[0]?.callback).toMatchObject({ lastEventMs: T0 + 600_000, endedMs: T0 + 600_000 });
    },
  },
  {
    name: 'callbacks are merged and told as they stand; no record is counted, and no key that is missing',
    run: (store) => {
      const { receipts, report } = store.import([
        imported(eventPost()),
        imported(finalPost(), { origin: 'tserver-log' }),
        imported(finalPost()),
        imported(eventPost({ _CB_SERVICE_ID: 'other', _CB_N_RING_NUMBER: undefined, _CB_T_SERVICE_START: undefined })),
      ]);
      expect(receipts.map(({ outcome }) => outcome)).toEqual(['recorded', 'recorded', 'duplicate', 'quarantined']);
      expect(report?.callbacks.map(({ event, finished }) => [event, finished])).toEqual([
        [null, false],
        [null, false],
        [null, false],
      ]);
      expect(report?.callbacks.at(-1)?.callback).toMatchObject({ isFinal: true, events: 2 });
      const days = [T0, T0 + 60_000].map((ms) => new Date(ms).toISOString().slice(0, 10));
      expect(days.map((day) => store.tables.missingKeys.countServices(day, 'default'))).toEqual([0, 0]);
    },
  },
  {
    name: 'evidence older than what retention has left is too old, unless the import raises the horizon',
    run: (store) => {
      store.commit(post(0, LOADED), post(10, STARTED), post(30), post(50, STOPPED));
      store.within(({ numbers }) => {
        numbers.keep('thinned_ms', T0 + 39_000);
      });
      store.stores.campaigns.noteRemoved();
      const late = imported(post(20, { GSW_STAT_HIT_RATIO: 0.7 }));
      const refused = store.import([late]);
      expect(refused.receipts[0]).toMatchObject({ outcome: 'quarantined', reason: 'too_old' });
      expect(store.import([late], { raisesHorizon: true }).receipts[0]?.outcome).toBe('late');
    },
  },
  {
    name: 'a change that a table tells to the second is known, or stands where it was lost, under the names of the group',
    run: (store) => {
      store.commit(post(0, LOADED), post(30, STOPPED));
      const [said] = store.snapshots();
      const told = (seconds: number, state: number, action: number) => {
        const keys = { GSW_USER_EVENT: 'CampaignGroupState', GSW_DATE_TIME: dateTime(secondOf(seconds)) };
        const change = {
          GSW_CAMPAIGN_GROUP_DBID: '101',
          GSW_CAMPAIGN_GROUP_STATE: state,
          GSW_CAMPAIGN_GROUP_ACTION: action,
        };
        return imported(aDelivery('campaign-group-state', { ...keys, ...change }), {
          origin: 'icon',
          receivedAtMs: null,
        });
      };
      const secondOf = (seconds: number) => Math.floor((T0 + seconds * 1000) / 1000) * 1000;
      const table = [told(0, 4, 7), told(10, 5, 9), told(30, 4, 10), told(40, 1, 8)];
      const { receipts } = store.import(table);
      expect(receipts.map(({ outcome }) => outcome)).toEqual(['duplicate', 'late', 'duplicate', 'transition']);
      expect(transitions(store).map(({ toState, inferred }) => [toState, inferred])).toEqual([
        ['active', false],
        ['running', false],
        ['active', false],
        ['waiting_unload', false],
      ]);
      expect(store.snapshots()[0]?.attributes).toEqual(said?.attributes);
      expect(store.import(table).receipts.every(({ outcome }) => outcome === 'duplicate')).toBe(true);
    },
  },
  {
    name: 'an event that a table tells in fewer words is the one that is held; one that says another thing is not',
    run: (store) => {
      store.commit(
        eventPost({ _CB_TENANT_DBID: 1, service_name: 'x' }),
        finalPost({ _CB_DIM_VQ: 'q', service_name: 'x' }),
      );
      const icon = (delivery: Delivery) => imported(delivery, { origin: 'icon' });
      const { receipts } = store.import([
        icon(eventPost()),
        icon(finalPost()),
        icon(finalPost({ _CB_DIM_VQ: 'another' })),
        imported(finalPost(), { origin: 'tserver-log' }),
      ]);
      expect(receipts.map(({ outcome }) => outcome)).toEqual(['duplicate', 'duplicate', 'after-final', 'after-final']);
    },
  },
];
