/** Days on which something is the matter with posts, with the monitor, or with callbacks. */
import type { Body } from '../../src/domain/json.js';
import { scenarioNamed } from './callbacks.js';
import type { Day, Hands } from './day.js';
import { aDay, at, each, minutes, restart, START_MS, stated } from './usual-day.js';

const CUT_SHORT = '{"GSW_USER_EVENT":';

/** What the first group has just posted, with other fields. */
const odd =
  (fields: Body) =>
  ({ groups, post }: Hands) => {
    const told = groups[0]?.lastBody;
    if (told) post('default', JSON.stringify({ ...told, ...fields }));
  };

function every(fromMs: number, toMs: number, stepMs: number): number[] {
  return Array.from({ length: Math.ceil((toMs - fromMs) / stepMs) }, (_, index) => fromMs + index * stepMs);
}

/** Posts get lost on the way, or are no posts. */
export function postTroubles(seed: number): Day {
  return aDay('troubles of posts', seed, {
    arrives: (_told, sinceMs, random) => !(sinceMs >= at(10) && sinceMs < at(13) && random.chance(0.3)),
    doings: [
      ...each(every(at(10), at(14), minutes(2)), ({ service }) => {
        service.refuse('default', 'unauthorized');
      }),
      ...each(every(at(15), at(15.05), minutes(1)), ({ post }) => {
        post('default', CUT_SHORT);
      }),
      ...each(every(at(16), at(17), minutes(1)), odd({ GSW_SOMETHING_NEW: 1 })),
      ...each([at(16.5)], odd({ GSW_DIAL_MODE: 77 })),
    ],
    troubles: [
      {
        what: '30 % of the posts lost',
        alert: 'OcsDeliveryRatioLow',
        where: { source: 'default' },
        from: 10,
        to: 13,
        told: 20,
        ends: 70,
      },
      {
        what: '30 % lost, of a single group',
        alert: 'OcsDeliveryRatioLow',
        where: { source: 'ocs-2' },
        from: 10,
        to: 13,
        told: 40,
        ends: 70,
      },
      {
        what: 'a post refused every two minutes',
        alert: 'OcsMonitorTurnsAwayPosts',
        from: 10,
        to: 14,
        told: 30,
        ends: 17,
      },
      { what: 'three bad bodies', alert: 'OcsMonitorQuarantineGrows', from: 15, to: 15.05, told: 3, ends: 22 },
      { what: 'an unknown field', alert: 'OcsSchemaDrift', from: 16, to: 17, told: 20, ends: 32 },
      { what: 'an unknown number', alert: 'OcsUnknownNumbers', from: 16.5, to: 16.5, told: 4, ends: 33 },
    ].map(stated),
  });
}

/** The receiver itself. */
export function monitorTroubles(seed: number): Day {
  return aDay('troubles of the monitor', seed, {
    ackSeconds: (sinceMs) => (sinceMs >= at(16) && sinceMs < at(16.5) ? 1.6 : 0.002),
    doings: [
      ...each([at(11)], ({ service }) => {
        service.stop();
      }),
      ...each([at(11) + minutes(10)], ({ service }) => {
        service.start();
      }),
      ...each(every(at(14), at(14) + minutes(20), minutes(5)), restart),
      ...each([at(15)], ({ service }) => {
        service.reload('refused');
      }),
      ...each([at(15.5)], ({ service }) => {
        service.reload('applied');
      }),
    ],
    troubles: [
      { what: 'down for ten minutes', alert: 'OcsMonitorDown', from: 11, to: 11.17, told: 3, ends: 4 },
      { what: 'the same: no other is there', alert: 'OcsMonitorAllDown', from: 11, to: 11.17, told: 3, ends: 4 },
      {
        what: 'four crashes in a quarter of an hour',
        alert: 'OcsMonitorRestarts',
        from: 14,
        to: 14.25,
        told: 13,
        ends: 42,
      },
      {
        what: 'faulty settings left aside, mended after half an hour',
        alert: 'OcsMonitorReloadRefused',
        from: 15,
        to: 15.5,
        told: 2,
        ends: 10,
      },
      { what: 'a slow disk', alert: 'OcsMonitorAckSlow', from: 16, to: 16.5, told: 6, ends: 10 },
    ].map(stated),
  });
}

const WITHOUT_KEY = scenarioNamed('user-terminated-delayed/agent!missing-mandatory-keys!offered');
const USUAL = scenarioNamed('user-terminated-delayed/agent');
const CROWDED = { name: 'CB_VQ_Sales', tenantDbid: 102 };

export function callbackTroubles(seed: number): Day {
  return aDay('troubles of callbacks', seed, {
    doings: [
      ...each([at(10)], ({ callbacks }) => {
        callbacks.begin(START_MS + at(10), WITHOUT_KEY);
      }),
      ...each(every(at(13), at(13) + minutes(10), 1200), ({ callbacks }, index) => {
        callbacks.begin(START_MS + at(13) + index * 1200, USUAL, { stretch: 12, queue: CROWDED });
      }),
    ],
    troubles: [
      {
        what: 'a callback without a mandatory key',
        alert: 'GmsCallbackMandatoryKeyMissing',
        from: 10,
        to: 10.25,
        told: 20,
        ends: 80,
      },
      {
        what: '500 callbacks of one queue open within ten minutes',
        alert: 'GmsCallbackOpenGrows',
        where: { virtual_queue: CROWDED.name },
        from: 13,
        // Half of them have ended by then, a tenth is open for another hour.
        to: 16,
        told: 22,
        ends: 60,
      },
    ].map(stated),
  });
}
