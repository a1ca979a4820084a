import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { numberHasher } from '../../../src/node/digest.js';
import { DIMENSIONS } from '../../../src/gms/info-mart.js';
import { FIELDS, MANDATORY_FIELDS, pairOf } from '../../../src/gms/key-value-pairs.js';
import type { CallbackJudge } from '../../../src/ingest/judge-callback.js';
import { columnOf } from '../../../src/gms/record-columns.js';
import { openForReading } from '../../../src/sqlite/database.js';
import type { Writer, WriterOptions } from '../../../src/sqlite/writer.js';
import { anEventBody } from '../../support/callback-events.js';
import {
  aDelivery,
  eventPost,
  finalPost,
  itemsOf,
  openCallbackWriter,
  outcomesOf,
  shownBy,
} from '../../support/callback-writer.js';
import { removeFolder } from '../../support/folders.js';
import { T0 } from '../../support/notifications.js';
import { randomRuns } from '../../support/random-runs.js';

let folder: string;
const writers: Writer[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ocm-callbacks-'));
});
afterEach(() => {
  for (const writer of writers.splice(0)) writer.close();
  removeFolder(folder);
});

function open(options: Partial<WriterOptions> = {}): Writer {
  const writer = openCallbackWriter(join(folder, 'test.db'), options);
  writers.push(writer);
  return writer;
}

function close(writer: Writer): void {
  writers.splice(writers.indexOf(writer), 1);
  writer.close();
}

type Row = Readonly<Record<string, unknown>>;
function rows(sql: string): Row[] {
  const db = openForReading(join(folder, 'test.db'));
  const answer = db.prepare(sql).all() as Row[];
  db.close();
  return answer;
}
const count = (from: string) => Number(rows(`SELECT count(*) AS n FROM ${from}`)[0]?.['n']);
const callbackRow = () => rows('SELECT * FROM callbacks')[0] ?? {};
const finals = () => count('CALLBACK_FACT WHERE FINAL_RECORD = 1 AND AFTER_FINAL = 0');

const SECONDS = T0 / 1000;
const EVERYTHING = { ids: [], source: null, reason: null, dryRun: false };
/** The desktop's repetition at wrap-up: a final record that lacks what Info Mart asks for. */
const wrapUp = (keys: Row = {}) =>
  finalPost({ _CB_T_SERVICE_START: undefined, _CB_N_CALLBACK_OFFERED: undefined, _CB_DIM_VQ: 'VQ_Desk', ...keys });

describe('the outcome of an event', () => {
  it('is recorded at first, duplicate for equal content, after-final once a final record is held', () => {
    const writer = open();
    const report = writer.commit([eventPost(), eventPost(), finalPost(), finalPost(), finalPost({ _CB_DIM_VQ: 'x' })]);

    expect(outcomesOf(report)).toEqual(['recorded', 'duplicate', 'recorded', 'duplicate', 'after-final']);
    expect(report.receipts[0]).toEqual({
      kind: 'callback',
      outcome: 'recorded',
      serviceId: 'service-1',
      warnings: [],
    });
    expect(report.callbacks.map(({ finished }) => finished)).toEqual([false, false, true, false, false]);
    expect(outcomesOf(writer.commit([eventPost(), eventPost({ Note: 1 })]))).toEqual(['duplicate', 'after-final']);
    expect(callbackRow()).toMatchObject({ events: 4, late_events: 2, is_final: 1, ended_ms: T0 + 600_000 });
  });

  it('is of its source alone: the same event of another is another callback', () => {
    const report = open().commit([finalPost(), finalPost({}, { source: 'eu-1' })]);

    expect(outcomesOf(report)).toEqual(['recorded', 'recorded']);
    expect(count('callbacks')).toBe(2);
  });

  it('is quarantined for a missing mandatory key while no final record is held', () => {
    const report = open().commit([eventPost(), wrapUp()]);

    expect(report.receipts[1]).toMatchObject({
      outcome: 'quarantined',
      reason: 'missing_key',
      violations: [
        { field: '_CB_N_CALLBACK_OFFERED', rule: 'present' },
        { field: '_CB_T_SERVICE_START', rule: 'present' },
      ],
    });
    expect(report.quarantine).toEqual([{ source: 'default', reason: 'missing_key', rows: 1 }]);
    expect(callbackRow()).toMatchObject({ is_final: 0, events: 1 });
  });

  it('is after-final without any mandatory key but the service id when the final is held: kept, and no part of the callback', () => {
    const writer = open();
    writer.commit([eventPost(), finalPost()]);
    const before = callbackRow();

    const report = writer.commit([wrapUp({ _CB_T_CALLBACK_OFFERED: 0, _CB_D_CALLBACK_OFFER: 'x' })]);

    expect(outcomesOf(report)).toEqual(['after-final']);
    expect(report.quarantine).toBeNull();
    expect(callbackRow()).toMatchObject({ ...before, events: 3, late_events: 1, change_no: 3 });
    expect(rows('SELECT AFTER_FINAL, FINAL_RECORD FROM CALLBACK_FACT ORDER BY EVENT_SEQUENCE')).toEqual([
      { AFTER_FINAL: 0, FINAL_RECORD: 0 },
      { AFTER_FINAL: 0, FINAL_RECORD: 1 },
      { AFTER_FINAL: 1, FINAL_RECORD: 1 },
    ]);
    expect(count('callback_missing_keys')).toBe(0);
  });
});

