/** What a lane loads for a batch: in as few round trips for many deliveries as for few. */
import { expect, it } from 'vitest';
import type { Judged } from '../../../src/apply/commit.js';
import { commitThrough, judgedOf } from '../../../src/postgres/lane-commit.js';
import { converse } from '../../../src/postgres/lane-driver.js';
import { aBody } from '../../support/bodies.js';
import { aDelivery, outcomesOf } from '../../support/callback-writer.js';
import { runningLane } from '../../support/lanes.js';
import { aLegacyEvent } from '../../support/legacy-events.js';
import { T0 } from '../../support/notifications.js';
import { dateTime, LOADED } from '../../support/posts.js';
import { newDatabase, postgresServer } from '../../support/postgres-server.js';
import { judges } from '../../support/stores.js';

it('loads together what new groups look at', async () => {
  const server = await postgresServer();
  const { lane, transactions, wire } = await runningLane(server, await newDatabase(server));
  let dbid = 0;
  /** Round trips of a batch of so many groups that nobody knows. */
  const exchangesOf = async (groups: number) => {
    let exchanges = 0;
    const deliveries = Array.from({ length: groups }, () =>
      aDelivery('campaign-group-state', aBody({ ...LOADED, GSW_CAMPAIGN_GROUP_DBID: String(++dbid) }), {
        receivedAtMs: T0,
      }),
    );
    const judged = judgedOf(judges, deliveries, T0 + 60_000);
    const counting: typeof wire.exchange = async (statements) => {
      exchanges++;
      return wire.exchange(statements);
    };
    const report = await converse({ exchange: counting }, commitThrough(lane, transactions, judged));
    expect(outcomesOf(report)).toEqual(deliveries.map(() => 'transition'));
    return exchanges;
  };
  try {
    expect(await exchangesOf(30)).toBe(await exchangesOf(1));
  } finally {
    await wire.close();
  }
});

it('finds evidence as it is, though a run before was given up behind a post that had been placed', async () => {
  const server = await postgresServer();
  const { lane, stores, tables, transactions, run, wire } = await runningLane(server, await newDatabase(server));
  const loadedAt = (atMs: number) => {
    const body = aBody({ ...LOADED, GSW_DATE_TIME: dateTime(atMs) });
    const delivery = aDelivery('campaign-group-state', body, { receivedAtMs: T0 + 20_000 });
    return judgedOf(judges, [delivery], T0 + 60_000);
  };
  const legacy: Judged = {
    delivery: aDelivery('callback-events', {}),
    judgement: { kind: 'legacy', legacy: aLegacyEvent(), warnings: [] },
  };
  const commit = async (...judged: readonly Judged[]) =>
    outcomesOf(await run(commitThrough(lane, transactions, judged)));
  try {
    expect(await commit(...loadedAt(T0 + 10_000))).toEqual(['transition']);
    // An earlier load, placed at once, and behind it something that looks at what is not loaded.
    expect(await commit(...loadedAt(T0), legacy)).toEqual(['late', 'legacy']);
    const [first] = await run(
      lane.perform(() => {
        const groupNo = tables.groups.find('default', '101')?.groupNo ?? 0;
        return stores.evidence.timesFrom(groupNo, 0, 1);
      }),
    );
    expect(first).toBe(T0);
  } finally {
    await wire.close();
  }
});
