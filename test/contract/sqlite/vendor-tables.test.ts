/** Campaign groups in the vendor's tables: their columns, what reports join, and what it costs to ask. */
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GroupReports } from '../../../src/reports/group-reports.js';
import type { SessionRow } from '../../../src/domain/store.js';
import { type Connection, openForReading } from '../../../src/sqlite/database.js';
import { SqliteGroupRows } from '../../../src/sqlite/readers/group-reader.js';
import { aDelivery, openCallbackWriter } from '../../support/callback-writer.js';
import { removeFolder } from '../../support/folders.js';
import { T0 } from '../../support/notifications.js';
import { bodyIn, postsOf } from '../../support/simulated.js';
import { fits, vendorColumns } from '../../support/vendor-columns.js';

const GROUPS = 4;
const STEP_MS = 60_000;
const DAY_MS = 86_400_000;
const COLUMNS = vendorColumns();
const TABLES = [...new Set(COLUMNS.map(({ table }) => table))];
/** As reports written for the vendor's tables have it. */
const JOINED = `
  FROM CAMPAIGN_GROUP_STATE_FACT AS f
  JOIN CAMPAIGN_GROUP_SESSION_FACT AS s ON s.CAMP_GROUP_SESSION_FACT_KEY = f.CAMP_GROUP_SESSION_FACT_KEY
    AND s.START_DATE_TIME_KEY = f.CAMP_GROUP_SESS_FACT_SDT_KEY
  JOIN CAMPAIGN AS c ON c.CAMPAIGN_KEY = f.CAMPAIGN_KEY
  JOIN GROUP_ AS g ON g.GROUP_KEY = f.GROUP_KEY
  JOIN TENANT AS t ON t.TENANT_KEY = f.TENANT_KEY
  JOIN CAMPAIGN_GROUP_STATE AS st ON st.CAMPAIGN_GROUP_STATE_KEY = f.CAMPAIGN_GROUP_STATE_KEY
  JOIN DATE_TIME AS d ON d.DATE_TIME_KEY = f.START_DATE_TIME_KEY
  JOIN DATE_TIME AS de ON de.DATE_TIME_KEY = f.END_DATE_TIME_KEY`;

let folder: string;
let db: Connection;

