import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { numberHasher } from '../../../src/node/digest.js';
import { ABANDONED_RECORD } from '../../../src/domain/callback.js';
import type { Delivery, Page } from '../../../src/domain/store.js';
import type { CallbackFilter } from '../../../src/reports/callback-reader.js';
import { CallbackReports } from '../../../src/reports/callback-reports.js';
import { SqliteCallbackRows } from '../../../src/sqlite/readers/callback-reader.js';
import { type Connection, openForReading } from '../../../src/sqlite/database.js';
import type { Writer } from '../../../src/sqlite/writer.js';
import { aDelivery, eventPost, finalPost, openCallbackWriter } from '../../support/callback-writer.js';
import { removeFolder } from '../../support/folders.js';
import { T0 } from '../../support/notifications.js';

let folder: string;
let writer: Writer;
let db: Connection;
let reader: CallbackReports;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ocm-callback-reader-'));
  writer = openCallbackWriter(join(folder, 'test.db'));
  db = openForReading(join(folder, 'test.db'));
  reader = new CallbackReports(new SqliteCallbackRows(db));
});
afterEach(() => {
  db.close();
  writer.close();
  removeFolder(folder);
});

const SECONDS = T0 / 1000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const NOW = { nowMs: T0 + HOUR_MS, ttlMs: DAY_MS };
const ALL = { limit: 1000, cursor: null };
const ANY = { source: null, tenantDbids: null, queue: null, channel: null };
const NO_FILTER: CallbackFilter = {
  ...ANY,
  ...{ state: null, interaction: null, orsSession: null, phoneHash: null, open: null, due: null },
};

const received = (seconds: number, source = 'default'): Partial<Delivery> => ({
  receivedAtMs: T0 + seconds * 1000,
  source,
});
const ids = (page: Page<{ readonly serviceId: string }>) => page.items.map(({ serviceId }) => serviceId);
const found = async (filter: Partial<CallbackFilter> = {}, moment = NOW) =>
  ids(await reader.callbacks({ ...NO_FILTER, ...filter }, moment, null, ALL));

describe('what an import brings of a callback whose final record is held', () => {
  const imported = (keys: Readonly<Record<string, unknown>>, seconds: number) =>
    writer
      .commit([eventPost(keys, { ...received(seconds), origin: 'tserver-log' })])
      .receipts.map(({ outcome }) => outcome);

  it('is after it, or the start that was missed, by when each was received', async () => {
    writer.commit([finalPost({}, received(600))]);
    expect(imported({ _CB_DIM_VQ: 'missed' }, 0)).toEqual(['recorded']);
    expect(imported({ _CB_DISPOSITION: 'Wrap-up done' }, 660)).toEqual(['after-final']);
    expect(imported({ _CB_N_CALLBACK_OFFERED: undefined }, 10)).toEqual(['quarantined']);
    const { items } = await reader.callbacks(NO_FILTER, NOW, null, ALL);
    expect(items).toMatchObject([{ events: 3, lateEvents: 1, isFinal: true, record: { vq: 'missed' } }]);
    expect(db.prepare('SELECT is_late FROM callback_events ORDER BY event_sequence').pluck().all()).toEqual([0, 0, 1]);
  });
});

