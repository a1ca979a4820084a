/** No two receivers wait for each other in a ring: each case is one that did, played step by step. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { commitThrough, judgedOf } from '../../../src/postgres/lane-commit.js';
import { converse } from '../../../src/postgres/lane-driver.js';
import type { Claim } from '../../../src/postgres/not-loaded.js';
import { putting, type Statement } from '../../../src/postgres/statements.js';
import type { Wire } from '../../../src/postgres/wire.js';
import { aBody } from '../../support/bodies.js';
import { aDelivery, eventPost } from '../../support/callback-writer.js';
import { eventually } from '../../support/eventually.js';
import { openWire, type RunningLane, runningLane } from '../../support/lanes.js';
import { T0 } from '../../support/notifications.js';
import {
  emptyDatabase,
  newDatabase,
  onDatabase,
  OTHER_ENGINE,
  postgresServer,
  type Server,
} from '../../support/postgres-server.js';
import { dateTime, LOADED } from '../../support/posts.js';
import { judges } from '../../support/stores.js';

const plain = (text: string): Statement => ({ text, values: [] });
const [BEGIN, COMMIT, ROLLBACK] = ['BEGIN', 'COMMIT', 'ROLLBACK'].map(plain) as [Statement, Statement, Statement];

let server: Server;
let database: string;
let one: RunningLane;
let other: RunningLane;
/** Holds what both wait for, so that it is known who comes first. */
let holder: Wire;
beforeAll(async () => {
  server = await postgresServer();
  database = await newDatabase(server);
});
beforeEach(async () => {
  [one, other] = await Promise.all([runningLane(server, database), runningLane(server, database)]);
  holder = await openWire(server, database);
});
afterEach(async () => {
  await Promise.all([one.wire, other.wire, holder].map(async (wire) => wire.close().catch(() => undefined)));
  await emptyDatabase(server, database);
});
let deadlocks = 0;
afterAll(() => {
  expect(deadlocks).toBe(0);
});

/** As the lane does it, but a deadlock fails: it would try again. */
const watched = (wire: Wire) => ({
  exchange: async (statements: readonly Statement[]) => {
    try {
      return await wire.exchange(statements);
    } catch (error) {
      if (error instanceof Error && error.message.includes('deadlock')) deadlocks++;
      throw error;
    }
  },
});

async function perform({ lane, wire }: RunningLane, work: () => void, claims: readonly Claim[] = []) {
  return converse(watched(wire), lane.perform(work, claims));
}

async function post({ lane, transactions, wire }: RunningLane, ...deliveries: Parameters<typeof judgedOf>[1]) {
  return converse(watched(wire), commitThrough(lane, transactions, judgedOf(judges, deliveries, T0 + 60_000)));
}

const groupPost = (dbid: string, { source = 'default', seconds = 0 } = {}) => {
  const body = aBody({ GSW_DATE_TIME: dateTime(T0 + seconds * 1000), GSW_CAMPAIGN_GROUP_DBID: dbid, ...LOADED });
  return aDelivery('campaign-group-state', body, { source });
};

async function untilWaiting(connections: number): Promise<void> {
  await onDatabase(server, 'postgres', async (client) => {
    const text = `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = '${database}' AND wait_event_type = 'Lock'`;
    await eventually(async () => {
      const { rows } = await client.query<{ n: number }>(text);
      expect(rows[0]?.n).toBe(connections);
    });
  });
}