/** A day of some groups, a post a minute. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ocm-vendor-'));
  const path = join(folder, 'test.db');
  const writer = openCallbackWriter(path);
  for (let groupIndex = 0; groupIndex < GROUPS; groupIndex++) {
    const posts = postsOf({ steps: DAY_MS / STEP_MS, stepMs: STEP_MS, groupIndex });
    writer.commit(posts.map((post) => aDelivery('campaign-group-state', bodyIn(post), { receivedAtMs: T0 + DAY_MS })));
  }
  writer.close();
  db = openForReading(path);
});
afterAll(() => {
  db.close();
  removeFolder(folder);
});

type Row = Record<string, unknown>;
const all = (sql: string, ...values: readonly unknown[]) => db.prepare(sql).all(...values) as Row[];
const one = (sql: string) => db.prepare(sql).pluck().get();

describe.each(TABLES)('%s', (table) => {
  const columns = COLUMNS.filter((column) => column.table === table);

  it('has the vendor’s columns first, in the vendor’s order', () => {
    const names = db.prepare(`SELECT name FROM pragma_table_info('${table}')`).pluck().all();
    expect(names.slice(0, columns.length)).toEqual(columns.map(({ column }) => column));
    expect(new Set(names).size).toBe(names.length);
  });

  it('holds what the vendor’s columns may hold, and something where they must', () => {
    const rows = all(`SELECT * FROM ${table}`);
    expect(rows.length).toBeGreaterThan(0);
    const wrong = rows.flatMap((row) => columns.filter((column) => !fits(column, row[column.column])));
    expect(wrong).toEqual([]);
  });
});

it('lists 15 columns of sessions and 18 of states', () => {
  const count = (table: string) => COLUMNS.filter((column) => column.table === table).length;
  expect([count('CAMPAIGN_GROUP_SESSION_FACT'), count('CAMPAIGN_GROUP_STATE_FACT')]).toEqual([15, 18]);
});

describe('a simulated day', () => {
  it('is joined with all dimensions without losing or doubling a stay', () => {
    const stays = Number(one('SELECT count(*) FROM CAMPAIGN_GROUP_STATE_FACT'));
    expect(stays).toBeGreaterThan(GROUPS * 3);
    expect(one(`SELECT count(*) ${JOINED}`)).toBe(stays);
    expect(one('SELECT count(DISTINCT CAMP_GROUP_STATE_FACT_KEY) FROM CAMPAIGN_GROUP_STATE_FACT')).toBe(stays);
    expect(all('SELECT DISTINCT STATE_NAME FROM CAMPAIGN_GROUP_STATE ORDER BY 1')).toHaveLength(3);
  });

  it('has the sessions that the API has, to the second', () => {
    const groups = all('SELECT id, dbid FROM campaign_groups');
    expect(groups).toHaveLength(GROUPS);
    const reports = new GroupReports(new SqliteGroupRows(db));
    const seconds = (ms: number | null) => (ms === null ? null : Math.floor(ms / 1000));
    for (const { id } of groups) {
      const range = { fromMs: 0, toMs: T0 * 2 };
      const { items } = reports.sessions(String(id), range, { limit: 100, cursor: null });
      const expected = items.map(({ startMs, endMs, observedMs }: SessionRow) => ({
        ...{ START_TS: seconds(startMs), END_TS: seconds(endMs), ACTIVE_FLAG: Number(endMs === null) },
        ...{ TOTAL_DURATION: startMs === null || endMs === null ? null : seconds(endMs - startMs) },
        OBSERVED_DURATION: seconds(observedMs),
      }));
      const facts = all(
        `SELECT START_TS, END_TS, ACTIVE_FLAG, TOTAL_DURATION, OBSERVED_DURATION FROM CAMPAIGN_GROUP_SESSION_FACT
         WHERE CAMPAIGN_GROUP_ID = ? ORDER BY START_DATE_TIME_KEY DESC, START_TS DESC`,
        id,
      );
      expect(facts).toEqual(expected);
    }
  });

  it('gives by the vendor’s pattern the hours that each campaign dialed', () => {
    const byCampaign = all(
      `SELECT d.CAL_DATE, c.CAMPAIGN_NAME, sum(f.TOTAL_DURATION) AS seconds ${JOINED}
       WHERE d.DATE_TIME_KEY >= ? AND d.DATE_TIME_KEY < ? AND st.STATE_NAME = 'Started' AND f.ACTIVE_FLAG = 0
       GROUP BY d.CAL_DATE, c.CAMPAIGN_NAME ORDER BY d.CAL_DATE, c.CAMPAIGN_NAME`,
      ...[T0 / 1000 - 900, (T0 + 2 * DAY_MS) / 1000],
    );
    const transitions =
      all(`SELECT t.*, w.campaign FROM transitions AS t JOIN campaign_groups AS g ON g.id = t.campaign_group_id
      JOIN statements AS w ON w.group_no = g.group_no AND w.content_digest = t.content_digest
      ORDER BY t.campaign_group_id, t.at_ms, t.action_rank, t.content_digest`);
    const expected = new Map<string, number>();
    for (const [n, from] of transitions.entries()) {
      const isBegin = from['to_state'] === 'running' && from['from_state'] !== 'running';
      const rest = transitions.slice(n + 1);
      const to = rest.find(
        (row) => row['campaign_group_id'] === from['campaign_group_id'] && row['to_state'] !== 'running',
      );
      if (!isBegin || to === undefined) continue;
      const day = new Date(Number(from['at_ms'])).toISOString().slice(0, 10);
      const key = `${day} ${String(from['campaign'])}`;
      const seconds = Math.floor((Number(to['at_ms']) - Number(from['at_ms'])) / 1000);
      expected.set(key, (expected.get(key) ?? 0) + seconds);
    }
    expect(byCampaign.length).toBeGreaterThan(0);
    expect(
      new Map(byCampaign.map((row) => [`${String(row['CAL_DATE'])} ${String(row['CAMPAIGN_NAME'])}`, row['seconds']])),
    ).toEqual(new Map([...expected].sort(([a], [b]) => (a < b ? -1 : 1))));
  });

  it('has every quarter of an hour from the first fact to the last, and one of the far future', () => {
    const keys = db.prepare('SELECT DATE_TIME_KEY FROM DATE_TIME ORDER BY 1').pluck().all() as number[];
    const [first = 0] = keys;
    expect(keys.at(-1)).toBe(2_147_482_800);
    expect(keys.slice(0, -1)).toEqual(keys.slice(0, -1).map((_, n) => first + n * 900));
    expect(all(`SELECT * FROM DATE_TIME WHERE DATE_TIME_KEY = ${String(T0 / 1000)}`)).toEqual([
      {
        ...{ DATE_TIME_KEY: T0 / 1000, CAL_DATE: '2026-11-20', START_TS: T0 / 1000 },
        ...{ START_ISO: '2026-11-20T08:00:00Z', YEAR_NUM: 2026, QUARTER_NUM: 4, MONTH_NUM: 11, DAY_NUM: 20 },
        ...{ HOUR_NUM: 8, QUARTER_HOUR_NUM: 1 },
      },
    ]);
  });
});

describe('docs/vendor-reports.md', () => {
  const text = readFileSync(new URL('../../../docs/vendor-reports.md', import.meta.url), 'utf8');
  const queries = [...text.matchAll(/^```sql\n(.*?)^```/gms)].map(([, sql = '']) => sql);

  it.each(TABLES)('names every column of %s', (table) => {
    const names = db.prepare(`SELECT name FROM pragma_table_info('${table}')`).pluck().all() as string[];
    const isNamed = (name: string) => text.includes(`\`${name.replace(/^PREV_.*/, 'PREV_…')}\``);
    expect(names.filter((name) => !isNamed(name))).toEqual([]);
  });

  it.each(queries)('has a query that gives rows: %s', (sql) => {
    expect(all(sql)).not.toEqual([]);
  });

  it('has as many hours dialed by its first query as the facts have', () => {
    const hours = all(queries[0] ?? '').reduce((sum, row) => sum + Number(row['hours']), 0);
    const seconds = 'SELECT sum(TOTAL_DURATION) FROM CAMPAIGN_GROUP_STATE_FACT WHERE CAMPAIGN_GROUP_STATE_KEY = 2';
    expect(hours * 3600).toBeCloseTo(Number(one(seconds)), 3);
  });
});