describe('events from before there were records', () => {
  const legacy = (at: number, source = 'default'): Delivery =>
    aDelivery(
      'callback-events',
      { UserData: { gms_SessionId: `s${String(at)}` }, AttributeThisDN: 'R', SentToIcon: at % 2 === 0 },
      { ...received(at, source), origin: 'tserver-log' },
    );

  it('are listed newest first, of a source, of a range, page by page, and are no callbacks', async () => {
    const { receipts, callbacks } = writer.commit([0, 1, 2, 1].map((at) => legacy(at)));
    writer.commit([legacy(1, 'eu-1')]);
    expect(receipts.map(({ outcome }) => outcome)).toEqual(['legacy', 'legacy', 'legacy', 'duplicate']);
    const sessions = (source: string | null, range: [number, number] | null, page = ALL) => {
      const within = range === null ? null : { fromMs: T0 + range[0] * 1000, toMs: T0 + range[1] * 1000 };
      return reader.legacyEvents(source, within, page).items.map((event) => `${event.source} ${event.sessionId ?? ''}`);
    };
    expect(sessions('default', null)).toEqual(['default s2', 'default s1', 'default s0']);
    expect(sessions(null, [1, 2]).sort()).toEqual(['default s1', 'eu-1 s1']);
    const first = reader.legacyEvents(null, null, { limit: 3, cursor: null });
    const rest = reader.legacyEvents(null, null, { limit: 3, cursor: first.nextCursor });
    expect([...first.items, ...rest.items].length).toBe(4);
    expect(first.items[0]).toMatchObject({ dn: 'R', sentToIcon: true, origin: 'tserver-log', atMs: T0 + 2000 });
    expect([callbacks, await found()]).toEqual([[], []]);
    expect(db.prepare('SELECT count(*) FROM callback_missing_keys').pluck().get()).toBe(0);
    expect(db.prepare('SELECT count(*) FROM CALLBACK_FACT').pluck().get()).toBe(0);
  });

  it('are refused as ever where they are posted', () => {
    const [receipt] = writer.commit([{ ...legacy(0), origin: undefined } as unknown as Delivery]).receipts;
    expect(receipt).toMatchObject({ kind: 'quarantined', reason: 'missing_key' });
  });
});

describe('a queue', () => {
  it('is the one of its name, however the characters of either are composed', async () => {
    const queues = ['Zu\u0308rich', 'Z\u00FCrich', 'Zurich', 'Å', 'Plain'];
    writer.commit(
      queues.map((queue, at) => finalPost({ _CB_SERVICE_ID: `of ${String(at)}`, _CB_DIM_VQ: queue }, received(at))),
    );
    const ofQueue = async (queue: string) => (await found({ queue })).sort();
    for (const asked of ['Z\u00FCrich', 'Zu\u0308rich']) {
      expect(await ofQueue(asked)).toEqual(['of 0', 'of 1']);
      const finished = reader.finished({ ...ANY, queue: asked }, { fromMs: 0, toMs: T0 + DAY_MS }, ALL);
      expect(ids(finished).sort()).toEqual(['of 0', 'of 1']);
    }
    expect(await ofQueue('Zurich')).toEqual(['of 2']);
    expect(await ofQueue('A\u030A')).toEqual(['of 3']);
    expect(await ofQueue('Plain')).toEqual(['of 4']);
    expect(await ofQueue('plain')).toEqual([]);
  });
});