describe('a callback that ended', () => {
  it('is never opened again, by whatever comes later', () => {
    const writer = open();
    writer.commit([finalPost()]);

    const report = writer.commit([
      eventPost({ _CB_DISPOSITION: 'QUEUED' }),
      aDelivery('attached-data', { interaction_id: 'call-1', _CB_SERVICE_ID: 'service-1' }),
      aDelivery('status-notifications', { event: '_cbe_on_callback_queued', _service_id: 'service-1' }),
    ]);

    expect(outcomesOf(report)).toEqual(['after-final', 'recorded', 'recorded']);
    expect(callbackRow()).toMatchObject({ is_final: 1, state: 'COMPLETED', sub_state: 'AGENT' });
    expect([...writer.openCallbacks(0)]).toEqual([]);
    expect(report.callbacks.every(({ finished }) => !finished)).toBe(true);
  });

  it('is told by the better of two finals, and counted once all the same', () => {
    const writer = open();
    writer.commit([finalPost({ _CB_DISPOSITION: 'Sold', _CB_DIM_VQ: 'VQ_Desk', _CB_T_SERVICE_END: undefined })]);
    expect(callbackRow()).toMatchObject({ sub_state: 'other', vq: 'VQ_Desk', ended_ms: T0 + 5000 });

    const report = writer.commit([finalPost()]);

    expect(outcomesOf(report)).toEqual(['after-final']);
    expect(report.callbacks[0]).toMatchObject({ finished: false, callback: { isFinal: true } });
    expect(callbackRow()).toMatchObject({ sub_state: 'AGENT', vq: null, ended_ms: T0 + 600_000 });
    expect(finals()).toBe(1);
  });

  it('ended when its final event was received, where nobody says when', () => {
    const end = { _CB_T_SERVICE_END: 'undefined' };
    const report = open().commit([eventPost(), finalPost(end, { receivedAtMs: T0 + 9000 })]);

    expect(shownBy(report).endedMs).toBe(T0 + 9000);
  });

  it('has its gaps filled by a start that comes late', () => {
    const report = open().commit([finalPost(), eventPost({ _CB_DIM_CHANNEL: 'WEB' })]);

    expect(shownBy(report)).toMatchObject({ isFinal: true, record: { channel: 'WEB', finalRecord: 1 } });
  });
});

