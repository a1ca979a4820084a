import fc from 'fast-check';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CallbackRecord } from '../../../src/domain/callback-record.js';
import { MEASURES, REPORTED_KEYS } from '../../../src/reports/callback-measures.js';
import { CallbackSummary } from '../../../src/reports/callback-summary.js';
import { type Connection, openForWriting } from '../../../src/sqlite/database.js';
import { createInfoMartViews } from '../../../src/sqlite/info-mart-views.js';
import { migrate } from '../../../src/sqlite/migrate.js';
import { aRecord, finish, insertEvent } from '../../support/callback-rows.js';
import { FINISHED_CALLBACKS } from '../../support/finished-callbacks.js';
import { removeFolder } from '../../support/folders.js';
import { T0 } from '../../support/notifications.js';

const TOLL = 0.07;

// The words that the SQL below is made of; a callback is one row, the final event that counts.
const ACCEPTED = '(CALLBACK_ACCEPTED = 1 OR CALLBACK_ACCEPTED_TS > 0)';
const CONNECTED = 'CUSTOMER_CONNECTED_TS > 0';
const REQUESTED = `(${ACCEPTED} OR CALLBACK_ATTEMPTS > 0 OR ${CONNECTED} OR AGENT_ADDED_TO_IXN = 1)`;
const ABANDONED = "ABANDONED_DURING_CB_OFFER IN (1, '1')";
const DECLINED = `(CALLBACK_OFFERED = 1 AND NOT ${ACCEPTED} AND NOT ${ABANDONED})`;
const TO_RP = "(DISPOSITION LIKE '%.TRANSFERRED_TO_RP' OR DIAL_DIALOG_RESULT = 'TRANSFERRED_TO_RP')";
const RESCHEDULED = "(DIAL_DIALOG_RESULT = 'RESCHEDULED' OR FINAL_DIAL_RESULT = 'RESCHEDULED')";
const REDIAL_LIMIT = "(DISPOSITION LIKE '%.REDIAL_LIMIT_REACHED' OR FINAL_DIAL_RESULT = 'REDIAL_LIMIT_REACHED')";
const FIRST_SUCCESS = "DIAL_1_RESULT IN ('PERSON', 'CONNECTED', 'USERORIGINATED_CONNECTED')";
const ORIGINATED = "CALL_DIRECTION = 'CUSTOMER_ORIGINATED'";
const says = (word: string) =>
  `(${ORIGINATED} AND ('${word}' IN (DIAL_1_RESULT, DIAL_2_RESULT, DIAL_3_RESULT, DIAL_4_RESULT, DIAL_5_RESULT,
    FINAL_DIAL_RESULT) OR DISPOSITION LIKE '%.${word}'))`;
const THRESHOLD = '(CALLBACK_OFFERED = 1 AND EWT_WHEN_OFFERED > 0 AND EWT_THRESHOLD_WHEN_OFFERED > 0)';
const WAIT_ERROR =
  'CASE WHEN WAIT_AGENT_OFFLINE_TIME > 0 AND EWT_WHEN_OFFERED > 0 THEN WAIT_AGENT_OFFLINE_TIME - EWT_WHEN_OFFERED END';

/** Two seconds apart are none; what is 0 was not reported. */
const isInOrder = (earlier: string, later: string) => `(${later} = 0 OR ${earlier} - ${later} <= 2)`;
const IN_ORDER = [
  isInOrder(
    'CALLBACK_OFFERED_TS',
    'CASE WHEN CALLBACK_ACCEPTED_TS = 0 THEN SERVICE_END_TS ELSE CALLBACK_ACCEPTED_TS END',
  ),
  isInOrder('CALLBACK_ACCEPTED_TS', 'SERVICE_END_TS'),
  isInOrder('CALLBACK_ACCEPTED_TS', 'CUSTOMER_CONNECTED_TS'),
  isInOrder('CUSTOMER_CONNECTED_TS', 'SERVICE_END_TS'),
].join(' AND ');

