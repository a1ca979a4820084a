/** What every store's row ports promise (src/apply/tables.ts), as cases that ask nothing of SQL. */
import { expect } from 'vitest';
import type { StoredStep, TieBreak } from '../../../src/apply/tables.js';
import { sortKeyOf } from '../../../src/domain/campaign-group.js';
import { newCallback } from '../../../src/domain/callback.js';
import type { LegacyCallbackEvent } from '../../../src/domain/legacy-callback.js';
import type { QuarantineReason } from '../../../src/domain/quarantine.js';
import { DIMENSION_4 } from '../../../src/gms/info-mart.js';
import { emptyRecord } from '../../../src/gms/key-value-pairs.js';
import { anEvent } from '../../support/callback-events.js';
import { aLegacyEvent } from '../../support/legacy-events.js';
import { aNotification, T0 } from '../../support/notifications.js';
import type { TestStore } from '../../support/stores.js';
import { hourOf, QUARTER_HOUR_MS } from '../../../src/evidence/quarter-hours.js';
import { aChunk, aGroup, aListQuarter, aQuarter, aStatement, aTagged, type ContractCase } from './contract-rows.js';
import { EVIDENCE_CASES } from './evidence-rows.js';
import { RETENTION_CASES } from './retention-rows.js';

const EVERY_BODY = { ids: [], source: null, reason: null, dryRun: false };
const LIMIT = { atMs: T0 + 2000, limitMs: T0 + 1000 };
const MARKS = { saidMs: T0 + 1, actorSaidMs: null, otherSaidMs: T0 - 1 };

const tie = (rank: number, contentDigest = 'a'): TieBreak => ({ rank, contentDigest });

const inOrder = (nos: readonly number[]) => [...nos].sort((a, b) => a - b);

const aStep = (state: string, fromState: string | null = null): StoredStep => {
  const bearing = { state, guid: 'g', dialMode: 'predictive', optimizeBy: 'busy_factor', optimizeGoal: 85 };
  return { fromState, bearing, transition: null };
};
/** A step that is a transition, at a place of history. */
const aTransition = (atMs: number, { rank, contentDigest }: TieBreak, toState: string, fromState: string | null) => {
  const step = aStep(toState, fromState);
  const { dialMode, optimizeBy, optimizeGoal } = step.bearing;
  const transition = {
    id: `to ${toState} at ${String(atMs)} as ${String(rank)}`,
    sortKey: sortKeyOf(atMs, rank, contentDigest),
    atMs,
    fromState,
    toState,
    fromDialMode: null,
    toDialMode: dialMode,
    fromOptimizeBy: null,
    toOptimizeBy: optimizeBy,
    fromOptimizeGoal: null,
    toOptimizeGoal: optimizeGoal,
    action: 'start',
    actor: 'client',
    inferred: true,
    unexpected: false,
    impliedSteps: ['unload', 'load'],
    notBeforeMs: atMs - 10_000,
  };
  return { ...step, transition };
};
/** Steps of one group: loaded, running, running again after a load of the same state, all told in another order. */
const LIFE: readonly (readonly [atMs: number, tie: TieBreak, step: StoredStep])[] = [
  [T0 + 2000, tie(1), aTransition(T0 + 2000, tie(1), 'running', 'active')],
  [T0, tie(0, 'b'), aTransition(T0, tie(0, 'b'), 'active', null)],
  [T0, tie(0, 'a'), aStep('waiting_unload')],
  [T0 + 2000, tie(2), { ...aStep('running', 'running'), bearing: { ...aStep('running').bearing, optimizeGoal: 90 } }],
];
const aLife = (store: TestStore) => {
  const groupNo = aGroup(store);
  store.within(({ steps }) => {
    for (const [atMs, placed, step] of LIFE) steps.put(groupNo, atMs, placed, step);
  });
  return groupNo;
};