describe('a quarantined event', () => {
  it('is after-final when it is replayed once the final record is held, and held no more', () => {
    const writer = open();
    writer.commit([eventPost(), wrapUp()]);
    expect([...writer.replay(EVERYTHING)].flatMap(({ items }) => items)).toMatchObject([{ outcome: 'quarantined' }]);
    writer.commit([finalPost()]);

    const [replayed] = [...writer.replay(EVERYTHING)];

    expect(replayed?.items).toMatchObject([{ outcome: 'after-final' }]);
    expect(rows('SELECT applied_id FROM quarantine WHERE replayed_ms IS NOT NULL')).toEqual([
      { applied_id: 'service-1' },
    ]);
    expect([...writer.replay(EVERYTHING)]).toEqual([]);
    expect([finals(), count('callback_events')]).toEqual([1, 3]);
  });

  it('was received when it first was, not when it was replayed', () => {
    const poisonous: CallbackJudge = () => {
      throw new TypeError('a fault of the program');
    };
    const ill = open({ judgeCallback: poisonous });
    ill.commit([eventPost({}, { receivedAtMs: T0 + 1234 })]);
    close(ill);

    const mended = open();
    expect([...mended.replay(EVERYTHING)].flatMap(({ items }) => items)).toMatchObject([{ outcome: 'recorded' }]);

    expect(callbackRow()).toMatchObject({ first_received_ms: T0 + 1234, last_event_ms: T0 + 1234 });
  });

  it('leaves nothing behind in a dry run, in the file or in memory: dimensions are there when it counts', () => {
    const ill = open({
      judgeCallback: () => {
        throw new TypeError('a fault of the program');
      },
    });
    ill.commit([eventPost({ _CB_DIM_CHANNEL: 'WEB', _CB_DIM_VQ: 'VQ_Sales' })]);
    close(ill);
    const writer = open();

    const dry = [...writer.replay({ ...EVERYTHING, dryRun: true })];
    expect(dry.flatMap(({ items }) => items)).toMatchObject([{ outcome: 'recorded' }]);
    expect([count('callbacks'), count('callback_events'), count('callback_dimensions_1')]).toEqual([0, 0, 0]);

    expect([...writer.replay(EVERYTHING)].flatMap(({ items }) => items)).toMatchObject([{ outcome: 'recorded' }]);
    const joins = DIMENSIONS.map(
      ({ table, factKey, id }) => `JOIN ${table} ON ${table}.${id} = CALLBACK_FACT.${factKey}`,
    );
    expect(rows(`SELECT CHANNEL, RESOURCE_NAME FROM CALLBACK_FACT ${joins.join(' ')}`)).toEqual([
      { CHANNEL: 'WEB', RESOURCE_NAME: 'VQ_Sales' },
    ]);
  });
});

describe('several events in one body', () => {
  const several = (...bodies: Row[]) => aDelivery('callback-events', bodies);

  it('are recorded one by one; faulty ones are quarantined singly, with their own bytes', () => {
    const faulty = anEventBody({ _CB_SERVICE_ID: 'service-3', _CB_T_SERVICE_START: 0 });
    const report = open().commit([several(anEventBody(), faulty, anEventBody(), anEventBody({ _CB_SERVICE_ID: 'b' }))]);

    expect(itemsOf(report)).toMatchObject([
      { outcome: 'recorded', serviceId: 'service-1' },
      { outcome: 'quarantined', reason: 'missing_key' },
      { outcome: 'duplicate', serviceId: 'service-1' },
      { outcome: 'recorded', serviceId: 'b' },
    ]);
    expect(rows('SELECT CAST(body AS TEXT) AS body FROM quarantine')).toEqual([{ body: JSON.stringify(faulty) }]);
  });

  it('may end a callback and follow it up: what comes after the final in one body is after-final', () => {
    const { _CB_T_SERVICE_START, ...incomplete } = anEventBody({ Note: 'wrap-up' });
    const final = anEventBody({ _CB_FINAL_RECORD: 1 });

    expect(_CB_T_SERVICE_START).toBe(SECONDS);
    expect(outcomesOf(open().commit([several(incomplete, final, incomplete)]))).toEqual([
      'quarantined',
      'recorded',
      'after-final',
    ]);
  });
});

