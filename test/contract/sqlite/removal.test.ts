/** A removal that goes in slices: what comes in between stays, and an end in between ends nothing. */
import Database from 'better-sqlite3';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ForgetSlice } from '../../../src/domain/store.js';
import { CallbackReports } from '../../../src/reports/callback-reports.js';
import { SqliteCallbackRows } from '../../../src/sqlite/readers/callback-reader.js';
import { openForReading } from '../../../src/sqlite/database.js';
import { SqliteReportReader } from '../../../src/sqlite/readers/report-reader.js';
import type { Writer } from '../../../src/sqlite/writer.js';
import { aDelivery, eventPost, finalPost, openCallbackWriter } from '../../support/callback-writer.js';
import { aBody } from '../../support/bodies.js';
import { removeFolder } from '../../support/folders.js';
import { heldEvidenceIn } from '../../support/held-evidence.js';
import { T0 } from '../../support/notifications.js';
import { dateTime, LOADED, STARTED } from '../../support/posts.js';

/** More than goes in one slice. */
const MANY = 450;
const ALL = { limit: 1000, cursor: null };
const NO_FILTER = {
  ...{ source: null, tenantDbids: null, queue: null, channel: null, state: null, interaction: null, orsSession: null },
  ...{ phoneHash: null, open: null, due: null },
};
const BIG = { group: null, source: 'big', dryRun: false };

let folder: string;
let writer: Writer;
const open = () => (writer = openCallbackWriter(join(folder, 'test.db')));
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ocm-removal-'));
  open();
});
afterEach(() => {
  writer.close();
  removeFolder(folder);
});

const callback = (id: string, source = 'big') => eventPost({ _CB_SERVICE_ID: id }, { source });
const faulty = (id: string, source = 'big') => aDelivery('callback-events', { faulty: id }, { source });

/** One source is held before the other: the numbers of the one to go are the newest. */
function fill(): void {
  writer.commit([callback('kept', 'other'), faulty('kept', 'other')]);
  writer.commit(Array.from({ length: MANY }, (_, n) => callback(`old-${String(n)}`)));
  writer.commit(Array.from({ length: MANY }, (_, n) => faulty(`old-${String(n)}`)));
}

function ask(sql: string): unknown[] {
  const db = new Database(join(folder, 'test.db'), { readonly: true });
  try {
    return db.prepare(sql).pluck().all();
  } finally {
    db.close();
  }
}

const serviceIds = () => ask('SELECT service_id FROM callbacks ORDER BY callback_no');
const bodies = () => ask("SELECT json_extract(CAST(body AS TEXT), '$.faulty') FROM quarantine ORDER BY quarantine_no");
const rowsOf = (source: string) => writer.quarantineCounts().find((one) => one.source === source)?.rows ?? 0;
const sumOf = (slices: readonly ForgetSlice[], name: 'callbacks' | 'quarantined') =>
  slices.reduce((sum, { counts }) => sum + counts[name], 0);