const GROUPS: ContractCase[] = [
  {
    name: 'a group is found by its key and by its number, as it was put, and no other is',
    run: (store) => {
      const groupNo = aGroup(store);
      const other = aGroup(store, '102');
      expect(other).not.toBe(groupNo);
      store.within(({ groups }) => {
        groups.hear(groupNo, T0 + 500);
        groups.keepMarks(groupNo, MARKS);
        groups.limitHeard(groupNo, LIMIT);
        const said = { heardMs: T0 + 500, marks: MARKS, heardLimit: LIMIT };
        const group = { groupNo, id: 'default 101', source: 'default', dbid: '101', ...said };
        expect(groups.find('default', '101')).toEqual(group);
        expect(groups.byNo(groupNo)).toEqual(group);
        expect(groups.byNo(other)).toMatchObject({ dbid: '102', heardMs: T0, heardLimit: null });
        expect(groups.byNo(other)?.marks).toEqual({ saidMs: null, actorSaidMs: null, otherSaidMs: null });
        expect([groups.find('other', '101'), groups.byNo(other + 1000)]).toEqual([null, null]);
      });
    },
  },
  {
    name: 'the marks of heads change with all that a head is made of',
    run: (store) => {
      const groupNo = aGroup(store);
      const seen = [store.tables.heads.marks().get(groupNo)];
      const changes: ((tables: TestStore['tables']) => void)[] = [
        ({ groups }) => {
          groups.hear(groupNo, T0 + 1);
        },
        ({ groups }) => {
          groups.keepMarks(groupNo, MARKS);
        },
        ({ groups }) => {
          groups.limitHeard(groupNo, { atMs: T0, limitMs: T0 + 1 });
        },
        ({ steps }) => {
          steps.put(groupNo, T0, tie(0), aStep('active'));
        },
        ({ steps }) => {
          steps.put(groupNo, T0, tie(0), aStep('running'));
        },
      ];
      for (const change of changes) {
        store.within(change);
        seen.push(store.tables.heads.marks().get(groupNo));
      }
      expect(new Set(seen).size).toBe(changes.length + 1);
      expect(store.tables.heads.marks().get(groupNo)).toBe(seen.at(-1));
    },
  },
  {
    name: 'heads come in the order of their groups, all or those asked for',
    run: (store) => {
      const nos = ['1', '2', '3'].map((dbid) => aGroup(store, dbid));
      const { heads } = store.tables;
      expect([...heads.parts(null)].map(({ group }) => group.groupNo)).toEqual(inOrder(nos));
      const [first = 0, , last = 0] = nos;
      const some = [...heads.parts([last, first])].map(({ group }) => group);
      expect(some.map(({ groupNo }) => groupNo)).toEqual(inOrder([first, last]));
      expect(some.map(({ dbid }) => dbid).sort()).toEqual(['1', '3']);
    },
  },
  {
    name: 'the parts of a head are its group and its last step; one that enters its state says so',
    run: (store) => {
      const [groupNo, none] = [aLife(store), aGroup(store, '102')];
      const heads = [...store.tables.heads.parts(null)];
      const [head, other] = [groupNo, none].map((no) => heads.find(({ group }) => group.groupNo === no));
      expect(head?.group).toEqual(store.tables.groups.byNo(groupNo));
      const bearing = { ...aStep('running').bearing, optimizeGoal: 90 };
      expect(head?.step).toMatchObject({ atMs: T0 + 2000, fromState: 'running', bearing, entersState: false });
      expect([other?.group.groupNo, other?.step]).toEqual([none, null]);
      store.within(({ steps }) => {
        steps.put(groupNo, T0 + 3000, tie(1), aTransition(T0 + 3000, tie(1), 'active', 'running'));
      });
      const step = { atMs: T0 + 3000, fromState: 'running', entersState: true };
      expect([...store.tables.heads.parts([groupNo])]).toMatchObject([{ step }]);
    },
  },
  {
    name: 'groups stand by their numbers, with whether they are loaded and when they were heard, and are counted',
    run: (store) => {
      expect([store.tables.heads.count(), [...store.tables.heads.standings()]]).toEqual([0, []]);
      const [quiet, loaded, gone] = [aGroup(store, '1'), aLife(store), aGroup(store, '3')];
      store.within(({ groups, steps }) => {
        groups.hear(gone, T0 + 9000);
        steps.put(gone, T0, tie(0), aStep('active'));
        steps.put(gone, T0 + 1, tie(0), aStep('not_loaded', 'active'));
      });
      expect(store.tables.heads.count()).toBe(3);
      const standings = [
        { groupNo: quiet, isLoaded: false, heardMs: T0 },
        { groupNo: loaded, isLoaded: true, heardMs: T0 },
        { groupNo: gone, isLoaded: false, heardMs: T0 + 9000 },
      ];
      standings.sort((a, b) => a.groupNo - b.groupNo);
      expect([...store.tables.heads.standings()]).toEqual(standings);
    },
  },
];

const STATEMENTS: ContractCase[] = [
  {
    name: 'a statement is found by its content within its group, and by its number',
    run: (store) => {
      const [one, two] = [aGroup(store), aGroup(store, '102')];
      const no = aStatement(store, one, 'digest');
      store.within(({ statements }) => {
        expect(statements.find(one, 'digest')).toBe(no);
        expect([statements.find(two, 'digest'), statements.find(one, 'other')]).toEqual([null, null]);
        expect(statements.byNo(no)).toEqual({
          no,
          contentDigest: 'digest',
          statement: aNotification().statement,
        });
      });
    },
  },
  {
    name: 'whiles of copies are found by when they began',
    run: (store) => {
      const [groupNo, other] = [aGroup(store), aGroup(store, '102')];
      store.within(({ repeats }) => {
        expect(repeats.lastBy(groupNo, T0)).toBeNull();
        repeats.begin(groupNo, T0);
        repeats.begin(groupNo, T0 + 60_000);
        repeats.extend(groupNo, T0, T0 + 10_000);
        expect(repeats.lastBy(groupNo, T0 + 59_000)).toEqual({ fromMs: T0, toMs: T0 + 10_000 });
        expect(repeats.lastBy(groupNo, T0 + 60_000)).toEqual({ fromMs: T0 + 60_000, toMs: T0 + 60_000 });
        expect([repeats.lastBy(groupNo, T0 - 1), repeats.lastBy(other, T0)]).toEqual([null, null]);
      });
    },
  },
];

