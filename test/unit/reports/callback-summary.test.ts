import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CallbackRecord } from '../../../src/domain/callback-record.js';
import { DIMENSIONS, parseDimensions } from '../../../src/reports/callback-dimensions.js';
import { MEASURES } from '../../../src/reports/callback-measures.js';
import { outcomeName, type ReportedCallback } from '../../../src/reports/callback-outcome.js';
import { CallbackSummary, type SummaryOptions } from '../../../src/reports/callback-summary.js';
import { aCallback } from '../../support/callbacks.js';
import { FINISHED_CALLBACKS } from '../../support/finished-callbacks.js';
import { T0 } from '../../support/notifications.js';

const HOUR_MS = 3_600_000;
const ALL = [...FINISHED_CALLBACKS.values()];

function summarised(callbacks: Iterable<ReportedCallback>, options: Partial<SummaryOptions> = {}) {
  const summary = new CallbackSummary({
    by: [],
    timeZone: 'UTC',
    tenantName: (dbid) => `tenant ${dbid}`,
    tollPerMinute: 0.05,
    fromMs: T0,
    ...options,
  });
  for (const callback of callbacks) summary.add(callback);
  return summary.rows().rows;
}

/**
 * Counted by hand over the seventeen callbacks of the fixture. Offered: all but the two without an offer. Requested: all
 * but declined, hung up and not offered. Shares of ends are of the 14 requested.
 */
const EXPECTED: Readonly<Record<string, number>> = {
  callbacks: 17,
  offered: 15,
  accepted: 13, // all requested but the one without an offer; one by its time alone
  declined: 1,
  abandoned_during_offer: 1,
  accepted_ratio: 13 / 15,
  declined_ratio: 1 / 15,
  abandoned_during_offer_ratio: 1 / 15,
  requested: 14,
  attempted: 13, // all requested but the cancelled
  connected: 10, // bridged 4, withoutAgent, rejected, rescheduled, transferredToRp, abandonedWaiting, timedOut…
  successful: 4, // bridged, bridgedAtSecondAttempt, pushCalled, bridgedWithoutOffer
  unsuccessful: 5, // cancelled, abandonedWaiting, timedOut…, pushSendError, pushFailedToEstablish
  completed_without_agent: 1,
  cancelled: 1,
  rejected: 1,
  rescheduled: 1,
  transferred_to_rp: 1,
  redial_limit_reached: 1,
  abandoned_waiting: 1,
  timed_out: 1,
  transfer_failed: 1, // one callback, though with two failed transfers
  attempts: 21, // 6 of redialLimitReached; 2 each of three; 1 each of nine
  attempted_ratio: 13 / 14,
  connected_ratio: 10 / 14,
  successful_ratio: 4 / 14,
  unsuccessful_ratio: 5 / 14,
  completed_without_agent_ratio: 1 / 14,
  cancelled_ratio: 1 / 14,
  rejected_ratio: 1 / 14,
  rescheduled_ratio: 1 / 14,
  transferred_to_rp_ratio: 1 / 14,
  redial_limit_reached_ratio: 1 / 14,
  abandoned_waiting_ratio: 1 / 14,
  timed_out_ratio: 1 / 14,
  transfer_failed_ratio: 1 / 14,
  attempts_per_callback: 21 / 13,
  first_attempt_success: 8, // bridged, withoutAgent, rejected, rescheduled, transferredToRp, abandonedWaiting, timedOut…, bridgedWithoutOffer
  first_attempt_success_ratio: 8 / 13, // every attempted one reports the first result
  bridged: 4,
  answered_not_bridged: 6, // connected 10 less bridged 4
  dialed_not_answered: 3, // redialLimitReached, pushSendError, pushFailedToEstablish
  never_dialed: 1, // cancelled
  customer_originated: 3,
  push_sent: 2, // not the one with an error in sending
  push_confirmed: 1,
  push_not_confirmed: 1,
  push_send_error: 1,
  customer_called: 1,
  failed_to_establish: 1,
  customer_called_ratio: 1 / 2,
  expected_wait_seconds: 225, // (300 + 100 + 300 + 200) / 4
  ewt_threshold_seconds: 240, // three times 240
  offers_at_threshold: 2, // 300 against 240, twice
  offers_below_threshold: 1, // 100 against 240
  offers_at_threshold_ratio: 2 / 3,
  offers_per_session: 2, // (1 + 3) / 2
  ewt_inbound_queue_seconds: 300, // (500 + 100) / 2
  off_hours_offers: 1, // the one without an offer is none
  off_hours_ratio: 1 / 3, // three offers say their timing
  offer_seconds: 4, // (10 + 20 + 30 + twelve times 0) / 15
  wait_before_offer_seconds: 45, // (60 + 30) / 2
  offline_wait_seconds: 240, // (360 + 120) / 2
  online_wait_seconds: 40, // (10 + 30 + 80) / 3
  establish_seconds: 20,
  expected_wait_error_seconds: -10, // (360 - 300 + 120 - 200) / 2
  expected_wait_absolute_error_seconds: 70, // (60 + 80) / 2
  service_seconds: 900, // (600 + 1200) / 2; withoutAgent ends before it begins
  time_saved_seconds: 480, // 360 + 120
  money_saved: 0.4, // 8 minutes at 0.05
};