describe('a source that is forgotten', () => {
  it('keeps all that comes between the slices, though its numbers are the newest', () => {
    fill();
    const [slices, came]: [ForgetSlice[], string[]] = [[], []];
    for (const slice of writer.forget(BIG)) {
      slices.push(slice);
      came.push(`new-${String(came.length)}`);
      writer.commit([callback(came.at(-1) ?? ''), faulty(came.at(-1) ?? '')]);
    }
    expect([sumOf(slices, 'callbacks'), sumOf(slices, 'quarantined')]).toEqual([MANY, MANY]);
    expect(came.length).toBeGreaterThan(6);
    expect(serviceIds()).toEqual(['kept', ...came]);
    expect(bodies()).toEqual(['kept', ...came]);
    expect([rowsOf('big'), rowsOf('other')]).toEqual([came.length, 1]);
    expect(ask('SELECT count(*) FROM removals')).toEqual([0]);
  });

  it('counts no body of it from the first slice on, and replays none', () => {
    fill();
    const slices = writer.forget(BIG);
    expect(slices.next().value).toMatchObject({ quarantine: [{ source: 'other', rows: 1 }] });
    const everything = { ids: [], source: null, reason: null, dryRun: true };
    expect([...writer.replay(everything)].flatMap(({ items }) => items)).toHaveLength(1);
    slices.next();
    expect(rowsOf('big')).toBe(0);
  });

  for (let done = 1; done <= 7; done++) {
    it(`is gone after the next start when ${String(done)} slices were done, and what came later is kept`, () => {
      fill();
      const slices = writer.forget(BIG);
      for (let n = 0; n < done; n++) slices.next();
      writer.commit([callback('later'), faulty('later')]);
      expect(ask('SELECT count(*) FROM callbacks')[0]).toBe([452, 252, 52, 2, 2, 2, 2][done - 1]);
      writer.close();
      open();
      const handedOver = [...writer.openCallbacks(0)].map(({ record }) => record.serviceId);
      expect(handedOver.sort()).toEqual(['kept', 'later']);
      expect(writer.lastCallbackEvents().map(({ source }) => source)).toEqual(['big', 'other']);
      expect([rowsOf('big'), rowsOf('other')]).toEqual([1, 1]);
      writer.commit([callback('after the start'), faulty('after the start')]);
      expect([...writer.finishForgetting()].length).toBeGreaterThan(0);
      expect(serviceIds()).toEqual(['kept', 'later', 'after the start']);
      expect(bodies()).toEqual(['kept', 'later', 'after the start']);
      expect([rowsOf('big'), rowsOf('other')]).toEqual([2, 1]);
      expect(ask('SELECT count(*) FROM removals')).toEqual([0]);
    });
  }

  it('drops none of it for the bound of the quarantine: its newest number must stay until the last', () => {
    writer.close();
    writer = openCallbackWriter(join(folder, 'test.db'), { quarantineLimitBytes: 200_000 });
    writer.commit(Array.from({ length: 300 }, (_, n) => faulty(`old-${String(n)}`)));
    const before = bodies().length;
    const slices = writer.forget(BIG);
    slices.next();
    const dropped = Array.from({ length: 20 }, (_, n) => writer.commit([faulty(`new-${String(n)}`)]).quarantineDropped);
    expect(dropped.every((rows) => rows === 0)).toBe(true);
    expect(sumOf([...slices], 'quarantined')).toBe(before);
    expect(bodies()).toEqual(Array.from({ length: 20 }, (_, n) => `new-${String(n)}`));
  });
});