const count = (test: string) => `sum(CASE WHEN ${test} THEN 1 ELSE 0 END)`;
const share = (part: string, whole: string) => `avg(CASE WHEN ${whole} THEN CASE WHEN ${part} THEN 1.0 ELSE 0 END END)`;
const mean = (column: string) => `avg(nullif(${column}, 0))`;

const ENDS: Readonly<Record<string, string>> = {
  connected: CONNECTED,
  successful: 'AGENT_ADDED_TO_IXN = 1',
  cancelled: "DISPOSITION LIKE '%.CANCELLED'",
  rejected: "DISPOSITION LIKE '%.REJECTED'",
  rescheduled: RESCHEDULED,
  transferred_to_rp: TO_RP,
  redial_limit_reached: REDIAL_LIMIT,
  abandoned_waiting: 'ABANDONED_WAITING = 1',
  timed_out: 'TIMEOUT_WAITING = 1',
  transfer_failed: 'XFER_TO_AGENT_FAILED > 0',
};

/** Each measure in plain SQL over the vendor's columns. */
const SQL: Readonly<Record<string, string>> = {
  callbacks: 'count(*)',
  offered: count('CALLBACK_OFFERED = 1'),
  accepted: count(ACCEPTED),
  declined: count(DECLINED),
  abandoned_during_offer: count(ABANDONED),
  accepted_ratio: share(ACCEPTED, 'CALLBACK_OFFERED = 1'),
  declined_ratio: share(DECLINED, 'CALLBACK_OFFERED = 1'),
  abandoned_during_offer_ratio: share(ABANDONED, 'CALLBACK_OFFERED = 1'),
  requested: count(REQUESTED),
  attempted: count('CALLBACK_ATTEMPTS > 0'),
  attempts: 'sum(CALLBACK_ATTEMPTS)',
  attempted_ratio: share('CALLBACK_ATTEMPTS > 0', REQUESTED),
  ...Object.fromEntries(
    Object.entries(ENDS).flatMap(([name, test]) => [
      [name, count(test)],
      [`${name}_ratio`, share(test, REQUESTED)],
    ]),
  ),
  attempts_per_callback: mean('CALLBACK_ATTEMPTS'),
  first_attempt_success: count(FIRST_SUCCESS),
  first_attempt_success_ratio: share(FIRST_SUCCESS, "DIAL_1_RESULT <> 'UNKNOWN'"),
  bridged: count('AGENT_ADDED_TO_IXN = 1'),
  answered_not_bridged: count(`${CONNECTED} AND AGENT_ADDED_TO_IXN <> 1`),
  dialed_not_answered: count(`CALLBACK_ATTEMPTS > 0 AND NOT ${CONNECTED} AND AGENT_ADDED_TO_IXN <> 1`),
  never_dialed: count(`${REQUESTED} AND CALLBACK_ATTEMPTS = 0 AND NOT ${CONNECTED} AND AGENT_ADDED_TO_IXN <> 1`),
  customer_originated: count(ORIGINATED),
  push_confirmed: count(says('PUSH_DELIVERY_CONFIRMED')),
  push_not_confirmed: count(says('PUSH_DELIVERY_NOT_CONFIRMED')),
  push_send_error: count(says('PUSH_SEND_ERROR')),
  customer_called: count(`(${ORIGINATED} AND ${CONNECTED}) OR ${says('USERORIGINATED_CONNECTED')}`),
  failed_to_establish: count(says('FAILED_TO_ESTABLISH_CUSTOMER_ORIGINATED_MEDIA')),
  expected_wait_seconds: mean('EWT_WHEN_OFFERED'),
  ewt_threshold_seconds: mean('EWT_THRESHOLD_WHEN_OFFERED'),
  offers_at_threshold: count(`${THRESHOLD} AND EWT_WHEN_OFFERED >= EWT_THRESHOLD_WHEN_OFFERED`),
  offers_below_threshold: count(`${THRESHOLD} AND EWT_WHEN_OFFERED < EWT_THRESHOLD_WHEN_OFFERED`),
  offers_at_threshold_ratio: share('EWT_WHEN_OFFERED >= EWT_THRESHOLD_WHEN_OFFERED', THRESHOLD),
  ewt_inbound_queue_seconds: mean('EWT_WHEN_REJECTED'),
  off_hours_offers: count("CALLBACK_OFFERED = 1 AND OFFER_TIMING = 'OFF-HOURS'"),
  off_hours_ratio: share("OFFER_TIMING = 'OFF-HOURS'", "CALLBACK_OFFERED = 1 AND OFFER_TIMING <> 'UNKNOWN'"),
  offer_seconds: 'avg(CASE WHEN CALLBACK_OFFERED = 1 THEN CALLBACK_OFFER_TIME END)',
  wait_before_offer_seconds: mean('WAITED_BEFORE_OFFER_TIME'),
  offline_wait_seconds: mean('WAIT_AGENT_OFFLINE_TIME'),
  online_wait_seconds: mean('CONN_WAITING_AGENT_TIME'),
  establish_seconds: mean('ESTABLISH_MEDIA_IXN_TIME'),
  expected_wait_error_seconds: `avg(${WAIT_ERROR})`,
  expected_wait_absolute_error_seconds: `avg(abs(${WAIT_ERROR}))`,
  service_seconds: `avg(CASE WHEN SERVICE_END_TS >= SERVICE_START_TS AND ${IN_ORDER}
    THEN SERVICE_END_TS - SERVICE_START_TS END)`,
  time_saved_seconds: 'sum(nullif(WAIT_AGENT_OFFLINE_TIME, 0))',
  money_saved: `sum(nullif(WAIT_AGENT_OFFLINE_TIME, 0)) / 60.0 * ${TOLL}`,
};

