/** What retention asks of a store, in memory. Bytes are not what it is tested for: there are none. */
import type { MissingKeyRows } from '../../src/apply/callback-rows.js';
import type { RetentionRows } from '../../src/apply/retention-rows.js';
import { aliveUntilMs, type Callback } from '../../src/domain/callback.js';
import type { LegacyCallbackEvent } from '../../src/domain/legacy-callback.js';
import type { NotedRemoval } from '../../src/apply/tables.js';
import type { Hold } from '../../src/domain/retention.js';
import { HOUR_MS } from '../../src/evidence/quarter-hours.js';
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
  readonly missingKeys: MemoryRows<string, MissingKey>;
  readonly nextNo: () => number;
}

type MissingKey = Parameters<MissingKeyRows['count']>[0];

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
  const statementsOf = (groupNo: number) => campaigns.statements.where((one) => one.groupNo === groupNo);
  return {
    groupNosAfter: (afterNo, limit) =>
      campaigns.groups
        .where(({ groupNo, isHidden }) => groupNo > afterNo && !isHidden)
        .map(({ groupNo }) => groupNo)
        .sort((a, b) => a - b)
        .slice(0, limit),
    removeRollups: (groupNo, beforeMs, limit) => {
      const { quarters, lists, listQuarters, repeats } = campaigns;
      const listNos = lists.where((list) => list.groupNo === groupNo).map(({ listNo }) => listNo);
      const whiles = repeats.where((row) => row.groupNo === groupNo).sort(ascending(({ fromMs }) => fromMs));
      const removals = [
        ...quarters
          .where((row) => row.groupNo === groupNo && row.quarter.startMs < beforeMs)
          .map(({ quarter }) => quarters.remove.bind(quarters, `${String(groupNo)};${String(quarter.startMs)}`)),
        ...listQuarters
          .where((row) => listNos.includes(row.listNo) && row.startMs < beforeMs)
          .map(({ listNo, startMs }) => listQuarters.remove.bind(listQuarters, `${String(listNo)};${String(startMs)}`)),
        ...whiles
          .slice(0, -1)
          .filter(({ toMs }) => toMs < beforeMs)
          .map(({ fromMs }) => repeats.remove.bind(repeats, `${String(groupNo)};${String(fromMs)}`)),
      ].slice(0, limit);
      for (const remove of removals) remove();
      return removals.length;
    },
    removeSteps: (groupNo, beforeMs, limit) => {
      const old = campaigns.steps.of(groupNo).filter(({ atMs }) => atMs < beforeMs);
      const gone = old.slice(0, limit);
      for (const step of gone) campaigns.steps.remove(groupNo, step);
      return gone.length;
    },
    removeCallbacks: (beforeMs, heldSources, limit) => {
      const isOver = (callback: Callback) =>
        (callback.isFinal ? (callback.endedMs ?? Infinity) : aliveUntilMs(callback)) < beforeMs;
      const newestNo = newestBeside(callbacks.callbacks.all().map(({ callbackNo }) => callbackNo));
      const gone = callbacks.callbacks
        .where(
          ({ callback, callbackNo }) =>
            isOver(callback) && callbackNo < newestNo && !heldSources.includes(callback.source),
        )
        .slice(0, limit);
      callbacks.removeAll(new Set(gone.map(({ callbackNo }) => callbackNo)));
      const newestLegacyNo = newestBeside(legacyEvents.all().map(({ no }) => no));
      const events = legacyEvents
        .where(({ no, event }) => event.atMs < beforeMs && no < newestLegacyNo && !heldSources.includes(event.source))
        .slice(0, limit - gone.length);
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
    removeDamaged: (beforeMs, { groupNos }, limit) => {
      const isOver = (hour: number) => (hour + 1) * HOUR_MS <= beforeMs;
      const gone = campaigns.damagedChunks
        .where(({ hour, groupNo }) => isOver(hour) && !groupNos.has(groupNo))
        .slice(0, limit);
      for (const { chunkNo } of gone) campaigns.damagedChunks.remove(chunkNo);
      return gone.length;
    },
    removeAudit: () => 0,
    removeMissingKeys: (beforeDay, heldSources, limit) => {
      const gone = hold.missingKeys
        .where(({ day, source }) => day < beforeDay && !heldSources.includes(source))
        .slice(0, limit);
      for (const { day, source, service, key } of gone)
        hold.missingKeys.remove(JSON.stringify([day, source, service, key]));
      return gone.length;
    },
    // It has no ledger.
    removeRuns: () => 0,
    hasStatements: (groupNo, moreThan) => statementsOf(groupNo).length > moreThan,
    statementsAfter: (groupNo, contentDigest, limit) =>
      statementsOf(groupNo)
        .filter((one) => one.contentDigest > contentDigest)
        .sort((a, b) => (a.contentDigest < b.contentDigest ? -1 : 1))
        .slice(0, limit)
        .map(({ no, contentDigest }) => ({ no, contentDigest })),
    removeStatement: (no) => {
      const newestNo = Math.max(...campaigns.statements.all().map((one) => one.no));
      return no < newestNo && campaigns.statements.remove(no);
    },
    blocksSince: (groupNo, chunkNo) =>
      campaigns.chunks
        .where((chunk) => chunk.groupNo === groupNo && chunk.chunkNo > chunkNo)
        .sort(ascending((chunk) => chunk.chunkNo))
        .map(({ chunkNo, block }) => ({ chunkNo, block })),
    isEmpty: (groupNo) => {
      const isOf = (row: { readonly groupNo: number }) => row.groupNo === groupNo;
      const { chunks, damagedChunks, quarters, steps } = campaigns;
      const rows = [...chunks.where(isOf), ...damagedChunks.where(isOf), ...quarters.where(isOf), ...steps.of(groupNo)];
      return rows.length === 0;
    },
    usedBytes: () => 0,
    oldestMs: () => null,
    // eslint-disable-next-line require-yield -- nothing is estimated, and so nothing is done in parts
    estimate: function* () {
      return { notifications: 0, rollups: 0, history: 0, callbacks: 0, quarantine: 0, audit: 0 };
    },
    holds: () => holds.all(),
    isStored: ({ source, group }) => {
      const groups = campaigns.groups.where((one) => one.id === group || one.source === source);
      const sources = [
        ...callbacks.callbacks.all().map(({ callback }) => callback.source),
        ...legacyEvents.all().map(({ event }) => event.source),
        ...bodies.all().map(({ delivery }) => delivery.source),
      ];
      return groups.length > 0 || (source !== null && sources.includes(source));
    },
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