describe('several events that were held in one body', () => {
  const good = anEventBody();
  const faulty = (n: number) => anEventBody({ _CB_SERVICE_ID: `faulty ${String(n)}`, _CB_T_SERVICE_START: 0 });
  const replayed = (bodies: readonly Row[]) => {
    const ill = open({
      judgeCallback: () => {
        throw new TypeError('a fault of the program');
      },
    });
    ill.commit([aDelivery('callback-events', bodies)]);
    close(ill);
    return [...open().replay(EVERYTHING)].flatMap(({ items }) => items);
  };
  const held = () => rows('SELECT reason, CAST(body AS TEXT) AS body FROM quarantine WHERE replayed_ms IS NULL');

  it('are applied by a replay; those that are faulty are held singly', () => {
    expect(replayed([faulty(1), good])).toMatchObject([{ outcome: 'recorded' }]);

    expect(held()).toEqual([{ reason: 'missing_key', body: JSON.stringify(faulty(1)) }]);
    expect(rows('SELECT service_id FROM callbacks')).toEqual([{ service_id: 'service-1' }]);
  });

  it('stay held as they were while none of them can be applied, with every violation', () => {
    const present = { field: '_CB_T_SERVICE_START', rule: 'present', found: 'nothing' };

    expect(replayed([faulty(1), faulty(2)])).toMatchObject([
      { outcome: 'quarantined', violations: [present, present] },
    ]);

    expect(held()).toEqual([{ reason: 'missing_key', body: JSON.stringify([faulty(1), faulty(2)]) }]);
    expect(count('callbacks')).toBe(0);
  });
});

describe('an event that makes the program fail', () => {
  const POISON = '666';
  /** Fails in the middle of storing a record, when its number is hashed. */
  const keys: WriterOptions['keys'] = {
    random: () => 'random-key',
    hasher: (key) => (number) => {
      if (number === POISON) throw new TypeError('a fault of the program');
      return numberHasher(key)(number);
    },
  };
  const poisoned = (serviceId: string) => ({ _CB_SERVICE_ID: serviceId, _CB_CUSTOMER_ANI: POISON });

  it('is kept and counted, and takes nothing of its batch with it', () => {
    const report = open({ keys }).commit([eventPost(), eventPost(poisoned('p')), finalPost()]);

    expect(outcomesOf(report)).toEqual(['recorded', 'quarantined', 'recorded']);
    expect(report.receipts[1]).toMatchObject({
      reason: 'internal',
      violations: [{ found: 'TypeError: a fault of the program' }],
    });
    expect(report.callbacks.map(({ callback }) => callback.serviceId)).toEqual(['service-1', 'service-1']);
    expect(rows('SELECT service_id FROM callbacks')).toEqual([{ service_id: 'service-1' }]);
  });

  it('takes the body with it in which it came with others: nothing of it is stored, or told', () => {
    const body = [
      anEventBody({ _CB_SERVICE_ID: 'a' }),
      anEventBody(poisoned('p')),
      anEventBody({ _CB_SERVICE_ID: 'b' }),
    ];

    const report = open({ keys }).commit([eventPost(), aDelivery('callback-events', body)]);

    expect(outcomesOf(report)).toEqual(['recorded', 'quarantined']);
    expect(rows('SELECT service_id FROM callbacks')).toEqual([{ service_id: 'service-1' }]);
    expect(report.callbacks.map(({ callback }) => callback.serviceId)).toEqual(['service-1']);
  });

  it('leaves no keys of dimensions behind that nobody wrote', () => {
    const writer = open({ keys });
    writer.commit([eventPost({ ...poisoned('p'), _CB_DIM_CHANNEL: 'WEB' })]);

    writer.commit([eventPost({ _CB_DIM_CHANNEL: 'WEB' })]);

    expect(count('CALLBACK_FACT JOIN CALLBACK_DIM_1 ON ID = CALLBACK_DIM_1_KEY')).toBe(1);
  });
});

