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
