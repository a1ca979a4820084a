/** PostgreSQL answers what SQLite answers of the same rows, to the byte, cursors included. */
import fc from 'fast-check';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CALLBACK_STATES, DUE_KINDS } from '../../../src/domain/callback.js';
import { RULE_PROFILES } from '../../../src/domain/compliance.js';
import type { Listened, Page, PageRequest, TimeRange } from '../../../src/domain/store.js';
import { ENUMERATIONS } from '../../../src/ocs/enumerations.js';
import { ComplianceExport as PostgresCompliance } from '../../../src/postgres/export/compliance.js';
import { openExport } from '../../../src/postgres/export/export.js';
import { PostgresCallbackRows } from '../../../src/postgres/readers/callback-reader.js';
import { PostgresGroupRows } from '../../../src/postgres/readers/group-reader.js';
import { heldEventTimes as heldInPostgres } from '../../../src/postgres/readers/held-events-reader.js';
import { PostgresHeldRows } from '../../../src/postgres/readers/held-rows-reader.js';
import { PostgresReportReader } from '../../../src/postgres/readers/report-reader.js';
import type { ExportScope } from '../../../src/reports/export/mark.js';
import type { CallbackFilter, SummaryRequest } from '../../../src/reports/callback-reader.js';
import { CallbackReports } from '../../../src/reports/callback-reports.js';
import { GroupReports } from '../../../src/reports/group-reports.js';
import { AuditLog } from '../../../src/sqlite/audit-log.js';
import { type Connection, openForReading, openForWriting } from '../../../src/sqlite/database.js';
import { ComplianceExport as SqliteCompliance } from '../../../src/sqlite/export/compliance.js';
import { openExport as openSqliteExport } from '../../../src/sqlite/export/export.js';
import { LegacyTable } from '../../../src/sqlite/legacy-table.js';
import { NumberTable } from '../../../src/sqlite/number-table.js';
import { SqliteCallbackRows } from '../../../src/sqlite/readers/callback-reader.js';
import { heldEventTimes } from '../../../src/sqlite/readers/held-events-reader.js';
import { SqliteHeldRows } from '../../../src/sqlite/readers/held-rows-reader.js';
import { SqliteGroupRows } from '../../../src/sqlite/readers/group-reader.js';
import { SqliteReportReader } from '../../../src/sqlite/readers/report-reader.js';
import { rememberWords } from '../../../src/sqlite/vocabulary-table.js';
import { aDelivery, eventPost, finalPost, openCallbackWriter } from '../../support/callback-writer.js';
import { compactAll, openCampaigns } from '../../support/campaign-stores.js';
import { removeFolder } from '../../support/folders.js';
import { aLegacyEvent } from '../../support/legacy-events.js';
import { type Delivered, deliveredLife } from '../../support/lives.js';
import { T0 } from '../../support/notifications.js';
import { aPost, dateTime, LOADED, STARTED } from '../../support/posts.js';
import { copyRows } from '../../support/postgres-rows.js';
import { OTHER_ENGINE } from '../../support/postgres-server.js';
import { postgresDatabase, type TestDatabase } from '../../support/postgres.js';

const folder = mkdtempSync(join(tmpdir(), 'ocm-answers-'));
const opening = new Map([
  ['PostgreSQL', () => postgresDatabase()],
  ['a schema for CockroachDB', () => postgresDatabase(OTHER_ENGINE)],
]);
let database: TestDatabase;

const EVER: TimeRange = { fromMs: 0, toMs: T0 * 2 };
const HOUR_MS = 3_600_000;
const NOW_MS = T0 + 24 * HOUR_MS;

/** All that answers. */
interface Answering {
  readonly reports: Pick<SqliteReportReader, keyof PostgresReportReader>;
  readonly groups: GroupReports;
  readonly callbacks: CallbackReports;
}

const overSqlite = (db: Connection): Answering => ({
  reports: new SqliteReportReader(db),
  groups: new GroupReports(new SqliteGroupRows(db)),
  callbacks: new CallbackReports(new SqliteCallbackRows(db)),
});