describe('the measures', () => {
  it.each(MEASURES.map(({ name }) => name))('%s is what a hand count says', (name) => {
    const [row] = summarised(ALL);
    expect(row?.[name]).toBeCloseTo(EXPECTED[name] ?? NaN, 12);
  });

  it('are each counted by hand, and named once', () => {
    expect(MEASURES.map(({ name }) => name)).toEqual(Object.keys(EXPECTED));
  });

  it('do not count an open callback', () => {
    expect(summarised([aCallback({ isFinal: false, record: { accepted: 1 } })])).toEqual([]);
  });

  it('compare words without regard to case, hyphens and spaces', () => {
    const [row] = summarised([
      aCallback({ record: { acceptedMs: T0, disposition: 'completed.redial-limit reached' } }),
      aCallback({ record: { callDirection: 'Customer Originated', attempts: 1, dial1Result: 'push_send error' } }),
      aCallback({ record: { offerTiming: 'off hours' } }),
    ]);
    expect(row).toMatchObject({ redial_limit_reached: 1, push_send_error: 1, off_hours_offers: 1 });
  });

  it('take a disposition for no success: an agent says what was agreed, the flag who was there', () => {
    const [row] = summarised([aCallback({ record: { acceptedMs: T0, disposition: 'COMPLETED.AGENT' } })]);
    expect(row).toMatchObject({ successful: 0, unsuccessful: 1 });
  });

  it('do not call it completed without an agent when nobody said that none was needed', () => {
    const [row] = summarised([aCallback({ record: { acceptedMs: T0, customerConnectedMs: T0, agentRequired: null } })]);
    expect(row).toMatchObject({ completed_without_agent: 0, unsuccessful: 1 });
  });

  it('are null where no callback reports a value, and where there is nothing to share', () => {
    const [row] = summarised([aCallback({ record: { offered: 0 } })], { tollPerMinute: null });
    const nulls = MEASURES.filter(({ kind }) => kind !== 'count').map(({ name }) => [name, null]);
    expect(row).toMatchObject(Object.fromEntries(nulls));
  });

  const SHARES = MEASURES.filter(({ reportedBy }) => reportedBy.length > 0).map(({ name }) => name);

  it('are shares of nothing where no source reports what they are of: neither 0 nor 100 %', () => {
    const silent = (source: string) => ({ ...aCallback({ record: { accepted: 1, acceptedMs: T0 } }), source });
    const [row] = summarised([silent('eu-1'), silent('us-1')]);
    expect(SHARES).toHaveLength(14);
    expect(row).toMatchObject(Object.fromEntries(SHARES.map((name) => [name, null])));
    // What is counted is counted.
    expect(row).toMatchObject({ requested: 2, successful: 0, unsuccessful: 2 });
  });

  it.each<[keyof CallbackRecord, number | string, Readonly<Record<string, number | null>>]>([
    ['agentAdded', 0, { successful_ratio: 0, unsuccessful_ratio: 1, connected_ratio: null, cancelled_ratio: null }],
    ['customerConnectedMs', T0, { connected_ratio: 0.5, successful_ratio: null }],
    [
      'disposition',
      'COMPLETED',
      { cancelled_ratio: 0, rejected_ratio: 0, transferred_to_rp_ratio: 0, rescheduled_ratio: null },
    ],
    ['finalDialResult', 'BUSY', { rescheduled_ratio: 0, redial_limit_reached_ratio: 0, rejected_ratio: null }],
    ['abandonedWaiting', 0, { abandoned_waiting_ratio: 0, timed_out_ratio: null }],
    ['timedOutWaiting', 0, { timed_out_ratio: 0, abandoned_waiting_ratio: null }],
    ['agentRequired', 1, { completed_without_agent_ratio: 0 }],
    ['attempts', 1, { attempted_ratio: 0.5 }],
  ])('are shares of the callbacks of those sources that report %s', (key, value, expected) => {
    const accepted = { accepted: 1, acceptedMs: T0 };
    const [row] = summarised([
      { ...aCallback({ record: { ...accepted, [key]: value } }), source: 'eu-1' },
      { ...aCallback({ record: accepted }), source: 'eu-1' },
      // Of these nobody knows: they would thin the share out.
      ...['a', 'b', 'c'].map((id) => ({ ...aCallback({ record: accepted, serviceId: id }), source: 'us-1' })),
    ]);
    expect(row).toMatchObject(expected);
  });

  it('know a source to report a key from what a filter leaves out', () => {
    const [row] = summarised([aCallback({ record: { accepted: 1, acceptedMs: T0 } })], {
      reportedKeys: new Map([['default', ['agentAdded']]]),
    });
    expect(row).toMatchObject({ successful_ratio: 0, unsuccessful_ratio: 1, connected_ratio: null });
  });

  it('have no length of time that a clock which was set back has made', () => {
    const at = (seconds: number) => T0 + seconds * 1000;
    const [row] = summarised([
      aCallback({ record: { acceptedMs: at(0), customerConnectedMs: at(-3300), serviceEndMs: at(600) } }),
      aCallback({ record: { acceptedMs: at(0), serviceEndMs: at(-60) } }),
      aCallback({ record: { acceptedMs: at(0), customerConnectedMs: at(60), serviceEndMs: at(300) } }),
    ]);
    expect(row).toMatchObject({ service_seconds: 300 });
  });

  it('save no money where nobody said what a minute costs', () => {
    const [row] = summarised(ALL, { tollPerMinute: null });
    expect(row).toMatchObject({ time_saved_seconds: 480, money_saved: null });
  });

  it('put each requested callback at one place of the funnel, and keep shares within 0 and 1', () => {
    const flag = fc.constantFrom(null, 0, 1);
    const record = fc.record({
      offered: flag,
      accepted: flag,
      abandonedDuringOffer: flag,
      attempts: fc.constantFrom(null, 1, 7),
      customerConnectedMs: fc.constantFrom(null, T0),
      agentAdded: flag,
      agentRequired: flag,
      abandonedWaiting: flag,
      timedOutWaiting: flag,
      transfersFailed: fc.constantFrom(null, 2),
      dial1Result: fc.constantFrom(null, 'PERSON', 'PUSH_SEND_ERROR', 'PUSH_DELIVERY_CONFIRMED'),
      callDirection: fc.constantFrom(null, 'CUSTOMER_ORIGINATED'),
      disposition: fc.constantFrom(null, 'COMPLETED.CANCELLED', 'COMPLETED.REJECTED', 'thanks'),
      ewtWhenOfferedSeconds: fc.constantFrom(null, 5),
      ewtThresholdSeconds: fc.constantFrom(null, 5, 6),
    });
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 20 }), (records) => {
        const [row = {}] = summarised(records.map((one) => aCallback({ record: one })));
        const number = (name: string) => row[name] as number;
        const funnel = ['bridged', 'answered_not_bridged', 'dialed_not_answered', 'never_dialed'].map(number);
        expect(funnel.reduce((sum, one) => sum + one)).toBe(number('requested'));
        for (const { name } of MEASURES.filter(({ unit }) => unit === 'ratio')) {
          if (row[name] === null) continue;
          expect(number(name)).toBeGreaterThanOrEqual(0);
          expect(number(name)).toBeLessThanOrEqual(1);
        }
      }),
    );
  });
});

