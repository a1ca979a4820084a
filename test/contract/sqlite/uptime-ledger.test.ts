import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { campaignGroupId } from '../../../src/domain/identity.js';
import { type Connection, openForWriting } from '../../../src/sqlite/database.js';
import { migrate } from '../../../src/sqlite/migrate.js';
import { GroupReports } from '../../../src/reports/group-reports.js';
import { SqliteGroupRows } from '../../../src/sqlite/readers/group-reader.js';
import { SqliteReportReader } from '../../../src/sqlite/readers/report-reader.js';
import { lastAliveMs, UptimeLedger } from '../../../src/sqlite/uptime-ledger.js';
import { openCampaigns } from '../../support/campaign-stores.js';
import { removeFolder } from '../../support/folders.js';
import { aNotification, digest, T0 } from '../../support/notifications.js';

let folder: string;
let db: Connection;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ocm-uptime-'));
  db = openForWriting(join(folder, 'test.db'));
  migrate(db);
});
afterEach(() => {
  db.close();
  removeFolder(folder);
});

/** A run of the service from one second to another after T0. */
function run(from: number, to: number, { isCrash = false, socketOutlived = false } = {}): void {
  const ledger = new UptimeLedger(db, { nowMs: T0 + from * 1000, lastMs: lastAliveMs(db), socketOutlived });
  if (isCrash) ledger.beat(T0 + to * 1000);
  else ledger.end(T0 + to * 1000);
}
const gaps = () =>
  new SqliteReportReader(db).unobserved(0, 2000).map(({ fromMs, toMs }) => [(fromMs - T0) / 1000, (toMs - T0) / 1000]);

describe('a time that nobody observed', () => {
  it('is none where the socket outlived a run that ended by itself: connections waited', () => {
    run(0, 10);
    run(10.02, 20, { socketOutlived: true });
    run(20.02, 30, { socketOutlived: true });

    expect(gaps()).toEqual([]);
    expect(db.prepare('SELECT count(*) FROM uptime').pluck().get()).toBe(1);
  });

  it.each([
    ['the process brought a socket of its own', {}, {}, 10.02],
    ['the run before crashed', { isCrash: true }, { socketOutlived: true }, 10.02],
    ['connections waited for longer than OCS does', {}, { socketOutlived: true }, 16],
  ])('is there when %s', (_what, before, after, from) => {
    run(0, 10, before);
    run(from, 20, after);

    expect(gaps()).toEqual([[10, from]]);
  });

  it('is none where a run was handed over, which leaves the writing to its successor', () => {
    run(0, 10, { isCrash: true });
    const at = (seconds: number) => T0 + seconds * 1000;
    const changes = db.prepare('SELECT total_changes()').pluck();
    const before = changes.get();
    const handedOver = (second: number, until: number) =>
      new UptimeLedger(db, {
        ...{ nowMs: at(second), lastMs: lastAliveMs(db), socketOutlived: true, handedOverMs: at(until) },
      });
    handedOver(13, 12).beat(at(20));
    expect([changes.get(), gaps()]).toEqual([Number(before) + 1, []]);
    // Connections waited for longer than OCS does.
    handedOver(30, 22).end(at(40));
    expect(gaps()).toEqual([[22, 30]]);
  });

  it('is none, and runs do not overlap, after the clock was set back', () => {
    run(0, 100);
    run(50, 120);
    run(150, 160);

    expect(gaps()).toEqual([[120, 150]]);
    expect(db.prepare('SELECT started_ms FROM uptime').pluck().all()).toEqual([T0, T0 + 100_000, T0 + 150_000]);
  });

  it('is forgotten beyond a thousand, the shortest first, and what was observed before it is kept', () => {
    run(0, 100);
    run(200, 300);
    for (let n = 0; n < 999; n++) run(1000 + n * 10, 1005 + n * 10);

    expect(gaps().length).toBe(999);
    expect(gaps().slice(-2)).toEqual([
      [300, 1000],
      [100, 200],
    ]);
  });
});

describe('the time observed', () => {
  const say = (second: number, stateCode: number, actionCode: number) => {
    const store = openCampaigns(db);
    store.apply(aNotification({ atMs: T0 + second * 1000, statement: { stateCode, actionCode } }));
  };
  const sessions = () =>
    new GroupReports(new SqliteGroupRows(db))
      .sessions(campaignGroupId('default', '101', digest), { fromMs: 0, toMs: T0 * 2 }, { limit: 100, cursor: null })
      .items.map(({ observedMs }) => observedMs);
  const facts = (view: string, more = '') =>
    db.prepare(`SELECT ${more}TOTAL_DURATION, OBSERVED_DURATION FROM ${view} ORDER BY START_TS`).raw().all();

  it('of a session and of its stays is what of them this service was up, and not known while they last', () => {
    run(-100, 20);
    run(50, 75);
    run(80, 200);
    say(10, 4, 7);
    say(60, 5, 9);
    say(90, 4, 10);
    say(100, 0, 8);
    say(110, 4, 7);

    expect(sessions()).toEqual([null, 55_000]);
    expect(facts('CAMPAIGN_GROUP_STATE_FACT', 'CAMPAIGN_GROUP_STATE_KEY, ')).toEqual([
      [1, 50, 20],
      [2, 30, 25],
      [1, 10, 10],
      [1, null, null],
    ]);
    expect(facts('CAMPAIGN_GROUP_SESSION_FACT')).toEqual([
      [90, 55],
      [null, null],
    ]);
  });

  it('of a session that began before anything was heard of it is that since then', () => {
    run(0, 100);
    say(10, 5, 0);
    say(30, 0, 8);

    expect(sessions()).toEqual([20_000]);
    expect(facts('CAMPAIGN_GROUP_SESSION_FACT')).toEqual([[null, 20]]);
  });

  it('is 0 of what happened while the service was not there, before its first run too', () => {
    run(1000, 2000);
    say(10, 4, 7);
    say(30, 0, 8);
    say(3000, 4, 7);
    say(3100, 0, 8);

    expect(sessions()).toEqual([0, 0]);
  });
});
