/** What a lane does when the database fails, played between it and a real one. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { commitThrough, judgedOf } from '../../../src/postgres/lane-commit.js';
import { converse } from '../../../src/postgres/lane-driver.js';
import { type Answer } from '../../../src/postgres/exchange.js';
import { ExchangeFailed } from '../../../src/postgres/failures.js';
import { CommitUnknown } from '../../../src/postgres/lane.js';
import type { Statement } from '../../../src/postgres/statements.js';
import type { Delivery } from '../../../src/domain/store.js';
import { aBody } from '../../support/bodies.js';
import { aDelivery, eventPost, outcomesOf } from '../../support/callback-writer.js';
import { openWire, type RunningLane, runningLane } from '../../support/lanes.js';
import { T0 } from '../../support/notifications.js';
import { dateTime, LOADED, STARTED } from '../../support/posts.js';
import { newDatabase, onDatabase, postgresServer, type Server } from '../../support/postgres-server.js';
import { judges } from '../../support/stores.js';

let server: Server;
let database: string;
let lane: RunningLane;
beforeEach(async () => {
  server = await postgresServer();
  database = await newDatabase(server);
  lane = await runningLane(server, database);
});
afterEach(async () => {
  await lane.wire.close().catch(() => undefined);
});

const post = (seconds: number, parts: object) => {
  const atMs = T0 + seconds * 1000;
  return aDelivery('campaign-group-state', aBody({ GSW_DATE_TIME: dateTime(atMs), ...parts }), { receivedAtMs: atMs });
};
const LIFE = [post(0, LOADED), post(10, STARTED), eventPost()];

type Exchange = (statements: readonly Statement[]) => Promise<readonly Answer[]>;

async function commit(deliveries: readonly Delivery[], exchange: Exchange = async (all) => lane.wire.exchange(all)) {
  const judged = judgedOf(judges, deliveries, T0 + 60_000);
  return converse({ exchange }, commitThrough(lane.lane, lane.transactions, judged));
}

async function ask(sql: string): Promise<unknown[][]> {
  return onDatabase(server, database, async (client) => {
    const { rows } = await client.query<unknown[]>({ text: sql, rowMode: 'array' });
    return rows;
  });
}

describe('a lane', () => {
  it('commits a batch, and knows it again when it comes twice', async () => {
    expect(outcomesOf(await commit(LIFE))).toEqual(['transition', 'transition', 'recorded']);
    expect(outcomesOf(await commit(LIFE))).toEqual(['duplicate', 'duplicate', 'duplicate']);
    expect(await ask('SELECT count(*) FROM lane_log')).toEqual([['1']]);
  });

  it.each(['40001', '40P01'])(
    'does a batch again that failed for %s, at whatever statement, and nothing twice',
    async (code) => {
      let exchanges = 0;
      const counting: Exchange = async (all) => {
        exchanges++;
        return lane.wire.exchange(all);
      };
      await commit([post(-10, LOADED)], counting);
      for (let failing = 1; failing <= exchanges; failing++) {
        let sent = 0;
        const report = await commit([post(failing, { ...STARTED, GSW_STAT_HIT_RATIO: failing / 100 })], async (all) => {
          if (++sent !== failing) return lane.wire.exchange(all);
          throw new ExchangeFailed('played', code);
        });
        expect(outcomesOf(report)).toEqual([failing === 1 ? 'transition' : 'refresh']);
      }
      expect(await ask('SELECT count(*)::int FROM journal')).toEqual([[exchanges + 1]]);
    },
  );

  it('gives up where a row with the name of a group has another number than the group', async () => {
    await onDatabase(server, database, async (client) =>
      client.query(`INSERT INTO campaign_groups (source, group_no, id, dbid, life, heard_ms)
        VALUES ('default', 1, 'of nobody', '101', 0, 0)`),
    );
    await expect(commit([post(0, LOADED)])).rejects.toThrow('has another number; please report it');
  });

  it('does a batch again that met a row that was not there a moment ago, and then knows it', async () => {
    let sent = 0;
    const report = await commit([post(0, LOADED)], async (all) => {
      if (++sent === 1) throw new ExchangeFailed('played', '23505');
      return lane.wire.exchange(all);
    });
    expect(outcomesOf(report)).toEqual(['transition']);
  });

  it('goes on where nothing can be prepared: behind a pooler each transaction may have another connection', async () => {
    await commit(LIFE);
    await commit([post(20, STARTED)]);
    await lane.wire.exchange([{ text: 'DEALLOCATE ALL', values: [] }]);
    expect(outcomesOf(await commit([post(30, STARTED)]))).toEqual(['refresh']);
    await lane.wire.exchange([{ text: 'DEALLOCATE ALL', values: [] }]);
    expect(outcomesOf(await commit([post(40, STARTED)]))).toEqual(['refresh']);
    expect(await ask('SELECT count(*)::int FROM journal')).toEqual([[5]]);
  });

  it('waits for whoever has a group that it changes, though it found the group without a lock', async () => {
    await commit(LIFE);
    const other = await openWire(server, database);
    await other.exchange([
      { text: 'BEGIN', values: [] },
      { text: 'SELECT 1 FROM campaign_groups FOR UPDATE', values: [] },
    ]);
    const removing = async () =>
      lane.run(
        lane.lane.perform(() => {
          const [groupNo = 0] = lane.tables.retention.groupNosAfter(0, 1);
          return lane.tables.retention.removeSteps(groupNo, T0 + 1, 10);
        }),
      );
    await lane.wire.exchange([{ text: "SET lock_timeout = '200ms'", values: [] }]);
    await expect(removing()).rejects.toThrow('lock timeout');
    await other.close();
    await lane.wire.exchange([{ text: 'ROLLBACK', values: [] }]);
    expect(await removing()).toBe(1);
  });

  it('takes back what was not committed when the connection is lost, and says that nobody knows of a commit', async () => {
    const losing: Exchange = async (all) => {
      if (all.some(({ text }) => text === 'COMMIT')) lane.wire.destroy(new Error('reset'));
      return lane.wire.exchange(all);
    };
    await expect(commit(LIFE, losing)).rejects.toThrow(CommitUnknown);
    expect(await ask('SELECT count(*)::int FROM campaign_groups')).toEqual([[0]]);
  });

  it('does not take the ROLLBACK that answers a COMMIT for one', async () => {
    const failing: Exchange = async (all) => {
      const answers = await lane.wire.exchange(all);
      return answers.map((answer) => (answer.tag === 'COMMIT' ? { ...answer, tag: 'ROLLBACK' } : answer));
    };
    await expect(commit(LIFE, failing)).rejects.toThrow('COMMIT was answered by ROLLBACK');
  });

  it('quarantines the one body whose values the database refuses, and keeps the others of its batch', async () => {
    await onDatabase(server, database, async (client) =>
      client.query(`ALTER TABLE statements ADD CONSTRAINT played CHECK (name <> 'refused')`),
    );
    const refused = post(5, { ...STARTED, GSW_CAMPAIGN_GROUP_NAME: 'refused' });
    const report = await commit([post(0, LOADED), refused, post(10, STARTED), eventPost()]);
    expect(outcomesOf(report)).toEqual(['transition', 'quarantined', 'transition', 'recorded']);
    expect(await ask('SELECT source, reason, rows::int FROM quarantine_tallies')).toEqual([['default', 'internal', 1]]);
    expect(await ask('SELECT count(*)::int FROM journal')).toEqual([[2]]);
  });

  it('keeps texts that PostgreSQL cannot hold, with a mark in the place of what it cannot', async () => {
    const report = await commit([post(0, { ...LOADED, GSW_CAMPAIGN_GROUP_NAME: 'a\u0000b\uD800' })]);
    expect(outcomesOf(report)).toEqual(['transition']);
    expect(await ask('SELECT name FROM statements')).toEqual([['a\uFFFDb\uFFFD']]);
  });

  it('gives up on a database that does not answer in time, and says so', async () => {
    const impatient = await openWire(server, database, 200);
    const slow = impatient.exchange([{ text: 'SELECT pg_sleep(20)', values: [] }]);
    await expect(slow).rejects.toThrow('has not answered within 200 ms');
    await expect(impatient.exchange([{ text: 'SELECT 1', values: [] }])).rejects.toThrow(ExchangeFailed);
  });
});
