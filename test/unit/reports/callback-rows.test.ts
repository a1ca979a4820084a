import { describe, expect, it } from 'vitest';
import { callbackColumns, callbackDetailColumns, PHONE_COLUMNS } from '../../../src/reports/callback-rows.js';
import { toCsv } from '../../../src/reports/csv.js';
import { rowOf } from '../../../src/reports/rows.js';
import { aCallback } from '../../support/callbacks.js';
import { T0 } from '../../support/notifications.js';

const DAY_MS = 86_400_000;
const NUMBER = '+4915112345678';
const VIEW = { nowMs: T0, ttlMs: DAY_MS, tenantName: (dbid: number) => `tenant ${dbid}`, pii: 'masked' as const };

describe('callbackColumns', () => {
  it('are the list’s, in its order', () => {
    expect(Object.keys(callbackColumns(VIEW)).join(' ')).toBe(
      'source service_id tenant state sub_state disposition final queue channel callback_type offer_type offer_timing ' +
        'connect_order call_direction final_dial_result dialog_result target service_start_at service_end_at ended_at ' +
        'offered_at accepted_at ready_at customer_connected_at offline_wait_seconds online_wait_seconds attempts ' +
        'agent_added_to_ixn customer_ani customer_phone_number phone_hash ani_hash origination_ixn_id first_out_ixn_id ' +
        'last_out_ixn_id ors_session_id due_kind due_at overdue live_event live_state live_at attachments events ' +
        'late_events first_received_at last_event_at',
    );
  });

  it('show a finished callback: words as sent, times ISO 8601, null for what is not reported', () => {
    const record = { tenantDbid: 7, disposition: 'COMPLETED.AGENT', vq: 'VQ_1', agentAdded: 1, serviceEndMs: T0 };
    expect(rowOf(callbackColumns(VIEW), aCallback({ record }))).toMatchObject({
      tenant: 'tenant 7',
      state: 'COMPLETED',
      sub_state: 'AGENT',
      disposition: 'COMPLETED.AGENT',
      final: true,
      queue: 'VQ_1',
      channel: null,
      service_end_at: '2026-11-20T08:00:00.000Z',
      accepted_at: null,
      agent_added_to_ixn: true,
      due_kind: null,
      overdue: false,
      live_state: null,
    });
  });

  it('show an open one: what it waits for, whether that is over, and what GMS said last', () => {
    const live = { event: '_cbe_on_callback_queued', state: 'QUEUED', atMs: T0, desiredMs: null };
    const callback = aCallback({ isFinal: false, live, record: { nextRedialMs: T0 - 1000 } });
    expect(rowOf(callbackColumns(VIEW), callback)).toMatchObject({
      final: false,
      due_kind: 'redial',
      due_at: '2026-11-20T07:59:59.000Z',
      overdue: true,
      live_event: '_cbe_on_callback_queued',
      live_state: 'QUEUED',
      live_at: '2026-11-20T08:00:00.000Z',
    });
  });

  it('show a callback whose session died, and no state that GMS told before', () => {
    const live = { event: '_cbe_on_customer_queued', state: 'ROUTING', atMs: T0, desiredMs: null };
    const view = { ...VIEW, nowMs: T0 + 2 * DAY_MS };
    expect(rowOf(callbackColumns(view), aCallback({ isFinal: false, live }))).toMatchObject({
      state: 'abandoned-record',
      live_state: null,
    });
  });
});

describe('customers’ numbers', () => {
  const record = { customerAni: NUMBER, customerPhoneNumber: NUMBER, disposition: `call ${NUMBER}` };
  const callback = { ...aCallback({ phoneHash: 'hash', record }), hasStart: true };

  it.each([callbackColumns, callbackDetailColumns])('are masked wherever they stand', (columns) => {
    const row = rowOf(columns(VIEW), callback);
    expect(JSON.stringify(row)).not.toContain('12345678');
    expect(row).toMatchObject({ customer_ani: '***5678', customer_phone_number: '***5678', phone_hash: 'hash' });
    expect(row['disposition']).toBe('call ***5678');
  });

  it.each([callbackColumns, callbackDetailColumns])('are whole when they were asked for', (columns) => {
    const row = rowOf(columns({ ...VIEW, pii: 'full' }), callback);
    expect(row).toMatchObject({ customer_ani: NUMBER, customer_phone_number: NUMBER, disposition: `call ${NUMBER}` });
  });

  it('stay null when there is none', () => {
    expect(rowOf(callbackColumns(VIEW), aCallback())).toMatchObject({ customer_ani: null, phone_hash: null });
  });
});