const STEPS: ContractCase[] = [
  {
    name: 'steps stand in the order of history: by date-time, rank and content',
    run: (store) => {
      const groupNo = aLife(store);
      const { steps } = store.tables;
      const order = [LIFE[2], LIFE[1], LIFE[0], LIFE[3]].map((one) => one?.[2]);
      const newest = [...steps.newestFirst(groupNo, 10)];
      expect(newest.map(({ fromState, bearing, transition }) => ({ fromState, bearing, transition }))).toEqual(
        [...order].reverse(),
      );
      expect(newest.map(({ atMs }) => atMs - T0)).toEqual([2000, 2000, 0, 0]);
      expect([...steps.newestFirst(groupNo, 2)].length).toBe(2);
      expect(steps.last(groupNo)).toEqual({ ...order[3], atMs: T0 + 2000, contentDigest: 'a' });
      expect(steps.lastBefore(groupNo, T0 + 2000, tie(2))).toEqual(order[2]);
      expect(steps.lastBefore(groupNo, T0, tie(0, 'b'))).toEqual(order[0]);
      expect(steps.lastBefore(groupNo, T0, tie(0, 'a'))).toBeNull();
      expect(steps.at(groupNo, T0, tie(0, 'b'))).toEqual(order[1]);
      expect(steps.at(groupNo, T0, tie(1, 'b'))).toBeNull();
      expect(steps.firstAfter(groupNo, T0)).toMatchObject({ atMs: T0 + 2000, ...order[2] });
      expect(steps.firstAfter(groupNo, T0 + 2000)).toBeNull();
    },
  },
  {
    name: 'a state was entered by the last step to it, or by a load of it',
    run: (store) => {
      const groupNo = aLife(store);
      const { steps } = store.tables;
      expect(steps.stateSince(groupNo)).toEqual({ atMs: T0 + 2000, isKnown: true });
      const reload = aTransition(T0 + 3000, tie(1), 'running', 'running');
      store.within(() => {
        steps.put(groupNo, T0 + 3000, tie(1), reload);
      });
      expect(steps.stateSince(groupNo)).toEqual({ atMs: T0 + 3000, isKnown: true });
      const first = aGroup(store, '102');
      expect(steps.stateSince(first)).toBeNull();
      store.within(() => {
        steps.put(first, T0, tie(0), aStep('active'));
      });
      expect(steps.stateSince(first)).toEqual({ atMs: T0, isKnown: false });
    },
  },
  {
    name: 'a step is replaced where it stands, and removed, alone or with all of its group',
    run: (store) => {
      const [groupNo, other] = [aLife(store), aGroup(store, '102')];
      store.within(({ steps }) => {
        steps.put(other, T0, tie(0), aStep('active'));
        steps.put(groupNo, T0, tie(0, 'b'), aStep('running'));
        expect(steps.at(groupNo, T0, tie(0, 'b'))).toEqual(aStep('running'));
        steps.remove(groupNo, T0, tie(0, 'b'));
        expect(steps.at(groupNo, T0, tie(0, 'b'))).toBeNull();
        expect([...steps.newestFirst(groupNo, 10)].length).toBe(3);
        steps.removeAll(groupNo);
        expect([...steps.newestFirst(groupNo, 10)]).toEqual([]);
        expect(steps.last(other)).toEqual({ ...aStep('active'), atMs: T0, contentDigest: 'a' });
      });
    },
  },
];

const aCallback = (store: TestStore, serviceId = 'service-1', source = 'default') =>
  store.within(({ callbacks }) => callbacks.create(source, serviceId, T0));
const KEYS = {
  startDateTimeKey: 0,
  resourceKey: 1,
  dimension1Key: 2,
  dimension2Key: 3,
  dimension3Key: 4,
  dimension4Key: 5,
  dialResultsKey: 6,
};
const anAttachment = (digest: string) => ({
  source: 'default',
  receivedAtMs: T0,
  interactionId: 'call-1',
  serviceId: 'service-1',
  serviceStartMs: T0,
  acceptedMs: null,
  customerConnectedMs: null,
  offeredMs: null,
  received: '{}',
  digest,
});
const aStatus = (digest: string) => ({
  source: 'default',
  receivedAtMs: T0,
  serviceId: 'service-1',
  event: '_cbe_on_dial_init',
  state: 'dialing',
  desiredMs: null,
  received: '{}',
  digest,
});