describe('the list of callbacks', () => {
  it('comes in pages, newest first, whole and without repetition, also where several came at once', async () => {
    const posts = Array.from({ length: 25 }, (_, n) =>
      eventPost({ _CB_SERVICE_ID: `s${String(n)}` }, received(n >> 2)),
    );
    writer.commit(posts);

    const seen: string[] = [];
    const sizes: number[] = [];
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof reader.callbacks>> = await reader.callbacks(NO_FILTER, NOW, null, {
        limit: 10,
        cursor,
      });
      seen.push(...ids(page));
      sizes.push(page.items.length);
      cursor = page.nextCursor;
      writer.commit([eventPost({ _CB_SERVICE_ID: `newer ${String(seen.length)}` }, received(100))]);
    } while (cursor !== null);

    expect(sizes).toEqual([10, 10, 5]);
    expect(seen).toEqual(Array.from({ length: 25 }, (_, n) => `s${String(24 - n)}`));
  });

  it('has no further page where the last one is full', async () => {
    writer.commit([eventPost({ _CB_SERVICE_ID: 'a' }), eventPost({ _CB_SERVICE_ID: 'b' })]);

    expect((await reader.callbacks(NO_FILTER, NOW, null, { limit: 2, cursor: null })).nextCursor).toBeNull();
  });

  it.each(['', 'x', Buffer.from('["a","b"]').toString('base64url'), Buffer.from('[1]').toString('base64url')])(
    'takes no cursor that it did not give out: %j',
    async (cursor) => {
      await expect(reader.callbacks(NO_FILTER, NOW, null, { limit: 2, cursor })).rejects.toThrow(
        expect.objectContaining({ code: 'OCM_BAD_PARAMETER' }) as Error,
      );
    },
  );

  it('may be of a half-open range of when they were first heard of', async () => {
    writer.commit([0, 10, 20].map((n) => eventPost({ _CB_SERVICE_ID: String(n) }, received(n))));

    const range = { fromMs: T0, toMs: T0 + 20_000 };

    expect(ids(await reader.callbacks(NO_FILTER, NOW, range, ALL))).toEqual(['10', '0']);
  });

  it.each<[string, Partial<CallbackFilter>]>([
    ['source', { source: 'eu-1' }],
    ['queue', { queue: 'VQ_Sales' }],
    ['channel', { channel: 'WEB' }],
    ['ORS session', { orsSession: 'ors-1' }],
    ['state', { state: 'ROUTING' }],
    ['number to call', { phoneHash: numberHasher('test-key')('43 1 234') }],
    ['caller’s number', { phoneHash: numberHasher('test-key')('555') }],
    ['attached call', { interaction: 'call-1' }],
    ['outbound call', { interaction: 'out-1' }],
    [
      'all of them together',
      {
        source: 'eu-1',
        queue: 'VQ_Sales',
        channel: 'WEB',
        state: 'ROUTING',
        orsSession: 'ors-1',
        interaction: 'out-1',
      },
    ],
  ])('may be narrowed by %s', async (_, filter) => {
    const keys = {
      ...{ _CB_SERVICE_ID: 'wanted', _CB_DIM_VQ: 'VQ_Sales', _CB_DIM_CHANNEL: 'web', _CB_ORS_SESSION_ID: 'ors-1' },
      ...{ _CB_DISPOSITION: 'ROUTING', _CB_CUSTOMER_PHONE_NUMBER: '+43 1/234', _CB_CUSTOMER_ANI: '555' },
      _CB_FIRST_OUT_IXN_ID: 'out-1',
    };
    const other = {
      _CB_DIM_VQ: 'VQ_Service',
      _CB_DIM_CHANNEL: 'IVR',
      _CB_DISPOSITION: 'QUEUED',
      _CB_CUSTOMER_ANI: '556',
    };
    writer.commit([
      eventPost(keys, received(1, 'eu-1')),
      aDelivery('attached-data', { interaction_id: 'call-1', _CB_SERVICE_ID: 'wanted' }, received(2, 'eu-1')),
      eventPost({ _CB_SERVICE_ID: 'other', ...other }, received(3)),
      eventPost({ _CB_SERVICE_ID: 'silent' }, received(4)),
    ]);

    expect(await found(filter)).toEqual(['wanted']);
  });

  it('tells open, ended and dead ones apart; a dead one is in no other state', async () => {
    writer.commit([
      eventPost({ _CB_SERVICE_ID: 'open', _CB_DISPOSITION: 'QUEUED' }, received(3600)),
      finalPost({ _CB_SERVICE_ID: 'ended', _CB_DISPOSITION: 'QUEUED.CANCELLED' }, received(1)),
      eventPost({ _CB_SERVICE_ID: 'dead', _CB_DISPOSITION: 'QUEUED' }, received(2)),
      eventPost({ _CB_SERVICE_ID: 'booked', _CB_T_NEXT_REDIAL_ATTEMPT: SECONDS + 7200 }, received(0)),
    ]);
    const moment = { nowMs: T0 + DAY_MS + 3000, ttlMs: DAY_MS };

    expect(await found({}, moment)).toEqual(['open', 'dead', 'ended', 'booked']);
    expect(await found({ open: true }, moment)).toEqual(['open', 'booked']);
    expect(await found({ open: false }, moment)).toEqual(['dead', 'ended']);
    expect(await found({ state: 'QUEUED' }, moment)).toEqual(['open', 'ended']);
    expect(await found({ state: 'unknown' }, moment)).toEqual(['booked']);
    expect(await found({ state: ABANDONED_RECORD }, moment)).toEqual(['dead']);
    expect(await found({ state: ABANDONED_RECORD, open: true }, moment)).toEqual([]);
  });

  it('dies one millisecond after its time to live, not at it', async () => {
    writer.commit([eventPost({}, received(0))]);

    expect(await found({ open: true }, { nowMs: T0 + DAY_MS, ttlMs: DAY_MS })).toHaveLength(1);
    expect(await found({ open: true }, { nowMs: T0 + DAY_MS + 1, ttlMs: DAY_MS })).toEqual([]);
  });
});

