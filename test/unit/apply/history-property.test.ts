/** The logic of history over random lives, in memory: whatever a network does, the sorted set of survivors decides. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CampaignStore } from '../../../src/apply/campaigns.js';
import { Compaction } from '../../../src/apply/compaction.js';
import { Evidence } from '../../../src/apply/evidence.js';
import { snapshotOf } from '../../../src/apply/group-head.js';
import type { CampaignTables } from '../../../src/apply/tables.js';
import { addToQuarter, quarterOf } from '../../../src/evidence/quarter-hours.js';
import { placeMs } from '../../../src/evidence/sample.js';
import { listsContent, statementContent, statisticsContent } from '../../../src/domain/identity.js';
import type { Notification } from '../../../src/domain/notification.js';
import { deriveSessions } from '../../../src/domain/history.js';
import { isReload } from '../../../src/domain/transition.js';
import { ENUMERATIONS } from '../../../src/ocs/enumerations.js';
import { definition, withoutId } from '../../support/histories.js';
import { type Delivered, deliveredLife, deliverTo } from '../../support/lives.js';
import { CampaignRows, memoryCampaigns } from '../../support/memory-campaigns.js';
import { UndoLog } from '../../support/memory-rows.js';
import { digest, T0 } from '../../support/notifications.js';

const RUNS = 20_000;
/** Of properties of the definition alone, which the one above stands on. */
const FEW = 1000;
const DBIDS = ['101', '102'];

/** After which batches evidence is compacted, as bits. */
const compacted = fc.oneof(fc.constant(0), fc.constant(0xffff), fc.integer({ min: 0, max: 0xffff }));

/** What a store of its own holds of it. */
function deliver({ batches }: Delivered, receivers: number, compactions = 0) {
  let [lastNo, batchNo] = [0, 0];
  const tables = memoryCampaigns(new CampaignRows(new UndoLog()), () => ++lastNo);
  const evidence = new Evidence(tables);
  const compaction = new Compaction(tables, evidence);
  const campaigns = new CampaignStore(tables, evidence, { enumerations: ENUMERATIONS, digest, maxHeads: 3 });
  const counted = deliverTo(campaigns, batches, receivers, (commit) => {
    commit();
    if (((compactions >> (batchNo++ % 16)) & 1) === 1) compaction.all(T0);
  });
  return { tables, evidence, compaction, campaigns, counted };
}

/** Each sample of a group once, by what it says and when. */
function samplesOf(notifications: readonly Notification[], dbid: string): string[] {
  const says = ({ atMs, statement, statistics, callingLists }: Notification) =>
    [atMs, statementContent(statement), statisticsContent(statistics), listsContent(callingLists)].join(';');
  return [...new Set(notifications.filter((one) => one.dbid === dbid).map(says))].sort();
}

function storedTransitions({ groups, steps }: CampaignTables, dbid: string) {
  const groupNo = groups.find('default', dbid)?.groupNo;
  if (groupNo === undefined) return [];
  return [...steps.newestFirst(groupNo, Infinity)].reverse().flatMap(({ transition }) => transition ?? []);
}