describe('callbackDetailColumns', () => {
  it('are one line a callback: times, attempts, results, waits, outcome and findings', () => {
    const record = {
      acceptedMs: T0,
      attempts: 2,
      dial1Ms: T0 + 1000,
      dial1Result: 'BUSY',
      dial2Ms: T0 + 2000,
      dial2Result: 'PERSON',
      agentAdded: 1,
      offlineWaitSeconds: 90,
      ewtWhenOfferedSeconds: 100,
    };
    expect(rowOf(callbackDetailColumns(VIEW), { ...aCallback({ record }), hasStart: false })).toMatchObject({
      outcome: 'successful',
      attempts: 2,
      dial_1_at: '2026-11-20T08:00:01.000Z',
      dial_1_result: 'BUSY',
      dial_2_at: '2026-11-20T08:00:02.000Z',
      dial_2_result: 'PERSON',
      dial_3_at: null,
      dial_3_result: null,
      offer_seconds: 0,
      expected_wait_seconds: 100,
      offline_wait_seconds: 90,
      expected_wait_error_seconds: -10,
      agent_added_to_ixn: true,
      abandoned_waiting: null,
      findings: ['accepted_time_without_flag', 'final_without_start', 'accepted_without_attached_data'],
    });
  });

  it('name no outcome of an open callback', () => {
    const callback = { ...aCallback({ isFinal: false }), hasStart: true };
    expect(rowOf(callbackDetailColumns(VIEW), callback)['outcome']).toBeNull();
  });
});

describe('toCsv', () => {
  const cellOf = (column: string, value: unknown) =>
    toCsv([column], [{ [column]: value }], { phoneColumns: PHONE_COLUMNS }).split('\r\n')[1];

  it('leaves an E.164 number whole in the columns that hold numbers to call', () => {
    expect(PHONE_COLUMNS.map((column) => cellOf(column, NUMBER))).toEqual([NUMBER, NUMBER]);
  });

  it.each(['+1-1', '+1+1', '+49 151', '+12345', '+1234567890123456', '+4915112345678\n', '=1+1', '-1', '@x', '+A1'])(
    'prefixes %j there all the same',
    (text) => {
      expect(cellOf('customer_ani', text)).toMatch(/^"?'/);
    },
  );

  it('prefixes a number in any other column, and where no columns were named', () => {
    expect(cellOf('queue', NUMBER)).toBe(`'${NUMBER}`);
    expect(toCsv(['customer_ani'], [{ customer_ani: NUMBER }])).toBe(`customer_ani\r\n'${NUMBER}\r\n`);
  });

  it.each(
    ['=1+1', '+1', '-1', '@SUM(1)', '\uFF1D1+1', '\uFF0B1', '\uFF0D1', '\uFF20x', '\u22121', '\uFE661'].flatMap(
      (formula) =>
        ['', ' ', '\u00A0', '\u200B', '\uFEFF', '\u3000', '\u00AD', '\u2028', '\u0000', '"', "'"].flatMap((before) => [
          [`${before}${formula}`, `'${before}${formula}`],
          [`A;${before}${formula};B`, `A;'${before}${formula};B`],
          [`A\t${before}${formula}`, `A\t'${before}${formula}`],
          [`A\r\n${before}${formula}`, `A\r\n'${before}${formula}`],
        ]),
    ),
  )('lets no spreadsheet run %j, whatever it takes for a separator', (text, safe) => {
    const quoted = `"${safe.replaceAll('"', '""')}"`;
    expect(toCsv(['a', 'queue'], [{ a: 1, queue: text }])).toBe(
      `a,queue\r\n1,${/[",;\t\r\n]/.test(safe) ? quoted : safe}\r\n`,
    );
  });

  it.each<[unknown, string]>([
    [-5, '-5'],
    [-0.25, '-0.25'],
    [1e21, '1e+21'],
    [true, 'true'],
    [null, ''],
    ['a-b = c+d @ e', 'a-b = c+d @ e'],
    ['Spring Sale@Agents', 'Spring Sale@Agents'],
    ['2026-11-20T08:00:00.000Z', '2026-11-20T08:00:00.000Z'],
    ['a;b', '"a;b"'],
    ['say "yes", or no', '"say ""yes"", or no"'],
  ])('leaves %j as it is', (value, cell) => {
    expect(cellOf('queue', value)).toBe(cell);
  });

  it('takes time in proportion to a text, whatever stands in it', () => {
    const long = ['\t', ' ', ';', '"', '\u200B'].map((one) => one.repeat(200_000)).join('');
    expect(cellOf('queue', long)?.length).toBeGreaterThan(long.length);
  });
});