describe('callbacks that are due', () => {
  beforeEach(() => {
    const scheduled = { _CB_DIM_TYPE: 'SCHEDULED' };
    writer.commit([
      eventPost({ _CB_SERVICE_ID: 'waits' }, received(1)),
      eventPost({ _CB_SERVICE_ID: 'booked', ...scheduled }, received(2)),
      aDelivery('attached-data', {
        interaction_id: 'c',
        _CB_SERVICE_ID: 'booked',
        _CB_T_SERVICE_START: SECONDS + 7200,
      }),
      eventPost(
        { _CB_SERVICE_ID: 'snoozed', _CB_N_IS_SNOOZED: 1, _CB_T_NEXT_REDIAL_ATTEMPT: SECONDS + 7200 },
        received(3),
      ),
      eventPost({ _CB_SERVICE_ID: 'redial', _CB_T_NEXT_REDIAL_ATTEMPT: SECONDS + 60 }, received(4)),
      finalPost({ _CB_SERVICE_ID: 'ended', ...scheduled }, received(5)),
      eventPost({ _CB_SERVICE_ID: 'sometime', ...scheduled }, received(6)),
    ]);
  });

  it.each<[NonNullable<CallbackFilter['due']>, string[]]>([
    ['scheduled', ['sometime', 'booked']],
    ['snoozed', ['snoozed']],
    ['redial', ['redial']],
    ['overdue', ['redial']],
    ['any', ['sometime', 'redial', 'snoozed', 'booked']],
  ])('are found by kind: %s', async (due, expected) => {
    expect(await found({ due })).toEqual(expected);
  });

  it('are found beyond what is read at once', async () => {
    const waiting = Array.from({ length: 2100 }, (_, n) => eventPost({ _CB_SERVICE_ID: `w${String(n)}` }, received(7)));
    writer.commit(waiting);

    expect(await found({ due: 'overdue' })).toEqual(['redial']);
  });

  it('come in pages as well, and with other filters', async () => {
    const filter: CallbackFilter = { ...NO_FILTER, due: 'any' };
    const first = await reader.callbacks(filter, NOW, null, { limit: 3, cursor: null });
    const second = await reader.callbacks(filter, NOW, null, { limit: 3, cursor: first.nextCursor });

    expect([ids(first), ids(second), second.nextCursor]).toEqual([['sometime', 'redial', 'snoozed'], ['booked'], null]);
    expect(await found({ due: 'any', source: 'eu-1' })).toEqual([]);
  });

  it('are none of those that died', async () => {
    expect(await found({ due: 'any' }, { nowMs: T0 + 3 * DAY_MS, ttlMs: DAY_MS })).toEqual([]);
    expect(await found({ due: 'overdue' }, { nowMs: T0 + DAY_MS, ttlMs: DAY_MS })).toEqual([
      'redial',
      'snoozed',
      'booked',
    ]);
  });
});

