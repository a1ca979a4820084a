import { describe, expect, it } from 'vitest';
import {
  ABANDONED_RECORD,
  aliveUntilMs,
  CALLBACK_STATES,
  CALLBACK_SUB_STATES,
  dispositionOf,
  dueOf,
  isAbandonedRecord,
  mergeEvents,
  shownState,
} from '../../../src/domain/callback.js';
import { anEvent } from '../../support/callback-events.js';
import { anOpenCallback } from '../../support/callbacks.js';
import { aFullRecord, aRecord } from '../../support/callback-rows.js';
import { T0 } from '../../support/notifications.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

describe('a disposition', () => {
  it.each(CALLBACK_STATES.flatMap((state) => CALLBACK_SUB_STATES.map((subState) => [state, subState] as const)))(
    'of the vendor’s form is its state and sub-state: %s.%s',
    (state, subState) => {
      expect(dispositionOf(`${state}.${subState}`, true)).toEqual({ state, subState });
    },
  );

  it.each(CALLBACK_STATES)('may be a bare state: %s', (state) => {
    expect(dispositionOf(state, false)).toEqual({ state, subState: null });
    expect(dispositionOf(`${state}.`, false)).toEqual({ state, subState: null });
  });

  it.each([
    ['completed.cancelled', 'COMPLETED', 'CANCELLED'],
    [' Completed . Push-Send error ', 'COMPLETED', 'PUSH_SEND_ERROR'],
    ['QUEUED.NEW_THING', 'QUEUED', 'NEW_THING'],
    ['COMPLETED.a.b', 'COMPLETED', 'A.B'],
  ])('is compared without regard to case, hyphens and blanks; sub-states are open: %s', (text, state, subState) => {
    expect(dispositionOf(text, true)).toEqual({ state, subState });
  });

  it.each(['Customer satisfied', 'Sold. Call again', 'COMPLETE.AGENT', '.AGENT', 'xCOMPLETED', ''])(
    'that an agent replaced by free text is COMPLETED on a final record and unknown before, sub-state other: %j',
    (text) => {
      expect(dispositionOf(text, true)).toEqual({ state: 'COMPLETED', subState: 'other' });
      expect(dispositionOf(text, false)).toEqual({ state: 'unknown', subState: 'other' });
    },
  );

  it('that is not reported is COMPLETED on a final record and unknown before, without a sub-state', () => {
    expect(dispositionOf(null, true)).toEqual({ state: 'COMPLETED', subState: null });
    expect(dispositionOf(null, false)).toEqual({ state: 'unknown', subState: null });
  });

  it('of the vendor’s form is believed on a final record, whatever state it says', () => {
    expect(dispositionOf('PROCESSING.AGENT', true)).toEqual({ state: 'PROCESSING', subState: 'AGENT' });
  });
});

type EventParts = NonNullable<Parameters<typeof anEvent>[0]>;
const final = (record: EventParts['record'] = {}, parts: Omit<EventParts, 'record'> = {}) =>
  anEvent({ ...parts, record: { finalRecord: 1, ...record } });
/** The target of the event that wins, whatever the order of the two. */
function winner(one: ReturnType<typeof anEvent>, other: ReturnType<typeof anEvent>) {
  const merged = mergeEvents([one, other]);
  expect(mergeEvents([other, one])).toEqual(merged);
  return merged?.record.finalTarget;
}