describe('refused offers', () => {
  const REFUSALS = MEASURES.filter(({ needsRefusals }) => needsRefusals).map(({ name }) => name);
  const taken = (source: string, endedMs = T0) => aCallback({ source, endedMs, record: { accepted: 1 } });
  const refused = (source: string, endedMs = T0) => aCallback({ source, endedMs });

  it('are not reported, never 100 %, where a source sends accepted callbacks only', () => {
    const [row] = summarised([taken('a'), taken('a')]);
    expect(REFUSALS).toEqual([
      'declined',
      'abandoned_during_offer',
      'accepted_ratio',
      'declined_ratio',
      'abandoned_during_offer_ratio',
    ]);
    expect(REFUSALS.map((name) => row?.[name])).toEqual(REFUSALS.map(() => null));
    expect(row).toMatchObject({ offered: 2, accepted: 2 });
  });

  it('anywhere in the range show that a source reports them, in every row', () => {
    const rows = summarised([taken('a'), refused('a', T0 + HOUR_MS)], { by: ['hour'] });
    expect(rows.map((row) => [row['declined'], row['accepted_ratio']])).toEqual([
      [1, 0],
      [0, 1],
    ]);
  });

  it('are not reported of a row to which one source contributes that sends none', () => {
    expect(summarised([refused('a'), taken('b')])[0]).toMatchObject({ declined: null, accepted_ratio: null });
    const rows = summarised([refused('a'), taken('b')], { by: ['source'] });
    expect(rows.map((row) => [row['source'], row['declined']])).toEqual([
      ['a', 1],
      ['b', null],
    ]);
  });

  it('may be known of from elsewhere', () => {
    expect(summarised([taken('a')], { refusingSources: ['a'] })[0]).toMatchObject({ declined: 0, accepted_ratio: 1 });
  });
});