describe('nobody waits in a ring', () => {
  it('who puts a group waits with no row half put, for which others would wait', async () => {
    const put = (...keys: readonly [no: number, dbid: string][]) =>
      putting(
        one.set.sets,
        'group',
        keys.map(([no, dbid]) => ['default', no, dbid, 0]),
      ) ?? ROLLBACK;
    await one.wire.exchange([BEGIN, put([1, '101'])]);
    // There is one of this name: the other waits for what becomes of it.
    const waiting = other.wire.exchange([BEGIN, put([2, '101'])]);
    await untilWaiting(1);
    await one.wire.exchange([put([2, '102']), COMMIT]);
    await waiting;
    await other.wire.exchange([ROLLBACK]);
  });

  it('groups that are asked for by name and by number are locked in one order', async () => {
    await post(one, groupPost('101'), groupPost('102'));
    const numbers = new Map(['101', '102'].map((dbid) => [dbid, one.set.groupNo('default', dbid)]));
    const [[low, lowNo] = ['', 0], [high, highNo] = ['', 0]] = [...numbers].sort(([, a], [, b]) => a - b);
    await holder.exchange([BEGIN, plain(`SELECT 1 FROM campaign_groups WHERE group_no = ${String(lowNo)} FOR UPDATE`)]);
    const asked = (dbid: string, no: number): Claim[] => [
      { kind: 'lock group', values: ['default', dbid] },
      { kind: 'lock group.no', values: ['default', no] },
    ];
    const first = perform(one, () => undefined, asked(low, highNo));
    await untilWaiting(1);
    const second = perform(other, () => undefined, asked(high, lowNo));
    await untilWaiting(2);
    await holder.exchange([COMMIT]);
    await Promise.all([first, second]);
  });

  it('two that forget the same source do so one after the other', async () => {
    await post(one, eventPost());
    await holder.exchange([BEGIN, plain('SELECT 1 FROM source_lives FOR UPDATE')]);
    const forgetting = [one, other].map(async (lane) =>
      perform(lane, () => {
        lane.tables.removals.note('default');
      }),
    );
    await untilWaiting(2);
    await holder.exchange([COMMIT]);
    await Promise.all(forgetting);
    const [answer] = await holder.exchange([plain('SELECT life FROM source_lives')]);
    expect(answer?.rows).toEqual([[2]]);
  });

  it('nothing is added to a callback that is being removed', async () => {
    await post(one, eventPost());
    await other.wire.exchange([plain(`SET lock_timeout = '100ms'`)]);
    const late = eventPost({ _CB_D_CALLBACK_OFFER: 7 });
    let refused: unknown = null;
    const exchange = async (statements: readonly Statement[]) => {
      if (statements.some(({ text }) => text === 'COMMIT')) {
        refused = await post(other, late).catch((error: unknown) => error);
        await other.wire.exchange([ROLLBACK]);
      }
      return one.wire.exchange(statements);
    };
    const removed = await converse(
      { exchange },
      one.lane.perform(() => one.tables.retention.removeCallbacks(T0 + 3_600_000, [], 10)),
    );
    expect([removed, String(refused)]).toEqual([1, expect.stringContaining('lock timeout')]);
    await post(other, late);
    const left = `SELECT (SELECT count(*) FROM callbacks), (SELECT count(*) FROM callback_events AS e
      WHERE EXISTS (SELECT 1 FROM callbacks AS c WHERE c.callback_no = e.callback_no)),
      (SELECT count(*) FROM callback_events)`;
    const [answer] = await holder.exchange([plain(left)]);
    expect(answer?.rows).toEqual([[1, 1, 1]]);
  });
});

it('where sources lie apart, a statement locks rows of one source, source by source', async () => {
  const apart = await runningLane(server, database, 50, OTHER_ENGINE);
  const ofBoth = (seconds: number) => ['b', 'a'].map((source) => groupPost('101', { source, seconds }));
  const locked: (readonly unknown[])[] = [];
  for (const seconds of [0, 10, 20]) {
    const exchange = async (statements: readonly Statement[]) => {
      const locks = statements.filter(({ text }) => /FOR (UPDATE|SHARE)/.test(text));
      locked.push(...locks.map(({ values }) => [seconds, values.at(-1)]));
      return apart.wire.exchange(statements);
    };
    const posts = seconds === 0 ? [...ofBoth(0), eventPost({}, { source: 'b' })] : ofBoth(seconds);
    const judged = judgedOf(judges, posts, T0 + 60_000);
    await converse({ exchange }, commitThrough(apart.lane, apart.transactions, judged));
  }
  await apart.wire.close();
  // The source of the callback, both groups, the callback; then the groups alone, which are known.
  const groups = (seconds: number) => ['a', 'b'].map((source) => [seconds, source]);
  expect(locked).toEqual([[0, 'b'], ...groups(0), [0, 'b'], ...groups(10), ...groups(20)]);
});