const CALLBACKS: ContractCase[] = [
  {
    name: 'a callback is found by its key, as it was written',
    run: (store) => {
      const callbackNo = aCallback(store);
      const other = aCallback(store, 'service-1', 'other');
      expect(other).not.toBe(callbackNo);
      store.within(({ callbacks }) => {
        const written = {
          ...newCallback('default', { ...emptyRecord('service-1'), serviceStartMs: T0, vq: 'VQ', tenantDbid: 7 }, T0),
          isFinal: true,
          finalDigest: 'final',
          endedMs: T0 + 9,
          lastEventMs: T0 + 8,
          events: 3,
          lateEvents: 1,
          attachments: 2,
          attachedStartMs: T0 - 5,
          attachedReceivedMs: T0 + 4,
          live: { event: 'dial', state: 'dialing', atMs: T0 + 3 },
          desired: { ms: T0 + 99, receivedMs: T0 + 2 },
          phoneHash: 'p',
          aniHash: 'a',
        };
        callbacks.write(callbackNo, written);
        expect(callbacks.find('default', 'service-1')).toEqual({ callbackNo, callback: written });
        expect(callbacks.find('other', 'service-1')?.callback).toEqual(
          newCallback('other', emptyRecord('service-1'), T0),
        );
        expect(callbacks.find('default', 'service-2')).toBeNull();
        callbacks.setHashes(callbackNo, 'p2', null);
        expect(callbacks.find('default', 'service-1')?.callback).toMatchObject({ phoneHash: 'p2', aniHash: null });
      });
    },
  },
  {
    name: 'of the events of a callback the complete ones take part in the merge, each but one',
    run: (store) => {
      const [callbackNo, other] = [aCallback(store), aCallback(store, 'service-2')];
      const complete = ['a', 'b'].map((vq) => anEvent({ record: { vq }, receivedAtMs: T0 + 7 }));
      const incomplete = anEvent({ record: { vq: 'c' }, isComplete: false });
      store.within(({ callbacks }) => {
        [...complete, incomplete].forEach((event, index) => {
          callbacks.insertEvent(callbackNo, { event, sequence: index + 1, isLate: false, keys: KEYS });
        });
        const [first, second] = complete;
        expect([callbacks.hasEvent(callbackNo, incomplete.digest), callbacks.hasEvent(callbackNo, 'x')]).toEqual([
          true,
          false,
        ]);
        expect(callbacks.hasEvent(other, incomplete.digest)).toBe(false);
        const { record, isComplete, keyCount, digest } = first ?? anEvent();
        expect(callbacks.mergeable(callbackNo, second?.digest ?? '')).toEqual([
          { record, isComplete, keyCount, digest, receivedMs: T0 + 7 },
        ]);
        expect(callbacks.mergeable(callbackNo, 'of none').length).toBe(2);
        expect(callbacks.mergeable(other, 'of none')).toEqual([]);
      });
    },
  },
  {
    name: 'attached data and status notifications are held once per content',
    run: (store) => {
      const [callbackNo, other] = [aCallback(store), aCallback(store, 'service-2')];
      store.within(({ callbacks }) => {
        callbacks.insertAttachment(callbackNo, anAttachment('x'));
        callbacks.insertNotification(callbackNo, aStatus('x'));
        callbacks.insertNotification(callbackNo, aStatus('y'));
        expect([callbacks.hasAttachment(callbackNo, 'x'), callbacks.hasAttachment(callbackNo, 'y')]).toEqual([
          true,
          false,
        ]);
        expect([callbacks.hasNotification(callbackNo, 'y'), callbacks.hasNotification(other, 'y')]).toEqual([
          true,
          false,
        ]);
        expect([callbacks.countNotifications(callbackNo), callbacks.countNotifications(other)]).toEqual([2, 0]);
      });
    },
  },
  {
    name: 'open callbacks are those without a final record that were alive since; the newest event is told by source and tenant',
    run: (store) => {
      const write = (serviceId: string, parts: { isFinal?: boolean; lastEventMs?: number; tenantDbid?: number }) => {
        const callbackNo = aCallback(store, serviceId);
        const { tenantDbid = 1, ...rest } = parts;
        const record = { ...emptyRecord(serviceId), tenantDbid, customerPhoneNumber: '+43', customerAni: null };
        store.within(({ callbacks }) => {
          callbacks.write(callbackNo, { ...newCallback('default', record, T0), ...rest });
        });
      };
      write('open', { lastEventMs: T0 + 5000 });
      write('older', { lastEventMs: T0 + 1000, tenantDbid: 2 });
      write('final', { lastEventMs: T0 + 9000, isFinal: true });
      aCallback(store, 'unsaid');
      const { callbacks } = store.tables;
      expect([...callbacks.open(T0 + 5000)].map(({ serviceId }) => serviceId)).toEqual(['open']);
      expect(new Set([...callbacks.open(T0)].map(({ serviceId }) => serviceId))).toEqual(
        new Set(['open', 'older', 'unsaid']),
      );
      expect([...callbacks.open(T0)].length).toBe(3);
      const byTenant = callbacks.lastEvents().sort((a, b) => (a.tenantDbid ?? 0) - (b.tenantDbid ?? 0));
      expect(byTenant).toEqual([
        { source: 'default', tenantDbid: 1, receivedMs: T0 + 9000 },
        { source: 'default', tenantDbid: 2, receivedMs: T0 + 1000 },
      ]);
      const numbers = callbacks.numbers().map(({ phone, ani }) => [phone, ani]);
      expect(numbers).toEqual([
        ['+43', null],
        ['+43', null],
        ['+43', null],
      ]);
    },
  },
  {
    name: 'rows of a dimension, and interactions, may be put again to no harm',
    run: (store) => {
      const callbackNo = aCallback(store);
      store.within(({ dimensions, callbacks }) => {
        dimensions.insert(DIMENSION_4, 42, [0, 1]);
        dimensions.insert(DIMENSION_4, 42, [0, 1]);
        callbacks.link(callbackNo, 'call-1', 'originating', T0 + 9);
        callbacks.link(callbackNo, 'call-1', 'originating', T0);
      });
    },
  },
  {
    name: 'an event from before there were records is held once per source and content',
    run: (store) => {
      expect([aLegacy(store), aLegacy(store, { atMs: T0 + 1, sentToIcon: null })]).toEqual([true, false]);
      expect([aLegacy(store, { source: 'other' }), aLegacy(store, { digest: 'another' })]).toEqual([true, true]);
      const { removals } = store.tables;
      expect([removals.countSource('default'), removals.countSource('other')]).toMatchObject([
        { legacyEvents: 2, callbacks: 0 },
        { legacyEvents: 1 },
      ]);
    },
  },
  {
    name: 'missing keys are counted by day, source and service',
    run: (store) => {
      const row = { day: '2026-11-20', source: 'default', key: '_CB_X', receivedAtMs: T0, serviceId: null };
      store.within(({ missingKeys }) => {
        missingKeys.count({ ...row, service: '' });
        missingKeys.count({ ...row, service: 'Sales' });
        missingKeys.count({ ...row, service: 'Sales' });
        missingKeys.count({ ...row, service: 'Sales', key: '_CB_Y' });
        expect(missingKeys.countServices('2026-11-20', 'default')).toBe(2);
        expect(missingKeys.countServices('2026-11-21', 'default')).toBe(0);
        expect(missingKeys.hasService('2026-11-20', 'default', 'Sales')).toBe(true);
        expect(missingKeys.hasService('2026-11-20', 'other', 'Sales')).toBe(false);
      });
    },
  },
];

