/** What a lane knows of groups from batch to batch, while others write to the same ones. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compactSome } from '../../../src/postgres/compaction.js';
import { commitThrough, judgedOf } from '../../../src/postgres/lane-commit.js';
import { converse } from '../../../src/postgres/lane-driver.js';
import type { Delivery } from '../../../src/domain/store.js';
import type { Talk } from '../../../src/postgres/lane.js';
import { aBody, type BodyParts } from '../../support/bodies.js';
import { aDelivery, outcomesOf } from '../../support/callback-writer.js';
import { type RunningLane, runningLane } from '../../support/lanes.js';
import { T0 } from '../../support/notifications.js';
import { dateTime, LOADED, STARTED } from '../../support/posts.js';
import { newDatabase, onDatabase, postgresServer, type Server } from '../../support/postgres-server.js';
import { judges } from '../../support/stores.js';

let server: Server;
let database: string;
let ours: RunningLane;
let theirs: RunningLane;
beforeEach(async () => {
  server = await postgresServer();
  database = await newDatabase(server);
  ours = await runningLane(server, database);
  theirs = await runningLane(server, database);
});
afterEach(async () => {
  await ours.wire.close();
  await theirs.wire.close();
});

/** Tables that were read on the way, and in how many exchanges. */
async function readBy<T>({ wire }: RunningLane, spoken: Talk<T>) {
  const read = new Set<string>();
  let exchanges = 0;
  const noting: typeof wire.exchange = async (statements) => {
    exchanges++;
    for (const { text } of statements) for (const [, table = ''] of text.matchAll(/FROM (\w+) AS t/g)) read.add(table);
    return wire.exchange(statements);
  };
  const value = await converse({ exchange: noting }, spoken);
  return { value, read: [...read].sort(), exchanges };
}

const deliveryOf = (seconds: number, parts: BodyParts) => {
  const atMs = T0 + seconds * 1000;
  const body = aBody({ GSW_DATE_TIME: dateTime(atMs), ...parts });
  return aDelivery('campaign-group-state', body, { receivedAtMs: atMs });
};
const committingAll = ({ lane, transactions }: RunningLane, deliveries: readonly Delivery[]) =>
  commitThrough(lane, transactions, judgedOf(judges, deliveries, T0 + 3_600_000));
const committing = (lane: RunningLane, seconds: number, parts: BodyParts) =>
  committingAll(lane, [deliveryOf(seconds, parts)]);

async function commit(lane: RunningLane, seconds: number, parts: BodyParts) {
  const { value, read } = await readBy(lane, committing(lane, seconds, parts));
  return { outcomes: outcomesOf(value), read };
}

const lists = (...dbids: readonly string[]) => ({
  GSW_CALLING_LISTS: dbids.map((dbid) => {
    return { GSW_CALLING_LIST: `List ${dbid}`, GSW_CALLING_LIST_DBID: dbid, GSW_STAT_HIT_RATIO: 0.5 };
  }),
});

const ALL_OF_IT = ['chunks', 'journal', 'repeats', 'standing_samples', 'statements', 'steps'];

