import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { CALLBACK_SUB_STATES } from '../../../src/domain/callback.js';
import type { CallbackChange, CallbackOutcome, Receipt } from '../../../src/domain/store.js';
import { MANDATORY_FIELDS, pairOf } from '../../../src/gms/key-value-pairs.js';
import { CallbackBoard } from '../../../src/live/callback-board.js';
import { CallbackMetrics } from '../../../src/prometheus/callback-metrics.js';
import { CALLBACK_HISTOGRAMS } from '../../../src/prometheus/catalogue.js';
import { anOpenCallback } from '../../support/callbacks.js';
import { eventPost } from '../../support/callback-writer.js';
import { parseExposition, valueOf } from '../../support/exposition.js';
import { T0 } from '../../support/notifications.js';

const NOW = T0 + 60_000;
const TENANT = { source: 'default', tenant: '1' };
const LABELS = { ...TENANT, virtual_queue: 'VQ_Sales' };
const QUEUE = { tenantDbid: 1, vq: 'VQ_Sales' };

function scraped(options: Partial<ConstructorParameters<typeof CallbackMetrics>[0]> = {}) {
  const board = new CallbackBoard({ maxOpen: 1000, ttlMs: 86_400_000 });
  let leftOut = 0;
  const onLeftOut = () => {
    leftOut++;
  };
  const tenantName = (dbid: number | null) => (dbid === null ? 'unknown' : String(dbid));
  const metrics = new CallbackMetrics({ board, nowMs: () => NOW, tenantName, maxSources: 10, onLeftOut, ...options });
  return {
    board,
    metrics,
    leftOut: () => leftOut,
    value: (name: string, labels: Readonly<Record<string, string>> = {}) =>
      valueOf(metrics.renderEvents('text'), `gms_callback_${name}`, labels),
    samples: (name: string) =>
      parseExposition(metrics.renderEvents('text')).filter((one) => one.name === `gms_callback_${name}`),
  };
}

type CallbackParts = NonNullable<Parameters<typeof anOpenCallback>[0]>;
const changed = (outcome: CallbackOutcome, parts: CallbackParts = {}): CallbackChange => {
  const callback = anOpenCallback({ ...parts, record: { ...QUEUE, ...parts.record } });
  return { callback, event: { outcome, isFinal: callback.isFinal }, finished: false };
};
const started = (parts: CallbackParts = {}) => changed('recorded', parts);
const finished = (record: CallbackParts['record'] = {}, lastEventMs = T0): CallbackChange => ({
  ...changed('recorded', { isFinal: true, lastEventMs, record: { finalRecord: 1, ...record } }),
  finished: true,
});
const refused = (...keys: string[]): Receipt => ({
  kind: 'quarantined',
  outcome: 'quarantined',
  id: 'q',
  reason: 'missing_key',
  violations: keys.map((field) => ({ field, rule: 'present', found: 'nothing' })),
});