const aLegacy = (store: TestStore, parts: Partial<LegacyCallbackEvent> = {}) =>
  store.within(({ legacyEvents }) => legacyEvents.put(aLegacyEvent(parts)));

const aBody = (
  store: TestStore,
  id: string,
  parts: { reason?: QuarantineReason; source?: string; receivedAtMs?: number } = {},
) => {
  const { reason = 'schema', source = 'default', receivedAtMs = T0 } = parts;
  const delivery = { endpoint: 'callback-events', source, receivedAtMs, bytes: `{"id":"${id}","ü":1}` } as const;
  store.within(({ quarantine }) => {
    quarantine.insert({ id, delivery, size: 20, reason, violations: [], schemaVersion: '1' });
  });
  return delivery;
};
const noOf = (store: TestStore, id: string) =>
  store.tables.quarantine.heldBetween({ ...EVERY_BODY, ids: [id] }, { after: 0, end: 1e9, limit: 1 })[0]?.no ?? 0;

const QUARANTINE: ContractCase[] = [
  {
    name: 'a body is kept as delivered, counted once more when it comes again, and tallied by its bytes',
    run: (store) => {
      const delivery = aBody(store, 'one', { receivedAtMs: T0 + 5 });
      store.within(({ quarantine }) => {
        expect(quarantine.delivery('one')).toEqual(delivery);
        expect([quarantine.seenAgain('one', T0, 20), quarantine.seenAgain('two', T0, 20)]).toEqual([true, false]);
        expect(quarantine.delivery('one')?.receivedAtMs).toBe(T0);
        const bytes = delivery.bytes.length + 2 + 300;
        const tallied = { id: 'one', source: 'default', endpoint: 'callback-events', reason: 'schema', bytes };
        expect(quarantine.tallied('one')).toEqual({ ...tallied, isReplayed: false });
        expect([quarantine.tallied('two'), quarantine.delivery('two')]).toEqual([null, null]);
        expect(quarantine.tallies()).toEqual([{ source: 'default', reason: 'schema', rows: 1, bytes }]);
        expect(quarantine.replayedBytes()).toBe(0);
        quarantine.markReplayed('one', T0 + 9, 'applied');
        expect([quarantine.tallies(), quarantine.replayedBytes()]).toEqual([[], bytes]);
        expect(quarantine.tallied('one')).toMatchObject({ isReplayed: true });
      });
    },
  },
  {
    name: 'held bodies come by their numbers, those that a replay asks for, none that is replayed or only a prefix',
    run: (store) => {
      expect(store.tables.quarantine.newestNo()).toBe(0);
      aBody(store, 'a');
      aBody(store, 'b', { source: 'other' });
      aBody(store, 'c', { reason: 'not_json' });
      aBody(store, 'prefix', { reason: 'too_large' });
      aBody(store, 'done');
      aBody(store, 'd');
      store.within(({ quarantine }) => {
        quarantine.markReplayed('done', T0, 'x');
      });
      const { quarantine } = store.tables;
      const ids = (parts: object, range = {}) =>
        quarantine
          .heldBetween({ ...EVERY_BODY, ...parts }, { after: 0, end: quarantine.newestNo(), limit: 10, ...range })
          .map(({ id }) => id);
      expect(ids({})).toEqual(['a', 'b', 'c', 'd']);
      expect(ids({}, { limit: 2 })).toEqual(['a', 'b']);
      expect(ids({}, { after: noOf(store, 'a'), end: noOf(store, 'c') })).toEqual(['b', 'c']);
      expect([ids({ source: 'other' }), ids({ reason: 'not_json' }), ids({ ids: ['d', 'a'] })]).toEqual([
        ['b'],
        ['c'],
        ['a', 'd'],
      ]);
      expect(quarantine.delivery('prefix')).toBeNull();
      expect(quarantine.newestNo()).toBe(noOf(store, 'd'));
    },
  },
  {
    name: 'what goes first for the bound is what was replayed first, then what was received last longest ago',
    run: (store) => {
      aBody(store, 'newer', { receivedAtMs: T0 + 5 });
      aBody(store, 'older');
      aBody(store, 'other reason', { reason: 'not_json', receivedAtMs: T0 - 9 });
      store.within(({ quarantine }) => {
        expect([quarantine.oldestReplayed(), quarantine.oldestOf('default', 'too_large')]).toEqual([null, null]);
        expect(quarantine.oldestOf('default', 'schema')?.id).toBe('older');
        quarantine.seenAgain('older', T0 + 10, 20);
        expect(quarantine.oldestOf('default', 'schema')?.id).toBe('newer');
        quarantine.markReplayed('older', T0 + 2, 'x');
        quarantine.markReplayed('newer', T0 + 1, 'x');
        expect(quarantine.oldestReplayed()?.id).toBe('newer');
        quarantine.remove('newer');
        expect([quarantine.tallied('newer'), quarantine.oldestReplayed()?.id]).toEqual([null, 'older']);
        quarantine.markFaulty('other reason', 'schema', [{ field: 'x', rule: 'y', found: 'z' }], '2');
        expect(quarantine.tallied('other reason')).toMatchObject({ reason: 'schema' });
        expect(quarantine.tallies().map(({ reason, rows }) => [reason, rows])).toEqual([['schema', 1]]);
      });
    },
  },
];