describe('any values of the seventy keys', () => {
  const value = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.constantFrom(1e21, -1e21, 2 ** 53, 4_102_444_800, '9'.repeat(30), '9'.repeat(400), '\ud83d', '\u0000', -0),
    fc.constantFrom('__proto__', 'constructor', { toString: 1 }, [], ' '.repeat(300), 'x'.repeat(3000)),
  );
  const name = fc.constantFrom(...FIELDS.map((field) => pairOf(field).name), '__proto__', 'Site');
  const keys = fc.array(fc.tuple(name, value), { maxLength: 20 });

  it('are stored or refused for what they are: none makes the program fail', () => {
    const writer = open();
    fc.assert(
      fc.property(keys, fc.constantFrom('callback-events', 'attached-data'), (pairs, endpoint) => {
        const body = { ...anEventBody({ interaction_id: 'call-1' }), ...Object.fromEntries(pairs) };

        const [receipt] = writer.commit([aDelivery(endpoint, body)]).receipts;

        expect(receipt).not.toMatchObject({ reason: 'internal' });
      }),
      { numRuns: randomRuns(300) },
    );
    const unread = FIELDS.filter((field) => !['text', 'word'].includes(pairOf(field).type)).map((field) =>
      columnOf(field),
    );
    const broken = unread.map((column) => `typeof(${column}) NOT IN ('integer', 'null')`).join(' OR ');
    expect(rows(`SELECT * FROM callback_events WHERE ${broken}`)).toEqual([]);
  });
});

describe('attached data', () => {
  const attach = (keys: Row = {}, receivedAtMs = T0 + 1000) =>
    aDelivery('attached-data', { interaction_id: 'call-1', _CB_SERVICE_ID: 'service-1', ...keys }, { receivedAtMs });

  it('may come before the first event: the callback is known, open, and has no record', () => {
    const writer = open();
    const scheduled = { _CB_T_SERVICE_START: SECONDS + 86_400 };

    const report = writer.commit([attach(scheduled)]);

    expect(report.callbacks).toMatchObject([{ event: null, finished: false }]);
    expect(shownBy(report)).toMatchObject({ events: 0, lastEventMs: null, attachments: 1, isFinal: false });
    expect(writer.lastCallbackEvents()).toEqual([]);

    const callback = shownBy(writer.commit([eventPost()]));
    expect(callback).toMatchObject({
      events: 1,
      attachments: 1,
      firstReceivedMs: T0 + 1000,
      lastEventMs: T0 + 5000,
      attachedStartMs: T0 + 86_400_000,
      record: { serviceStartMs: T0 },
    });
    expect(callbackRow()).toMatchObject({ alive_until_ms: T0 + 86_400_000 });
  });

  it('counts once a content, however often it comes, and keeps the latest service start it says', () => {
    const writer = open();
    const later = attach({ _CB_T_SERVICE_START: SECONDS + 60 });

    const report = writer.commit([
      later,
      later,
      attach({ _CB_T_SERVICE_START: SECONDS }),
      attach({ interaction_id: 'call-2' }),
    ]);

    expect(outcomesOf(report)).toEqual(['recorded', 'duplicate', 'recorded', 'recorded']);
    expect(shownBy(report)).toMatchObject({ attachments: 3, attachedStartMs: T0 + 60_000 });
    expect(report.callbacks).toHaveLength(3);
  });
});

