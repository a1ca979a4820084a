/** What docs/campaign-sql.md says of the tables, and its queries. */
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { campaignTables } from '../../../src/sqlite/campaign-tables.js';
import { type Connection, openForWriting } from '../../../src/sqlite/database.js';
import { migrate } from '../../../src/sqlite/migrate.js';
import { chartStore } from '../../support/charts.js';
import { removeFolder } from '../../support/folders.js';
import { aNotification } from '../../support/notifications.js';

const text = readFileSync(new URL('../../../docs/campaign-sql.md', import.meta.url), 'utf8');
const [byDay = '', ofLists = ''] = [...text.matchAll(/^```sql\n(.*?)^```/gms)].map(([, sql = '']) => sql);
const FIGURES = ['busy_ratio', 'hit_ratio', 'overdial_ratio', 'time_to_complete_seconds'];
const PARTS = ['min', 'max', 'last', 'mean', 'count'];
const TODAY_MS = Math.floor(Date.now() / 86_400_000) * 86_400_000;

let folder: string;
let db: Connection;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ocm-campaign-sql-'));
  db = openForWriting(join(folder, 'test.db'));
  migrate(db);
  const posts = [0.1, 0.2, null, 0.9].map((hitRatio, n) =>
    aNotification({
      atMs: TODAY_MS + n * 1_200_000,
      statistics: { busyRatio: null, hitRatio, overdialRatio: n / 10, timeToCompleteSeconds: null },
      callingLists: [
        { name: 'better', dbid: null, hitRatio, timeToCompleteSeconds: null },
        { name: 'worse', dbid: null, hitRatio: 0.05, timeToCompleteSeconds: null },
      ],
    }),
  );
  const { deliver } = chartStore(campaignTables(db), (work) => {
    db.transaction(work).immediate();
  });
  deliver({ notifications: posts, compaction: 'all' });
});
afterAll(() => {
  db.close();
  removeFolder(folder);
});

describe('the documentation of campaign groups’ SQL', () => {
  it('names the columns that are there', () => {
    const columnsOf = (view: string) => db.prepare(`SELECT name FROM pragma_table_info('${view}')`).pluck().all();
    const ofGroup = ['campaign_group_id', 'source', 'dbid'];
    const parts = (figures: readonly string[]) => figures.flatMap((name) => PARTS.map((part) => `${name}_${part}`));
    const named = [...ofGroup, 'start_ms', 'notifications', 'observed_seconds'];
    expect(columnsOf('statistics_by_quarter_hour')).toEqual([...named, ...parts(FIGURES)]);
    const ofList = ['calling_list', 'calling_list_dbid', 'start_ms'];
    const ofLists = [...ofGroup, ...ofList, ...parts(['hit_ratio', 'time_to_complete_seconds'])];
    expect(columnsOf('list_statistics_by_quarter_hour')).toEqual(ofLists);
    const figures = FIGURES.map((figure) => `${figure}_…`);
    for (const name of [...named, ...ofList, ...figures, ...PARTS.map((part) => `…_${part}`)])
      expect(text).toContain(`\`${name}\``);
  });

  it('has queries that give what was posted', () => {
    const day = new Date(TODAY_MS).toISOString().slice(0, 10);
    const [row, ...others] = db.prepare(byDay).all();
    expect(others).toEqual([]);
    expect(row).toMatchObject({ day, source: 'default', dbid: '101', overdial_ratio_max: 0.3 });
    expect(row).toHaveProperty('hit_ratio', expect.closeTo(0.4, 9));
    expect(db.prepare(ofLists).all()).toEqual([
      { calling_list: 'worse', hit_ratio: expect.closeTo(0.05, 9) as number },
      { calling_list: 'better', hit_ratio: expect.closeTo(0.4, 9) as number },
    ]);
  });
});
