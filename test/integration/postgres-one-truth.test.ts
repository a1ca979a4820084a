/** Two receivers on one PostgreSQL and one on SQLite, given the same posts: one truth, whichever is asked. */
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { aFinal, anEvent } from '../support/callback-posts.js';
import { eventually } from '../support/eventually.js';
import { postgresServices } from '../support/postgres-service.js';
import { aPost, dateTime, FIGURES, LOADED, STARTED, STOPPED } from '../support/posts.js';
import { freePort, Program } from '../support/program.js';
import { page, post, samples } from '../support/receiver-worlds.js';

const services = postgresServices();
const OCS = '/ocs/campaign-group-state';
const EVENTS = '/gms/callback-events';
/** The contract's: what one has committed is shown by all of them. */
const SHOWN_WITHIN_MS = 2000;
const INTERVAL_MS = 500;
const ROUNDS = 14;
const GROUPS = 6;

const running: Program[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((program) => program.end('SIGKILL')));
});

async function receivers() {
  const flags = ['--periodic-interval', `${String(INTERVAL_MS)}ms`];
  const name = await services.database();
  const a = await services.start(name, ...flags);
  const b = await services.start(name, ...flags);
  const single = await Program.start(await freePort(), join(services.folder, `${name}.db`), flags);
  running.push(single);
  return { a, b, single };
}

/** Numbers that look like chance, the same in every run. */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

const group = (n: number, parts: object) =>
  aPost({ GSW_CAMPAIGN_GROUP_DBID: 100 + n, GSW_CAMPAIGN_GROUP_NAME: `group ${String(n)}`, ...parts });

/** Series in no order, without what a receiver has of its own: when it was posted to, and states that no group is in. */
const byPosts = (text: string) =>
  text
    .split('\n')
    .filter((line) => !/_last_(notification|record)_timestamp|^ocs_campaign_group_state\{.* 0$/.test(line))
    .sort();

describe('two receivers on PostgreSQL', () => {
  it('show to the byte the same, and what one on SQLite shows', async () => {
    const { a, b, single } = await receivers();
    const next = chance(20_261_130);
    const send = async (path: string, body: object) => {
      const taker = next() < 0.5 ? a : b;
      const [one, other] = await Promise.all([post(single, path, body), post(taker, path, body)]);
      expect(other['outcome']).toEqual(one['outcome']);
    };
    const beganMs = Date.now();
    for (let round = 0; round < ROUNDS; round++) {
      const nowMs = beganMs + round * INTERVAL_MS;
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, nowMs - Date.now())));
      const at = { GSW_DATE_TIME: dateTime(nowMs) };
      const state = round === 0 ? LOADED : round === ROUNDS - 1 ? STOPPED : { ...STARTED, ...FIGURES };
      await Promise.all(
        Array.from({ length: GROUPS }, async (_, n) => {
          // A sixth is lost on the way; a group goes on running.
          if (round > 1 && next() < 0.16) return;
          const figures = { GSW_STAT_HIT_RATIO: Math.round(next() * 100) / 100 };
          await send(
            OCS,
            group(n, { ...(n === 0 && round > 0 ? { ...STARTED, ...FIGURES } : state), ...at, ...figures }),
          );
        }),
      );
      if (round === 3) await send(EVENTS, anEvent({ _CB_SERVICE_ID: 'service-1' }));
      if (round === 4) await send(EVENTS, anEvent({ _CB_SERVICE_ID: 'service-2' }));
      if (round === 5) await send(EVENTS, aFinal({ _CB_SERVICE_ID: 'service-2' }));
      if (round === 6) await send(OCS, { no: 'state' });
    }
    const lastMs = Date.now();
    await eventually(async () => {
      const [one, other] = await Promise.all([page(a, '/metrics/domain'), page(b, '/metrics/domain')]);
      expect(other).toBe(one);
      expect(byPosts(one)).toEqual(byPosts(await page(single, '/metrics/domain')));
    });
    expect(Date.now() - lastMs).toBeLessThan(SHOWN_WITHIN_MS);
    // A post that is missing is counted when its time is over by the clock of receipt: a moment later here than there.
    await eventually(async () => {
      for (const name of ['quarantined', 'delivery_ratio', 'delivery_expected_posts', 'periodic_interval_seconds']) {
        const shown = await Promise.all([a, b, single].map((program) => samples(program, `ocs_monitor_${name}`)));
        expect(shown[1]).toEqual(shown[0]);
        expect(shown[0]).toEqual(shown[2]);
        expect(shown[0]?.length).toBeGreaterThan(0);
      }
    });
    // Nobody posts any more: the group that runs falls silent everywhere.
    await eventually(async () => {
      const silent = await Promise.all([a, b, single].map((program) => page(program, '/metrics/domain')));
      expect(silent.map((text) => /^ocs_campaign_group_silent\{.*group 0.*\} 1$/m.test(text))).toEqual([
        true,
        true,
        true,
      ]);
    });
  });
});

describe('the leader of two receivers', () => {
  const leads = async (program: Program) =>
    Number((await samples(program, 'ocs_monitor_leader')).at(0)?.split(' ').at(-1));

  it('is one of them, and the other within 15 seconds of its end', async () => {
    const name = await services.database();
    const [a, b] = [await services.start(name), await services.start(name)];
    await eventually(async () => {
      expect((await leads(a)) + (await leads(b))).toBe(1);
    });
    const [leader, other] = (await leads(a)) === 1 ? [a, b] : [b, a];
    await leader.end('SIGKILL');
    const endedMs = Date.now();
    await eventually(async () => {
      expect(await leads(other)).toBe(1);
    });
    expect(Date.now() - endedMs).toBeLessThan(15_000);
  });

  it('gives the lease back when it ends in good order', async () => {
    const name = await services.database();
    const [a, b] = [await services.start(name), await services.start(name)];
    await eventually(async () => {
      expect((await leads(a)) + (await leads(b))).toBe(1);
    });
    const [leader, other] = (await leads(a)) === 1 ? [a, b] : [b, a];
    await leader.end('SIGINT');
    const endedMs = Date.now();
    await eventually(async () => {
      expect(await leads(other)).toBe(1);
    });
    expect(Date.now() - endedMs).toBeLessThan(5000);
  });
});