describe('what comes of something that is being forgotten', () => {
  const attached = (id: string) =>
    aDelivery('attached-data', { interaction_id: `call of ${id}`, _CB_SERVICE_ID: id }, { source: 'big' });
  const status = (id: string) =>
    aDelivery('status-notifications', { event: '_cbe_on_callback_queued', _service_id: id }, { source: 'big' });
  /** The names of some that are held already: an early one, one of the middle, and the newest, which goes last. */
  const IDS = [0, 200, MANY - 1].map((n) => `old-${String(n)}`);
  /** What is held of those, and of nothing else of the source. */
  const held = () => ({
    callbacks: ask(`SELECT service_id || ':' || events FROM callbacks WHERE source = 'big' ORDER BY service_id`),
    events: ask('SELECT count(*) FROM callback_events')[0],
    attached: ask('SELECT interaction_id FROM callback_attachments ORDER BY 1'),
    interactions: ask("SELECT interaction_id FROM callback_interactions WHERE role = 'attached' ORDER BY 1"),
    statuses: ask('SELECT count(*) FROM callback_notifications')[0],
    bodies: ask(
      "SELECT json_extract(CAST(body AS TEXT), '$.faulty') || ':' || count FROM quarantine WHERE source = 'big' ORDER BY 1",
    ),
    missing: ask("SELECT sum(events) FROM callback_missing_keys WHERE source = 'big'"),
    nameless: ask(
      "SELECT count(*) FROM callbacks, quarantine WHERE '(forgotten)' IN (callbacks.source, quarantine.source)",
    ),
    left: ask('SELECT count(*) FROM removals'),
  });
  /** One event, attached data, a status and a faulty body of each. */
  const comesAgain = () =>
    writer.commit([
      ...IDS.map((id) => callback(id)),
      ...IDS.map((id) => attached(id)),
      ...IDS.map((id) => status(id)),
      ...IDS.map((id) => faulty(id)),
    ]);
  const ONCE = {
    callbacks: [...IDS].sort().map((id) => `${id}:1`),
    // One of the other source.
    events: IDS.length + 1,
    attached: [...IDS].sort().map((id) => `call of ${id}`),
    interactions: [...IDS].sort().map((id) => `call of ${id}`),
    statuses: IDS.length,
    bodies: [...IDS].sort().map((id) => `${id}:1`),
    // Each body lacks the same mandatory keys.
    missing: [5 * IDS.length],
    left: [0],
    nameless: [0],
  };

  for (let done = 1; done <= 6; done++) {
    it.each([true, false])(
      `after ${String(done)} slices is new, and is kept; a start in between: %s`,
      (isRestarted) => {
        fill();
        writer.commit([...IDS.map((id) => attached(id)), ...IDS.map((id) => status(id))]);
        const slices = writer.forget(BIG);
        const counted: ForgetSlice[] = [];
        for (let n = 0; n < done; n++) counted.push(slices.next().value as ForgetSlice);
        if (isRestarted) {
          writer.close();
          open();
        }
        const { receipts } = comesAgain();
        const outcomes = receipts.map(({ outcome }) => outcome);
        expect(new Set(outcomes.slice(0, 3 * IDS.length))).toEqual(new Set(['recorded']));
        expect(new Set(outcomes.slice(3 * IDS.length))).toEqual(new Set(['quarantined']));
        expect(rowsOf('big')).toBe(IDS.length);
        counted.push(...(isRestarted ? writer.finishForgetting() : slices));
        expect(held()).toMatchObject(ONCE);
        expect([sumOf(counted, 'callbacks'), sumOf(counted, 'quarantined')]).toEqual([MANY, MANY]);
        expect([rowsOf('big'), rowsOf('other')]).toEqual([IDS.length, 1]);
        // The next event of the same callback belongs to it.
        writer.commit([finalPost({ _CB_SERVICE_ID: IDS[0] }, { source: 'big' })]);
        expect(held().callbacks).toContain(`${IDS[0] ?? ''}:2`);
        expect(ask('SELECT count(*) FROM pragma_foreign_key_check')).toEqual([0]);
      },
    );
  }

  it('is judged by itself: a final record that is being forgotten makes nothing after-final', () => {
    writer.commit([finalPost({ _CB_SERVICE_ID: 'over' }, { source: 'big' })]);
    writer.commit(Array.from({ length: MANY }, (_, n) => callback(`old-${String(n)}`)));
    const slices = writer.forget(BIG);
    slices.next();
    // An event that lacks a mandatory key is taken only where the final record is held.
    const lacking = eventPost({ _CB_SERVICE_ID: 'over', _CB_T_SERVICE_START: undefined }, { source: 'big' });
    const { receipts } = writer.commit([lacking, callback('over')]);
    expect(receipts.map(({ outcome }) => outcome)).toEqual(['quarantined', 'recorded']);
    expect([...slices].length).toBeGreaterThan(0);
    expect(serviceIds()).toEqual(['over']);
  });

  it('is shown without it: neither the API nor a view knows what is still to be removed', async () => {
    fill();
    const slices = writer.forget(BIG);
    slices.next();
    comesAgain();
    const db = openForReading(join(folder, 'test.db'));
    try {
      const reader = new CallbackReports(new SqliteCallbackRows(db));
      const filter = { ...NO_FILTER, source: 'big' };
      const page = await reader.callbacks(filter, { nowMs: T0 + 60_000, ttlMs: 86_400_000 }, null, ALL);
      expect(page.items.map(({ record }) => record.serviceId).sort()).toEqual([...IDS].sort());
      expect(reader.callback(IDS[0] ?? '', null)).toMatchObject({ callback: { events: 1 }, otherSources: [] });
      expect(
        reader
          .changed(0, 1000)
          ?.map(({ source }) => source)
          .sort(),
      ).toEqual(['big', 'big', 'big', 'other']);
      const reports = new SqliteReportReader(db);
      const bodiesShown = reports.quarantine({ source: null, reason: null, replayed: true }, ALL).items;
      expect(bodiesShown.map(({ source, count }) => [source, count])).toEqual([
        ...[
          ['big', 1],
          ['big', 1],
          ['big', 1],
        ],
        ['other', 1],
      ]);
    } finally {
      db.close();
    }
    expect(ask('SELECT DISTINCT SOURCE || SERVICE_ID FROM CALLBACK_FACT ORDER BY 1')).toEqual([
      ...[...IDS].sort().map((id) => `big${id}`),
      'otherkept',
    ]);
    expect([...slices].length).toBeGreaterThan(0);
  });
});