describe('status notifications', () => {
  const status = (event: string, receivedAtMs: number, keys: Row = {}) =>
    aDelivery('status-notifications', { event, _service_id: 'service-1', ...keys }, { receivedAtMs });

  it('show where the callback stands by the newest receive time, in whatever order they are committed', () => {
    const report = open().commit([
      eventPost({ _CB_DISPOSITION: 'QUEUED' }),
      status('_cbe_on_route_to_agent', T0 + 3000),
      status('_cbe_on_callback_queued', T0 + 1000),
      status('_cbe_on_callback_reminder', T0 + 9000),
    ]);

    expect(shownBy(report).live).toEqual({
      event: '_cbe_on_route_to_agent',
      state: 'PROCESSING',
      atMs: T0 + 3000,
    });
    expect(callbackRow()).toMatchObject({ state: 'QUEUED' });
    expect(count('callback_notifications')).toBe(3);
  });

  it('say when the customer wants to be called, the newest by receive time', () => {
    const report = open().commit([
      status('_cbe_on_callback_rescheduled', T0 + 2000, { _desired_time: SECONDS + 7200 }),
      status('_cbe_on_callback_scheduled', T0 + 1000, { _desired_time: SECONDS + 3600 }),
    ]);

    expect(shownBy(report)).toMatchObject({ live: { state: 'SCHEDULED' }, desired: { ms: T0 + 7_200_000 } });
    expect(callbackRow()).toMatchObject({ alive_until_ms: T0 + 7_200_000 });
  });

  it('of equal content are one', () => {
    const report = open().commit([status('_cbe_on_dial_init', T0), status('_cbe_on_dial_init', T0 + 1000)]);

    expect(outcomesOf(report)).toEqual(['recorded', 'duplicate']);
    expect(report.callbacks).toHaveLength(1);
  });

  it('that say again what was said before another show where the callback stands now', () => {
    const moved = (at: number, ms: number) => status('_cbe_on_callback_scheduled', ms, { _desired_time: SECONDS + at });
    const report = open().commit([
      status('_cbe_on_callback_queued', T0 + 1000),
      status('_cbe_on_customer_queued', T0 + 2000),
      status('_cbe_on_callback_queued', T0 + 3000),
      moved(3600, T0 + 4000),
      moved(7200, T0 + 5000),
      moved(3600, T0 + 6000),
      status('_cbe_on_customer_queued', T0 + 5500),
    ]);

    expect(outcomesOf(report).slice(0, 3)).toEqual(['recorded', 'recorded', 'duplicate']);
    expect(report.callbacks.map(({ callback }) => callback.live?.state).slice(0, 3)).toEqual([
      'QUEUED',
      'ROUTING',
      'QUEUED',
    ]);
    expect(shownBy(report)).toMatchObject({
      live: { state: 'SCHEDULED', atMs: T0 + 6000 },
      desired: { ms: T0 + 3_600_000 },
    });
    expect(count('callback_notifications')).toBe(4);
  });
});

describe('the interactions of a callback', () => {
  it('are those that its events, its calls and its start request name, each in its role', () => {
    open().commit([
      aDelivery('attached-data', { interaction_id: 'call-1', _CB_SERVICE_ID: 'service-1' }, { receivedAtMs: T0 }),
      eventPost({ _originating_interaction_id: 'call-1', _CB_ORIGINATION_IXN_ID: 'call-1' }),
      finalPost({ _CB_FIRST_OUT_IXN_ID: 'out-1', _CB_LAST_OUT_IXN_ID: 'out-2' }, { receivedAtMs: T0 + 9000 }),
      finalPost({ _CB_LAST_OUT_IXN_ID: 'out-3', _CB_ORIGINATION_IXN_ID: 'call-1' }, { receivedAtMs: T0 + 1000 }),
    ]);

    expect(
      rows(
        'SELECT interaction_id AS id, role, first_received_ms - 1795161600000 AS ms FROM callback_interactions ORDER BY role, id',
      ),
    ).toEqual([
      { id: 'call-1', role: 'attached', ms: 0 },
      { id: 'out-1', role: 'first_outbound', ms: 9000 },
      { id: 'out-2', role: 'last_outbound', ms: 9000 },
      { id: 'out-3', role: 'last_outbound', ms: 1000 },
      { id: 'call-1', role: 'originating', ms: 5000 },
      { id: 'call-1', role: 'origination', ms: 1000 },
    ]);
  });
});