describe('the record merged from events', () => {
  it('is none of none, and none of events that lack a mandatory key', () => {
    expect(mergeEvents([])).toBeNull();
    expect(mergeEvents([anEvent({ isComplete: false }), final({}, { isComplete: false })])).toBeNull();
  });

  it('of one event is that event', () => {
    const event = anEvent({ record: aFullRecord() });

    expect(mergeEvents([event])).toEqual({ record: event.record, isFinal: false, finalDigest: null });
  });

  it('is final with the first final event, by a flag of 1 only', () => {
    expect(mergeEvents([final({}, { digest: 'f' })])).toMatchObject({ isFinal: true, finalDigest: 'f' });
    expect(mergeEvents([anEvent({ record: { finalRecord: 0 } })])).toMatchObject({ isFinal: false, finalDigest: null });
  });

  it('believes a final event before any other, however many keys the other has', () => {
    expect(
      winner(
        final({ finalTarget: 'final' }),
        anEvent({ record: { ...aFullRecord(), finalTarget: 'open', finalRecord: 0 }, keyCount: 70 }),
      ),
    ).toBe('final');
  });

  it('believes of finals the one of the earliest service end', () => {
    expect(
      winner(
        final({ finalTarget: 'early', serviceEndMs: T0 + 1000 }),
        final({ finalTarget: 'late', serviceEndMs: T0 + 2000, disposition: 'COMPLETED.AGENT' }, { keyCount: 60 }),
      ),
    ).toBe('early');
  });

  it('believes a final with a service end before one without', () => {
    expect(
      winner(
        final({ finalTarget: 'ended', serviceEndMs: T0 + 2000 }),
        final({ finalTarget: 'not said', disposition: 'COMPLETED.AGENT' }, { keyCount: 60 }),
      ),
    ).toBe('ended');
  });

  it.each(['COMPLETED.AGENT', 'completed', 'Queued.x'])(
    'believes of finals that end together the one whose disposition has the vendor’s form: %s',
    (disposition) => {
      expect(
        winner(
          final({ finalTarget: 'vendor', disposition, serviceEndMs: T0 }),
          final({ finalTarget: 'agent', disposition: 'Sold.', serviceEndMs: T0 }, { keyCount: 60 }),
        ),
      ).toBe('vendor');
      expect(
        winner(final({ finalTarget: 'vendor', disposition }), final({ finalTarget: 'silent' }, { keyCount: 60 })),
      ).toBe('vendor');
    },
  );

  it('believes then the one with the most keys, unknown ones included, and last goes by content', () => {
    expect(
      winner(
        final({ finalTarget: 'rich' }, { keyCount: 9, digest: 'b' }),
        final({ finalTarget: 'poor' }, { keyCount: 8, digest: 'a' }),
      ),
    ).toBe('rich');
    expect(
      winner(
        final({ finalTarget: 'a' }, { keyCount: 9, digest: 'a' }),
        final({ finalTarget: 'b' }, { keyCount: 9, digest: 'b' }),
      ),
    ).toBe('a');
  });

  it('fills the gaps of the final event from events that are not final, never from another final', () => {
    const merged = mergeEvents([
      anEvent({ record: { vq: 'VQ_Sales', channel: 'WEB' } }),
      final({ channel: 'IVR', serviceEndMs: T0 + 1000 }),
      final({ finalTarget: 'of the loser', serviceEndMs: T0 + 2000 }),
    ]);

    expect(merged?.record).toMatchObject({ vq: 'VQ_Sales', channel: 'IVR', finalTarget: null });
  });

  it('fills a gap from the best of several events that are not final', () => {
    const merged = mergeEvents([
      anEvent({ record: { vq: 'poor' }, keyCount: 6 }),
      anEvent({ record: { vq: 'rich' }, keyCount: 9 }),
      final(),
    ]);

    expect(merged?.record.vq).toBe('rich');
  });

  it('leaves a 0 that was reported as it is', () => {
    const merged = mergeEvents([
      anEvent({ record: { offered: 1, agentRequired: 1 } }),
      final({ offered: 0, agentRequired: 0 }),
    ]);

    expect(merged?.record).toMatchObject({ offered: 0, agentRequired: 0 });
  });

  it('has the first of the times at which it was ready to dial, whichever event says it', () => {
    const early = anEvent({ record: { readyMs: T0 + 1000 } });
    const late = final({ readyMs: T0 + 5000 });

    expect(mergeEvents([early, late])?.record.readyMs).toBe(T0 + 1000);
    expect(mergeEvents([late])?.record.readyMs).toBe(T0 + 5000);
    expect(mergeEvents([anEvent(), final()])?.record.readyMs).toBeNull();
  });

  it('takes nothing from an event that lacks a mandatory key', () => {
    const merged = mergeEvents([
      final(),
      anEvent({ record: { vq: 'VQ_Sales', offeredMs: null }, isComplete: false }),
      final({ serviceEndMs: T0, offered: null }, { isComplete: false }),
    ]);

    expect(merged?.record).toEqual(aRecord({ finalRecord: 1 }));
  });

  it('changes none of the events it is made of', () => {
    const events = [final({}, { digest: 'b' }), anEvent({ record: { vq: 'x' } })];
    const before = structuredClone(events);

    mergeEvents(events);

    expect(events).toEqual(before);
  });
});

