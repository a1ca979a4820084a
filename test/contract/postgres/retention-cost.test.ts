/** What retention and a removal read, which hold up posts: it grows with the groups, not with their square. */
import { expect, it } from 'vitest';
import type { PostgresWriter } from '../../../src/postgres/writer.js';
import { aBody } from '../../support/bodies.js';
import { blockingWire } from '../../support/blocking.js';
import { aDelivery } from '../../support/callback-writer.js';
import { T0 } from '../../support/notifications.js';
import { openPostgresWriter, serverWith } from '../../support/postgres-writer.js';
import { newDatabase, postgresServer } from '../../support/postgres-server.js';
import { dateTime, STARTED } from '../../support/posts.js';

const GROUPS = 40;
const SOURCE = 'default';
const hold = { source: 'another', group: null, untilMs: T0 + 3_600_000, why: 'a complaint' };

const post = (group: number) => {
  const body = aBody({ ...STARTED, GSW_DATE_TIME: dateTime(T0), GSW_CAMPAIGN_GROUP_DBID: String(group) });
  return aDelivery('campaign-group-state', body, { receivedAtMs: T0 });
};

interface Cost {
  readonly rows: number;
  readonly exchanges: number;
}

/** What work of a writer reads per group, of a database that has so many; `before` is not counted. */
async function costOf<T>(
  work: (writer: PostgresWriter) => Generator<unknown, T>,
  before: (writer: PostgresWriter) => void = () => undefined,
): Promise<Cost & { readonly result: T }> {
  const server = await postgresServer();
  const wire = blockingWire(serverWith(server, await newDatabase(server)), 20_000);
  const writer = openPostgresWriter(serverWith(server, ''), { wire });
  try {
    writer.commit(Array.from({ length: GROUPS }, (_, group) => post(group + 1)));
    before(writer);
    const exchange = wire.exchange.bind(wire);
    const read = { rows: 0, exchanges: 0 };
    wire.exchange = (statements) => {
      const answers = exchange(statements);
      read.exchanges++;
      statements.forEach(({ text }, n) => {
        if (text.includes('FROM campaign_groups AS t')) read.rows += answers[n]?.rows.length ?? 0;
      });
      return answers;
    };
    const run = work(writer);
    let step = run.next();
    while (step.done !== true) step = run.next();
    return { result: step.value, rows: read.rows / GROUPS, exchanges: read.exchanges / GROUPS };
  } finally {
    writer.close();
  }
}

it.each([
  ['nothing is held', () => undefined],
  ['a source is held', (writer: PostgresWriter) => writer.hold(hold)],
])('retention reads each group a few times where %s', async (_, before) => {
  const { result, rows, exchanges } = await costOf((writer) => writer.retain(), before);
  expect(result.failed).toEqual([]);
  // It looks three times at each of them, though nothing of them goes; the first of a slice is read by its number as well.
  expect(rows).toBeGreaterThanOrEqual(3);
  expect(rows).toBeLessThanOrEqual(8);
  expect(exchanges).toBeLessThanOrEqual(8);
});

it('a removal reads each group a few times', async () => {
  const { rows, exchanges } = await costOf((writer) => writer.forget({ source: SOURCE, group: null, dryRun: false }));
  expect(rows).toBeLessThanOrEqual(20);
  expect(exchanges).toBeLessThanOrEqual(40);
});
