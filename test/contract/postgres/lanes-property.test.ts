/**
 * Several receivers on one database, at once: whatever a network does, the sorted set of survivors decides, and all that
 * people and programs are shown of it, ids included, is what SQLite says when it is told the same.
 *
 * Ids of groups and of transitions are made of what was said, and are compared. What cannot be compared is the store's own:
 * numbers of groups, statements, lists and journal rows, which SQLite counts and PostgreSQL makes of contents; numbers of
 * changes that a stream resumes from, which say in which order commits were made; and, with them, which transitions were made
 * and withdrawn on the way: that follows from who came first. What is left of these, id by id, is compared.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openForWriting } from '../../../src/sqlite/database.js';
import { campaignTables } from '../../../src/sqlite/campaign-tables.js';
import { openHistory, prepareDatabase } from '../../support/campaign-stores.js';
import { removeFolder } from '../../support/folders.js';
import { definition, withoutId } from '../../support/histories.js';
import { LaneWorlds, told } from '../../support/lane-worlds.js';
import { deliveredLife, deliverTo } from '../../support/lives.js';
import { postgresServer } from '../../support/postgres-server.js';

const RUNS = process.env['OCM_TEST_LONG'] === undefined ? 30 : 500;
const DBIDS = ['101', '102'];
/** The second loads so little at once that it has to look again. */
const ROWS_AT_ONCE = [50, 1, 50, 2];

const folder = mkdtempSync(join(tmpdir(), 'ocm-lanes-'));
const db = openForWriting(join(folder, 'lanes.db'));
prepareDatabase(db);
// Nothing here is about power cuts.
db.pragma('synchronous = OFF');
const sqlite = openHistory(campaignTables(db));

let worlds: LaneWorlds;
beforeAll(async () => {
  worlds = await LaneWorlds.open(await postgresServer(), ROWS_AT_ONCE);
});
afterAll(async () => {
  await worlds.close();
  db.close();
  removeFolder(folder);
});

let delivered = 0;

describe('history in one database, over random lives', () => {
  it('is that of the sorted set of survivors, told by two and four receivers at once, and that of SQLite', async () => {
    await fc.assert(
      fc.asyncProperty(deliveredLife(DBIDS), fc.constantFrom(2, 4), async ({ batches, survivors }, receivers) => {
        const source = `world-${String(delivered++)}`;
        const times = await worlds.deliver({ batches }, receivers, source);
        const ofSource = batches.map((batch) => batch.map((notification) => ({ ...notification, source })));
        deliverTo(sqlite.campaigns, ofSource, 1, (batch) => {
          db.transaction(batch)();
        });
        const ids: string[] = [];
        for (const dbid of DBIDS) {
          const expected = definition(survivors, dbid);
          const stored = await worlds.read(receivers, ({ tables, stores }) =>
            told(tables, stores.campaigns, { source, dbid }),
          );
          expect(stored.transitions.map(withoutId)).toEqual(expected.transitions);
          expect(stored.snapshot?.state).toBe(expected.current?.bearing.state);
          expect(stored).toEqual(told(sqlite.tables, sqlite.campaigns, { source, dbid }));
          ids.push(...stored.transitions.map(({ id }) => id));
        }
        expect([...times].filter(([, n]) => n !== 0).sort()).toEqual(ids.map((id) => [id, 1]).sort());
      }),
      { numRuns: RUNS },
    );
  });
});
