import fc from 'fast-check';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deriveSessions, type Session } from '../../../src/domain/history.js';
import { type Connection, openForWriting } from '../../../src/sqlite/database.js';
import { snapshotOf } from '../../../src/apply/group-head.js';
import { sessionsPage } from '../../../src/reports/sessions.js';
import { SessionReader } from '../../../src/sqlite/readers/session-reader.js';
import { migrate } from '../../../src/sqlite/migrate.js';
import { transitionOf, type StepRow } from '../../../src/apply/stored/step-row.js';
import { openCampaigns } from '../../support/campaign-stores.js';
import { removeFolder } from '../../support/folders.js';
import { emptyCampaigns } from '../../support/held-evidence.js';
import { definition, withoutId } from '../../support/histories.js';
import { type Delivered, deliveredLife, deliverTo } from '../../support/lives.js';
import { randomRuns } from '../../support/random-runs.js';

/** Two lives each. The logic itself goes through many more of them in memory: test/unit/apply/history-property.test.ts. */
const RUNS = randomRuns(80);

const folder = mkdtempSync(join(tmpdir(), 'ocm-history-'));
let db: Connection;
beforeAll(() => {
  db = openForWriting(join(folder, 'history.db'));
  migrate(db);
});
afterAll(() => {
  db.close();
  removeFolder(folder);
});

const openStore = () => openCampaigns(db, { maxHeads: 3 });

function storedTransitions(source: string, dbid: string) {
  const rows = db
    .prepare(
      `SELECT s.* FROM steps AS s JOIN campaign_groups AS g ON g.group_no = s.group_no
       WHERE g.source = ? AND g.dbid = ? AND s.transition_id IS NOT NULL
       ORDER BY s.at_ms, s.action_rank, s.content_digest`,
    )
    .all(source, dbid) as StepRow[];
  return rows.map((row) => transitionOf(row, String(row.transition_id)));
}

/** Sessions as the reader and the view for reports have them, oldest first. */
function storedSessions(source: string, dbid: string): Session[] {
  const groupNo = db
    .prepare('SELECT group_no FROM campaign_groups WHERE source = ? AND dbid = ?')
    .pluck()
    .get(source, dbid);
  if (groupNo === undefined) return [];
  const everything = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER };
  const { items } = sessionsPage(new SessionReader(db).rowsOf(Number(groupNo)), everything, {
    limit: 1000,
    cursor: null,
  });
  const sessions = [...items].reverse().map(({ startMs, endMs, firstSeenMs }) => ({ startMs, endMs, firstSeenMs }));
  const facts = db
    .prepare(
      `SELECT START_TS, END_TS FROM CAMPAIGN_GROUP_SESSION_FACT AS f
       JOIN campaign_group_lives AS l ON l.fact_key = f.CAMP_GROUP_SESSION_FACT_KEY
       WHERE SOURCE = ? AND CAMPAIGN_GROUP_DBID = ? ORDER BY l.at_ms, l.action_rank, l.content_digest`,
    )
    .raw()
    .all(source, dbid);
  const seconds = (ms: number | null) => (ms === null ? null : Math.floor(ms / 1000));
  expect(facts).toEqual(sessions.map(({ startMs, endMs }) => [seconds(startMs), seconds(endMs)]));
  return sessions;
}

let world = 0;
/** Delivers into a source of its own. */
function deliver({ batches }: Delivered, receivers: number) {
  const source = `world-${String(world++)}`;
  const store = openStore();
  const ofSource = batches.map((batch) => batch.map((notification) => ({ ...notification, source })));
  const counted = deliverTo(store, ofSource, receivers, (batch) => {
    db.transaction(batch)();
  });
  return { source, store, counted };
}

const DBIDS = ['101', '102'];

describe('history in the store, over random lives', () => {
  it('is that of the sorted set of survivors, however they arrived, and counts add up', { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(deliveredLife(DBIDS), fc.integer({ min: 1, max: 2 }), (delivered, receivers) => {
        const { source, store, counted } = deliver(delivered, receivers);
        let stored = 0;
        for (const dbid of DBIDS) {
          const expected = definition(delivered.survivors, dbid);
          const transitions = storedTransitions(source, dbid);
          stored += transitions.length;
          expect(transitions.map(withoutId)).toEqual(expected.transitions);
          expect(new Set(transitions.map(({ id }) => id)).size).toBe(transitions.length);
          const inOrder = [...transitions].sort((a, b) => (a.sortKey < b.sortKey ? -1 : 1));
          expect(inOrder.map(({ id }) => id)).toEqual(transitions.map(({ id }) => id));
          expect(storedSessions(source, dbid)).toEqual(deriveSessions(expected.transitions));
        }
        expect(counted.made - counted.withdrawn).toBe(stored);
        const snapshots = new Map(
          DBIDS.map((dbid) => store.heads.snapshot(source, dbid))
            .filter((snapshot) => snapshot !== null)
            .map((snapshot) => [snapshot.groupNo, snapshot]),
        );
        store.dropMemory();
        for (const head of store.heads.load()) {
          if (head.source !== source) continue;
          const { current } = definition(delivered.survivors, head.dbid);
          expect(snapshotOf(head)?.state).toBe(current?.bearing.state);
          expect(head.newest?.bearing).toEqual(current?.bearing);
          const kept = snapshots.get(head.groupNo);
          expect(kept).toEqual(snapshotOf(head));
        }
        emptyCampaigns(db);
      }),
      { numRuns: RUNS },
    );
  });

  it('replaces an inferred transition by its late original', () => {
    fc.assert(
      fc.property(deliveredLife(['101']), fc.nat(), (delivered, pick) => {
        const { notifications } = delivered.life;
        const index = pick % notifications.length;
        const late = notifications[index];
        if (!late) return;
        const rest = notifications.filter((_, other) => other !== index);
        const { source } = deliver({ ...delivered, survivors: notifications, batches: [rest, [late]] }, 1);
        expect(storedTransitions(source, '101').map(withoutId)).toEqual(definition(notifications, '101').transitions);
        emptyCampaigns(db);
      }),
      { numRuns: RUNS },
    );
  }, 120_000);
});