const overPostgres = (): Answering => ({
  reports: new PostgresReportReader(database.db),
  groups: new GroupReports(new PostgresGroupRows(database.db, ENUMERATIONS)),
  callbacks: new CallbackReports(new PostgresCallbackRows(database.db)),
});

type Ask = (of: Answering, page: PageRequest) => unknown;

/** The pages of a list, and the cursors between them. */
async function walked(of: Answering, ask: Ask, limit: number): Promise<string[]> {
  const pages: string[] = [];
  for (let cursor: string | null = null, isFirst = true; isFirst || cursor !== null; isFirst = false) {
    const answer = await ask(of, { limit, cursor });
    pages.push(JSON.stringify(answer));
    cursor = (answer as Partial<Page<unknown>> | null)?.nextCursor ?? null;
  }
  return pages;
}

class Both {
  readonly #db: Connection;
  readonly #sqlite: Answering;
  readonly #postgres = overPostgres();

  constructor(db: Connection) {
    copyRows(db, database.db);
    this.#db = db;
    this.#sqlite = overSqlite(db);
  }

  async agree(what: unknown, ask: Ask, limits: readonly number[] = [2, 1000]): Promise<string[]> {
    let all: string[] = [];
    for (const limit of limits) {
      all = await walked(this.#sqlite, ask, limit);
      expect([what, limit, await walked(this.#postgres, ask, limit)]).toEqual([what, limit, all]);
    }
    return all;
  }

  /** Rows of the views, in whatever order. */
  viewsAgree(views: readonly string[]): void {
    for (const view of views) {
      const told = this.#db.prepare(`SELECT * FROM ${view}`).raw().all() as unknown[][];
      const rows = told.map((row) => JSON.stringify(row)).sort();
      const names = this.#db
        .prepare(`SELECT * FROM ${view}`)
        .columns()
        .map(({ name }) => name.toLowerCase());
      for (const schema of ['public', 'dbo']) {
        const answered = database.db.query(`SELECT * FROM ${schema}.${view}`);
        expect([view, answered.map((row) => JSON.stringify(Object.values(row))).sort()]).toEqual([view, rows]);
        if (answered[0] !== undefined) expect([view, Object.keys(answered[0])]).toEqual([view, names]);
      }
    }
  }

  /** What is no list. */
  async same(what: unknown, ask: (of: Answering) => unknown): Promise<string> {
    const [answer = ''] = await this.agree(what, ask, [1]);
    return answer;
  }
}

const HELD = { source: 'default', enumerations: ENUMERATIONS, nowMs: NOW_MS };

/** All that a comparison with an OCS log asks for. */
function heldIn(rows: SqliteHeldRows | PostgresHeldRows, range: TimeRange): unknown {
  return rows.atOneMoment(() => ({
    since: rows.samplesSinceMs,
    downs: rows.downs(),
    groups: [...rows.groupNos()].map(([name, groupNos]) => [
      name,
      groupNos.map((no) => ({
        dbid: rows.dbid(no),
        held: rows.held(no, EVER),
        copies: rows.copies(no, EVER),
        before: rows.before(no, range.fromMs),
        after: rows.after(no, range.fromMs),
      })),
    ]),
  }));
}

/** Whole exports, row by row. */
function exportsAgree(db: Connection, what: 'samples' | ExportScope['what'], { fromMs, toMs }: TimeRange): void {
  for (const source of [null, 'default', 'eu-1']) {
    const of =
      what === 'samples'
        ? ({ what: 'statistics', resolution: 'samples' } as const)
        : ({ what, resolution: '15m' } as const);
    const asked = { scope: { ...of, source, fromMs, pii: 'full' as const }, toMs };
    const whole = (open: { headings: unknown; key: unknown; pages: Iterable<readonly unknown[]> }) =>
      JSON.stringify([open.headings, open.key, [...open.pages].flat()]);
    const sqlite = whole(openSqliteExport(db, { ...asked, since: null, nowMs: NOW_MS }));
    expect([what, source, whole(openExport(database.db, ENUMERATIONS, asked))]).toEqual([what, source, sqlite]);
  }
}

const CAMPAIGN_VIEWS = [
  ...[
    'transitions',
    'statistics_by_quarter_hour',
    'list_statistics_by_quarter_hour',
    'DATE_TIME',
    'TENANT',
    'CAMPAIGN',
  ],
  ...['GROUP_', 'CAMPAIGN_GROUP_STATE', 'CAMPAIGN_GROUP_SESSION_FACT', 'CAMPAIGN_GROUP_STATE_FACT', 'GO_Campaign'],
  'GO_CampaignHistory',
];
const CALLBACK_VIEWS = [
  ...['CALLBACK_FACT', 'RESOURCE_', 'CALLBACK_DIM_1', 'CALLBACK_DIM_2', 'CALLBACK_DIM_3', 'CALLBACK_DIM_4'],
  ...['CALLBACK_DIAL_RESULTS', 'G_CUSTOM_DATA_S', 'G_USERDATA_HISTORY'],
];

let opened = 0;
const newPath = () => join(folder, `${String(++opened)}.db`);

/** Groups as they were delivered: half of it compacted, then more; and three runs of the service. */
function deliver(db: Connection, batches: Delivered['batches']): void {
  rememberWords(db, ENUMERATIONS);
  const half = Math.ceil(batches.length / 2);
  const compacted = batches.slice(0, half);
  for (const part of [compacted, batches.slice(half)]) {
    const campaigns = openCampaigns(db);
    db.transaction(() => {
      part.flat().forEach((notification, n) => {
        const hitRatio = n % 3 === 0 ? null : (n % 7) / 10;
        const named = (name: string, dbid: string | null = null) => ({
          name,
          dbid,
          hitRatio,
          timeToCompleteSeconds: n,
        });
        // Some go by the same name.
        const lists = [named(`l${String(n % 3)}`), named('l1', String(9 - (n % 5))), named('l0', '7')];
        const statistics = { ...notification.statistics, busyRatio: (n % 10) / 10, overdialRatio: (n % 3) / 100 };
        campaigns.apply({ ...notification, statistics, callingLists: n % 4 === 0 ? [] : lists });
      });
    })();
    // What comes after it stays in the journal.
    if (part === compacted) compactAll(db, NOW_MS);
  }
  const run = db.prepare('INSERT INTO uptime (started_ms, alive_ms, ended) VALUES (?, ?, 1)');
  for (const [from, to] of [
    [-5, 8],
    [12, 40],
    [40, 70_000],
  ] as const)
    run.run(T0 + from * 1000, T0 + to * 1000);
}

const idsIn = (db: Connection) => db.prepare('SELECT id FROM campaign_groups ORDER BY id').pluck().all() as string[];
const timesIn = (db: Connection) => db.prepare('SELECT at_ms FROM steps ORDER BY at_ms').pluck().all() as number[];

const ends = fc.tuple(fc.nat(100), fc.integer({ min: -1, max: 1 }), fc.nat(100), fc.integer({ min: -1, max: 1 }));
const oneOrNone = <T>(...values: readonly T[]): fc.Arbitrary<T | null> => fc.constantFrom(null, ...values);

afterAll(() => {
  removeFolder(folder);
});

describe.each([...opening.keys()])('over %s', (name) => {
  beforeAll(async () => {
    database = await (opening.get(name) ?? postgresDatabase)();
  });
  afterAll(async () => {
    await database.close();
  });

  describe('of campaign groups', () => {
    const filters = fc.record({
      source: oneOrNone('default', 'none'),
      state: oneOrNone('running', 'active', 'not_loaded', 'unknown'),
      action: oneOrNone('load', 'start', 'none'),
      inferred: oneOrNone(true, false),
    });
    const listened: Listened = {
      rule: { silenceAfterMs: 3000, intervalMs: 1000, isFixed: true },
      maintenance: [],
      ...{ isRunning: false, heardMs: T0, silentSinceMs: null, nowMs: NOW_MS },
    };

    it('both answer the same of random lives', async () => {
      await fc.assert(
        fc.asyncProperty(
          deliveredLife(['101', '102']),
          ends,
          filters,
          fc.boolean(),
          async (delivered, ends, filter, thinned) => {
            const path = newPath();
            openCallbackWriter(path).close();
            const db = openForWriting(path);
            deliver(db, delivered.batches);
            if (thinned) new NumberTable(db).keep('thinned_ms', T0 + 20_000);
            const both = new Both(db);
            const times = [T0, ...timesIn(db)];
            const at = (n: number, by: number) => (times[n % times.length] ?? T0) + by;
            const [one, other] = [at(ends[0], ends[1]), at(ends[2], ends[3])];
            const range = { fromMs: Math.min(one, other), toMs: Math.max(one, other) + 1 };
            await both.agree('transitions', ({ reports }, page) => reports.transitions(null, range, page, filter));
            await both.agree('of groups', ({ reports }, page) =>
              reports.transitions(null, range, page, { ...filter, groupNos: [1, 3] }),
            );
            const whose = { groupId: null, source: filter.source, timeZone: 'Europe/Berlin' };
            await both.agree('actions', ({ groups }, page) => groups.actions(whose, range, page));
            for (const id of idsIn(db)) await ofGroup(both, id, range);
            const asked = {
              groups: idsIn(db).map((id) => ({ id, rule: listened.rule })),
              leftOut: 0,
              atMs: range.toMs,
            };
            for (const profile of RULE_PROFILES)
              await both.same(profile.name, ({ groups }) => groups.abandonment({ ...asked, profile }));
            await both.same('downs', ({ reports }) => reports.unobserved(T0, 10));
            both.viewsAgree(CAMPAIGN_VIEWS);
            for (const what of ['transitions', 'sessions', 'statistics', 'samples'] as const)
              exportsAgree(db, what, range);
            const days = [new SqliteCompliance(db), new PostgresCompliance(database.db, ENUMERATIONS)].map((of) => {
              const day = { fromMs: T0 - HOUR_MS, toMs: T0 + 23 * HOUR_MS };
              return {
                first: [of.firstMs(null), of.firstMs('none')],
                lines: [...of.day(day, null)],
                none: [...of.day(day, 'none')],
              };
            });
            expect(days[1]).toEqual(days[0]);
            expect(heldIn(new PostgresHeldRows(database.db, HELD), range)).toEqual(
              heldIn(new SqliteHeldRows(db, HELD), range),
            );
            db.close();
          },
        ),
        { numRuns: 5 },
      );
    });

    async function ofGroup(both: Both, id: string, range: TimeRange): Promise<void> {
      for (const asked of [range, EVER]) {
        await both.agree('its transitions', ({ reports }, page) => reports.transitions(id, asked, page));
        await both.agree('its actions', ({ groups }, page) =>
          groups.actions({ groupId: id, source: null, timeZone: 'UTC' }, asked, page),
        );
        await both.agree('samples', ({ groups }, page) => groups.statistics(id, asked, null, page));
        for (const ms of [7000, 900_000, HOUR_MS])
          await both.agree(['steps', ms], ({ groups }, page) =>
            groups.statistics(id, asked, { ms, timeZone: 'UTC' }, page),
          );
        await both.agree('sessions', ({ groups }, page) => groups.sessions(id, asked, page));
        await both.agree('silences', ({ groups }, page) => groups.silences(id, asked, page, listened));
      }
      await both.same('silent', ({ groups }) =>
        groups.silentMs(id, [range, { fromMs: T0, toMs: T0 + 60_000 }], listened),
      );
      await both.agree('lists', ({ groups }, page) => groups.callingLists(id, page));
    }

    it('both answer nothing of what is not there', async () => {
      const path = newPath();
      openCallbackWriter(path).close();
      const db = openForReading(path);
      const both = new Both(db);
      expect(
        await both.same('sessions', ({ groups }) => groups.sessions('none', EVER, { limit: 1, cursor: null })),
      ).toBe('{"items":[],"nextCursor":null}');
      expect(await both.same('a body', ({ reports }) => reports.quarantinedBody('none'))).toBe('null');
      expect(await both.same('downs', ({ reports }) => reports.unobserved(0, 10))).toBe('[]');
      db.close();
    });
  });

  describe('of what is posted', () => {
    const said = (groupDbid: string, atMs: number, parts: Record<string, unknown>) =>
      aDelivery(
        'campaign-group-state',
        aPost({ GSW_CAMPAIGN_GROUP_DBID: groupDbid, GSW_DATE_TIME: dateTime(atMs), ...parts }),
        { receivedAtMs: atMs },
      );

    it('both answer the same to whoever follows, asks for bodies, or reads the audit log', async () => {
      const path = newPath();
      const writer = openCallbackWriter(path);
      writer.commit([said('1', T0, LOADED), said('1', T0 + 2000, STARTED), said('2', T0 + 3000, STARTED)]);
      // Late: what was told is withdrawn.
      writer.commit([said('1', T0 + 1000, STARTED), said('2', T0 + 1000, LOADED), said('2', T0 + 1000, LOADED)]);
      writer.commit(['a', 'b', 'a'].map((body) => aDelivery('callback-events', body)));
      writer.commit([aDelivery('campaign-group-state', 'ü\u0000', { source: 'eu-1', receivedAtMs: T0 + 9000 })]);
      writer.close();
      const db = openForWriting(path);
      const log = new AuditLog(db);
      for (const n of [1, 2, 3])
        log.append({
          atMs: T0 + n,
          action: 'reload',
          actor: 'anonymous',
          address: null,
          detail: { n },
          result: 'done',
        });
      const both = new Both(db);
      const followed = await both.same('changes', ({ reports }) => reports.changes(0, 100));
      expect(followed).toContain('"withdrawn":true');
      expect(await both.same('too many', ({ reports }) => reports.changes(0, 1))).toBe('null');
      const ids = db.prepare('SELECT id FROM quarantine ORDER BY id').pluck().all() as string[];
      expect(ids).toHaveLength(3);
      for (const filter of [null, 'eu-1', 'none'].map((source) => ({ source, reason: null, replayed: false })))
        await both.agree('bodies', ({ reports }, page) => reports.quarantine(filter, page), [1, 2, 1000]);
      await both.same('rows', ({ reports }) => reports.quarantineRows([...ids, 'none'].reverse()));
      for (const id of ids) await both.same('a body', ({ reports }) => reports.quarantinedBody(id));
      await both.agree('audit log', ({ reports }, page) => reports.auditLog(page));
      db.close();
    });
  });

  /** One callback, as its posts tell it. */
  const callback = fc.record({
    source: fc.constantFrom('eu-1', 'us-1'),
    seconds: fc.nat(6),
    isFinal: fc.boolean(),
    lacks: fc.constantFrom('', '', '_CB_D_CALLBACK_OFFER', '_CB_N_CALLBACK_OFFERED'),
    keys: fc.record({
      _CB_DIM_VQ: fc.constantFrom(undefined, 'VQ_Sales', 'VQ_Café', 'VQ_Cafe\u0301'),
      _CB_DIM_CHANNEL: fc.constantFrom(undefined, 'WEB', 'IVR'),
      _CB_DISPOSITION: fc.constantFrom(undefined, ...CALLBACK_STATES, 'sold'),
      _CB_DIM_TYPE: fc.constantFrom(undefined, 'SCHEDULED', 'IMMEDIATE'),
      _CB_N_IS_SNOOZED: fc.constantFrom(undefined, 1),
      _CB_T_NEXT_REDIAL_ATTEMPT: fc.constantFrom(undefined, T0 / 1000 - 60, T0 / 1000 + 3600),
      _CB_DIM_TENANT_DBID: fc.constantFrom(undefined, 1, 101),
      _CB_ORIGINATION_IXN_ID: fc.constantFrom(undefined, 'ixn-1', 'ixn-2'),
      _CB_CUSTOMER_PHONE_NUMBER: fc.constantFrom(undefined, '+49301234567'),
    }),
  });

  describe('of callbacks', () => {
    const moment = { nowMs: T0 + 60_000, ttlMs: HOUR_MS };
    const ANY = { source: null, tenantDbids: null, queue: null, channel: null };
    const filters = fc.record({
      source: oneOrNone('eu-1'),
      tenantDbids: oneOrNone<readonly number[]>([101], [1, 101]),
      queue: oneOrNone('VQ_Sales', 'VQ_Cafe\u0301'),
      channel: oneOrNone('WEB'),
    });
    const more = fc.record({
      state: oneOrNone<string>('QUEUED', 'COMPLETED', 'unknown', 'abandoned-record'),
      open: oneOrNone(true, false),
      due: oneOrNone<NonNullable<CallbackFilter['due']>>(...DUE_KINDS, 'overdue', 'any'),
      interaction: oneOrNone('ixn-1'),
      range: oneOrNone<TimeRange>({ fromMs: T0 + 1000, toMs: T0 + 5000 }),
    });

    it('both answer the same, whatever is asked for', async () => {
      const world = fc.array(callback, { minLength: 5, maxLength: 25 });
      await fc.assert(
        fc.asyncProperty(world, filters, more, async (callbacks, filter, { range, ...asked }) => {
          const path = newPath();
          const writer = openCallbackWriter(path);
          writer.commit(
            callbacks.flatMap(({ source, seconds, isFinal, lacks, keys }, n) => {
              const said = {
                _CB_SERVICE_ID: `s${String(n % 15)}`,
                ...keys,
                ...(lacks !== '' && { [lacks]: undefined }),
              };
              const parts = { source, receivedAtMs: T0 + seconds * 1000 };
              const attached = {
                _CB_SERVICE_ID: said._CB_SERVICE_ID,
                interaction_id: `ixn-${String(n)}`,
                a: String(n),
              };
              const more = { source, receivedAtMs: T0 + 7000 + n };
              return [(isFinal ? finalPost : eventPost)(said, parts), aDelivery('attached-data', attached, more)];
            }),
          );
          writer.close();
          const db = openForWriting(path);
          const legacy = new LegacyTable(db);
          for (const n of [1, 2, 3]) legacy.put(aLegacyEvent({ digest: `d${String(n)}`, atMs: T0 + (n >> 1) * 1000 }));
          const both = new Both(db);
          const wanted: CallbackFilter = { orsSession: null, phoneHash: null, ...filter, ...asked };
          await both.agree(wanted, ({ callbacks: of }, page) => of.callbacks(wanted, moment, range, page));
          await both.agree('all', ({ callbacks: of }, page) =>
            of.callbacks({ ...wanted, ...NOTHING }, moment, null, page),
          );
          for (const service of ['s0', 's1', 's2', 'none'])
            await both.same(service, ({ callbacks: of }) => of.callback(service, filter.source));
          await both.agree('details', ({ callbacks: of }, page) => of.finished(filter, EVER, page));
          await both.agree('all details', ({ callbacks: of }, page) => of.finished(ANY, EVER, page));
          await both.agree('missing keys', ({ callbacks: of }, page) => of.missingKeys(EVER, page));
          const summary: SummaryRequest = {
            by: ['hour', 'queue', 'channel'],
            ...{ timeZone: 'UTC', tollPerMinute: null, tenants: new Map() },
          };
          await both.agree(
            'summary',
            async ({ callbacks: of }, page) => (await of.summary(summary, filter, EVER, page)).page,
          );
          const capacity = { slots: [], fromMs: T0, toMs: T0 + HOUR_MS, timeZone: 'UTC', ...moment };
          await both.same('capacity', ({ callbacks: of }) => of.capacity(capacity));
          await both.agree('legacy', ({ callbacks: of }, page) => of.legacyEvents(filter.source, range, page));
          await both.same('changed', ({ callbacks: of }) => of.changed(T0 + 2000, 100));
          both.viewsAgree(CALLBACK_VIEWS);
          exportsAgree(db, 'callbacks', { fromMs: T0, toMs: T0 + 5000 });
          const times = (source: string) => [source, [...heldInPostgres(database.db, source, EVER)]];
          for (const source of ['eu-1', 'us-1'])
            expect(times(source)).toEqual([source, [...heldEventTimes(db, source, EVER)]]);
          db.close();
        }),
        { numRuns: 15 },
      );
    });

    const NOTHING = { state: null, open: null, due: null, interaction: null, ...ANY };
  });
});