/**
 * What Info Mart's shape cannot say: a flag of 0 and an absent one are the same there, the number of offers a session has
 * no column; and a push sent is read from several words at once.
 */
const NOT_IN_SQL = [
  'unsuccessful',
  'completed_without_agent',
  'unsuccessful_ratio',
  'completed_without_agent_ratio',
  'push_sent',
  'customer_called_ratio',
  'offers_per_session',
];

const flag = fc.constantFrom(null, 0, 1);
const figure = fc.oneof(fc.constant(null), fc.integer({ min: 1, max: 900 }));
const when = fc.oneof(
  fc.constant(null),
  fc.integer({ min: -900, max: 900 }).map((seconds) => T0 + seconds * 1000),
);
const word = (...words: string[]) => fc.constantFrom(null, ...words);
const dial = word(
  'BUSY',
  'PERSON',
  'CONNECTED',
  'PUSH_DELIVERY_CONFIRMED',
  'PUSH_DELIVERY_NOT_CONFIRMED',
  'PUSH_SEND_ERROR',
  'USERORIGINATED_CONNECTED',
  'FAILED_TO_ESTABLISH_CUSTOMER_ORIGINATED_MEDIA',
);
const anyRecord: fc.Arbitrary<Partial<CallbackRecord>> = fc.record({
  offered: fc.constantFrom(0, 1),
  offerSeconds: fc.nat(100),
  accepted: flag,
  acceptedMs: when,
  abandonedDuringOffer: flag,
  attempts: fc.constantFrom(null, 1, 2, 7),
  customerConnectedMs: when,
  agentAdded: flag,
  abandonedWaiting: flag,
  timedOutWaiting: flag,
  transfersFailed: fc.constantFrom(null, 1, 3),
  dial1Result: dial,
  dial2Result: dial,
  dial5Result: dial,
  finalDialResult: word('PERSON', 'PUSH_SEND_ERROR', 'REDIAL_LIMIT_REACHED', 'RESCHEDULED'),
  dialogResult: word('RIGHT_PERSON', 'RESCHEDULED', 'TRANSFERRED_TO_RP'),
  callDirection: word('CUSTOMER_TERMINATED', 'CUSTOMER_ORIGINATED'),
  offerTiming: word('ON-HOURS', 'OFF-HOURS'),
  disposition: word(
    'COMPLETED',
    'COMPLETED.AGENT',
    'COMPLETED.CANCELLED',
    'COMPLETED.REJECTED',
    'COMPLETED.REDIAL_LIMIT_REACHED',
    'COMPLETED.TRANSFERRED_TO_RP',
    'COMPLETED.PUSH_DELIVERY_CONFIRMED',
    'Sale closed',
  ),
  ewtWhenOfferedSeconds: figure,
  ewtThresholdSeconds: figure,
  ewtInboundVqSeconds: figure,
  waitedBeforeOfferSeconds: figure,
  offlineWaitSeconds: figure,
  onlineWaitSeconds: figure,
  establishMediaSeconds: figure,
  serviceEndMs: when,
});