/** A group with a row of everything that belongs to one. */
const aFullGroup = (store: TestStore, dbid: string) => {
  const groupNo = aGroup(store, dbid);
  const statementNo = aStatement(store, groupNo);
  return store.within(({ journal, chunks, quarters, standing, lists, steps, repeats }) => {
    for (const [atMs, placed, step] of LIFE) steps.put(groupNo, atMs, placed, step);
    repeats.begin(groupNo, T0);
    const listNo = lists.insert(groupNo, { name: 'VIP', dbid: null });
    const entryNo = (journal.bounds()?.lastNo ?? 0) + 1;
    journal.insert(entryNo, groupNo, aTagged(T0, { statementNo }));
    for (const count of [1, 2])
      chunks.insert(aChunk({ groupNo, chunkNo: chunks.lastNo() + 1, hour: hourOf(T0) + count, count }));
    standing.insert(groupNo, { atMs: T0, statementNo, tag: 5 }, T0 + 100);
    for (const startMs of [T0, T0 + QUARTER_HOUR_MS]) {
      quarters.putQuarter(groupNo, aQuarter(startMs));
      quarters.putListQuarter(aListQuarter(listNo, startMs));
    }
    return { groupNo, statementNo, listNo, entryNo };
  });
};
type FullGroup = ReturnType<typeof aFullGroup>;
/** How much of it is found. */
const hasLeft = ({ tables }: TestStore, { groupNo, statementNo, listNo }: FullGroup) => {
  const { statements, chunks, quarters, standing, lists, steps, repeats } = tables;
  const found = (...values: readonly unknown[]) => values.filter((value) => value !== null).length;
  return {
    statements: found(statements.find(groupNo, 'content')),
    chunks: [1, 2].flatMap((n) => chunks.blocks(groupNo, hourOf(T0) + n)).length,
    hours: found(chunks.hourBefore(groupNo, Infinity), chunks.hourAfter(groupNo, 0)),
    quarters: found(quarters.quarter(groupNo, T0), quarters.quarter(groupNo, T0 + QUARTER_HOUR_MS)),
    listQuarters: found(quarters.listQuarter(listNo, T0), quarters.listQuarter(listNo, T0 + QUARTER_HOUR_MS)),
    standing: found(standing.newest(groupNo, T0), standing.receivedMs(groupNo, { atMs: T0, statementNo, tag: 5 })),
    lists: lists.lists(groupNo).length,
    steps: [...steps.newestFirst(groupNo, 10)].length,
    repeats: found(repeats.lastBy(groupNo, T0)),
  };
};
const NOTHING_LEFT = {
  ...{ statements: 0, chunks: 0, hours: 0, quarters: 0, listQuarters: 0, standing: 0, lists: 0, steps: 0, repeats: 0 },
};

