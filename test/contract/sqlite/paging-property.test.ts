import fc from 'fast-check';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CALLBACK_STATES, DUE_KINDS } from '../../../src/domain/callback.js';
import { deriveSessions } from '../../../src/domain/history.js';
import type { Notification } from '../../../src/domain/notification.js';
import type { Page, PageRequest, TimeRange } from '../../../src/domain/store.js';
import type { CallbackFilter, SummaryRequest } from '../../../src/reports/callback-reader.js';
import { AuditLog } from '../../../src/sqlite/audit-log.js';
import { CallbackReports } from '../../../src/reports/callback-reports.js';
import { SqliteCallbackRows } from '../../../src/sqlite/readers/callback-reader.js';
import { type Connection, openForReading, openForWriting } from '../../../src/sqlite/database.js';
import { migrate } from '../../../src/sqlite/migrate.js';
import { GroupReports } from '../../../src/reports/group-reports.js';
import { SqliteGroupRows } from '../../../src/sqlite/readers/group-reader.js';
import { SqliteReportReader } from '../../../src/sqlite/readers/report-reader.js';
import { aDelivery, eventPost, finalPost, openCallbackWriter } from '../../support/callback-writer.js';
import { openCampaigns } from '../../support/campaign-stores.js';
import { removeFolder } from '../../support/folders.js';
import { emptyCampaigns } from '../../support/held-evidence.js';
import { deliveredLife } from '../../support/lives.js';
import { aNotification, T0 } from '../../support/notifications.js';
import { randomRuns } from '../../support/random-runs.js';

const folder = mkdtempSync(join(tmpdir(), 'ocm-paging-'));
afterAll(() => {
  removeFolder(folder);
});

const WHOLE: PageRequest = { limit: 1000, cursor: null };
const EVER: TimeRange = { fromMs: 0, toMs: T0 * 2 };

type Ask<T> = (page: PageRequest) => Page<T> | Promise<Page<T>>;

/** Follows the cursors to the end. Each page is full but the last one, and the last one is not empty. */
async function walk<T>(ask: Ask<T>, limit: number): Promise<T[]> {
  const items: T[] = [];
  for (let cursor: string | null = null, isFirst = true; isFirst || cursor !== null; isFirst = false) {
    const page: Page<T> = await ask({ limit, cursor });
    if (page.nextCursor !== null) expect(page.items).toHaveLength(limit);
    else if (!isFirst) expect(page.items).not.toHaveLength(0);
    items.push(...page.items);
    cursor = page.nextCursor;
  }
  return items;
}

/** What every list promises: pages of any size are the whole, in its order. */
async function expectPaged<T>(what: unknown, ask: Ask<T>): Promise<readonly T[]> {
  const { items, nextCursor } = await ask(WHOLE);
  expect([what, nextCursor]).toEqual([what, null]);
  for (const limit of [1, 2, 3]) expect([what, limit, await walk(ask, limit)]).toEqual([what, limit, items]);
  return items;
}

const oneOrNone = <T>(...values: readonly T[]): fc.Arbitrary<T | null> => fc.constantFrom(null, ...values);