describe('counters of callbacks', () => {
  it('are born at 0 with the first record of a queue, before anything of it ends', () => {
    const { metrics, value } = scraped();

    metrics.count([started({ record: { channel: 'WEB', offerTiming: 'ON-HOURS' } })]);

    expect(value('records_total', { ...TENANT, final: 'true' })).toBe(0);
    expect(value('record_duplicates_total', TENANT)).toBe(0);
    expect(value('agent_transfer_failures_total', TENANT)).toBe(0);
    for (const sub_state of [...CALLBACK_SUB_STATES, 'other', 'none']) {
      expect(value('finished_total', { ...LABELS, state: 'COMPLETED', sub_state })).toBe(0);
    }
    for (const stage of ['offer', 'waiting', 'timeout']) expect(value('abandoned_total', { ...TENANT, stage })).toBe(0);
    const offer = { ...LABELS, channel: 'WEB', offer_timing: 'ON-HOURS' };
    expect([value('offered_total', offer), value('accepted_total', offer)]).toEqual([0, 0]);
    for (const result of ['PERSON', 'BUSY', 'other'])
      expect(value('dial_attempts_total', { ...TENANT, result })).toBe(0);
  });

  it('of missing keys are born at 0 at the start, for sources that are known', () => {
    const board = new CallbackBoard({ maxOpen: 10, ttlMs: 1000 });
    board.load([], [{ source: 'eu-1', tenantDbid: 1, receivedMs: T0 }]);

    const { value } = scraped({ board });

    for (const field of MANDATORY_FIELDS) {
      expect(value('missing_mandatory_total', { source: 'default', key: pairOf(field).name })).toBe(0);
      expect(value('missing_mandatory_total', { source: 'eu-1', key: pairOf(field).name })).toBe(0);
    }
  });

  it('are born at 0 at the start for the queues that callbacks are open in: their first record is an increase', () => {
    const { metrics, board, value } = scraped();
    board.apply([started({ serviceId: 'before' })]);
    expect(value('records_total', { ...TENANT, final: 'true' })).toBeUndefined();

    metrics.expect(NOW);

    expect(value('records_total', { ...TENANT, final: 'true' })).toBe(0);
    expect(value('finished_total', { ...LABELS, state: 'COMPLETED', sub_state: 'AGENT' })).toBe(0);
    metrics.count([finished({ disposition: 'COMPLETED.AGENT' })]);
    expect(value('finished_total', { ...LABELS, state: 'COMPLETED', sub_state: 'AGENT' })).toBe(1);
  });

  it('of a queue that gets another name: those of the old one stay at their value, the new ones begin at 0', () => {
    const { metrics, value } = scraped();
    metrics.count([finished({ disposition: 'COMPLETED.AGENT' })]);
    metrics.count([started({ serviceId: 'two', record: { vq: 'VQ_Orders' } })]);
    const ended = (virtual_queue: string) =>
      value('finished_total', { ...TENANT, virtual_queue, state: 'COMPLETED', sub_state: 'AGENT' });
    expect([ended('VQ_Sales'), ended('VQ_Orders')]).toEqual([1, 0]);
  });

  it('of a queue that nothing was received of for more than a week leave, and so do those of its tenant', () => {
    const { metrics, samples } = scraped();
    const DAY_MS = 86_400_000;
    const at = (days: number, vq: string, tenantDbid: number) =>
      finished({ vq, tenantDbid, offlineWaitSeconds: 60, disposition: 'COMPLETED.AGENT' }, T0 + days * DAY_MS);
    metrics.count([at(0, 'VQ_Old', 1), at(0, 'VQ_Busy', 1), at(0, 'VQ_Old', 2), at(6, 'VQ_Busy', 1)]);
    const shown = (name: string) => [
      ...new Set(samples(name).map(({ labels }) => `${labels['tenant'] ?? ''} ${labels['virtual_queue'] ?? ''}`)),
    ];
    metrics.leave(T0 + 8 * DAY_MS);
    expect(shown('finished_total')).toEqual(['1 VQ_Old', '1 VQ_Busy', '2 VQ_Old']);
    metrics.leave(T0 + 8 * DAY_MS + 1);
    expect(shown('finished_total')).toEqual(['1 VQ_Busy']);
    expect(shown('offline_wait_seconds_count')).toEqual(['1 VQ_Busy']);
    expect(shown('records_total')).toEqual(['1 ']);
    expect(samples('records_total').reduce((sum, { value }) => sum + value, 0)).toBe(3);
  });

  it('give places of queues that left to others, from day to day', () => {
    const { metrics, samples } = scraped();
    const DAY_MS = 86_400_000;
    const sizes: number[] = [];
    for (let day = 0; day < 40; day++) {
      const nowMs = T0 + day * DAY_MS;
      const queues = Array.from({ length: 20 }, (_, n) => `VQ_${String(day)}_${String(n)}`);
      metrics.count(queues.map((vq) => finished({ vq }, nowMs)));
      metrics.leave(nowMs);
      sizes.push(samples('finished_total').length);
      expect(samples('finished_total').some(({ labels }) => labels['virtual_queue'] === 'other')).toBe(false);
    }
    expect(new Set(sizes.slice(10)).size).toBe(1);
  });

  it('count a record once, by whether it is final; duplicates and what came after the final apart', () => {
    const { metrics, value } = scraped();

    metrics.count([started(), started(), finished(), changed('duplicate'), changed('after-final', { isFinal: true })]);

    expect(value('records_total', { final: 'false' })).toBe(2);
    expect(value('records_total', { final: 'true' })).toBe(1);
    expect(value('record_duplicates_total')).toBe(1);
  });

  it('count a callback once, when its first final record is stored, by its disposition', () => {
    const { metrics, value } = scraped();
    const parts = { isFinal: true, record: { disposition: 'COMPLETED.AGENT' } };

    metrics.count([
      finished({ disposition: 'completed.agent' }),
      changed('after-final', parts),
      changed('duplicate', parts),
    ]);

    expect(value('finished_total', { state: 'COMPLETED', sub_state: 'AGENT' })).toBe(1);
  });

  it.each([
    ['Customer satisfied', 'COMPLETED', 'other'],
    ['COMPLETED.NEW_THING', 'COMPLETED', 'other'],
    ['COMPLETED', 'COMPLETED', 'none'],
    [null, 'COMPLETED', 'none'],
    ['QUEUED.CANCELLED', 'QUEUED', 'CANCELLED'],
  ])('have closed labels for open dispositions: %s', (disposition, state, sub_state) => {
    const { metrics, value } = scraped();

    metrics.count([finished({ disposition })]);

    expect(value('finished_total', { state, sub_state })).toBe(1);
  });

  it('count offers, acceptances, dials, abandons and failed transfers of what finished, not of what is open', () => {
    const { metrics, value, samples } = scraped();
    const record = {
      ...{ channel: 'WEB', offerTiming: 'OFF-HOURS', offered: 1, acceptedMs: T0, transfersFailed: 3 },
      ...{
        dial1Result: 'BUSY',
        dial2Result: 'BUSY',
        dial3Result: 'Made up',
        abandonedWaiting: 1,
        abandonedDuringOffer: 0,
      },
    };

    metrics.count([started({ record }), finished(record), finished({ offered: 0, accepted: 0, channel: 'Pigeon' })]);

    const offer = { channel: 'WEB', offer_timing: 'OFF-HOURS' };
    expect([value('offered_total', offer), value('accepted_total', offer)]).toEqual([1, 1]);
    const other = { channel: 'other', offer_timing: 'unknown' };
    expect([value('offered_total', other), value('accepted_total', other)]).toEqual([0, 0]);
    expect(value('dial_attempts_total', { result: 'BUSY' })).toBe(2);
    expect(value('dial_attempts_total', { result: 'other' })).toBe(1);
    expect(value('agent_transfer_failures_total')).toBe(3);
    expect(samples('abandoned_total').map(({ labels, value: n }) => [labels['stage'], n])).toEqual([
      ['offer', 0],
      ['waiting', 1],
      ['timeout', 0],
    ]);
  });

  it('take no notice of attached data and notifications', () => {
    const { metrics, samples } = scraped();

    metrics.count([{ callback: anOpenCallback(), event: null, finished: false }]);

    expect(samples('records_total')).toEqual([]);
  });

  it('count each mandatory key that a refused record lacked, singly or in a batch, and nothing that was recorded', () => {
    const { metrics, value } = scraped();
    const recorded: Receipt = { kind: 'callback', outcome: 'recorded', serviceId: 's', warnings: [] };
    const receipts: Receipt[] = [
      refused('_CB_T_SERVICE_START', '_CB_SERVICE_ID'),
      recorded,
      {
        kind: 'batch',
        outcome: 'batch',
        items: [recorded, refused('_CB_T_SERVICE_START') as never, refused('_CB_SERVICE_ID') as never],
      },
      refused('_CB_SERVICE_ID'),
    ];
    const deliveries = [
      ...[eventPost(), eventPost({}, { source: 'eu-1' }), eventPost()],
      { ...eventPost(), endpoint: 'attached-data' as const },
    ];

    metrics.countRefused(receipts, deliveries);

    expect(value('missing_mandatory_total', { source: 'default', key: '_CB_T_SERVICE_START' })).toBe(2);
    expect(value('missing_mandatory_total', { source: 'default', key: '_CB_SERVICE_ID' })).toBe(2);
    expect(value('missing_mandatory_total', { source: 'eu-1', key: '_CB_SERVICE_ID' })).toBe(0);
  });
});