describe('a callback that is open', () => {
  it('counts as dead only when nothing was said of it for longer than the time to live', () => {
    const callback = anOpenCallback({ lastEventMs: T0, record: { serviceStartMs: T0 - HOUR_MS } });

    expect(isAbandonedRecord(callback, T0 + DAY_MS, DAY_MS)).toBe(false);
    expect(isAbandonedRecord(callback, T0 + DAY_MS + 1, DAY_MS)).toBe(true);
    expect(isAbandonedRecord({ ...callback, isFinal: true }, T0 + DAY_MS + 1, DAY_MS)).toBe(false);
  });

  it.each([
    ['service start', anOpenCallback({ record: { serviceStartMs: T0 + 7 * DAY_MS } })],
    ['service start on the call', anOpenCallback({ attachedStartMs: T0 + 7 * DAY_MS })],
    ['redial', anOpenCallback({ record: { nextRedialMs: T0 + 7 * DAY_MS } })],
    ['desired time', anOpenCallback({ desired: { ms: T0 + 7 * DAY_MS, receivedMs: T0 } })],
  ])('is never dead before its %s', (_, callback) => {
    expect(aliveUntilMs(callback)).toBe(T0 + 7 * DAY_MS);
    expect(isAbandonedRecord(callback, T0 + 7 * DAY_MS, HOUR_MS)).toBe(false);
  });

  it('without an event is alive from when it was first heard of', () => {
    const callback = anOpenCallback({ lastEventMs: null, firstReceivedMs: T0, record: { serviceStartMs: null } });

    expect(aliveUntilMs(callback)).toBe(T0);
  });

  it.each([
    [anOpenCallback({ record: { disposition: 'QUEUED' } }), T0, 'QUEUED'],
    [anOpenCallback(), T0, 'unknown'],
    [anOpenCallback({ record: { disposition: 'QUEUED' } }), T0 + 2 * DAY_MS, ABANDONED_RECORD],
    [anOpenCallback({ isFinal: true, record: { disposition: 'Sold' } }), T0 + 2 * DAY_MS, 'COMPLETED'],
  ])('is shown by its state, or as a record that was abandoned', (callback, nowMs, shown) => {
    expect(shownState(callback, nowMs, DAY_MS)).toBe(shown);
  });
});

