/** What a lane loads for a batch: in as few round trips for many deliveries as for few. */
import { expect, it } from 'vitest';
import { commitThrough, judgedOf } from '../../../src/postgres/lane-commit.js';
import { converse } from '../../../src/postgres/lane-driver.js';
import { aBody } from '../../support/bodies.js';
import { aDelivery, outcomesOf } from '../../support/callback-writer.js';
import { runningLane } from '../../support/lanes.js';
import { T0 } from '../../support/notifications.js';
import { LOADED } from '../../support/posts.js';
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