describe('missing mandatory keys', () => {
  const lacking = (keys: Row, parts: Parameters<typeof eventPost>[1] = {}) =>
    eventPost({ _service_name: 'sales', ...keys }, parts);
  const KEYS =
    'SELECT day, source, service, key, events, last_service_id AS id FROM callback_missing_keys ORDER BY day, service, key';

  it('are counted by UTC day, callback service and key, with the last callback that lacked it', () => {
    open().commit([
      lacking({ _CB_T_SERVICE_START: 0 }),
      lacking({ _CB_T_SERVICE_START: 'null', _CB_SERVICE_ID: 'b', _CB_N_CALLBACK_OFFERED: undefined }),
      lacking({ _CB_T_SERVICE_START: undefined }, { receivedAtMs: Date.UTC(2026, 10, 20, 23, 59, 59, 999) }),
      lacking({ _CB_T_SERVICE_START: undefined, n: 1 }, { receivedAtMs: Date.UTC(2026, 10, 21) }),
      lacking({ _CB_T_SERVICE_START: undefined, _service_name: undefined }),
    ]);

    const usual = {
      day: '2026-11-20',
      source: 'default',
      service: 'sales',
      key: '_CB_T_SERVICE_START',
      events: 1,
      id: 'service-1',
    };
    expect(rows(KEYS)).toEqual([
      { ...usual, service: '' },
      { ...usual, key: '_CB_N_CALLBACK_OFFERED', id: 'b' },
      { ...usual, events: 3 },
      { ...usual, day: '2026-11-21' },
    ]);
  });

  it('may be all, the service id included', () => {
    open().commit([aDelivery('callback-events', {})]);

    expect(rows(KEYS).map((row) => [row['key'], row['id']])).toEqual(
      MANDATORY_FIELDS.map((field) => [pairOf(field).name, null]).sort(),
    );
  });

  it('of values that cannot be read are none: they are there', () => {
    open().commit([lacking({ _CB_T_SERVICE_START: 'yesterday' })]);

    expect(rows(KEYS)).toEqual([]);
  });

  it('of more than two hundred services a day are counted under one name', () => {
    const writer = open();
    const post = (n: number) => lacking({ _CB_T_SERVICE_START: 0, _service_name: `service ${String(n)}` });
    writer.commit(Array.from({ length: 203 }, (_, n) => post(n)));
    writer.commit([post(0), lacking({ _CB_T_SERVICE_START: 0, _service_name: 'other source' }, { source: 'eu-1' })]);

    expect(rows(`SELECT service, events FROM callback_missing_keys WHERE events > 1 ORDER BY service`)).toEqual([
      { service: '(other)', events: 3 },
      { service: 'service 0', events: 2 },
    ]);
    expect(count('callback_missing_keys')).toBe(202);
  });

  it('are not counted again by a replay', () => {
    const writer = open();
    writer.commit([lacking({ _CB_T_SERVICE_START: 0 })]);

    expect([...writer.replay(EVERYTHING)].flatMap(({ items }) => items)).toMatchObject([{ outcome: 'quarantined' }]);

    expect(rows(KEYS)).toMatchObject([{ events: 1 }]);
  });
});

describe('the hashes of customers’ numbers', () => {
  const numbers = { _CB_CUSTOMER_PHONE_NUMBER: '+43 (1) 234-567', _CB_CUSTOMER_ANI: '431999' };
  const hashes = () => rows('SELECT phone_hash, ani_hash FROM callbacks');
  const hashedWith = (key: string) => {
    const hash = numberHasher(key);
    return [{ phone_hash: hash('431234567'), ani_hash: hash('431999') }];
  };

  it('go by the digits alone, and by none where there is no digit', () => {
    const writer = open();
    writer.commit([eventPost(numbers)]);
    expect(hashes()).toEqual(hashedWith('test-key'));

    writer.commit([eventPost({ _CB_SERVICE_ID: 'b', _CB_CUSTOMER_PHONE_NUMBER: 'anonymous' })]);
    expect(hashes()[1]).toEqual({ phone_hash: null, ani_hash: null });
  });

  it('are made anew when the key changes, also from a configured one to one of the database’s own and back', () => {
    const first = open();
    first.commit([eventPost(numbers)]);
    close(first);

    close(open({ numberKey: 'other-key' }));
    expect(hashes()).toEqual(hashedWith('other-key'));

    close(open({ numberKey: null }));
    expect(hashes()).toEqual(hashedWith('random-key'));

    close(open({ numberKey: null, keys: { random: () => 'never asked for again', hasher: numberHasher } }));
    expect(hashes()).toEqual(hashedWith('random-key'));

    open();
    expect(hashes()).toEqual(hashedWith('test-key'));
  });

  it('are not made anew while the key stays', () => {
    const first = open();
    first.commit([eventPost(numbers)]);
    close(first);
    let asked = 0;

    const hasher = (key: string) => (number: string) => {
      asked++;
      return numberHasher(key)(number);
    };
    open({ keys: { random: () => 'random-key', hasher } });

    expect(asked).toBe(0);
  });
});

