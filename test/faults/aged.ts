/** A database of a service that has run for months, for retention to work on: what is in it, and which of it must stay. */
import type { Delivery } from '../../src/domain/store.js';
import { aNotification } from '../support/notifications.js';
import { sqliteStore, type TestStore } from '../support/stores.js';

/** Its own, so that what is posted meanwhile is told from it. */
export const AGED = 'aged';
export const DAY_MS = 86_400_000;
/** As flags of the service. Nothing of the database is nearer to a horizon than days: it does not matter when exactly it runs. */
export const KEPT_DAYS = { notifications: 30, rollups: 60, history: 90, callbacks: 60, quarantine: 60 } as const;
/** Days on which each group lived: history, quarters and notifications go of some, and nothing of the last. */
const LIVED_DAYS_AGO = [120, 110, 100, 70, 45, 10, 2];
const GROUPS = 3;
const MINUTES = 90;
const BODIES = 8;
const CALLBACKS = 8;
const [NOT_LOADED, ACTIVE, RUNNING] = [0, 4, 5];
const [LOAD, UNLOAD, START, STOP, SET_MODE] = [7, 8, 9, 10, 11];

/** `random`: a number in [0, 1), for figures that no two samples share. */
export function makeAged(path: string, nowMs: number, random: () => number): void {
  let clockMs = nowMs;
  const store = sqliteStore(path, { maxHeads: GROUPS, nowMs: () => clockMs });
  for (const daysAgo of LIVED_DAYS_AGO) {
    clockMs = nowMs - daysAgo * DAY_MS;
    store.transactions.run(() => {
      for (let group = 1; group <= GROUPS; group++) liveADay(store, String(90_000 + group), clockMs, random);
      store.stores.compaction.all(clockMs);
    });
  }
  for (const daysAgo of [100, 70, 20]) {
    const receivedAtMs = nowMs - daysAgo * DAY_MS;
    store.commit(...bodies(daysAgo, receivedAtMs), ...callbacks(daysAgo, receivedAtMs));
  }
  store.close();
}

function liveADay(store: TestStore, dbid: string, startMs: number, random: () => number): void {
  const say = (minute: number, stateCode: number, actionCode: number | null, dialModeCode: number | null = null) => {
    const atMs = startMs + minute * 60_000;
    const { statement } = aNotification();
    const ratio = () => Math.round(random() * 10_000) / 10_000;
    const statistics = { busyRatio: ratio(), hitRatio: ratio(), overdialRatio: ratio(), timeToCompleteSeconds: minute };
    store.stores.campaigns.apply(
      aNotification({
        source: AGED,
        dbid,
        atMs,
        receivedAtMs: atMs + 20,
        statement: { ...statement, stateCode, actionCode, dialModeCode },
        statistics,
        callingLists: [{ name: 'East', dbid: '501', hitRatio: ratio(), timeToCompleteSeconds: minute }],
      }),
    );
  };
  say(0, ACTIVE, LOAD);
  for (let minute = 1; minute <= MINUTES; minute++) {
    const mode = minute < 40 ? 1 : 2;
    say(minute, RUNNING, minute === 1 ? START : minute === 40 ? SET_MODE : null, mode);
  }
  say(MINUTES + 1, ACTIVE, STOP);
  say(MINUTES + 2, NOT_LOADED, UNLOAD);
}

function bodies(daysAgo: number, receivedAtMs: number): Delivery[] {
  return Array.from({ length: BODIES }, (_, n) => {
    const bytes = `no JSON ${String(daysAgo)} ${String(n)}`;
    return { source: AGED, endpoint: 'campaign-group-state', receivedAtMs, bytes };
  });
}

/** Each with two events and a call. */
function callbacks(daysAgo: number, receivedAtMs: number): Delivery[] {
  const startedS = Math.floor(receivedAtMs / 1000) - 600;
  return Array.from({ length: CALLBACKS }, (_, n) => {
    const _CB_SERVICE_ID = `aged-${String(daysAgo)}-${String(n)}`;
    const offer = {
      _CB_SERVICE_ID,
      _CB_T_SERVICE_START: startedS,
      _CB_D_CALLBACK_OFFER: 12,
      _CB_N_CALLBACK_OFFERED: 1,
      _CB_T_CALLBACK_OFFERED: startedS + 10,
    };
    const end = { _CB_FINAL_RECORD: 1, _CB_T_SERVICE_END: startedS + 500, _CB_DISPOSITION: 'COMPLETED.AGENT' };
    const call = { interaction_id: `call-${_CB_SERVICE_ID}`, _CB_SERVICE_ID };
    return [
      delivery('callback-events', offer, receivedAtMs),
      delivery('attached-data', call, receivedAtMs),
      delivery('callback-events', { ...offer, ...end }, receivedAtMs + 1000),
    ];
  }).flat();
}

function delivery(endpoint: Delivery['endpoint'], body: object, receivedAtMs: number): Delivery {
  return { source: AGED, endpoint, receivedAtMs, bytes: JSON.stringify(body) };
}