describe('pages of the lists of a campaign group', () => {
  let db: Connection;
  let reader: SqliteReportReader;
  let groupReports: GroupReports;
  beforeAll(() => {
    db = openForWriting(join(folder, 'campaigns.db'));
    migrate(db);
    reader = new SqliteReportReader(db);
    groupReports = new GroupReports(new SqliteGroupRows(db));
  });
  afterAll(() => {
    db.close();
  });

  function deliver(notifications: readonly Notification[]): void {
    db.exec('BEGIN');
    emptyCampaigns(db);
    // No service meets numbers that are given again.
    groupReports = new GroupReports(new SqliteGroupRows(db));
    const store = openCampaigns(db);
    for (const [at, notification] of notifications.entries()) {
      const hitRatio = at % 3 === 0 ? null : (at % 7) / 10;
      const callingLists = [`list ${String(at % 2)}`, `list ${String(at % 5)}`]
        .filter((name, n, names) => names.indexOf(name) === n)
        .map((name) => ({ name, dbid: null, hitRatio, timeToCompleteSeconds: null }));
      store.apply({ ...notification, callingLists: at % 4 === 0 ? [] : callingLists });
    }
    db.exec('COMMIT');
    // Numbers of the journal begin anew, which they do in no store: what is known of it does, too.
    groupReports = new GroupReports(new SqliteGroupRows(db));
  }

  const groups = () => db.prepare('SELECT id FROM campaign_groups ORDER BY id').pluck().all() as string[];
  const borders = () => db.prepare('SELECT at_ms FROM steps ORDER BY at_ms').pluck().all() as number[];

  /** A range whose ends lie at, before or after what happened. */
  const rangeOf = ([from, fromBy, to, toBy]: readonly number[]): TimeRange => {
    const times = [T0, ...borders()];
    const at = (n = 0, by = 0) => (times[n % times.length] ?? T0) + by;
    const [one, other] = [at(from, fromBy), at(to, toBy)];
    return { fromMs: Math.min(one, other), toMs: Math.max(one, other) + 1 };
  };
  const ends = fc.tuple(fc.nat(100), fc.integer({ min: -1, max: 1 }), fc.nat(100), fc.integer({ min: -1, max: 1 }));

  it('are the whole, whatever is asked for', async () => {
    const filter = fc.record({
      source: oneOrNone('default', 'none'),
      state: oneOrNone('running', 'active', 'not_loaded', 'unknown'),
      action: oneOrNone('load', 'start', 'none'),
      inferred: oneOrNone(true, false),
    });
    await fc.assert(
      fc.asyncProperty(deliveredLife(['101', '102']), ends, filter, async (delivered, ends, filter) => {
        deliver(delivered.batches.flat());
        const range = rangeOf(ends);
        await expectPaged('transitions', (page) => reader.transitions(null, range, page, filter));
        const whose = { groupId: null, source: filter.source, timeZone: 'Europe/Berlin' };
        const days = await expectPaged('actions', (page) => groupReports.actions(whose, range, page));
        expect(days.reduce((sum, { inferred }) => sum + inferred, 0)).toBe(
          reader.transitions(null, range, WHOLE, { ...filter, state: null, action: null, inferred: true }).items.length,
        );
        for (const id of groups()) {
          await expectPaged('its transitions', (page) => reader.transitions(id, range, page, filter));
          await expectPaged('samples', (page) => groupReports.statistics(id, range, null, page));
          const steps = { ms: 7000, timeZone: 'UTC' };
          await expectPaged('steps', (page) => groupReports.statistics(id, range, steps, page));
          await expectPaged('lists', (page) => groupReports.callingLists(id, page));
        }
      }),
      { numRuns: randomRuns(15) },
    );
  });

  it('are the whole of its sessions, which are those of the definition', async () => {
    const loads = fc.array(
      fc.record({ pauseMs: fc.nat(3), activeMs: fc.nat(3), runningMs: fc.nat(3), lost: fc.constantFrom(-1, -1, 0, 3) }),
      { minLength: 1, maxLength: 8 },
    );
    await fc.assert(
      fc.asyncProperty(loads, ends, async (loads, ends) => {
        let atMs = T0;
        const said = (stateCode: number, actionCode: number, afterMs: number) =>
          aNotification({ atMs: (atMs += afterMs), statement: { stateCode, actionCode } });
        deliver(
          loads.flatMap(({ pauseMs, activeMs, runningMs, lost }) =>
            [said(4, 7, pauseMs), said(5, 9, activeMs), said(4, 10, runningMs), said(0, 8, 1)].filter(
              (_, n) => n !== lost,
            ),
          ),
        );
        const [id = ''] = groups();
        const range = rangeOf(ends);
        const told = [...reader.transitions(id, EVER, WHOLE).items].reverse();
        const touches = ({ firstSeenMs, endMs }: { firstSeenMs: number; endMs: number | null }) =>
          firstSeenMs < range.toMs && (firstSeenMs >= range.fromMs || (endMs ?? Infinity) > range.fromMs);
        const sessions = await expectPaged('sessions', (page) => groupReports.sessions(id, range, page));
        const borders = sessions.map(({ startMs, endMs, firstSeenMs }) => ({ startMs, endMs, firstSeenMs }));
        expect(borders).toEqual(deriveSessions(told).filter(touches).reverse());
      }),
      { numRuns: randomRuns(80) },
    );
  });

  it('have the figures of a list that was last named before thousands of equal ones of another', async () => {
    const lists = (name: string) => [{ name, dbid: null, hitRatio: 0.2, timeToCompleteSeconds: 60 }];
    deliver([]);
    const store = openCampaigns(db);
    store.apply(aNotification({ callingLists: lists('dry') }));
    for (let n = 1; n <= 1200; n++) store.apply(aNotification({ atMs: T0 + n, callingLists: lists('full') }));
    const [id = ''] = groups();
    expect(await expectPaged('lists', (page) => groupReports.callingLists(id, page))).toMatchObject([
      { name: 'dry', atMs: T0 },
      { name: 'full', atMs: T0 + 1200 },
    ]);
  });

  it('are the whole of the audit log', async () => {
    const log = new AuditLog(db);
    for (const n of [1, 2, 3, 4, 5, 6, 7])
      log.append({ atMs: T0 + n, action: 'reload', actor: 'anonymous', address: null, detail: {}, result: 'done' });
    expect(await expectPaged('audit log', (page) => reader.auditLog(page))).toHaveLength(7);
  });
});