const REMOVALS: ContractCase[] = [
  {
    name: 'a hidden group is found by nobody, and a newcomer with its key is another',
    run: (store) => {
      const [groupNo, other] = [aLife(store), aGroup(store, '102')];
      const { groups, heads, removals, steps } = store.tables;
      expect(removals.groupNos({ group: 'default 101', source: null, dryRun: false })).toEqual([groupNo]);
      expect(removals.groupNos({ group: null, source: 'default', dryRun: false })).toEqual(inOrder([groupNo, other]));
      expect(removals.groupNos({ group: null, source: 'other', dryRun: false })).toEqual([]);
      expect(removals.hidden()).toBeNull();
      store.within(() => {
        expect(removals.hide([groupNo])).toEqual({ groups: 1 });
      });
      expect(removals.hidden()).toBe(groupNo);
      expect([groups.find('default', '101'), groups.byNo(groupNo), heads.count()]).toEqual([null, null, 1]);
      expect([...heads.parts(null)].map(({ group }) => group.groupNo)).toEqual([other]);
      expect([...heads.standings()].map((standing) => standing.groupNo)).toEqual([other]);
      expect(removals.groupNos({ group: null, source: 'default', dryRun: false })).toEqual([other]);
      const next = aGroup(store);
      expect([steps.last(next), groups.byNo(next)?.dbid]).toEqual([null, '101']);
      expect([groupNo, other]).not.toContain(next);
    },
  },
  {
    name: 'a group is counted and removed with all it has but its journal, some rows at a time, and leaves others alone',
    run: (store) => {
      const [gone, kept] = [aFullGroup(store, '101'), aFullGroup(store, '102')];
      const { removals } = store.tables;
      expect(removals.countGroup(gone.groupNo)).toEqual({ groups: 1, notifications: 3, transitions: 2 });
      store.within(() => removals.hide([gone.groupNo]));
      const counted = { transitions: 0, notifications: 0 };
      let slices = 0;
      const removeSome = (groupNo: number) => {
        const { rows, counts } = store.within(() => removals.removeHidden(groupNo, 3));
        expect(rows).toBeGreaterThan(0);
        expect(rows).toBeLessThanOrEqual(3);
        counted.transitions += counts.transitions ?? 0;
        counted.notifications += counts.notifications ?? 0;
        slices++;
      };
      removals.aroundHidden(() => {
        for (let hidden = removals.hidden(); hidden !== null; hidden = removals.hidden()) removeSome(hidden);
      });
      expect(counted).toEqual({ transitions: 2, notifications: 3 });
      expect(slices).toBeGreaterThan(2);
      expect(hasLeft(store, gone)).toEqual(NOTHING_LEFT);
      expect(Object.values(hasLeft(store, kept))).not.toContain(0);
      store.reopen();
      expect(store.stores.evidence.uncompacted(gone.groupNo).length).toBe(1);
    },
  },
  {
    name: 'a number is given to no second group, though the first was the last and is gone',
    run: (store) => {
      const { removals } = store.tables;
      const groupNo = aGroup(store);
      store.within(() => removals.hide([groupNo]));
      removals.aroundHidden(() => {
        store.within(() => removals.removeHidden(groupNo, 100));
      });
      expect(removals.hidden()).toBeNull();
      store.reopen();
      expect(aGroup(store)).not.toBe(groupNo);
    },
  },
  {
    name: 'a noted source is found by nobody; what comes after it stays, whatever is removed',
    run: (store) => {
      aCallback(store, 'service-1', 'gone');
      aCallback(store, 'service-1', 'kept');
      aBody(store, 'gone', { source: 'gone' });
      aBody(store, 'kept', { source: 'kept' });
      aLegacy(store, { source: 'gone' });
      aLegacy(store, { source: 'gone', digest: 'another' });
      aLegacy(store, { source: 'kept' });
      const { callbacks, quarantine, removals } = store.tables;
      const held = { callbacks: 1, callbackEvents: 0, quarantined: 1, legacyEvents: 2 };
      expect(removals.countSource('gone')).toMatchObject(held);
      store.within(() => {
        removals.note('gone');
      });
      expect(callbacks.find('gone', 'service-1')).toBeNull();
      expect(quarantine.tallies().map(({ source }) => source)).toEqual(['kept']);
      expect(quarantine.seenAgain('gone', T0, 1)).toBe(false);
      const next = aCallback(store, 'service-1', 'gone');
      expect(callbacks.find('gone', 'service-1')?.callbackNo).toBe(next);
      aBody(store, 'gone', { source: 'gone' });
      expect(removals.countSource('gone')).toMatchObject({ legacyEvents: 0 });
      expect(aLegacy(store, { source: 'gone' })).toBe(true);
      const counted = { callbacks: 0, quarantined: 0, legacyEvents: 0 };
      const add = (counts: Partial<typeof counted> | null) => {
        counted.callbacks += counts?.callbacks ?? 0;
        counted.quarantined += counts?.quarantined ?? 0;
        counted.legacyEvents += counts?.legacyEvents ?? 0;
        return counts;
      };
      for (let [noted] = removals.noted(); noted !== undefined; [noted] = removals.noted()) {
        const one = noted;
        expect(one.source).toBe('gone');
        store.within(() => add(removals.removeCallbacks(one) ?? removals.removeBodies(one)));
      }
      while (store.within(() => add(removals.removeNameless())) !== null);
      expect(counted).toEqual({ callbacks: 1, quarantined: 1, legacyEvents: 2 });
      expect([aLegacy(store, { source: 'gone' }), aLegacy(store, { source: 'kept' })]).toEqual([false, false]);
      expect(callbacks.find('gone', 'service-1')?.callbackNo).toBe(next);
      expect(callbacks.find('kept', 'service-1')).not.toBeNull();
      expect(quarantine.tallies().length).toBe(2);
    },
  },
  {
    name: 'what was noted comes oldest first, once',
    run: (store) => {
      const { removals } = store.tables;
      store.within(() => {
        removals.note('later in the alphabet');
        removals.note('another');
      });
      expect(removals.noted().map(({ source }) => source)).toEqual(['later in the alphabet', 'another']);
    },
  },
  {
    name: 'the numbers of changes rise, and the oldest can be pruned',
    run: (store) => {
      store.within(({ changes }) => {
        const first = changes.insert(T0, 0, false, null);
        const second = changes.insert(T0, 1, true, aTransition(T0, tie(0), 'running', null).transition);
        expect(second).toBeGreaterThan(first);
        changes.prune(first);
        expect(changes.insert(T0, 0, false, null)).toBeGreaterThan(second);
      });
    },
  },
];