describe('what is asked for a range of dates', () => {
  const KEYS = 'DATE_TIME_KEY >= 1700000000 AND d.DATE_TIME_KEY < 1702678400';
  const ACTIVE = 'SELECT count(*) FROM CAMPAIGN_GROUP_SESSION_FACT WHERE';
  it.each([
    [`SELECT sum(f.TOTAL_DURATION) ${JOINED} WHERE d.${KEYS}`, 'steps_begin_stay_quarter'],
    [`SELECT sum(f.TOTAL_DURATION) ${JOINED} WHERE d.CAL_DATE = '2026-11-20'`, 'steps_begin_stay_quarter'],
    [
      `SELECT sum(f.TOTAL_DURATION) ${JOINED} WHERE d.CAL_DATE >= '2026-11-01' AND d.CAL_DATE < '2026-12-01'`,
      'quarters_by_day',
    ],
    [
      `SELECT sum(f.TOTAL_DURATION) ${JOINED} WHERE f.START_TS >= 1700000000 AND f.START_TS < 1702678400`,
      'steps_begin_stay_second',
    ],
    [`SELECT sum(f.TOTAL_DURATION) ${JOINED} WHERE d.${KEYS} AND c.CAMPAIGN_NAME = 'Sale'`, 'steps_begin_stay_quarter'],
    [`${ACTIVE} START_TS >= 1700000000 AND START_TS < 1702678400`, 'steps_begin_session_second'],
    [`${ACTIVE} START_DATE_TIME_KEY >= 1700000000 AND START_DATE_TIME_KEY < 1702678400`, 'steps_begin_session_quarter'],
    [`${ACTIVE} CAMP_GROUP_SESSION_FACT_KEY = 7`, 'steps_begin_session_key'],
    ['SELECT * FROM GO_CampaignHistory WHERE CHANGED_MS >= 5 AND CHANGED_MS < 10', 'steps_transitions'],
  ])('%s reads no table whole', (sql, index) => {
    const plan = db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all() as { detail: string }[];
    const details = plan.map(({ detail }) => detail);
    expect(details.filter((detail) => /SCAN (?!GO_Campaign)|AUTOMATIC/.test(detail))).toEqual([]);
    expect(details.some((detail) => detail.startsWith('SEARCH') && detail.includes(index))).toBe(true);
  });
});
