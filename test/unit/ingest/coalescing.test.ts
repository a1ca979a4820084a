import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deriveHistory } from '../../../src/domain/history.js';
import { statementContent } from '../../../src/domain/identity.js';
import type { Notification } from '../../../src/domain/notification.js';
import type { CommitReport, Delivery, NotificationReceipt, Receipt } from '../../../src/domain/store.js';
import { wordsOf } from '../../../src/domain/words.js';
import { GroupCommit } from '../../../src/ingest/group-commit.js';
import { ENUMERATIONS } from '../../../src/ocs/enumerations.js';
import { aBody, notificationIn } from '../../support/bodies.js';
import { lifeOf } from '../../support/lives.js';
import { digest, T0 } from '../../support/notifications.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A store that commits when told to, and refuses what it is told to. Durability is tested with the real one. */
function open({ coalesceFrom = 0, refuses = (): boolean => false, maxWaiting = 1000, maxWaitingBytes = 1e9 } = {}) {
  const stored: Delivery[] = [];
  const published: Delivery[] = [];
  const under: (() => void)[] = [];
  const receiptOf = (delivery: Delivery): Receipt =>
    refuses()
      ? { kind: 'quarantined', outcome: 'quarantined', id: 'q', reason: 'schema', violations: [] }
      : { kind: 'notification', outcome: 'refresh', id: digest(delivery.bytes), groupNo: 1, warnings: [] };
  const commits = new GroupCommit({
    writer: {
      commit: (deliveries) =>
        new Promise((resolve) =>
          under.push(() => {
            stored.push(...deliveries);
            resolve({ ...NOTHING, receipts: deliveries.map(receiptOf) });
          }),
        ),
      replay: () => Promise.resolve(),
      probe: () => Promise.resolve(),
      forget: () => Promise.reject(new Error('nobody asked for it')),
    },
    maxWaiting,
    maxWaitingBytes,
    coalesceFrom,
    publish: (_report, deliveries) => published.push(...deliveries),
  });
  const finish = async () => {
    for (let quiet = 0; quiet < 3; quiet++) {
      await turn();
      for (const commit of under.splice(0)) {
        quiet = 0;
        commit();
      }
    }
  };
  return { commits, stored, published, finish };
}

const NOTHING: CommitReport = {
  receipts: [],
  heard: [],
  snapshots: [],
  made: [],
  withdrawn: [],
  callbacks: [],
  quarantine: null,
  quarantineDropped: 0,
  removed: null,
  no: 1,
  commitSeconds: 0,
  syncSeconds: 0,
};

let received = 0;
const delivery = (body: unknown, source = 'default'): Delivery => ({
  endpoint: 'campaign-group-state',
  source,
  receivedAtMs: T0 + received++,
  bytes: typeof body === 'string' ? body : JSON.stringify(body),
});
/** The nth periodic post of a group. */
const post = (n: number, parts: Record<string, unknown> = {}) =>
  delivery(aBody({ GSW_DATE_TIME: String(T0 / 1000 + n * 10), GSW_STAT_BUSY_FACTOR: n / 100, ...parts }));
/** Two commits under way keep everything behind them in the queue. */
const occupy = async ({ commits }: ReturnType<typeof open>) => {
  for (const dbid of ['901', '902']) {
    void commits.submit(post(0, { GSW_CAMPAIGN_GROUP_DBID: dbid }));
    await turn();
  }
};

