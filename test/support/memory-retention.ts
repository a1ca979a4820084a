/** What retention asks of a store, in memory. Bytes are not what it is tested for: there are none. */
import type { RetentionRows } from '../../src/apply/retention-rows.js';
import type { Callback } from '../../src/domain/callback.js';
import type { LegacyCallbackEvent } from '../../src/domain/legacy-callback.js';
import type { NotedRemoval } from '../../src/apply/tables.js';
import type { Hold } from '../../src/domain/retention.js';
import type { CallbackHold } from './memory-callbacks.js';
import type { CampaignRows } from './memory-campaigns.js';
import { ascending, type MemoryRows } from './memory-rows.js';

/** What it goes through. */
interface Holding {
  readonly campaigns: CampaignRows;
  readonly callbacks: CallbackHold;
  readonly bodies: MemoryRows<number, Body>;
  readonly legacyEvents: MemoryRows<number, { readonly no: number; readonly event: LegacyCallbackEvent }>;
  readonly removals: MemoryRows<number, NotedRemoval>;
  readonly holds: MemoryRows<string, Hold>;
  readonly nextNo: () => number;
}

interface Body {
  readonly id: string;
  readonly no: number;
  readonly lastReceivedMs: number;
  readonly isNameless: boolean;
  readonly delivery: { readonly source: string };
}

export function memoryRetention(hold: Holding): RetentionRows {
  const { campaigns, callbacks, bodies, holds, legacyEvents, removals } = hold;
  // What is being forgotten is told from newcomers by the newest number.
  const newestBeside = (nos: readonly number[]) => (removals.all().length === 0 ? Infinity : Math.max(0, ...nos));
  return {
    groupNosAfter: (afterNo, limit) =>
      campaigns.groups
        .where(({ groupNo, isHidden }) => groupNo > afterNo && !isHidden)
        .map(({ groupNo }) => groupNo)
        .sort((a, b) => a - b)
        .slice(0, limit),
    removeRollups: (groupNo, beforeMs) => {
      const quarters = campaigns.quarters.where((row) => row.groupNo === groupNo && row.quarter.startMs < beforeMs);
      for (const { quarter } of quarters) campaigns.quarters.remove(`${String(groupNo)};${String(quarter.startMs)}`);
      const listNos = campaigns.lists.where((list) => list.groupNo === groupNo).map(({ listNo }) => listNo);
      const ofLists = campaigns.listQuarters.where((row) => listNos.includes(row.listNo) && row.startMs < beforeMs);
      for (const { listNo, startMs } of ofLists) campaigns.listQuarters.remove(`${String(listNo)};${String(startMs)}`);
      return quarters.length + ofLists.length;
    },
    removeSteps: (groupNo, beforeMs) => {
      const gone = campaigns.steps.of(groupNo).filter(({ atMs }) => atMs < beforeMs);
      for (const step of gone) campaigns.steps.remove(groupNo, step);
      return gone.length;
    },
    removeCallbacks: (beforeMs, heldSources) => {
      const isOver = ({ endedMs, lastEventMs, firstReceivedMs }: Callback) =>
        (endedMs ?? lastEventMs ?? firstReceivedMs) < beforeMs;
      const newestNo = newestBeside(callbacks.callbacks.all().map(({ callbackNo }) => callbackNo));
      const gone = callbacks.callbacks.where(
        ({ callback, callbackNo }) =>
          isOver(callback) && callbackNo < newestNo && !heldSources.includes(callback.source),
      );
      for (const { callbackNo } of gone) callbacks.callbacks.remove(callbackNo);
      const newestLegacyNo = newestBeside(legacyEvents.all().map(({ no }) => no));
      const events = legacyEvents.where(
        ({ no, event }) => event.atMs < beforeMs && no < newestLegacyNo && !heldSources.includes(event.source),
      );
      for (const { no } of events) legacyEvents.remove(no);
      return gone.length + events.length;
    },
    oldestBody: (beforeMs, heldSources) => {
      const newestNo = newestBeside(bodies.all().map(({ no }) => no));
      const [body] = bodies
        .where(({ lastReceivedMs, no, isNameless }) => lastReceivedMs < beforeMs && no < newestNo && !isNameless)
        .filter(({ delivery }) => !heldSources.includes(delivery.source))
        .sort(ascending(({ lastReceivedMs }) => lastReceivedMs));
      return body?.id ?? null;
    },
    removeAudit: () => 0,
    usedBytes: () => 0,
    oldestMs: () => null,
    // eslint-disable-next-line require-yield -- nothing is estimated, and so nothing is done in parts
    estimate: function* () {
      return { notifications: 0, rollups: 0, history: 0, callbacks: 0, quarantine: 0, audit: 0 };
    },
    holds: () => holds.all(),
    insertHold: (one) => {
      const id = String(hold.nextNo());
      holds.put(id, { ...one, id });
      return id;
    },
    removeHold: (id) => {
      holds.remove(id);
    },
    heldAt: (nowMs) => {
      const held = holds.where(({ untilMs }) => untilMs > nowMs);
      const isHeld = ({ id, source }: { readonly id: string; readonly source: string }) =>
        held.some((one) => one.group === id || one.source === source);
      return {
        groupNos: new Set(campaigns.groups.where(isHeld).map(({ groupNo }) => groupNo)),
        sources: held.flatMap(({ source }) => source ?? []),
      };
    },
  };
}
