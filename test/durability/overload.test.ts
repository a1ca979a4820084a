import Database from 'better-sqlite3';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { idleServiceMetrics } from '../../scripts/metric-families.js';
import { MonitorError } from '../../src/domain/errors.js';
import type { Delivery } from '../../src/domain/store.js';
import { GroupCommit } from '../../src/ingest/group-commit.js';
import { aBody } from '../support/bodies.js';
import { openCallbackWriter } from '../support/callback-writer.js';
import { valueOf } from '../support/exposition.js';
import { removeFolder } from '../support/folders.js';
import { T0 } from '../support/notifications.js';
import { dateTime, FIGURES, STARTED, STOPPED } from '../support/posts.js';

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const undo of cleanUp.splice(0).reverse()) await undo();
});

const GROUPS = 100;
/** Posts of each group; every 50th stops or starts it. */
const POSTS = 500;
const BETWEEN_CHANGES = 50;
/** What the store takes in one commit, and how much comes in meanwhile. */
const BATCH_ROWS = 1000;
const TIMES = 10;

interface Sent {
  readonly delivery: Delivery;
  /** The time of the change it tells of, null for a periodic post. */
  readonly changeMs: number | null;
}

function* traffic(): Generator<Sent> {
  for (let n = 0; n < POSTS; n++) {
    for (let group = 0; group < GROUPS; group++) {
      const atMs = T0 + n * 100;
      const isStopped = Math.floor(n / BETWEEN_CHANGES) % 2 === 1;
      const body = aBody({
        GSW_CAMPAIGN_GROUP_DBID: String(100 + group),
        GSW_DATE_TIME: dateTime(atMs),
        GSW_CAMPAIGN_GROUP_ACTOR: 1,
        ...(isStopped ? STOPPED : STARTED),
        ...FIGURES,
        GSW_STAT_BUSY_FACTOR: (n % 97) / 100,
      });
      const delivery = { endpoint: 'campaign-group-state' as const, source: 'default', receivedAtMs: T0 + n * 100 };
      const changeMs = n > 0 && n % BETWEEN_CHANGES === 0 ? atMs : null;
      yield { delivery: { ...delivery, bytes: JSON.stringify(body) }, changeMs };
    }
  }
}

/** The real store, which is done with one batch whenever ten batches have come in. */
async function overload(coalesceFrom: number) {
  const folder = mkdtempSync(join(tmpdir(), 'ocm-overload-'));
  cleanUp.push(() => {
    removeFolder(folder);
  });
  const path = join(folder, 'overload.db');
  const writer = openCallbackWriter(path, { clock: { nowMs: () => T0 + 3_600_000 } });
  const under: (() => void)[] = [];
  const metrics = idleServiceMetrics();
  let heard = 0;
  const commits = new GroupCommit({
    writer: {
      commit: (deliveries) =>
        new Promise((resolve) =>
          under.push(() => {
            resolve(writer.commit(deliveries));
          }),
        ),
      replay: () => Promise.resolve(),
      probe: () => Promise.resolve(),
      forget: () => Promise.reject(new Error('nobody asked for it')),
    },
    maxWaiting: 4 * BATCH_ROWS,
    maxWaitingBytes: 1e9,
    coalesceFrom,
    publish: (report, deliveries) => {
      heard += report.heard.filter(({ outcome }) => outcome === 'coalesced').length;
      metrics.count(report, deliveries);
    },
  });
  const finishOne = async () => {
    under.shift()?.();
    await turn();
    await turn();
  };
  const outcomes = new Map<string, number>();
  const note = (outcome: string) => outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  const changes: number[] = [];
  const answers: Promise<unknown>[] = [];
  for (const { delivery, changeMs } of traffic()) {
    if (changeMs !== null) changes.push(changeMs);
    answers.push(
      commits.submit(delivery).then(
        ({ outcome }) => note(outcome),
        (error: unknown) => note(error instanceof MonitorError ? error.code : String(error)),
      ),
    );
    if (answers.length % (TIMES * BATCH_ROWS) === 0) await finishOne();
  }
  while (commits.waiting > 0) await finishOne();
  await Promise.all(answers);
  writer.close();
  const db = new Database(path, { readonly: true });
  const stored = db.prepare('SELECT at_ms FROM steps WHERE transition_id IS NOT NULL').pluck().all() as number[];
  const evidence = db.prepare('SELECT count(*) FROM journal').pluck().get() as number;
  db.close();
  const page = await metrics.render('text');
  const counted = valueOf(page, 'ocs_monitor_notifications_total', { source: 'default', outcome: 'coalesced' });
  return { outcomes, changes, stored: stored.filter((atMs) => atMs > T0), evidence, heard, counted };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('overload', () => {
  it('stores every transition and refuses nothing at ten times what the store can take', async () => {
    const { outcomes, changes, stored, evidence, heard, counted } = await overload(BATCH_ROWS);
    expect(changes.length).toBe(GROUPS * (POSTS / BETWEEN_CHANGES - 1));
    expect(outcomes.get('OCM_OVERLOADED')).toBeUndefined();
    expect(stored.sort()).toEqual(changes.sort());
    expect(outcomes.get('transition')).toBe(changes.length + GROUPS);
    expect(outcomes.get('coalesced')).toBe(GROUPS * POSTS - evidence);
    expect(evidence).toBeLessThan((GROUPS * POSTS) / 4);
    // Silence and delivery ratio know of those that gave way, and so do the counters.
    expect([heard, counted]).toEqual([outcomes.get('coalesced'), outcomes.get('coalesced')]);
  });

  it('would refuse transitions if no post gave way', async () => {
    const { outcomes, changes, stored } = await overload(Infinity);
    expect(outcomes.get('OCM_OVERLOADED')).toBeGreaterThan(0);
    expect(stored.length).toBeLessThan(changes.length);
  });
});
