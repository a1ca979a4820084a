/** What was done last to a group stays until another action is said, whatever the habit of its periodic posts. */
import fc from 'fast-check';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { GroupSnapshot } from '../../../src/domain/campaign-group.js';
import { compareMoments, type OrderedMoment } from '../../../src/domain/history.js';
import { statementContent } from '../../../src/domain/identity.js';
import type { Notification } from '../../../src/domain/notification.js';
import { wordsOf } from '../../../src/domain/words.js';
import { ENUMERATIONS } from '../../../src/ocs/enumerations.js';
import type { CampaignStore } from '../../../src/apply/campaigns.js';
import { type Connection, openForWriting } from '../../../src/sqlite/database.js';
import { prepareHandOver } from '../../../src/sqlite/hand-over.js';
import { openCampaigns, prepareDatabase } from '../../support/campaign-stores.js';
import { removeFolder } from '../../support/folders.js';
import { emptyCampaigns } from '../../support/held-evidence.js';
import { aNotification, digest, T0 } from '../../support/notifications.js';

const OPTIONS = { enumerations: ENUMERATIONS, digest, maxHeads: 100 };
const [ACTIVE, RUNNING] = [4, 5];
const [START, STOP, ODD] = [9, 10, 77];
const [CLIENT, AUTOMATIC] = [1, 2];

let folder: string;
let path: string;
let db: Connection;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ocm-said-'));
  path = join(folder, 'test.db');
  db = openForWriting(path);
  prepareDatabase(db);
});
afterEach(() => {
  db.close();
  removeFolder(folder);
});

const openStore = () => openCampaigns(db);
const said = (atMs: number, stateCode: number, actionCode: number | null, actorCode: number | null = null) =>
  aNotification({ atMs: T0 + atMs, statement: { stateCode, actionCode, actorCode } });
const told = (snapshot: GroupSnapshot | null) => [snapshot?.lastAction, snapshot?.lastActor];
const shown = (store: CampaignStore) => told(store.heads.snapshot('default', '101'));
const apply = (store: CampaignStore, ...notifications: Notification[]) => {
  for (const one of notifications) store.apply(one);
  return shown(store);
};
const HABITS: [string, number | null, number | null][] = [
  ['repeat it', STOP, AUTOMATIC],
  ['repeat it without the actor', STOP, null],
  ['send 0', null, 0],
  ['omit it', null, null],
];