describe('the story of a callback', () => {
  it('is all that is held of it, oldest first, and which event counts', () => {
    writer.commit([
      aDelivery('attached-data', { interaction_id: 'call-1', _CB_SERVICE_ID: 'service-1', Lang: 'de' }, received(1)),
      eventPost({ Note: 'a "b"' }, received(2)),
      aDelivery('status-notifications', { event: '_cbe_on_dial_init', _service_id: 'service-1' }, received(3)),
      finalPost({ _CB_T_SERVICE_END: SECONDS + 900, _CB_LAST_OUT_IXN_ID: 'out-1' }, received(4)),
      finalPost({}, received(5)),
    ]);

    const story = reader.callback('service-1', null);

    expect(story).toMatchObject({
      callback: { isFinal: true, endedMs: T0 + 600_000, events: 3, lateEvents: 1, attachments: 1 },
      hasStart: true,
      events: [
        { sequence: 1, receivedMs: T0 + 2000, isFinal: false, isLate: false, counts: false },
        { sequence: 2, isFinal: true, isLate: false, counts: false, record: { lastOutIxnId: 'out-1' } },
        { sequence: 3, isFinal: true, isLate: true, counts: true },
      ],
      attachments: [{ interactionId: 'call-1', receivedMs: T0 + 1000, received: { Lang: 'de' } }],
      interactions: [
        { interactionId: 'call-1', role: 'attached', firstReceivedMs: T0 + 1000 },
        { interactionId: 'out-1', role: 'last_outbound', firstReceivedMs: T0 + 4000 },
      ],
      notifications: [{ event: '_cbe_on_dial_init', receivedMs: T0 + 3000, received: { _service_id: 'service-1' } }],
      otherSources: [],
    });
    expect(story?.events[0]?.received).toMatchObject({ Note: 'a "b"', _CB_D_CALLBACK_OFFER: '12' });
  });

  it('is of the source asked for, or of the one heard of first; the others are named', () => {
    writer.commit([eventPost({}, received(2)), eventPost({}, received(1, 'eu-1'))]);

    expect(reader.callback('service-1', null)).toMatchObject({
      callback: { source: 'eu-1' },
      otherSources: ['default'],
    });
    expect(reader.callback('service-1', 'default')).toMatchObject({ callback: { source: 'default' } });
    expect(reader.callback('service-1', 'eu-2')).toBeNull();
    expect(reader.callback('service-9', null)).toBeNull();
  });

  it('may lack a start', () => {
    writer.commit([finalPost()]);

    expect(reader.callback('service-1', null)).toMatchObject({ hasStart: false, events: [{ counts: true }] });
  });
});

describe('callbacks that ended', () => {
  it('are those of a half-open range, newest first, in pages', () => {
    const end = (seconds: number) =>
      finalPost({ _CB_SERVICE_ID: String(seconds), _CB_T_SERVICE_END: SECONDS + seconds }, received(seconds));
    writer.commit([...[0, 10, 20, 30].map(end), eventPost({ _CB_SERVICE_ID: 'open' })]);
    const range = { fromMs: T0, toMs: T0 + 30_000 };

    const first = reader.finished(ANY, range, { limit: 2, cursor: null });
    const second = reader.finished(ANY, range, { limit: 2, cursor: first.nextCursor });

    expect([ids(first), ids(second), second.nextCursor]).toEqual([['20', '10'], ['0'], null]);
  });

  it('may be narrowed by source, queue and channel', () => {
    writer.commit([
      finalPost({ _CB_SERVICE_ID: 'a', _CB_DIM_VQ: 'VQ_Sales', _CB_DIM_CHANNEL: 'WEB' }, received(1, 'eu-1')),
      finalPost({ _CB_SERVICE_ID: 'b' }),
    ]);
    const range = { fromMs: 0, toMs: T0 * 2 };

    for (const filter of [{ source: 'eu-1' }, { queue: 'VQ_Sales' }, { channel: 'WEB' }]) {
      expect(ids(reader.finished({ ...ANY, ...filter }, range, ALL))).toEqual(['a']);
    }
  });
});

describe('missing mandatory keys', () => {
  it('are read by day, newest first, in pages; the end of the range is not part of it', () => {
    const lacking = (day: number, service: string) =>
      eventPost({ _CB_T_SERVICE_START: 0, _service_name: service, day }, { receivedAtMs: Date.UTC(2026, 10, day, 12) });
    writer.commit([lacking(19, 'a'), lacking(20, 'b'), lacking(20, 'a'), lacking(20, 'a'), lacking(21, 'a')]);
    const range = { fromMs: Date.UTC(2026, 10, 19, 18), toMs: Date.UTC(2026, 10, 21) };

    const first = reader.missingKeys(range, { limit: 2, cursor: null });
    const second = reader.missingKeys(range, { limit: 2, cursor: first.nextCursor });

    const usual = { source: 'default', key: '_CB_T_SERVICE_START', lastServiceId: 'service-1' };
    expect(first.items).toMatchObject([
      { ...usual, day: '2026-11-20', service: 'a', events: 2, lastReceivedMs: Date.UTC(2026, 10, 20, 12) },
      { ...usual, day: '2026-11-20', service: 'b', events: 1 },
    ]);
    expect(second).toMatchObject({ items: [{ day: '2026-11-19', service: 'a' }], nextCursor: null });
  });
});
