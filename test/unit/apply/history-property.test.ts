/** The logic of history over random lives, in memory: whatever a network does, the sorted set of survivors decides. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CampaignStore } from '../../../src/apply/campaigns.js';
import { snapshotOf } from '../../../src/apply/group-head.js';
import type { CampaignTables } from '../../../src/apply/tables.js';
import { deriveSessions } from '../../../src/domain/history.js';
import { isReload } from '../../../src/domain/transition.js';
import { ENUMERATIONS } from '../../../src/ocs/enumerations.js';
import { definition, withoutId } from '../../support/histories.js';
import { type Delivered, deliveredLife, deliverTo } from '../../support/lives.js';
import { CampaignRows, memoryCampaigns } from '../../support/memory-campaigns.js';
import { UndoLog } from '../../support/memory-rows.js';
import { digest } from '../../support/notifications.js';

const RUNS = 20_000;
/** Of properties of the definition alone, which the one above stands on. */
const FEW = 1000;
const DBIDS = ['101', '102'];

/** What a store of its own holds of it. */
function deliver({ batches }: Delivered, receivers: number) {
  let lastNo = 0;
  const tables = memoryCampaigns(new CampaignRows(new UndoLog()), () => ++lastNo);
  const campaigns = new CampaignStore(tables, { enumerations: ENUMERATIONS, digest, maxHeads: 3 });
  return { tables, campaigns, counted: deliverTo(campaigns, batches, receivers) };
}

function storedTransitions({ groups, steps }: CampaignTables, dbid: string) {
  const groupNo = groups.find('default', dbid)?.groupNo;
  if (groupNo === undefined) return [];
  return [...steps.newestFirst(groupNo, Infinity)].reverse().flatMap(({ transition }) => transition ?? []);
}

describe('history, over random lives in memory', () => {
  it('is that of the sorted set of survivors, however they arrived, and counts add up', { timeout: 300_000 }, () => {
    fc.assert(
      fc.property(deliveredLife(DBIDS), fc.integer({ min: 1, max: 2 }), (delivered, receivers) => {
        const { tables, campaigns, counted } = deliver(delivered, receivers);
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
      }),
      { numRuns: RUNS },
    );
  });

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
