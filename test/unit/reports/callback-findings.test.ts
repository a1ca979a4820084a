import { describe, expect, it } from 'vitest';
import { FINDINGS, findingsOf } from '../../../src/reports/callback-findings.js';
import { aCallback } from '../../support/callbacks.js';
import { T0 } from '../../support/notifications.js';

const TTL_MS = 86_400_000;
type Parts = NonNullable<Parameters<typeof aCallback>[0]>;

function found(parts: Parts, context: { nowMs?: number; hasStart?: boolean } = {}) {
  return findingsOf(aCallback(parts), { nowMs: T0, ttlMs: TTL_MS, hasStart: true, ...context });
}

/** A callback in order: everything fits together. */
const ORDERLY: NonNullable<Parts['record']> = {
  accepted: 1,
  acceptedMs: T0,
  attempts: 2,
  dial1Result: 'BUSY',
  dial2Result: 'PERSON',
  finalDialResult: 'PERSON',
  readyMs: T0 + 60_000,
  dial1Ms: T0 + 60_000,
  vq: 'VQ_1',
  vqDbid: 101,
  vqConfigType: 'CFGVirtualQueue',
  vqConfigTypeId: 15,
};

describe('findingsOf', () => {
  it('finds nothing in a callback in order', () => {
    expect(found({ attachments: 1, record: ORDERLY })).toEqual([]);
  });

  it.each([
    ['accepted_without_time', { acceptedMs: null }],
    ['accepted_time_without_flag', { accepted: 0 }],
    ['accepted_time_without_flag', { accepted: null }],
    ['dial_results_not_attempts', { attempts: 3 }],
    ['dial_results_not_attempts', { attempts: null }],
    ['last_dial_not_final_result', { finalDialResult: 'BUSY' }],
    ['ready_not_first_dial', { dial1Ms: T0 + 61_000 }],
    ['queue_without_dbid', { vqDbid: null }],
    ['queue_without_type', { vqConfigType: null }],
    ['queue_without_type', { vqConfigTypeId: null }],
  ] as const)('finds %s, and nothing else, with %o', (finding, record) => {
    const findings = found({ attachments: 1, record: { ...ORDERLY, ...record } });
    expect(findings.map((one) => one.finding)).toEqual([finding]);
    expect(findings[0]?.detail).not.toBe('');
  });

  const DISORDER: NonNullable<Parts['record']> = { acceptedMs: T0, readyMs: null, dial1Ms: T0 + 60_000 };
  it.each<[string, NonNullable<Parts['record']>, string]>([
    [
      'accepted before the offer',
      { acceptedMs: T0 - 3_600_000 },
      '_CB_T_CALLBACK_ACCEPTED 3600 s before _CB_T_CALLBACK_OFFERED',
    ],
    ['dialed before it was ready', { readyMs: T0 + 90_000 }, '_CB_T_DIAL_1 30 s before _CB_T_READY_TO_START_MEDIA_IXN'],
    ['dialed again before the first dial', { dial2Ms: T0 + 30_000 }, '_CB_T_DIAL_2 30 s before _CB_T_DIAL_1'],
    ['connected before it was accepted', { customerConnectedMs: T0 - 5000 }, '_CB_T_CUSTOMER_CONNECTED 5 s before'],
    [
      'connected before the only dial',
      { attempts: 1, dial2Result: null, dial1Result: 'PERSON', customerConnectedMs: T0 + 50_000 },
      '_CB_T_CUSTOMER_CONNECTED 10 s before _CB_T_DIAL_1',
    ],
    ['over before it was dialed', { serviceEndMs: T0 + 30_000 }, '_CB_T_SERVICE_END 30 s before _CB_T_DIAL_1'],
    [
      'over before it began',
      { serviceStartMs: T0 + 120_000, serviceEndMs: T0 + 90_000 },
      '_CB_T_SERVICE_END 30 s before _CB_T_SERVICE_START',
    ],
  ])('finds that a clock was set back where a callback was %s', (_, record, detail) => {
    const findings = found({ attachments: 1, record: { ...ORDERLY, ...DISORDER, ...record } });
    expect(findings).toEqual([{ finding: 'times_out_of_order', detail: expect.stringContaining(detail) as string }]);
  });

  it.each<[string, NonNullable<Parts['record']>]>([
    ['two hosts two seconds apart', { acceptedMs: T0 - 2000 }],
    [
      'an appointment that was called off',
      {
        serviceStartMs: T0 + 7_200_000,
        serviceEndMs: T0 + 600_000,
        dial1Ms: null,
        attempts: null,
        dial1Result: null,
        dial2Result: null,
      },
    ],
    ['a second dial after the customer was connected', { customerConnectedMs: T0 + 70_000, dial2Ms: T0 + 90_000 }],
  ])('finds no clock that was set back with %s', (_, record) => {
    const findings = found({ attachments: 1, record: { ...ORDERLY, ...DISORDER, finalDialResult: null, ...record } });
    expect(findings).toEqual([]);
  });

  it('finds more than five attempts, whose results have no keys', () => {
    const dials = { dial3Result: 'BUSY', dial4Result: 'BUSY', dial5Result: 'BUSY' };
    const findings = found({ attachments: 1, record: { ...ORDERLY, ...dials, attempts: 6 } });
    expect(findings).toEqual([{ finding: 'more_than_five_attempts', detail: '6 attempts' }]);
  });

  it.each(['REDIAL_LIMIT_REACHED', 'ABANDONED_IN_QUEUE', 'CANCEL', 'FAIL', 'RESCHEDULED', null])(
    'compares no dial with %s, which is no result of a single one',
    (finalDialResult) => {
      expect(found({ attachments: 1, record: { ...ORDERLY, finalDialResult } })).toEqual([]);
    },
  );

  it('finds a final record without a start, and events after it', () => {
    const findings = found({ attachments: 1, lateEvents: 2, record: ORDERLY }, { hasStart: false });
    expect(findings.map(({ finding }) => finding)).toEqual(['final_without_start', 'events_after_final']);
  });

  it('finds a start without a final record once the callback is not heard of for longer than its time to live', () => {
    const start = { isFinal: false };
    expect(found(start, { nowMs: T0 + TTL_MS })).toEqual([]);
    const findings = found(start, { nowMs: T0 + TTL_MS + 1 });
    expect(findings.map(({ finding }) => finding)).toEqual(['start_without_final']);
  });

  it('asks for attached data where a call must have carried it', () => {
    const names = (parts: Parts) => found(parts).map(({ finding }) => finding);
    expect(names({ record: ORDERLY })).toEqual(['accepted_without_attached_data']);
    expect(names({ record: { ...ORDERLY, channel: 'WEB' } })).toEqual([]);
    expect(names({ record: { ...ORDERLY, channel: 'WEB', customerConnectedMs: T0 } })).toEqual([
      'accepted_without_attached_data',
    ]);
    expect(names({ record: {} })).toEqual([]);
  });

  it('does not count dials of a callback that still runs', () => {
    expect(found({ isFinal: false, attachments: 1, record: { ...ORDERLY, attempts: 3 } })).toEqual([]);
  });

  it('never finds fault with different service starts', () => {
    expect(found({ attachments: 1, attachedStartMs: T0 + TTL_MS, record: ORDERLY })).toEqual([]);
  });

  it('names findings in the order of their table', () => {
    const findings = found(
      { lateEvents: 1, record: { accepted: 1, attempts: 7, readyMs: T0, dial1Ms: T0 + 1000, vq: 'VQ_1' } },
      { hasStart: false },
    );
    const order = Object.keys(FINDINGS);
    const at = findings.map(({ finding }) => order.indexOf(finding));
    expect(at).toHaveLength(9);
    expect(at).toEqual(at.toSorted((a, b) => a - b));
  });
});
