import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { campaignGroupId } from '../../../src/domain/identity.js';
import type { Notification } from '../../../src/domain/notification.js';
import type { Silence } from '../../../src/domain/silence.js';
import type { Listened } from '../../../src/domain/store.js';
import { type Connection, openForWriting } from '../../../src/sqlite/database.js';
import { migrate } from '../../../src/sqlite/migrate.js';
import { GroupReports } from '../../../src/reports/group-reports.js';
import { SqliteGroupRows } from '../../../src/sqlite/readers/group-reader.js';
import { openCampaigns } from '../../support/campaign-stores.js';
import { removeFolder } from '../../support/folders.js';
import { aNotification, digest, T0 } from '../../support/notifications.js';

const folder = mkdtempSync(join(tmpdir(), 'ocm-silences-'));
let db: Connection;
let reader: GroupReports;
let dbid = 0;
beforeAll(() => {
  db = openForWriting(join(folder, 'silences.db'));
  migrate(db);
  reader = new GroupReports(new SqliteGroupRows(db));
});
afterAll(() => {
  db.close();
  removeFolder(folder);
});

const at = (second: number) => T0 + second * 1000;
const every = (step: number, from: number, to: number) =>
  Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, n) => from + n * step);
/** A periodic post of a running group; its figures differ from second to second. */
const post = (second: number, parts: Parameters<typeof aNotification>[0] = {}) =>
  aNotification({
    dbid: String(dbid),
    atMs: at(second),
    statistics: { busyRatio: (second % 997) / 1000, hitRatio: null, overdialRatio: null, timeToCompleteSeconds: null },
    ...parts,
  });
const STOP = { statement: { stateCode: 4, actionCode: 10 } };
const START = { statement: { stateCode: 5, actionCode: 9 } };

const RULE = { silenceAfterMs: 30_000, intervalMs: 10_000, isFixed: true };
/** As the roster tells it of a group that was heard a moment ago. */
const listened = (nowSecond: number, parts: Partial<Listened> = {}): Listened => ({
  ...{
    rule: RULE,
    maintenance: [],
    isRunning: true,
    heardMs: at(nowSecond),
    silentSinceMs: null,
    nowMs: at(nowSecond),
  },
  ...parts,
});

function store(notifications: readonly Notification[]): void {
  const campaigns = openCampaigns(db);
  db.transaction(() => {
    for (const one of notifications) campaigns.apply(one);
  })();
}

const secondOf = (ms: number | null) => (ms === null ? null : (ms - T0) / 1000);
const shapeOf = ({ fromMs, toMs, isAtLeast }: Silence) => [secondOf(fromMs), secondOf(toMs), isAtLeast];