describe('labels', () => {
  it('give the places of a forgotten source to those that were taken together', () => {
    const { metrics, samples } = scraped({ maxSources: 1 });
    const queueOf = (source: string, n: number, tenantDbid = 1) =>
      started({ source, serviceId: `${source}-${String(n)}`, record: { vq: `${source} ${String(n)}`, tenantDbid } });
    metrics.count(Array.from({ length: 200 }, (_, n) => queueOf('a', n, 1000 + n)));
    metrics.count([queueOf('b', 1)]);
    const labelsOfB = () => samples('finished_total').at(-1)?.labels;
    expect(labelsOfB()).toMatchObject({ source: '(other)', virtual_queue: 'other', tenant: 'other' });

    metrics.dropSeries('a');
    metrics.count([queueOf('b', 1)]);
    expect(labelsOfB()).toMatchObject({ source: 'b', virtual_queue: 'b 1', tenant: '1' });
  });

  it('are bounded: the two hundred and first queue and tenant are "other", and so is a source beyond its bound', () => {
    const { metrics, samples } = scraped({ maxSources: 2 });
    const many = Array.from({ length: 202 }, (_, n) => n);

    metrics.count(many.map((n) => started({ record: { vq: `VQ_${String(n)}` } })));
    metrics.count(many.map((n) => started({ record: { vq: 'VQ_0', tenantDbid: 1 + n } })));
    metrics.countRefused(
      ['default', 'a', 'b'].map(() => refused()),
      ['default', 'a', 'b'].map((source) => eventPost({}, { source })),
    );

    const shown = samples('finished_total');
    expect(new Set(shown.map(({ labels }) => labels['virtual_queue'])).size).toBe(201);
    expect(shown.map(({ labels }) => labels['virtual_queue'])).toContain('other');
    const records = samples('records_total').filter(({ labels }) => labels['final'] === 'false');
    expect(records.find(({ labels }) => labels['tenant'] === 'other')?.value).toBe(2);
    expect(new Set(samples('missing_mandatory_total').map(({ labels }) => labels['source']))).toEqual(
      new Set(['default', 'a', '(other)']),
    );
  });

  it('keep queues apart, whatever characters their names hold', () => {
    const { metrics, board, samples } = scraped();
    const names = ['a,b', 'a', 'b",c="', 'b\\', 'b\n', 'b\\n', '{x="1"}', ' ', 'é😀', 'unknown'];

    const changes = names.map((vq, n) => started({ serviceId: String(n), record: { vq } }));
    metrics.count(changes);
    board.apply(changes);

    const born = samples('finished_total').filter(({ labels }) => labels['sub_state'] === 'AGENT');
    expect(born.map(({ labels }) => labels['virtual_queue'])).toEqual(names);
    const open = parseExposition(metrics.renderGauges(NOW, 'text')).filter(({ name }) => name === 'gms_callback_open');
    // In the order of their texts, as of any receiver.
    const counted = open.map(({ labels, value }) => [labels['virtual_queue'], value] as const);
    expect(new Map(counted)).toEqual(new Map(names.map((name) => [name, 1])));
    expect(counted.length).toBe(names.length);
  });

  it('beyond the bound of series nothing is refused: they are left out and counted', () => {
    const { metrics, leftOut, samples } = scraped();
    const many = Array.from({ length: 200 }, (_, n) => n);

    for (const tenantDbid of many.slice(0, 5)) {
      metrics.count(many.map((n) => started({ record: { vq: `VQ_${String(n)}`, tenantDbid } })));
    }

    expect(samples('finished_total')).toHaveLength(10_000);
    expect(leftOut()).toBeGreaterThan(0);
  });
});