describe('history, over random lives in memory', () => {
  it('is that of the sorted set of survivors, however they arrived, and counts add up', { timeout: 300_000 }, () => {
    fc.assert(
      fc.property(
        deliveredLife(DBIDS),
        fc.integer({ min: 1, max: 2 }),
        compacted,
        (delivered, receivers, compactions) => {
          const { tables, campaigns, counted } = deliver(delivered, receivers, compactions);
          let stored = 0;
          for (const dbid of DBIDS) {
            const expected = definition(delivered.survivors, dbid);
            const transitions = storedTransitions(tables, dbid);
            stored += transitions.length;
            expect(transitions.map(withoutId)).toEqual(expected.transitions);
            expect(new Set(transitions.map(({ id }) => id)).size).toBe(transitions.length);
            const sortKeys = transitions.map(({ sortKey }) => sortKey);
            expect([...sortKeys].sort()).toEqual(sortKeys);
          }
          expect(counted.made - counted.withdrawn).toBe(stored);
          const known = DBIDS.map((dbid) => campaigns.snapshot('default', dbid));
          campaigns.dropMemory();
          expect(DBIDS.map((dbid) => campaigns.snapshot('default', dbid))).toEqual(known);
          for (const head of campaigns.loadHeads()) {
            const { current } = definition(delivered.survivors, head.dbid);
            expect(snapshotOf(head)?.state).toBe(current?.bearing.state);
            expect(head.newest?.bearing).toEqual(current?.bearing);
          }
        },
      ),
      { numRuns: RUNS },
    );
  });

  it(
    'keeps every sample once, and adds up every quarter of an hour, whenever it is compacted',
    { timeout: 300_000 },
    () => {
      fc.assert(
        fc.property(
          deliveredLife(DBIDS),
          fc.integer({ min: 1, max: 2 }),
          compacted,
          (delivered, receivers, compactions) => {
            const { tables, evidence, compaction } = deliver(delivered, receivers, compactions);
            const stored = (groupNo: number) => evidence.inOrder.placed(groupNo, 0, Number.MAX_SAFE_INTEGER);
            for (const dbid of DBIDS) {
              const groupNo = tables.groups.find('default', dbid)?.groupNo ?? 0;
              const before = stored(groupNo);
              const says = before.map(({ atMs, statementNo, statistics, lists }) => {
                const { statement } = tables.statements.byNo(statementNo);
                const names = new Map(tables.lists.lists(groupNo).map((list) => [list.listNo, list]));
                const listed = lists.map((list) => ({ name: '', dbid: null, ...names.get(list.listNo), ...list }));
                return [atMs, statementContent(statement), statisticsContent(statistics), listsContent(listed)].join(
                  ';',
                );
              });
              expect(says.sort()).toEqual(samplesOf(delivered.survivors, dbid));
              compaction.all(T0);
              expect(tables.journal.bounds()).toBeNull();
              evidence.dropMemory();
              expect(stored(groupNo)).toEqual(before);
              for (const startMs of new Set(before.map((sample) => quarterOf(placeMs(sample))))) {
                const ofQuarter = before.filter((sample) => quarterOf(placeMs(sample)) === startMs);
                const expected = addToQuarter(null, ofQuarter);
                const { figures, ...rest } = tables.quarters.quarter(groupNo, startMs) ?? expected;
                expect(rest).toEqual({ ...expected, figures: undefined });
                for (const [name, figure] of Object.entries(expected.figures)) {
                  const { sum, ...others } = figure ?? { sum: 0 };
                  const { sum: storedSum, ...stored } = figures[name as keyof typeof figures] ?? { sum: 0 };
                  expect(stored).toEqual(others);
                  expect(storedSum).toBeCloseTo(sum, 9);
                }
              }
            }
          },
        ),
        { numRuns: FEW },
      );
    },
  );

  it('infers nothing when nothing was lost, whatever periodic posts repeat', { timeout: 300_000 }, () => {
    fc.assert(
      fc.property(deliveredLife(['101']), (delivered) => {
        const { transitions } = definition(delivered.life.notifications, '101');
        expect(transitions.filter(({ inferred }) => inferred)).toEqual([]);
      }),
      { numRuns: FEW },
    );
  });

  it('keeps every real change inside the interval of the transition that stands for it', { timeout: 300_000 }, () => {
    fc.assert(
      fc.property(deliveredLife(['101']), ({ survivors, life }) => {
        const { transitions } = definition(survivors, '101');
        for (const transition of transitions.filter(({ inferred, notBeforeMs }) => inferred && notBeforeMs !== null)) {
          if (transition.fromState === transition.toState && !isReload(transition)) continue;
          const inside = life.changes.filter(
            ({ atMs }) => atMs > (transition.notBeforeMs ?? 0) && atMs <= transition.atMs,
          );
          expect(inside.length).toBeGreaterThan(0);
        }
      }),
      { numRuns: FEW },
    );
  });

  it(
    'is of one load within a session, wherever a group has a GUID of its own with every load',
    { timeout: 300_000 },
    () => {
      fc.assert(
        fc.property(deliveredLife(['101']), ({ survivors }) => {
          for (const { firstSeenMs, endMs } of deriveSessions(definition(survivors, '101').transitions)) {
            const guids = survivors
              .filter(
                ({ atMs, statement }) => statement.stateCode !== 0 && atMs > firstSeenMs && atMs < (endMs ?? Infinity),
              )
              .map(({ statement }) => statement.attributes.guid)
              .filter((guid) => guid !== '');
            expect(new Set(guids).size).toBeLessThanOrEqual(1);
          }
        }),
        { numRuns: FEW },
      );
    },
  );

  it('replaces an inferred transition by its late original', { timeout: 300_000 }, () => {
    fc.assert(
      fc.property(deliveredLife(['101']), fc.nat(), (delivered, pick) => {
        const { notifications } = delivered.life;
        const index = pick % notifications.length;
        const late = notifications[index];
        if (!late) return;
        const rest = notifications.filter((_, other) => other !== index);
        const { tables } = deliver({ ...delivered, survivors: notifications, batches: [rest, [late]] }, 1);
        expect(storedTransitions(tables, '101').map(withoutId)).toEqual(definition(notifications, '101').transitions);
      }),
      { numRuns: FEW },
    );
  });
});