describe('rows', () => {
  it('have every dimension of the contract, in the order asked for, with UNKNOWN for what is not reported', () => {
    const by = DIMENSIONS.filter((dimension) => !['hour', 'week', 'month'].includes(dimension));
    const [row = {}] = summarised([aCallback()], { by });
    const values = by.filter((dimension) => dimension !== 'day');
    expect(Object.keys(row).slice(0, by.length)).toEqual(['interval_start', ...values]);
    const unknown = values.filter((dimension) => dimension !== 'source').map((dimension) => [dimension, 'UNKNOWN']);
    expect(row).toMatchObject({ ...Object.fromEntries(unknown), source: 'default' });
  });

  it('show the vendor’s spelling of its words, one spelling of others, and dispositions in the vendor’s form', () => {
    const record = {
      tenantDbid: 7,
      vq: ' VQ one ',
      channel: 'ivr',
      offerTiming: 'off_hours',
      callbackType: 'wait for agent',
      dialogResult: 'own word',
      disposition: 'completed.agent',
      finalTarget: 'Agents@stat',
    };
    const by = parseDimensions('tenant,queue,channel,offer_timing,type,dialog_result,disposition,target');
    const [row] = summarised([aCallback({ record })], { by });
    expect(row).toMatchObject({
      tenant: 'tenant 7',
      queue: 'VQ one',
      channel: 'IVR',
      offer_timing: 'OFF-HOURS',
      type: 'WAIT_FOR_AGENT',
      dialog_result: 'OWN_WORD',
      disposition: 'COMPLETED.AGENT',
      target: 'Agents@stat',
    });
  });

  it('show an agent’s text as disposition, without a number in it', () => {
    const record = { disposition: 'Call +4915112345678. Later' };
    expect(summarised([aCallback({ record })], { by: ['disposition'] })[0]).toMatchObject({
      disposition: 'Call ***5678. Later',
    });
  });

  it('begin with the newest interval by the clock of the zone, within it by dimension', () => {
    const ended = [0, 1, 24, 24].map((hours, at) =>
      aCallback({ endedMs: T0 + hours * HOUR_MS, record: { vq: at === 2 ? 'b' : 'a' } }),
    );
    const rows = summarised(ended, { by: ['day', 'queue'], timeZone: 'Europe/Berlin' });
    expect(rows.map((row) => [row['interval_start'], row['queue'], row['callbacks']])).toEqual([
      ['2026-11-20T23:00:00.000Z', 'a', 1],
      ['2026-11-20T23:00:00.000Z', 'b', 1],
      ['2026-11-19T23:00:00.000Z', 'a', 2],
    ]);
  });

  it('begin with the range when no interval is asked for', () => {
    const [row] = summarised([aCallback({ endedMs: T0 + 5 * HOUR_MS })], { fromMs: T0 - 1000 });
    expect(row?.['interval_start']).toBe(new Date(T0 - 1000).toISOString());
  });

  it('have the columns of CSV', () => {
    const options = { by: ['week', 'channel'] as const, timeZone: 'UTC', tollPerMinute: null, fromMs: T0 };
    const summary = new CallbackSummary({ ...options, tenantName: String });
    summary.add(aCallback());
    expect(Object.keys(summary.rows().rows[0] ?? {})).toEqual(summary.columns);
  });

  it('add up to the whole, whatever they are asked by and in whatever order callbacks come', () => {
    const counts = MEASURES.filter(({ kind, needsRefusals }) => kind === 'count' && !needsRefusals);
    const [whole] = summarised(ALL);
    fc.assert(
      fc.property(
        fc.shuffledSubarray(ALL, { minLength: ALL.length }),
        fc.subarray(DIMENSIONS.filter((dimension) => !['hour', 'day', 'week'].includes(dimension))),
        (callbacks, by) => {
          const rows = summarised(callbacks, { by });
          for (const { name } of counts) {
            expect(rows.reduce((sum, row) => sum + (row[name] as number), 0)).toBe(whole?.[name]);
          }
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('a summary is refused', () => {
  it.each([
    ['two intervals', () => summarised([], { by: ['hour', 'day'] })],
    ['an unknown zone', () => summarised([], { timeZone: 'Mars/Olympus' })],
    ['an unknown dimension', () => parseDimensions('day,colour')],
    ['a dimension twice', () => parseDimensions('queue,queue')],
    [
      'more rows than allowed',
      () => summarised([aCallback(), aCallback({ source: 'b' })], { by: ['source'], maxGroups: 1 }),
    ],
  ])('for %s, as a fault of the request', (_, ask) => {
    expect(ask).toThrow(expect.objectContaining({ code: 'OCM_BAD_PARAMETER' }));
  });
});

describe('outcomeName', () => {
  it('says in one word how each callback of the fixture ended', () => {
    const names = ALL.map((callback) => [callback.serviceId, outcomeName(callback)]);
    expect(Object.fromEntries(names)).toEqual({
      declined: 'declined',
      hungUpDuringOffer: 'abandoned_during_offer',
      bridged: 'successful',
      bridgedAtSecondAttempt: 'successful',
      withoutAgent: 'completed_without_agent',
      cancelled: 'cancelled',
      rejected: 'rejected',
      rescheduled: 'rescheduled',
      transferredToRp: 'transferred_to_rp',
      redialLimitReached: 'redial_limit_reached',
      abandonedWaiting: 'abandoned_waiting',
      timedOutAfterFailedTransfers: 'timed_out',
      pushCalled: 'successful',
      pushSendError: 'unsuccessful',
      pushFailedToEstablish: 'unsuccessful',
      bridgedWithoutOffer: 'successful',
      notOffered: 'not_offered',
    });
    expect(outcomeName(aCallback({ isFinal: false }))).toBeNull();
  });
});