describe('the last action and its actor', () => {
  it.each(HABITS)('stay when periodic posts %s, also after the store was opened again', (_, action, actor) => {
    const store = openStore();
    apply(store, said(0, RUNNING, START, CLIENT), said(10_000, ACTIVE, STOP, AUTOMATIC));
    for (let n = 2; n < 6; n++)
      expect(apply(store, said(n * 10_000, ACTIVE, action, actor))).toEqual(['stop', 'automatic']);
    expect(shown(openStore())).toEqual(['stop', 'automatic']);
    expect(apply(openStore(), said(60_000, ACTIVE, action, actor))).toEqual(['stop', 'automatic']);
  });

  it.each(HABITS)('stay when periodic posts %s at the date-time of the action', (_, action, actor) => {
    const store = openStore();
    const frozen = said(10_000, ACTIVE, action, actor);
    apply(store, said(0, RUNNING, START, CLIENT), said(10_000, ACTIVE, STOP, AUTOMATIC), frozen);
    expect(shown(store)).toEqual(['stop', 'automatic']);
    expect(shown(openStore())).toEqual(['stop', 'automatic']);
  });

  it('give way to another one, an unknown number included, and not to one that turns up late', () => {
    const store = openStore();
    apply(store, said(0, RUNNING, START, CLIENT), said(20_000, ACTIVE, STOP, AUTOMATIC), said(30_000, ACTIVE, null));
    expect(apply(store, said(10_000, RUNNING, START, CLIENT))).toEqual(['stop', 'automatic']);
    expect(apply(store, said(40_000, ACTIVE, ODD), said(50_000, ACTIVE, null))).toEqual(['unknown(77)', 'unknown']);
    expect(shown(openStore())).toEqual(['unknown(77)', 'unknown']);
  });

  it('are told anew, to whoever shows the group, by a late post that says them and changes nothing else', () => {
    const store = openStore();
    apply(store, said(0, ACTIVE, null), said(60_000, ACTIVE, null));
    const late = store.apply(said(30_000, ACTIVE, ODD, CLIENT));
    expect(late).toMatchObject({ outcome: 'late', changed: true, made: [] });
    expect(shown(store)).toEqual(['unknown(77)', 'client']);
    expect(shown(openStore())).toEqual(['unknown(77)', 'client']);
  });

  it('are not of the present state when what led to it was not told', () => {
    const store = openStore();
    const inState = () => store.heads.snapshot('default', '101')?.lastActionInState;
    apply(store, said(0, RUNNING, START, CLIENT), said(10_000, ACTIVE, STOP, AUTOMATIC), said(20_000, ACTIVE, null));
    expect(inState()).toBe(true);
    expect(apply(store, said(30_000, RUNNING, null), said(40_000, ACTIVE, null))).toEqual(['stop', 'automatic']);
    expect(inState()).toBe(false);
    apply(store, said(35_000, ACTIVE, STOP, AUTOMATIC));
    expect(inState()).toBe(true);
  });

  it('cost the common case nothing: posts in order that say none, or repeat it, write no row of the group', () => {
    const store = openStore();
    apply(store, said(0, RUNNING, START, CLIENT), said(10_000, RUNNING, null));
    const changes = () => Number(db.prepare('SELECT total_changes()').pluck().get());
    const before = changes();
    for (let n = 2; n < 12; n++) store.apply(said(n * 10_000, RUNNING, null));
    expect(changes() - before).toBe(10);
  });

  it('of a database that knew nothing of them are those of its last explicit transition', () => {
    apply(
      openStore(),
      said(0, RUNNING, START, CLIENT),
      said(10_000, ACTIVE, STOP, AUTOMATIC),
      said(20_000, ACTIVE, null),
    );
    db.exec(`UPDATE campaign_groups SET said_ms = (
      SELECT s.at_ms FROM steps AS s WHERE s.group_no = campaign_groups.group_no AND s.action IS NOT NULL
      ORDER BY s.at_ms DESC LIMIT 1)`);
    expect(shown(openStore())).toEqual(['stop', 'automatic']);
  });
});

/** The definition: all evidence in the order of history, folded. */
function definition(notifications: readonly Notification[]) {
  let last: { action: string | null; actor: string } = { action: null, actor: 'unknown' };
  const moments: OrderedMoment[] = notifications.map((one) => ({
    ...wordsOf(one.statement, ENUMERATIONS),
    atMs: one.atMs,
    content: digest(statementContent(one.statement)),
  }));
  for (const { action, actor } of moments.sort(compareMoments)) {
    if (action === null || (action === last.action && actor === 'unknown')) continue;
    last = { action, actor };
  }
  return [last.action, last.actor];
}

const evidence = fc.record({
  place: fc.integer({ min: 0, max: 12 }),
  state: fc.constantFrom(ACTIVE, RUNNING),
  action: fc.constantFrom(null, null, START, STOP, ODD),
  actor: fc.constantFrom(null, 0, CLIENT, AUTOMATIC),
});

describe('the last action, over random evidence', () => {
  it('is a function of its set: of no order of arrival, no restart and no hand-over', () => {
    const steps = fc.array(fc.tuple(evidence, fc.constantFrom('stay', 'stay', 'stay', 'reopen', 'succeed')), {
      maxLength: 20,
    });
    fc.assert(
      fc.property(steps, (arrivals) => {
        emptyCampaigns(db);
        const arrived: Notification[] = [];
        let store = openStore();
        db.pragma('synchronous = OFF');
        for (const [{ place, state, action, actor }, then] of arrivals) {
          const known = then === 'succeed' ? prepareHandOver(path, OPTIONS) : null;
          known?.release();
          const one = said(place, state, action, actor);
          store.apply(one);
          arrived.push(one);
          expect(shown(store)).toEqual(definition(arrived));
          if (then !== 'stay') store = openStore();
          for (const head of known ? store.heads.loadChanged(known) : []) expect(head.newest).not.toBeNull();
          expect(shown(store)).toEqual(definition(arrived));
        }
      }),
      { numRuns: 120 },
    );
  });
});