describe('histograms of callbacks', () => {
  it('are cumulative, end at +Inf with the count, and take only what is reported', () => {
    const { metrics } = scraped();
    const waits = [0, 29, 30, 31, 90, 600, 14_400, 14_401, 1e9];

    metrics.count(waits.map((offlineWaitSeconds) => finished({ offlineWaitSeconds })));
    metrics.count([finished({ offlineWaitSeconds: null }), started({ record: { offlineWaitSeconds: 5 } })]);

    const samples = parseExposition(metrics.renderEvents('text'));
    const named = (name: string) => samples.filter((one) => one.name === `gms_callback_offline_wait_seconds${name}`);
    const { buckets } = CALLBACK_HISTOGRAMS.offlineWaitSeconds;
    expect(named('_bucket').map(({ labels, value }) => [labels['le'], value])).toEqual([
      ...buckets.map((bound) => [String(bound), waits.filter((wait) => wait <= bound).length]),
      ['+Inf', waits.length],
    ]);
    expect(named('_count').map(({ value }) => value)).toEqual([waits.length]);
    expect(named('_sum').map(({ value }) => value)).toEqual([waits.reduce((sum, wait) => sum + wait, 0)]);
  });

  it('of waits leave out scheduled callbacks: whoever chooses a time waits for it, and was promised no other', () => {
    const { metrics } = scraped();
    const waits = { offlineWaitSeconds: 7200, ewtWhenOfferedSeconds: 300, onlineWaitSeconds: 5 };

    metrics.count(
      ['SCHEDULED', 'Scheduled', 'WAIT_FOR_AGENT', null].map((callbackType) => finished({ ...waits, callbackType })),
    );

    const count = (name: string) => valueOf(metrics.renderEvents('text'), `gms_callback_${name}_seconds_count`);
    expect(['offline_wait', 'expected_wait', 'connected_wait'].map(count)).toEqual([2, 2, 4]);
  });
});