const TRANSACTIONS: ContractCase[] = [
  {
    name: 'what a failed transaction put is found by nobody, and what it changed or removed is as before',
    run: (store) => {
      const groupNo = aLife(store);
      const before = [...store.tables.steps.newestFirst(groupNo, 10)];
      const attempt = () =>
        store.within(({ groups, steps }) => {
          groups.insert({ id: 'x', source: 'default', dbid: '999', heardMs: T0 });
          groups.hear(groupNo, T0 + 5);
          steps.remove(groupNo, T0, tie(0, 'b'));
          steps.put(groupNo, T0, tie(0, 'a'), aStep('running'));
          throw new RangeError('a fault of the work');
        });
      expect(attempt).toThrow(RangeError);
      const { groups, steps } = store.tables;
      expect([groups.find('default', '999'), groups.byNo(groupNo)?.heardMs]).toEqual([null, T0]);
      expect([...steps.newestFirst(groupNo, 10)]).toEqual(before);
    },
  },
  {
    name: 'a part that fails is undone alone; the rest of its transaction is kept, over a restart',
    run: (store) => {
      store.transactions.run((batch) => {
        const { groups } = store.tables;
        groups.insert({ id: 'before', source: 'default', dbid: '1', heardMs: T0 });
        const fault = store.transactions.attempt(batch, () => {
          groups.insert({ id: 'within', source: 'default', dbid: '2', heardMs: T0 });
          throw new RangeError('of this part');
        });
        expect(fault).toMatchObject({ found: 'RangeError: of this part' });
        groups.insert({ id: 'after', source: 'default', dbid: '3', heardMs: T0 });
      });
      store.reopen();
      const found = ['1', '2', '3'].map((dbid) => store.tables.groups.find('default', dbid)?.id ?? null);
      expect(found).toEqual(['before', null, 'after']);
    },
  },
  {
    name: 'work that is not to be kept leaves no trace',
    run: (store) => {
      store.transactions.run(() => {
        store.tables.groups.insert({ id: 'x', source: 'default', dbid: '1', heardMs: T0 });
      }, false);
      expect(store.tables.groups.find('default', '1')).toBeNull();
    },
  },
];

export const ROW_CONTRACT: readonly ContractCase[] = [
  ...GROUPS,
  ...STATEMENTS,
  ...EVIDENCE_CASES,
  ...STEPS,
  ...CALLBACKS,
  ...QUARANTINE,
  ...REMOVALS,
  ...RETENTION_CASES,
  ...TRANSACTIONS,
];