/** One callback, as its posts tell it. */
const callback = fc.record({
  source: fc.constantFrom('eu-1', 'us-1'),
  seconds: fc.nat(6),
  isFinal: fc.boolean(),
  lacks: fc.constantFrom('', '', '_CB_D_CALLBACK_OFFER', '_CB_N_CALLBACK_OFFERED'),
  keys: fc.record({
    _CB_DIM_VQ: fc.constantFrom(undefined, 'VQ_Sales', 'VQ_Service'),
    _CB_DIM_CHANNEL: fc.constantFrom(undefined, 'WEB', 'IVR'),
    _CB_DISPOSITION: fc.constantFrom(undefined, ...CALLBACK_STATES, 'sold'),
    _CB_DIM_TYPE: fc.constantFrom(undefined, 'SCHEDULED', 'IMMEDIATE'),
    _CB_N_IS_SNOOZED: fc.constantFrom(undefined, 1),
    _CB_T_NEXT_REDIAL_ATTEMPT: fc.constantFrom(undefined, T0 / 1000 - 60, T0 / 1000 + 3600),
    _CB_DIM_TENANT_DBID: fc.constantFrom(undefined, 1, 101),
  }),
});

describe('pages of the lists of callbacks and of the quarantine', () => {
  const moment = { nowMs: T0 + 60_000, ttlMs: 3_600_000 };
  const ANY = { source: null, tenantDbids: null, queue: null, channel: null };
  const NO_FILTER: CallbackFilter = {
    ...ANY,
    ...{ state: null, interaction: null, orsSession: null, phoneHash: null, open: null, due: null },
  };

  it('are the whole, whatever is asked for', async () => {
    const filters = fc.record({
      source: oneOrNone('eu-1'),
      tenantDbids: oneOrNone<readonly number[]>([101], [1, 101]),
      queue: oneOrNone('VQ_Sales'),
      channel: oneOrNone('WEB'),
    });
    const more = fc.record({
      state: oneOrNone<string>('QUEUED', 'COMPLETED', 'unknown', 'abandoned-record'),
      open: oneOrNone(true, false),
      due: oneOrNone<NonNullable<CallbackFilter['due']>>(...DUE_KINDS, 'overdue', 'any'),
      range: oneOrNone<TimeRange>({ fromMs: T0 + 1000, toMs: T0 + 5000 }),
    });
    const world = fc.array(callback, { minLength: 5, maxLength: 25 });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(world, filters, more, async (callbacks, filter, { range, ...asked }) => {
        const path = join(folder, `callbacks ${String(++run)}.db`);
        const writer = openCallbackWriter(path);
        writer.commit(
          callbacks.map(({ source, seconds, isFinal, lacks, keys }, n) => {
            const post = isFinal ? finalPost : eventPost;
            const said = { _CB_SERVICE_ID: `s${String(n)}`, ...keys, ...(lacks !== '' && { [lacks]: undefined }) };
            return post(said, { source, receivedAtMs: T0 + seconds * 1000 });
          }),
        );
        writer.commit([aDelivery('callback-events', 'no object'), aDelivery('callback-events', 'nor this one')]);
        const db = openForReading(path);
        const reader = new CallbackReports(new SqliteCallbackRows(db));
        const reports = new SqliteReportReader(db);
        const wanted = { ...NO_FILTER, ...filter, ...asked };
        await expectPaged(wanted, (page) => reader.callbacks(wanted, moment, range, page));
        for (const due of [null, ...DUE_KINDS, 'overdue', 'any'] as const)
          await expectPaged(due, (page) => reader.callbacks({ ...NO_FILTER, due }, moment, null, page));
        await expectPaged('details', (page) => reader.finished(filter, EVER, page));
        await expectPaged('all details', (page) => reader.finished(ANY, EVER, page));
        await expectPaged('missing keys', (page) => reader.missingKeys(EVER, page));
        const summary: SummaryRequest = {
          by: ['hour', 'queue', 'channel'],
          ...{ timeZone: 'UTC', tollPerMinute: null, tenants: new Map() },
        };
        await expectPaged('summary', async (page) => (await reader.summary(summary, filter, EVER, page)).page);
        for (const reason of [null, 'missing_key', 'schema'] as const) {
          const kept = { source: filter.source, reason, replayed: asked.open ?? false };
          await expectPaged(kept, (page) => reports.quarantine(kept, page));
        }
        db.close();
        writer.close();
      }),
      { numRuns: randomRuns(10) },
    );
  });
});
