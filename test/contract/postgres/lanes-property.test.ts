/** Several receivers on one database, at once: whatever a network does, the sorted set of survivors decides. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Notification } from '../../../src/domain/notification.js';
import { definition, withoutId } from '../../support/histories.js';
import { openWire, type RunningLane, runningLane } from '../../support/lanes.js';
import { type Delivered, deliveredLife } from '../../support/lives.js';
import { newDatabase, postgresServer } from '../../support/postgres-server.js';

const RUNS = process.env['OCM_TEST_LONG'] === undefined ? 30 : 500;
const DBIDS = ['101', '102'];
/** The second loads so little at once that it has to look again. */
const ROWS_AT_ONCE = [50, 1, 50, 2];

let lanes: RunningLane[] = [];
beforeAll(async () => {
  const server = await postgresServer();
  const database = await newDatabase(server);
  const wire = await openWire(server, database);
  await wire.close();
  lanes = await Promise.all(ROWS_AT_ONCE.map(async (rows) => runningLane(server, database, rows)));
});
afterAll(async () => {
  await Promise.all(lanes.map(async ({ wire }) => wire.close()));
});

let worlds = 0;

/** Into a source of its own, each batch by the next lane that is free in its turn. */
async function deliver({ batches }: Delivered, receivers: number) {
  const source = `world-${String(worlds++)}`;
  const counted = { made: 0, withdrawn: 0 };
  const work = lanes.slice(0, receivers).map(async (lane, n) => {
    for (const batch of batches.filter((_, index) => index % receivers === n)) {
      const { made, withdrawn } = await lane.run(commitOf(lane, source, batch));
      counted.made += made;
      counted.withdrawn += withdrawn;
    }
  });
  await Promise.all(work);
  return { source, counted };
}

function commitOf({ lane, stores }: RunningLane, source: string, batch: readonly Notification[]) {
  const groups = [...new Set(batch.map(({ dbid }) => dbid))];
  const claims = groups.map((dbid) => ({ kind: 'lock group', values: [source, dbid] }));
  return lane.perform(() => {
    const counted = { made: 0, withdrawn: 0 };
    for (const notification of batch) {
      const { made, withdrawn } = stores.campaigns.apply({ ...notification, source });
      counted.made += made.length;
      counted.withdrawn += withdrawn.length;
    }
    return counted;
  }, claims);
}

/** As a lane that did nothing of it reads it. */
function storedOf({ lane, tables, stores }: RunningLane, source: string, dbid: string) {
  return lane.perform(() => {
    const groupNo = tables.groups.find(source, dbid)?.groupNo;
    const steps = groupNo === undefined ? [] : [...tables.steps.newestFirst(groupNo, Infinity)].reverse();
    const samples = groupNo === undefined ? [] : stores.evidence.uncompacted(groupNo);
    return {
      groupNo,
      transitions: steps.flatMap(({ transition }) => transition ?? []),
      samples: samples.length,
      state: stores.campaigns.snapshot(source, dbid)?.state,
    };
  });
}

describe('history in one database, over random lives', () => {
  it('is that of the sorted set of survivors, told by two and four receivers at once, and counts add up', async () => {
    await fc.assert(
      fc.asyncProperty(deliveredLife(DBIDS), fc.constantFrom(2, 4), async (delivered, receivers) => {
        const { source, counted } = await deliver(delivered, receivers);
        let stored = 0;
        for (const dbid of DBIDS) {
          const expected = definition(delivered.survivors, dbid);
          const reader = lanes[receivers % lanes.length] ?? lanes[0];
          if (reader === undefined) throw new Error('no lane is open');
          const { transitions, state } = await reader.run(storedOf(reader, source, dbid));
          stored += transitions.length;
          expect(transitions.map(withoutId)).toEqual(expected.transitions);
          expect(new Set(transitions.map(({ id }) => id)).size).toBe(transitions.length);
          expect(state).toBe(expected.current?.bearing.state);
        }
        expect(counted.made - counted.withdrawn).toBe(stored);
      }),
      { numRuns: RUNS },
    );
  });
});