describe('a lane that wrote to a group', () => {
  beforeEach(async () => {
    await commit(ours, 0, LOADED);
    await commit(ours, 10, STARTED);
  });

  it('reads nothing more of it for posts in order', async () => {
    const { outcomes, read } = await commit(ours, 20, STARTED);
    expect(outcomes).toEqual(['refresh']);
    expect(read).toEqual([]);
  });

  it('reads what a group looks at that says something new, or is new, in one exchange', async () => {
    const { value, exchanges } = await readBy(ours, committing(ours, 20, LOADED));
    expect([outcomesOf(value), exchanges]).toEqual([['transition'], 2]);
    const other = { GSW_CAMPAIGN_GROUP_DBID: '102', GSW_CAMPAIGN_NAME: 'Autumn', GSW_GROUP_NAME: 'Others' };
    const ofOther = await readBy(ours, committing(ours, 20, { ...STARTED, ...other }));
    expect([outcomesOf(ofOther.value), ofOther.exchanges]).toEqual([['transition'], 2]);
  });

  it('reads what a group looks at that says one thing after the other in a batch, in one exchange', async () => {
    const life = [LOADED, STARTED, LOADED, STARTED].map((parts, n) => deliveryOf(20 + n, parts));
    const { value, read, exchanges } = await readBy(ours, committingAll(ours, life));
    expect([outcomesOf(value), exchanges]).toEqual([life.map(() => 'transition'), 2]);
    // A drain would read the whole journal of each group.
    expect(read).not.toContain('chunks');
  });

  it('reads what late posts look at in one exchange, as a drain has them beside live posts', async () => {
    await commit(ours, 100, STARTED);
    const late = [LOADED, STARTED, LOADED, STARTED].map((parts, n) => deliveryOf(20 + n, parts));
    const { value, exchanges } = await readBy(ours, committingAll(ours, late));
    expect([outcomesOf(value), exchanges]).toEqual([late.map(() => 'late'), 2]);
  });

  it('reads nothing more of it where it has calling lists, until it has another or another one wrote of it', async () => {
    await commit(ours, 20, { ...STARTED, ...lists('1', '2') });
    expect(await commit(ours, 30, { ...STARTED, ...lists('1', '2') })).toEqual({ outcomes: ['refresh'], read: [] });
    expect(await commit(ours, 40, { ...STARTED, ...lists('3', '2') })).toEqual({ outcomes: ['refresh'], read: [] });
    await commit(theirs, 50, { ...STARTED, ...lists('4', '1') });
    expect((await commit(ours, 60, { ...STARTED, ...lists('1', '3', '4') })).read).toContain('calling_lists');
    // Once in doubt, it looks first.
    await commit(ours, 70, { ...STARTED, ...lists('4') });
    expect(await commit(ours, 80, { ...STARTED, ...lists('4') })).toEqual({ outcomes: ['refresh'], read: [] });
    expect(await commit(theirs, 80, { ...STARTED, ...lists('4') })).toMatchObject({ outcomes: ['duplicate'] });
    const named = await onDatabase(server, database, async (client) =>
      client.query<{ names: string }>(`SELECT string_agg(name, ' ' ORDER BY place) AS names FROM calling_lists`),
    );
    expect(named.rows).toEqual([{ names: 'List 1 List 2 List 3 List 4' }]);
  });

  it('keeps no lists of a group that has very many', async () => {
    const many = Array.from({ length: 21 }, (_, n) => String(n));
    for (const seconds of [20, 30]) await commit(ours, seconds, { ...STARTED, ...lists(...many) });
    expect((await commit(ours, 40, { ...STARTED, ...lists(...many) })).read).toContain('calling_lists');
  });

  it('reads it again when another one wrote to it, in order or late', async () => {
    await commit(theirs, 20, STARTED);
    expect((await commit(ours, 20, STARTED)).outcomes).toEqual(['duplicate']);
    // Once in doubt, it looks first; then it trusts what it has again.
    expect((await commit(ours, 30, STARTED)).read).toEqual(['journal', 'kept_numbers']);
    expect((await commit(ours, 40, STARTED)).read).toEqual([]);
    await commit(theirs, 5, LOADED);
    const { outcomes, read } = await commit(ours, 5, LOADED);
    expect(outcomes).toEqual(['duplicate']);
    expect(read).toEqual(expect.arrayContaining(ALL_OF_IT));
  });

  it('reads it again when another one changed it without a row of its journal', async () => {
    await theirs.run(
      theirs.lane.perform(() => {
        const [groupNo = 0] = theirs.tables.retention.groupNosAfter(0, 1);
        return theirs.tables.retention.removeSteps(groupNo, T0 + 1, 10);
      }),
    );
    expect((await commit(ours, 20, STARTED)).read).toEqual(expect.arrayContaining(ALL_OF_IT));
  });

  it('goes on as it is when another one moved what it has into chunks', async () => {
    expect(await theirs.run(compactSome(theirs, T0 + 36_000_000))).toBe(1);
    expect((await commit(ours, 20, STARTED)).read).toEqual([]);
    expect((await commit(theirs, 20, STARTED)).outcomes).toEqual(['duplicate']);
    expect((await commit(ours, 10, STARTED)).outcomes).toEqual(['duplicate']);
  });

  it('begins it anew when nothing is left of it', async () => {
    await onDatabase(server, database, async (client) =>
      client.query('DELETE FROM campaign_groups; DELETE FROM journal'),
    );
    expect((await commit(ours, 20, STARTED)).outcomes).toEqual(['transition']);
  });

  it('knows it as it stands after what it had done itself was undone', async () => {
    const failing = committing(ours, 20, STARTED);
    const exchange: typeof ours.wire.exchange = async (statements) => {
      if (statements.some(({ text }) => text === 'COMMIT')) throw new Error('played');
      return ours.wire.exchange(statements);
    };
    await expect(converse({ exchange }, failing)).rejects.toThrow('played');
    expect((await commit(ours, 20, STARTED)).outcomes).toEqual(['refresh']);
  });
});