let folder: string;
let db: Connection;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ocm-measures-'));
  db = openForWriting(join(folder, 'test.db'));
  migrate(db);
  createInfoMartViews(db);
});
afterAll(() => {
  db.close();
  removeFolder(folder);
});

/** Both answers for a set of records; the database is as before afterwards. */
function bothAnswers(records: readonly Partial<CallbackRecord>[]) {
  const summary = new CallbackSummary({
    ...{ by: [], timeZone: 'UTC', tenantName: String, tollPerMinute: TOLL, fromMs: T0, refusingSources: ['default'] },
    // In Info Mart's shape a flag of 0 and an absent one are the same: what is reported cannot be told there.
    reportedKeys: new Map([['default', REPORTED_KEYS]]),
  });
  db.exec('BEGIN');
  try {
    records.forEach((parts, at) => {
      const record = aRecord({ ...parts, serviceId: `service-${at}`, finalRecord: 1 });
      // What comes after the final record counts for nothing, in either.
      insertEvent(db, record, { digest: `end ${at}` });
      insertEvent(db, { ...record, agentAdded: 1 }, { digest: `wrap-up ${at}`, isLate: true });
      finish(db, record, `end ${at}`);
      summary.add({ source: 'default', record, isFinal: true, endedMs: T0 });
    });
    const columns = Object.entries(SQL).map(([name, sql]) => `${sql} AS ${name}`);
    const bySql = db.prepare(
      `SELECT ${columns.join(',\n')} FROM CALLBACK_FACT AS f
       JOIN CALLBACK_DIM_1 AS d1 ON d1.ID = f.CALLBACK_DIM_1_KEY
       JOIN CALLBACK_DIM_2 AS d2 ON d2.ID = f.CALLBACK_DIM_2_KEY
       JOIN CALLBACK_DIM_3 AS d3 ON d3.ID = f.CALLBACK_DIM_3_KEY
       JOIN CALLBACK_DIM_4 AS d4 ON d4.ID = f.CALLBACK_DIM_4_KEY
       JOIN CALLBACK_DIAL_RESULTS AS dr ON dr.ID = f.CALLBACK_DIAL_RESULTS_KEY
       WHERE f.FINAL_RECORD = 1 AND f.AFTER_FINAL = 0`,
    );
    return { bySql: bySql.get() as Record<string, number | null>, counted: summary.rows().rows[0] ?? {} };
  } finally {
    db.exec('ROLLBACK');
  }
}

function expectEqual(records: readonly Partial<CallbackRecord>[]): void {
  const { bySql, counted } = bothAnswers(records);
  for (const [name, value] of Object.entries(bySql)) {
    const other = counted[name] as number | null;
    if (value === null || other === null) expect([name, other]).toEqual([name, value]);
    else expect([name, Math.abs(other - value) < 1e-9, other, value]).toEqual([name, true, other, value]);
  }
}

describe('the callback summary beside plain SQL over CALLBACK_FACT', () => {
  it('has every measure in SQL that the vendor’s columns can say', () => {
    expect([...Object.keys(SQL), ...NOT_IN_SQL].toSorted()).toEqual(MEASURES.map(({ name }) => name).toSorted());
  });

  it('says the same of the callbacks counted by hand', () => {
    expectEqual(Array.from(FINISHED_CALLBACKS.values(), ({ record }) => record));
  });

  it('says the same of any callbacks', () => {
    fc.assert(fc.property(fc.array(anyRecord, { minLength: 1, maxLength: 15 }), expectEqual), { numRuns: 150 });
  });
});
