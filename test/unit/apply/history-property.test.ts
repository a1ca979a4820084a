/** The logic of history over random lives, in memory: whatever a network does, the sorted set of survivors decides. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CampaignStore } from '../../../src/apply/campaigns.js';
import { Compaction } from '../../../src/apply/compaction.js';
import { Evidence } from '../../../src/apply/evidence.js';
import { snapshotOf } from '../../../src/apply/group-head.js';
import type { CampaignTables } from '../../../src/apply/tables.js';
import { addToQuarter, type QuarterHour, quarterOf } from '../../../src/evidence/quarter-hours.js';
import { placeMs } from '../../../src/evidence/sample.js';
import { listsContent, statementContent, statisticsContent } from '../../../src/domain/identity.js';
import type { RecordedTransition } from '../../../src/domain/campaign-group.js';
import type { Notification } from '../../../src/domain/notification.js';
import { deriveSessions } from '../../../src/domain/history.js';
import { isReload } from '../../../src/domain/transition.js';
import { ENUMERATIONS } from '../../../src/ocs/enumerations.js';
import { expectEqual } from '../../support/equal.js';
import { definition, withoutId } from '../../support/histories.js';
import { type Delivered, deliveredLife, deliverTo } from '../../support/lives.js';
import { CampaignRows, memoryCampaigns } from '../../support/memory-campaigns.js';
import { UndoLog } from '../../support/memory-rows.js';
import { aNotification, digest, T0 } from '../../support/notifications.js';
import { randomRuns } from '../../support/random-runs.js';

const RUNS = randomRuns(5000);
/** Of properties of the definition alone, which the one above stands on. */
const FEW = randomRuns(400);
const DBIDS = ['101', '102'];
const GUID = '3f2504e0-4f89-11d3-9a0c-0305e82c1001';
const OTHER_GUID = '3f2504e0-4f89-11d3-9a0c-0305e82c1002';

/** After which batches evidence is compacted, as bits. */
const compacted = fc.oneof(fc.constant(0), fc.constant(0xffff), fc.integer({ min: 0, max: 0xffff }));

/** What a store of its own holds of it. */
function deliver({ batches }: Pick<Delivered, 'batches'>, receivers: number, compactions = 0) {
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

const FIGURES = ['busyRatio', 'hitRatio', 'overdialRatio', 'timeToCompleteSeconds'] as const;

/** Sums of figures are added in another order: they agree but for the last digits. */
const sumsOf = (quarter: QuarterHour | null) => FIGURES.map((name) => quarter?.figures[name]?.sum ?? 0);
const withoutSums = (quarter: QuarterHour | null) =>
  quarter && {
    ...quarter,
    figures: FIGURES.map((name) => quarter.figures[name] && { ...quarter.figures[name], sum: 0 }),
  };

/** Whether ids are distinct and sort keys ascend. */
function isOrdered(transitions: readonly RecordedTransition[]): boolean {
  const isNext = ({ sortKey }: RecordedTransition, n: number) => sortKey >= (transitions[n - 1]?.sortKey ?? '');
  return new Set(transitions.map(({ id }) => id)).size === transitions.length && transitions.every(isNext);
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
          const expected = DBIDS.map((dbid) => definition(delivered.survivors, dbid));
          const stored = DBIDS.map((dbid) => storedTransitions(tables, dbid));
          const known = DBIDS.map((dbid) => campaigns.heads.snapshot('default', dbid));
          campaigns.dropMemory();
          const knownAgain = DBIDS.map((dbid) => campaigns.heads.snapshot('default', dbid));
          const heads = [...campaigns.heads.load()];
          expectEqual(
            {
              transitions: stored.map((transitions) => transitions.map(withoutId)),
              isOrdered: stored.map(isOrdered),
              left: counted.made - counted.withdrawn,
              knownAgain,
              heads: heads.map((head) => [snapshotOf(head)?.state, head.newest?.bearing]),
            },
            {
              transitions: expected.map(({ transitions }) => transitions),
              isOrdered: DBIDS.map(() => true),
              left: stored.flat().length,
              knownAgain: known,
              heads: heads.map(({ dbid }) => {
                const { current } = expected[DBIDS.indexOf(dbid)] ?? { current: null };
                return [current?.bearing.state, current?.bearing];
              }),
            },
          );
        },
      ),
      { numRuns: RUNS },
    );
  });

  it('carries a GUID that is said late on to the newest post, which says none: another one proves a reload', () => {
    const said = (atMs: number, stateCode: number, actionCode: number, guid: string) => {
      const { statement } = aNotification();
      const attributes = { ...statement.attributes, guid };
      return aNotification({
        dbid: '101',
        atMs: T0 + atMs,
        statement: { ...statement, stateCode, actionCode, attributes },
      });
    };
    const survivors = [said(0, 4, 7, ''), said(10, 4, 10, GUID), said(20, 2, 8, ''), said(30, 1, 8, OTHER_GUID)];
    const batches = [0, 2, 1, 3].flatMap((n) => survivors[n] ?? []).map((one) => [one]);
    const { tables } = deliver({ batches }, 1);
    const { transitions } = definition(survivors, '101');
    expect(transitions.at(-1)?.impliedSteps).toContain('load');
    expect(storedTransitions(tables, '101').map(withoutId)).toEqual(transitions);
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
              const quarters = [...new Set(before.map((sample) => quarterOf(placeMs(sample))))].map((startMs) => {
                const added = addToQuarter(
                  null,
                  before.filter((sample) => quarterOf(placeMs(sample)) === startMs),
                );
                return { added, stored: tables.quarters.quarter(groupNo, startMs) };
              });
              expect(quarters.map(({ stored }) => withoutSums(stored))).toEqual(
                quarters.map(({ added }) => withoutSums(added)),
              );
              const off = quarters.flatMap(({ stored, added }) => {
                const sums = sumsOf(stored);
                return sumsOf(added).map((sum, n) => Math.abs(sum - (sums[n] ?? 0)));
              });
              expect(Math.max(0, ...off)).toBeLessThan(5e-10);
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
        const { tables } = deliver({ batches: [rest, [late]] }, 1);
        expect(storedTransitions(tables, '101').map(withoutId)).toEqual(definition(notifications, '101').transitions);
      }),
      { numRuns: FEW },
    );
  });
});