function silences(known: Listened, { from = -10_000, to = 100_000_000, limit = 1000 } = {}) {
  const id = campaignGroupId('default', String(dbid), digest);
  const found: Silence[] = [];
  let cursor: string | null = null;
  do {
    const page: ReturnType<typeof reader.silences> = reader.silences(
      id,
      { fromMs: at(from), toMs: at(to) },
      { limit, cursor },
      known,
    );
    found.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return found.map(shapeOf);
}

const told = (notifications: readonly Notification[], known: Listened) => {
  store(notifications);
  return silences(known);
};
const begin = () => {
  dbid++;
};

describe('a past silence', () => {
  it('stays one after posts came again: from when the first was due to when one came', () => {
    begin();
    store([...every(10, 0, 100), ...every(10, 1120, 1200)].map((second) => post(second)));
    expect(silences(listened(1200))).toEqual([[110, 1120, false]]);
    expect(silences(listened(1200), { from: 300, to: 400 })).toEqual([[110, 1120, false]]);
    expect(silences(listened(1200), { from: 1120 })).toEqual([]);
    expect(silences(listened(1200), { to: 110 })).toEqual([]);
  });

  it('is split by a post that comes late, and gone when all have come', () => {
    begin();
    store([...every(10, 0, 100), ...every(10, 1120, 1200)].map((second) => post(second)));
    const late = (second: number) => post(second, { receivedAtMs: at(1205) });
    expect(told([late(500)], listened(1210))).toEqual([
      [510, 1120, false],
      [110, 500, false],
    ]);
    expect(told(every(10, 110, 1110).map(late), listened(1210))).toEqual([]);
  });

  it('is the same whatever came first, and however often', () => {
    const seconds = [...every(10, 0, 200), ...every(10, 900, 1000), 1500, 1600, ...every(10, 1700, 1800)];
    const expected = [
      [1610, 1700, false],
      [1510, 1600, false],
      [1010, 1500, false],
      [210, 900, false],
    ];
    fc.assert(
      fc.property(fc.shuffledSubarray(seconds, { minLength: seconds.length }), fc.boolean(), (order, twice) => {
        begin();
        const arrivals = order.map((second) => post(second));
        store(twice ? [...arrivals, ...[...arrivals].reverse()] : arrivals);
        expect(silences(listened(1800))).toEqual(expected);
      }),
      { numRuns: 20 },
    );
  });

  it('is only in running: what stops, or was not started, is not missed', () => {
    begin();
    const stopped = [post(0, STOP), post(100, START), post(110), post(120, STOP), post(900, START)];
    expect(told([...stopped, post(910)], listened(910))).toEqual([]);
    begin();
    // It ran until it was stopped, and nothing was heard of that.
    expect(told([post(0, START), post(10), post(300, STOP), post(900, START)], listened(900))).toEqual([
      [20, 300, false],
    ]);
  });

  it('is told by pages of any size as at once', () => {
    begin();
    store(every(100, 0, 3000).map((second) => post(second)));
    const all = silences(listened(3000));
    expect(all.length).toBe(30);
    for (const limit of [1, 7, 30]) expect(silences(listened(3000), { limit })).toEqual(all);
  });

  it('is never where nothing is expected', () => {
    begin();
    expect(told([post(0), post(1000)], listened(1000, { rule: null }))).toEqual([]);
  });

  it('is none of a group whose rhythm is a slower one, where the interval is learned', () => {
    begin();
    const rule = { ...RULE, isFixed: false };
    store([...every(60, 0, 1200), ...every(60, 2400, 3600)].map((second) => post(second)));
    expect(silences(listened(3600, { rule }))).toEqual([[1260, 2400, false]]);
    expect(silences(listened(3600, { rule }), { from: 1300, to: 1310 })).toEqual([[1260, 2400, false]]);
  });

  it('of a sender whose date-time stands still is told by when posts came', () => {
    begin();
    const repeats = [...every(10, 10, 100), ...every(10, 700, 800)];
    const frozen = repeats.map((second) => ({ ...post(second), atMs: at(0), receivedAtMs: at(second) }));
    expect(told([post(0), ...frozen], listened(800))).toEqual([[110, 700, false]]);
  });
});

describe('a sender that says the same again and again', () => {
  it('is not silent meanwhile, and is silent between', () => {
    begin();
    const same = (second: number) => post(0, { receivedAtMs: at(second) });
    store([...every(10, 0, 300), ...every(10, 600, 900)].map(same));
    const expected = [[310, 600, false]];
    expect(silences(listened(900))).toEqual(expected);
    expect(told([post(910, STOP)], listened(910, { isRunning: false }))).toEqual(expected);
    expect(told([same(905), same(100)], listened(910, { isRunning: false }))).toEqual(expected);
    expect(
      db
        .prepare('SELECT count(*) FROM repeats WHERE group_no = (SELECT max(group_no) FROM campaign_groups)')
        .pluck()
        .get(),
    ).toBe(2);
  });
});

describe('the time until now', () => {
  it('is silent since when the roster says so, for at least as long', () => {
    begin();
    store(every(10, 0, 100).map((second) => post(second)));
    const known = listened(1000, { heardMs: at(100), silentSinceMs: at(110) });
    expect(silences(known)).toEqual([[110, null, true]]);
    expect(silences(known, { from: 500, to: 600 })).toEqual([[110, null, true]]);
    expect(silences(known, { to: 110 })).toEqual([]);
  });

  it('keeps the silence that a late post or a copy has ended for a moment', () => {
    begin();
    store(every(10, 0, 100).map((second) => post(second)));
    store([post(95, { receivedAtMs: at(900) })]);
    expect(silences(listened(910, { heardMs: at(900) }))).toEqual([[110.02, 900, false]]);
    expect(silences(listened(1000, { heardMs: at(900), silentSinceMs: at(910) }))).toEqual([
      [910, null, true],
      [110.02, 900, false],
    ]);
  });

  it('is no silence of a sender whose clock is an hour off', () => {
    for (const skew of [-3600, 3500]) {
      begin();
      store(every(10, 0, 300).map((second) => post(second + skew, { receivedAtMs: at(second) })));
      expect(silences(listened(300))).toEqual([]);
    }
  });
});

describe('what nobody listened to', () => {
  const run = (from: number, to: number) =>
    db.prepare('INSERT INTO uptime (started_ms, alive_ms) VALUES (?, ?)').run(at(from), at(to));
  const isolated = (work: () => void) => {
    db.exec('SAVEPOINT ledger');
    work();
    db.exec('ROLLBACK TO ledger; RELEASE ledger');
  };

  it('is no silence: the limit runs anew after our own outage, and what it cuts may have been longer', () => {
    isolated(() => {
      begin();
      run(-100, 200);
      run(600, 1000);
      expect(
        told(
          [...every(10, 0, 100), 900].map((second) => post(second)),
          listened(900),
        ),
      ).toEqual([
        [610, 900, true],
        [110, 200, true],
      ]);
      begin();
      expect(
        told(
          [...every(10, 0, 200), 605].map((second) => post(second)),
          listened(605),
        ),
      ).toEqual([]);
    });
  });

  it('is the time before the first run too, in which posts are dated that came later', () => {
    isolated(() => {
      begin();
      run(1000, 2000);
      expect(
        told(
          [0, 500, 1005].map((second) => post(second, { receivedAtMs: at(1005) })),
          listened(1005),
        ),
      ).toEqual([]);
    });
  });

  it('is not expected in maintenance', () => {
    begin();
    const maintenance = [{ kind: 'once', fromMs: at(150), toMs: at(800) }] as const;
    store([...every(10, 0, 100), 900].map((second) => post(second)));
    expect(silences(listened(900, { maintenance }))).toEqual([
      [810, 900, true],
      [110, 150, true],
    ]);
  });
});

describe('the silent time of sessions', () => {
  it('is what of them the group was silent, until now while they last', () => {
    begin();
    store([...every(10, 0, 100), ...every(10, 300, 400)].map((second) => post(second)));
    const times = [
      { fromMs: at(0), toMs: at(200) },
      { fromMs: at(200), toMs: at(1000) },
    ];
    const known = listened(1000, { heardMs: at(400), silentSinceMs: at(410) });
    const id = campaignGroupId('default', String(dbid), digest);
    expect(reader.silentMs(id, times, known)).toEqual([90_000, 100_000 + 590_000]);
  });
});
