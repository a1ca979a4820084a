/** What a run of retention reads, which holds up posts: it grows with the groups, not with their square. */
import { expect, it } from 'vitest';
import { aBody } from '../../support/bodies.js';
import { blockingWire } from '../../support/blocking.js';
import { aDelivery } from '../../support/callback-writer.js';
import { T0 } from '../../support/notifications.js';
import { openPostgresWriter, serverWith } from '../../support/postgres-writer.js';
import { newDatabase, postgresServer } from '../../support/postgres-server.js';
import { dateTime, STARTED } from '../../support/posts.js';

const GROUPS = 40;
/** Three times all groups are looked at: each is read as one that comes next, and by its number in the slice that goes on with it. */
const ROWS_PER_GROUP = 8;
const EXCHANGES_PER_GROUP = 8;

const post = (group: number) => {
  const body = aBody({ ...STARTED, GSW_DATE_TIME: dateTime(T0), GSW_CAMPAIGN_GROUP_DBID: String(group) });
  return aDelivery('campaign-group-state', body, { receivedAtMs: T0 });
};

it.each([
  ['nothing is held', null],
  ['a source is held', 'another'],
])('reads each group a few times where %s', async (_, source) => {
  const server = await postgresServer();
  const wire = blockingWire(serverWith(server, await newDatabase(server)), 20_000);
  const writer = openPostgresWriter(serverWith(server, ''), { wire });
  try {
    writer.commit(Array.from({ length: GROUPS }, (_, group) => post(group + 1)));
    if (source !== null) writer.hold({ source, group: null, untilMs: T0 + 3_600_000, why: 'a complaint' });
    const exchange = wire.exchange.bind(wire);
    let exchanges = 0;
    let rowsRead = 0;
    wire.exchange = (statements) => {
      exchanges++;
      const answers = exchange(statements);
      statements.forEach(({ text }, n) => {
        if (text.includes('FROM campaign_groups AS t')) rowsRead += answers[n]?.rows.length ?? 0;
      });
      return answers;
    };
    const run = writer.retain();
    let step = run.next();
    while (step.done !== true) step = run.next();
    expect(step.value.failed).toEqual([]);
    // It looks at each of them, though nothing of them goes.
    expect(rowsRead).toBeGreaterThanOrEqual(GROUPS);
    expect(rowsRead).toBeLessThanOrEqual(ROWS_PER_GROUP * GROUPS);
    expect(exchanges).toBeLessThanOrEqual(EXCHANGES_PER_GROUP * GROUPS);
  } finally {
    writer.close();
  }
});