describe('a callback of more events than any session sends', () => {
  it('holds two hundred different ones; further ones are quarantined, known ones are still duplicates, and its first final event has room', () => {
    const writer = open();
    const many = (count: number, from: number) => Array.from({ length: count }, (_, n) => eventPost({ n: from + n }));
    expect(new Set(outcomesOf(writer.commit(many(200, 0))))).toEqual(new Set(['recorded']));

    const final = finalPost();
    const again = finalPost({ _CB_N_CALLBACK_MEDIA_ATTEMPTS: 2 });
    const report = writer.commit([...many(1, 200), ...many(1, 7), final, again, eventPost({ _CB_SERVICE_ID: 'b' })]);

    expect(outcomesOf(report)).toEqual(['quarantined', 'duplicate', 'recorded', 'quarantined', 'recorded']);
    expect(report.receipts[0]).toMatchObject({ reason: 'schema', violations: [{ found: 'one more' }] });
    expect(callbackRow()).toMatchObject({ events: 201, is_final: 1 });
  });
});

describe('what the store knows at a start', () => {
  it('is the open callbacks that were alive lately, and the newest event of each source and tenant', () => {
    const first = open();
    first.commit([
      eventPost({ _CB_SERVICE_ID: 'old', _CB_TENANT_DBID: 1 }),
      eventPost({ _CB_SERVICE_ID: 'new', _CB_TENANT_DBID: 1 }, { receivedAtMs: T0 + 90_000 }),
      eventPost({ _CB_SERVICE_ID: 'booked', _CB_T_NEXT_REDIAL_ATTEMPT: SECONDS + 86_400 }, { source: 'eu-1' }),
      finalPost({ _CB_SERVICE_ID: 'done' }, { source: 'eu-1', receivedAtMs: T0 + 7000 }),
    ]);
    close(first);

    const writer = open();

    expect([...writer.openCallbacks(T0 + 60_000)].map(({ serviceId }) => serviceId).sort()).toEqual(['booked', 'new']);
    expect(writer.lastCallbackEvents()).toEqual([
      { source: 'default', tenantDbid: 1, receivedMs: T0 + 90_000 },
      { source: 'eu-1', tenantDbid: null, receivedMs: T0 + 7000 },
    ]);
  });
});

describe('what stands beside the record of a callback', () => {
  const attached = (n: number) =>
    aDelivery('attached-data', { interaction_id: `call-${String(n)}`, _CB_SERVICE_ID: 'service-1' });
  const status = (n: number) =>
    aDelivery('status-notifications', { event: '_cbe_on_dial_init', _service_id: 'service-1', n });

  it.each([
    ['attached data', attached],
    ['status notifications', status],
  ])('is bounded: a thousand different %s, further ones are quarantined, known ones are duplicates', (_, post) => {
    const writer = open();
    writer.commit(Array.from({ length: 1000 }, (_unused, n) => post(n)));

    expect(outcomesOf(writer.commit([post(1000), post(7)]))).toEqual(['quarantined', 'duplicate']);
  });

  it('is kept with the bytes of texts that are not in the encoding of its source: two of them are two', () => {
    const named = (byte: string) => ({
      ...eventPost({ note: 'X' }),
      bytes: eventPost({ note: 'X' }).bytes.replace('X', byte),
    });
    const report = open().commit([named('\xe4'), named('\xf6')]);

    expect(outcomesOf(report)).toEqual(['recorded', 'recorded']);
    expect(report.receipts[0]).toMatchObject({ warnings: [{ field: 'note', rule: 'in the encoding of its source' }] });
  });
});