describe('what a callback waits for', () => {
  const due = (callback: Parameters<typeof dueOf>[0], nowMs = T0) => dueOf(callback, nowMs, DAY_MS);
  const LATER = T0 + HOUR_MS;

  it('is nothing when it is over, dead, or waits for an agent only', () => {
    expect(due(anOpenCallback({ isFinal: true, record: { snoozed: 1 } }))).toBeNull();
    expect(due(anOpenCallback({ record: { snoozed: 1 } }), T0 + 2 * DAY_MS)).toBeNull();
    expect(due(anOpenCallback({ record: { callbackType: 'WAIT_FOR_AGENT', disposition: 'QUEUED' } }))).toBeNull();
  });

  it('is the next dial of a snoozed one, if anybody said when', () => {
    expect(due(anOpenCallback({ record: { snoozed: 1, nextRedialMs: LATER } }))).toEqual({
      kind: 'snoozed',
      atMs: LATER,
      isOverdue: false,
    });
    expect(due(anOpenCallback({ record: { snoozed: 1 } }))).toEqual({ kind: 'snoozed', atMs: null, isOverdue: false });
  });

  it.each<[string, Parameters<typeof anOpenCallback>[0]]>([
    ['dialed', { record: { dial2Ms: LATER } }],
    ['dialed, as only the last attempt says', { record: { lastDialMs: LATER + 1000 } }],
    ['connected', { record: { customerConnectedMs: LATER + 5000 } }],
    ['connected before it, and an agent is on', { record: { customerConnectedMs: LATER - 5000, agentAdded: 1 } }],
    [
      'connected before it, and being routed',
      { record: { customerConnectedMs: LATER - 5000, disposition: 'ROUTING' } },
    ],
    ['over, though the final record is lost', { record: { disposition: 'COMPLETED.CANCELLED' } }],
    ['being dialed, by GMS', { live: { event: '_cbe_on_dial_init', state: 'QUEUED', atMs: LATER + 10 } }],
    ['reached, by GMS', { live: { event: '_cbe_on_customer_queued', state: 'ROUTING', atMs: LATER + 10 } }],
    ['with an agent, by GMS', { live: { event: '_cbe_on_route_to_agent', state: 'PROCESSING', atMs: LATER + 10 } }],
    ['over, by GMS', { live: { event: '_cbe_on_service_exit', state: 'COMPLETED', atMs: LATER + 10 } }],
  ])('is nothing once the customer is %s, whatever was planned', (_, parts = {}) => {
    for (const plan of [{ nextRedialMs: LATER }, { snoozed: 1, nextRedialMs: LATER }]) {
      expect(due(anOpenCallback({ ...parts, record: { ...plan, ...parts.record } }), LATER + 60_000)).toBeNull();
    }
    const booked = { callbackType: 'SCHEDULED', ...parts.record };
    expect(due(anOpenCallback({ ...parts, attachedStartMs: LATER, record: booked }), LATER + 60_000)).toBeNull();
  });

  it.each<[string, Parameters<typeof anOpenCallback>[0]]>([
    ['dialed', { record: { dial1Ms: LATER - 300_000, lastDialMs: LATER - 300_000 } }],
    ['connected, by a machine', { record: { customerConnectedMs: LATER - 290_000 } }],
    ['with an agent, who put it off', { record: { agentAdded: 1, customerConnectedMs: LATER - 290_000 } }],
    [
      'dialed, by GMS',
      { lastEventMs: LATER - 1000, live: { event: '_cbe_on_dial_done', state: 'QUEUED', atMs: LATER - 300_000 } },
    ],
  ])('is a plan for later than the last attempt, though the customer was %s before', (_, parts = {}) => {
    const callback = anOpenCallback({ ...parts, record: { nextRedialMs: LATER, ...parts.record } });
    expect(due(callback, LATER - 500)).toEqual({ kind: 'redial', atMs: LATER, isOverdue: false });
  });

  it('is the next redial, overdue once its time has passed', () => {
    const callback = anOpenCallback({ record: { nextRedialMs: LATER, callbackType: 'SCHEDULED', snoozed: 0 } });

    expect(due(callback, LATER)).toEqual({ kind: 'redial', atMs: LATER, isOverdue: false });
    expect(due(callback, LATER + 1)).toMatchObject({ isOverdue: true });
  });

  it.each([{ callbackType: 'SCHEDULED' }, { disposition: 'SCHEDULED' }])(
    'is the appointment of a scheduled one: %j',
    (record) => {
      expect(due(anOpenCallback({ record, attachedStartMs: LATER }))).toEqual({
        kind: 'scheduled',
        atMs: LATER,
        isOverdue: false,
      });
    },
  );

  it.each([{ dial1Ms: T0 }, { lastDialMs: T0 }])('is no appointment any more once it was dialed: %j', (record) => {
    expect(
      due(anOpenCallback({ record: { callbackType: 'SCHEDULED', ...record }, attachedStartMs: LATER })),
    ).toBeNull();
  });

  it('is at the time that was said last, on the call or by GMS, be it the earlier one, before the record’s', () => {
    const desired = { ms: LATER + 5, receivedMs: T0 };
    const record = { callbackType: 'SCHEDULED', serviceStartMs: LATER + DAY_MS };

    const onTheCall = { record, attachedStartMs: LATER + 9, attachedReceivedMs: T0 - 1 };
    expect(due(anOpenCallback(onTheCall))?.atMs).toBe(LATER + 9);
    expect(due(anOpenCallback({ record, desired }))?.atMs).toBe(LATER + 5);
    expect(due(anOpenCallback({ ...onTheCall, desired }))?.atMs).toBe(LATER + 5);
    expect(due(anOpenCallback({ ...onTheCall, attachedReceivedMs: T0 + 1, desired }))?.atMs).toBe(LATER + 9);
  });

  it('is at the service start of the record only if that is later than offer and acceptance', () => {
    const at = (serviceStartMs: number) =>
      due(
        anOpenCallback({
          record: { callbackType: 'SCHEDULED', serviceStartMs, offeredMs: T0, acceptedMs: T0 + 60_000 },
        }),
      )?.atMs;

    expect(at(LATER)).toBe(LATER);
    expect(at(T0 + 60_000)).toBeNull();
    expect(at(T0)).toBeNull();
  });
});