describe('campaign groups of a source that is forgotten', () => {
  const GROUPS = 50;
  const groupPost = (dbid: string, source: string, fields: Record<string, unknown>, seconds: number) => {
    const time = { GSW_DATE_TIME: dateTime(T0 + seconds * 1000) };
    const body = aBody({ ...fields, ...time, GSW_CAMPAIGN_GROUP_DBID: dbid });
    return aDelivery('campaign-group-state', body, { source, receivedAtMs: T0 + 30_000 });
  };
  const transitionSources = () => {
    const db = openForReading(join(folder, 'test.db'));
    const { items } = new SqliteReportReader(db).transitions(
      null,
      { fromMs: 0, toMs: T0 * 2 },
      { limit: 1000, cursor: null },
    );
    db.close();
    return [...new Set(items.map(({ source }) => source))];
  };
  const FACTS = ['CAMPAIGN_GROUP_STATE_FACT', 'CAMPAIGN_GROUP_SESSION_FACT', 'GO_Campaign', 'GO_CampaignHistory'];
  const VIEWS = ['transitions', ...FACTS];

  it.each([true, false])('begin anew with a post that comes meanwhile; a start in between: %s', (isRestarted) => {
    writer.commit([groupPost('1', 'big', LOADED, 0), groupPost('2', 'big', LOADED, 0)]);
    const [group] = ask("SELECT id FROM campaign_groups WHERE dbid = '1'") as string[];
    const slices = writer.forget({ group: group ?? '', source: null, dryRun: false });
    expect(slices.next().value).toMatchObject({ counts: { groups: 1 } });
    if (isRestarted) {
      writer.close();
      open();
    }
    // Even the same post is no copy of what is to go.
    const again = writer.commit([groupPost('1', 'big', LOADED, 0), groupPost('1', 'big', STARTED, 10)]);
    expect(again.receipts.map(({ outcome }) => outcome)).toEqual(['transition', 'transition']);
    expect([...(isRestarted ? writer.finishForgetting() : slices)].length).toBeGreaterThan(0);
    expect(ask('SELECT id FROM campaign_groups ORDER BY dbid')[0]).toBe(group);
    expect(ask('SELECT count(*) FROM campaign_groups')).toEqual([2]);
    expect([ask('SELECT count(*) FROM steps'), heldEvidenceIn(join(folder, 'test.db')).length]).toEqual([[3], 3]);
    expect(ask('SELECT count(*) FROM pragma_foreign_key_check')).toEqual([0]);
  });

  it('leave no name of theirs behind, and those of other sources', () => {
    for (const source of ['other', 'big']) writer.commit([groupPost('1', source, LOADED, 0)]);
    const named = () => ask('SELECT SOURCE FROM TENANT UNION ALL SELECT SOURCE FROM CAMPAIGN ORDER BY 1');
    expect(named()).toEqual(['big', 'big', 'other', 'other']);
    expect([...writer.forget(BIG)].length).toBeGreaterThan(0);
    expect(named()).toEqual(['other', 'other']);
  });

  it('are shown by nobody after the first slice, and are all gone with fewer further ones than there are', () => {
    const dbids = Array.from({ length: GROUPS }, (_, n) => String(n + 1));
    for (const source of ['other', 'big']) {
      writer.commit(dbids.map((dbid) => groupPost(dbid, source, LOADED, 0)));
      writer.commit(dbids.map((dbid) => groupPost(dbid, source, STARTED, 10)));
    }
    expect(transitionSources().sort()).toEqual(['big', 'other']);
    const slices = writer.forget(BIG);
    expect(slices.next().value).toMatchObject({ counts: { groups: GROUPS } });
    expect(ask('SELECT count(*) FROM steps')).toEqual([4 * GROUPS]);
    expect(transitionSources()).toEqual(['other']);
    for (const view of VIEWS) expect(ask(`SELECT DISTINCT source FROM ${view}`)).toEqual(['other']);
    writer.commit([groupPost('1', 'big', STARTED, 20)]);
    const rest = [...slices];
    expect(rest.reduce((sum, { counts }) => sum + counts.transitions, 0)).toBe(2 * GROUPS);
    expect(rest.reduce((sum, { counts }) => sum + counts.notifications, 0)).toBe(2 * GROUPS);
    expect(rest.length).toBeLessThan(GROUPS);
    expect(ask('SELECT count(*) FROM steps')).toEqual([2 * GROUPS + 1]);
    expect(heldEvidenceIn(join(folder, 'test.db')).length).toBe(2 * GROUPS + 1);
    expect(transitionSources().sort()).toEqual(['big', 'other']);
    expect(ask('SELECT count(*) FROM pragma_foreign_key_check')).toEqual([0]);
  });
});