describe('gauges of open callbacks', () => {
  const shown = (metrics: CallbackMetrics, name: string, labels: Readonly<Record<string, string>> = {}, nowMs = NOW) =>
    valueOf(metrics.renderGauges(nowMs, 'text'), `gms_callback_${name}`, labels);

  it('show how many there are by state, the oldest, and when the newest record came', () => {
    const { board, metrics } = scraped();
    board.apply([
      started({ serviceId: 'a', record: { disposition: 'QUEUED', serviceStartMs: T0 + 1000 } }),
      started({ serviceId: 'b', record: { disposition: 'QUEUED', serviceStartMs: T0 + 2000 }, lastEventMs: T0 + 9000 }),
      started({ serviceId: 'c', record: { disposition: 'Made up' } }),
    ]);

    expect(shown(metrics, 'open', { ...LABELS, state: 'QUEUED' })).toBe(2);
    expect(shown(metrics, 'open', { ...LABELS, state: 'unknown' })).toBe(1);
    expect(shown(metrics, 'oldest_open_start_timestamp_seconds', LABELS)).toBe(T0 / 1000);
    expect(shown(metrics, 'last_record_timestamp_seconds', { source: 'default', tenant: '1' })).toBe(T0 / 1000 + 9);
  });

  it('leave out what ended and what died', () => {
    const { board, metrics } = scraped();
    board.apply([started(), finished()]);
    expect(shown(metrics, 'open')).toBeUndefined();

    board.apply([started({ serviceId: 'dead' })]);
    expect(shown(metrics, 'open', {}, NOW + 2 * 86_400_000)).toBeUndefined();
  });

  it('add up where labels were bounded to the same', () => {
    const { board, metrics } = scraped({ tenantName: () => 'Environment' });
    board.apply([
      started({ serviceId: 'a', record: { tenantDbid: 1, serviceStartMs: T0 + 5000 } }),
      started({ serviceId: 'b', record: { tenantDbid: 2, serviceStartMs: T0 + 3000 } }),
    ]);

    expect(shown(metrics, 'open', { tenant: 'Environment' })).toBe(2);
    expect(shown(metrics, 'oldest_open_start_timestamp_seconds')).toBe(T0 / 1000 + 3);
  });
});

const PROMTOOL = spawnSync('promtool', ['--version']).status === 0;

describe.skipIf(!PROMTOOL)('what callbacks add to /metrics', () => {
  it('passes promtool, with hostile names in it', () => {
    const { board, metrics } = scraped({ tenantName: () => 'a,"b"{c}\\d\ne' });
    const record = { vq: 'a,"b"{c}\\d\ne:f 😀', offlineWaitSeconds: 12, offerSeconds: 3, dial1Result: 'x"y' };
    const changes = [started({ serviceId: 'open', record }), finished(record)];
    metrics.count(changes);
    board.apply(changes);

    const input = metrics.renderEvents('text') + metrics.renderGauges(NOW, 'text');
    const { stderr, status } = spawnSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' });

    expect([stderr, status]).toEqual(['', 0]);
  });
});