describe('coalescing', () => {
  it('stores the first and the last of posts that repeat each other; the others get the last one’s commit', async () => {
    const opened = open();
    await occupy(opened);
    const receipts = [1, 2, 3, 4, 5].map((n) => opened.commits.submit(post(n)));
    expect(opened.commits.waiting).toBe(4);
    await opened.finish();
    const outcomes = (await Promise.all(receipts)) as NotificationReceipt[];
    expect(outcomes.map(({ outcome }) => outcome)).toEqual([
      'refresh',
      'coalesced',
      'coalesced',
      'coalesced',
      'refresh',
    ]);
    expect(new Set(outcomes.slice(1).map(({ id }) => id)).size).toBe(1);
    const figures = opened.stored.slice(2).map(({ bytes }) => notificationIn(JSON.parse(bytes)).statistics.busyRatio);
    expect(figures).toEqual([0.01, 0.05]);
  });

  it('tells the store when those that gave way were heard, in order', async () => {
    const opened = open();
    await occupy(opened);
    const posts = [1, 2, 3, 4].map((n) => post(n));
    for (const one of posts) void opened.commits.submit(one);
    await opened.finish();
    expect(opened.stored.at(-1)?.coalesced).toEqual([posts[1]?.receivedAtMs, posts[2]?.receivedAtMs]);
    expect(opened.published).toEqual(opened.stored);
  });

  it('keeps groups and sources apart', async () => {
    const opened = open();
    await occupy(opened);
    for (let n = 1; n <= 3; n++) {
      void opened.commits.submit(post(n));
      void opened.commits.submit(post(n, { GSW_CAMPAIGN_GROUP_DBID: '102' }));
      void opened.commits.submit({ ...post(n), source: 'other' });
    }
    expect(opened.commits.waiting - 2).toBe(6);
    await opened.finish();
  });

  it('never lets a post give way that says anything new, comes late, or carries another kind of record', async () => {
    const opened = open();
    await occupy(opened);
    const changes = [
      post(1),
      post(2, { GSW_CAMPAIGN_GROUP_STATE: 4, GSW_CAMPAIGN_GROUP_ACTION: 10 }),
      post(3, { GSW_CAMPAIGN_GROUP_STATE: 5, GSW_CAMPAIGN_GROUP_ACTION: 9 }),
      post(4, { GSW_DIAL_MODE: 2 }),
      post(5, { GSW_DIAL_MODE: 3 }),
      post(4, { GSW_DIAL_MODE: 3 }),
    ];
    for (const one of changes) void opened.commits.submit(one);
    for (let n = 0; n < 3; n++) void opened.commits.submit({ ...post(5), endpoint: 'callback-events' });
    expect(opened.commits.waiting - 2).toBe(changes.length + 3);
    await opened.finish();
  });

  it('stores those that gave way by themselves when their successor is refused', async () => {
    let refusing = true;
    const opened = open({ refuses: () => refusing });
    await occupy(opened);
    const receipts = [1, 2, 3].map((n) => opened.commits.submit(post(n)));
    void Promise.all(receipts.slice(2)).then(() => (refusing = false));
    await opened.finish();
    expect((await Promise.all(receipts)).map(({ outcome }) => outcome)).toEqual([
      'quarantined',
      'refresh',
      'quarantined',
    ]);
  });

  it('does nothing without pressure', async () => {
    const opened = open({ coalesceFrom: 1000 });
    await occupy(opened);
    for (let n = 1; n <= 5; n++) void opened.commits.submit(post(n));
    expect(opened.commits.waiting - 2).toBe(5);
    await opened.finish();
    expect(opened.commits.waiting).toBe(0);
  });

  it('goes on taking repeats at the bound, where anything new is refused', async () => {
    const opened = open({ maxWaiting: 5 });
    await occupy(opened);
    const repeats = [1, 2, 3, 4].map((n) => opened.commits.submit(post(n)));
    const last = opened.commits.submit(post(1, { GSW_CAMPAIGN_GROUP_DBID: '102' }));
    await expect(opened.commits.submit(post(5, { GSW_CAMPAIGN_GROUP_STATE: 4 }))).rejects.toMatchObject({
      code: 'OCM_OVERLOADED',
    });
    await opened.finish();
    expect((await Promise.all([...repeats, last])).map(({ outcome }) => outcome)).toEqual([
      'refresh',
      'coalesced',
      'coalesced',
      'refresh',
      'refresh',
    ]);
  });

  it('counts the bytes of what gave way, and lets go of them', async () => {
    const size = post(1).bytes.length;
    const opened = open({ maxWaitingBytes: 2 * size + 5.5 * size });
    await occupy(opened);
    const kept = [1, 2, 3, 4, 5, 6].map((n) => opened.commits.submit(post(n)));
    await expect(opened.commits.submit(post(7))).rejects.toMatchObject({ code: 'OCM_OVERLOADED' });
    await opened.finish();
    expect((await Promise.all(kept)).filter(({ outcome }) => outcome === 'coalesced')).toHaveLength(4);
    const again = opened.commits.submit(post(8));
    await opened.finish();
    expect((await again).outcome).toBe('refresh');
  });

  it('leaves the history of any life as it is, whatever is lost; only inferred intervals may get wider', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(lifeOf('101'), lifeOf('102')),
        fc.constantFrom(0, 0.3),
        fc.array(fc.nat(99), { minLength: 40, maxLength: 40 }),
        async (lives, loss, dice) => {
          const told = lives
            .flatMap(({ notifications }) => notifications)
            .filter((_, index) => (dice[index % dice.length] ?? 0) >= loss * 100);
          const opened = open();
          await occupy(opened);
          const receipts = told.map((one) => opened.commits.submit(delivery(bodyOf(one))));
          await opened.finish();
          const outcomes = (await Promise.all(receipts)).map(({ outcome }) => outcome);
          expect(opened.stored.length - 2).toBe(outcomes.filter((outcome) => outcome !== 'coalesced').length);
          for (const dbid of ['101', '102']) {
            const whole = historyOf(
              told.map((one) => notificationIn(bodyOf(one))),
              dbid,
            );
            const kept = historyOf(
              opened.stored.map(({ bytes }) => notificationIn(JSON.parse(bytes))),
              dbid,
            );
            expect(withoutIntervals(kept)).toEqual(withoutIntervals(whole));
            kept.transitions.forEach(({ notBeforeMs }, index) => {
              expect(notBeforeMs ?? 0).toBeLessThanOrEqual(whole.transitions[index]?.notBeforeMs ?? 0);
            });
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

function historyOf(notifications: readonly Notification[], dbid: string) {
  return deriveHistory(
    notifications
      .filter((one) => one.dbid === dbid)
      .map((one) => ({
        ...wordsOf(one.statement, ENUMERATIONS),
        atMs: one.atMs,
        content: digest(statementContent(one.statement)),
      })),
  );
}

const withoutIntervals = ({ transitions, current }: ReturnType<typeof deriveHistory>) => ({
  transitions: transitions.map((transition) => ({ ...transition, notBeforeMs: null })),
  current: { ...current, atMs: 0 },
});

/** As OCS would post it. */
function bodyOf({ dbid, atMs, statement, statistics }: Notification) {
  const body = aBody({
    GSW_CAMPAIGN_GROUP_DBID: dbid,
    GSW_DATE_TIME: (atMs / 1000).toFixed(3),
    GSW_CAMPAIGN_GROUP_STATE: statement.stateCode,
    GSW_DIAL_MODE: statement.dialModeCode,
    GSW_OPTIMIZE_BY: statement.optimizeByCode,
    GSW_OPTIMIZE_GOAL: statement.optimizeGoal,
    GSW_CAMPAIGN_GROUP_ACTION: statement.actionCode,
    GSW_CAMPAIGN_GROUP_ACTOR: statement.actorCode,
    GSW_STAT_BUSY_FACTOR: statistics.busyRatio,
    GSW_STAT_HIT_RATIO: statistics.hitRatio,
    GSW_STAT_TIME_TO_COMPLETE: statistics.timeToCompleteSeconds,
  });
  notificationIn(body);
  return body;
}
