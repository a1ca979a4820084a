/** What retention leaves of old evidence, over random lives in memory: history, heads and what was said last stay as they are. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CampaignStore } from '../../../src/apply/campaigns.js';
import { Compaction } from '../../../src/apply/compaction.js';
import { Evidence } from '../../../src/apply/evidence.js';
import { snapshotOf } from '../../../src/apply/group-head.js';
import { Thinning } from '../../../src/apply/thinning.js';
import { deriveSessions } from '../../../src/domain/history.js';
import type { Notification } from '../../../src/domain/notification.js';
import { ENUMERATIONS } from '../../../src/ocs/enumerations.js';
import { definition, withoutId } from '../../support/histories.js';
import { type Delivered, deliveredLife, deliverTo } from '../../support/lives.js';
import { CampaignRows, memoryCampaigns } from '../../support/memory-campaigns.js';
import { UndoLog } from '../../support/memory-rows.js';
import { digest, T0 } from '../../support/notifications.js';
import { randomRuns } from '../../support/random-runs.js';

const RUNS = randomRuns(300);
const DBIDS = ['101', '102'];

/** Posts between posts, as many as a group sends that runs for long: each says what the one before it says. */
function dense(notifications: readonly Notification[]): Notification[] {
  return notifications.flatMap((one, index) => {
    const next = notifications.slice(index + 1).find(({ dbid }) => dbid === one.dbid);
    const gapMs = (next?.atMs ?? 0) - one.atMs;
    if (gapMs < 4000 || one.statement.stateCode !== 5) return [one];
    const later = [1, 2, 3].map((part) => {
      const byMs = Math.floor((gapMs * part) / 4);
      return { ...one, atMs: one.atMs + byMs, receivedAtMs: one.receivedAtMs + byMs };
    });
    return [one, ...later];
  });
}

/** A store that compacts after each batch, and thins as many of its chunks as `share` of 16 after it. */
class Thinned {
  #lastNo = 0;
  readonly tables = memoryCampaigns(new CampaignRows(new UndoLog()), () => ++this.#lastNo);
  readonly evidence = new Evidence(this.tables);
  readonly compaction = new Compaction(this.tables, this.evidence);
  readonly campaigns = new CampaignStore(this.tables, this.evidence, {
    enumerations: ENUMERATIONS,
    digest,
    maxHeads: 3,
  });
  readonly thinning = new Thinning(this.tables, this.evidence, this.campaigns);
  samplesGone = 0;

  deliver(batches: Delivered['batches'], shares: readonly number[] = []): void {
    let batchNo = 0;
    deliverTo(this.campaigns, batches, 1, (commit) => {
      commit();
      this.compaction.all(T0);
      this.thin(shares[batchNo++ % shares.length] ?? 0);
    });
  }

  thin(share: number): void {
    const { chunks, numbers } = this.tables;
    const upToNo = Math.floor((chunks.lastNo() * share) / 16);
    for (let chunk = chunks.after(0); chunk !== null && chunk.chunkNo <= upToNo; chunk = chunks.after(chunk.chunkNo)) {
      const { samples, newestMs } = this.thinning.thin(chunk);
      this.samplesGone += samples;
      if (samples > 0) numbers.keep('thinned_ms', Math.max(newestMs, numbers.kept('thinned_ms') ?? 0));
      this.campaigns.noteRemoved();
    }
  }

  transitions(dbid: string) {
    const groupNo = this.tables.groups.find('default', dbid)?.groupNo;
    if (groupNo === undefined) return [];
    return [...this.tables.steps.newestFirst(groupNo, Infinity)]
      .reverse()
      .flatMap(({ transition }) => transition ?? [])
      .map(withoutId);
  }

  snapshots() {
    this.campaigns.dropMemory();
    return [...this.campaigns.heads.load()].map(snapshotOf);
  }
}

const shares = fc.array(fc.integer({ min: 0, max: 16 }), { minLength: 1, maxLength: 16 });

/** The same without times of receipt, which copies renew. */
const known = (store: Thinned) => DBIDS.map((dbid) => store.campaigns.heads.snapshot('default', dbid));

describe('thinning, over random lives in memory', () => {
  it('leaves transitions, sessions and heads as they are, told again too', { timeout: 300_000 }, () => {
    let samplesGone = 0;
    fc.assert(
      fc.property(deliveredLife(DBIDS), shares, (delivered, shares) => {
        const [whole, thinned] = [new Thinned(), new Thinned()];
        // In order: what comes late beside what went is another property.
        const survivors = dense(delivered.survivors).sort((a, b) => a.receivedAtMs - b.receivedAtMs);
        const batches = survivors.map((one) => [one]);
        whole.deliver(batches);
        thinned.deliver(batches, shares);
        samplesGone += thinned.samplesGone;
        for (const dbid of DBIDS) {
          const expected = definition(survivors, dbid).transitions;
          expect(thinned.transitions(dbid)).toEqual(expected);
          expect(deriveSessions(thinned.transitions(dbid))).toEqual(deriveSessions(expected));
        }
        const groupNos = thinned.snapshots().map((snapshot) => snapshot?.groupNo ?? 0);
        expect(thinned.snapshots()).toEqual(whole.snapshots());
        expect(known(thinned)).toEqual(known(whole));
        thinned.campaigns.retell(groupNos);
        for (const dbid of DBIDS) expect(thinned.transitions(dbid)).toEqual(whole.transitions(dbid));
        expect(thinned.snapshots()).toEqual(whole.snapshots());
      }),
      { numRuns: RUNS },
    );
    expect(samplesGone).toBeGreaterThan(RUNS);
  });

  it('lets a late post be placed right, or tells that it is too old', { timeout: 300_000 }, () => {
    const counted = { placed: 0, tooOld: 0 };
    fc.assert(
      fc.property(deliveredLife(['101']), fc.nat(), (delivered, pick) => {
        const notifications = dense(delivered.life.notifications);
        const index = pick % notifications.length;
        const late = notifications[index];
        if (!late) return;
        const store = new Thinned();
        store.deliver([...notifications.filter((_, other) => other !== index)].map((one: Notification) => [one]));
        const before = store.transitions('101');
        store.thin(16);
        if (store.campaigns.isTooOld(late)) {
          counted.tooOld++;
          expect(store.transitions('101')).toEqual(before);
          return;
        }
        store.campaigns.apply(late);
        counted.placed++;
        expect(store.transitions('101')).toEqual(definition(notifications, '101').transitions);
        const whole = new Thinned();
        whole.deliver([...notifications.filter((_, other) => other !== index), late].map((one) => [one]));
        expect(store.snapshots()).toEqual(whole.snapshots());
      }),
      { numRuns: RUNS },
    );
    expect(counted.placed).toBeGreaterThan(RUNS / 10);
    expect(counted.tooOld).toBeGreaterThan(RUNS / 10);
  });

  it('leaves nothing more to thin', () => {
    fc.assert(
      fc.property(deliveredLife(DBIDS), (delivered) => {
        const store = new Thinned();
        store.deliver(delivered.batches);
        store.thin(16);
        const gone = store.samplesGone;
        store.thin(16);
        expect(store.samplesGone).toBe(gone);
      }),
      { numRuns: randomRuns(100) },
    );
  });
});
