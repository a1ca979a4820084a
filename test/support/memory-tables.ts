/**
 * The row ports of `apply/` over plain maps: the third store, on which its logic is tested without a database. It keeps the
 * contract of `Tables` by the simplest means, and is as fast as tests need it.
 */
import type { Hold } from '../../src/domain/retention.js';
import type { LegacyCallbackEvent } from '../../src/domain/legacy-callback.js';
import type { RecordedTransition } from '../../src/domain/campaign-group.js';
import type { DimensionValue } from '../../src/gms/info-mart.js';
import { type DimensionRows, type LegacyRows, type MissingKeyRows } from '../../src/apply/callback-rows.js';
import {
  bodyBytes,
  type NewBody,
  type QuarantineRows,
  type QuarantineTally,
  type TalliedBody,
} from '../../src/apply/quarantine-rows.js';
import { type ChangeRows, type NotedRemoval, type RemovalRows, type Tables } from '../../src/apply/tables.js';
import { CallbackHold, memoryCallbacks } from './memory-callbacks.js';
import { CampaignRows, memoryCampaigns, removeOfGroup } from './memory-campaigns.js';
import { ascending, MemoryRows, UndoLog } from './memory-rows.js';
import { memoryRetention } from './memory-retention.js';

type Body = NewBody & {
  readonly no: number;
  readonly count: number;
  readonly firstReceivedMs: number;
  readonly lastReceivedMs: number;
  readonly replayedMs: number | null;
  readonly appliedId: string | null;
  /** A newcomer has its id, since it is being forgotten. */
  readonly isNameless: boolean;
};
/** `isNameless`: a newcomer has its key, since it is being forgotten. */
interface LegacyRow {
  readonly no: number;
  readonly event: LegacyCallbackEvent;
  readonly isNameless: boolean;
}
type MissingKey = Parameters<MissingKeyRows['count']>[0] & { readonly events: number };
interface Change {
  readonly no: number;
  readonly recordedMs: number;
  readonly groupNo: number;
  readonly isWithdrawn: boolean;
  readonly transition: RecordedTransition | null;
}

/** Everything that a store in memory holds. */
export class MemoryHold {
  readonly log = new UndoLog();
  readonly campaigns = new CampaignRows(this.log);
  readonly callbacks = new CallbackHold(this.log);
  readonly dimensions = new MemoryRows<string, readonly DimensionValue[]>(this.log);
  readonly missingKeys = new MemoryRows<string, MissingKey>(this.log);
  readonly legacyEvents = new MemoryRows<number, LegacyRow>(this.log);
  readonly bodies = new MemoryRows<number, Body>(this.log);
  readonly changes = new MemoryRows<number, Change>(this.log);
  readonly removals = new MemoryRows<number, NotedRemoval>(this.log);
  readonly holds = new MemoryRows<string, Hold>(this.log);
  #lastNo = 0;

  readonly nextNo = () => ++this.#lastNo;

  isForgotten(kind: 'callbackNo' | 'quarantineNo' | 'legacyNo', source: string, no: number): boolean {
    return this.removals.where((noted) => noted.source === source && noted[kind] >= no).length > 0;
  }
}

export function memoryTables(hold: MemoryHold): Tables {
  return {
    ...memoryCampaigns(hold.campaigns, hold.nextNo),
    callbacks: memoryCallbacks(
      hold.callbacks,
      (source, callbackNo) => hold.isForgotten('callbackNo', source, callbackNo),
      hold.nextNo,
    ),
    dimensions: dimensionRows(hold),
    legacyEvents: legacyRows(hold),
    missingKeys: missingKeyRows(hold),
    quarantine: quarantineRows(hold),
    changes: changeRows(hold),
    removals: removalRows(hold),
    retention: memoryRetention(hold),
  };
}

function dimensionRows({ dimensions }: MemoryHold): DimensionRows {
  return {
    insert: ({ table }, key, row) => {
      const name = `${table};${String(key)}`;
      if (dimensions.get(name) === undefined) dimensions.put(name, row);
    },
  };
}

function legacyRows(hold: MemoryHold): LegacyRows {
  return {
    put: (event) => {
      const { source, digest } = event;
      const held = hold.legacyEvents.where(
        (row) => !row.isNameless && row.event.source === source && row.event.digest === digest,
      );
      if (held.some(({ no }) => !hold.isForgotten('legacyNo', source, no))) return false;
      for (const row of held) hold.legacyEvents.put(row.no, { ...row, isNameless: true });
      const no = hold.nextNo();
      hold.legacyEvents.put(no, { no, event, isNameless: false });
      return true;
    },
  };
}

function missingKeyRows({ missingKeys }: MemoryHold): MissingKeyRows {
  const of = (day: string, source: string) => missingKeys.where((row) => row.day === day && row.source === source);
  return {
    countServices: (day, source) => new Set(of(day, source).map(({ service }) => service)).size,
    hasService: (day, source, service) => of(day, source).some((row) => row.service === service),
    count: (row) => {
      const key = JSON.stringify([row.day, row.source, row.service, row.key]);
      missingKeys.put(key, { ...row, events: (missingKeys.get(key)?.events ?? 0) + 1 });
    },
  };
}

function quarantineRows(hold: MemoryHold): QuarantineRows {
  const { bodies } = hold;
  const isKept = ({ delivery, no, isNameless }: Body) =>
    !isNameless && !hold.isForgotten('quarantineNo', delivery.source, no);
  const named = (id: string) => bodies.where((body) => !body.isNameless && body.id === id)[0];
  const kept = (id: string) => bodies.where((body) => body.id === id && isKept(body))[0];
  const talliedOf = ({ id, delivery, reason, violations, replayedMs }: Body): TalliedBody => {
    const { source, endpoint, bytes } = delivery;
    return { id, source, endpoint, reason, bytes: bodyBytes(bytes, violations), isReplayed: replayedMs !== null };
  };
  const change = (id: string, parts: Partial<Body>) => {
    const body = named(id);
    if (body) bodies.put(body.no, { ...body, ...parts });
  };
  const first = (found: Body[]) => (found[0] === undefined ? null : talliedOf(found[0]));
  return {
    tallies: () => {
      const tallies = new Map<string, QuarantineTally>();
      for (const body of bodies.where((one) => isKept(one) && one.replayedMs === null)) {
        const { source, reason, bytes } = talliedOf(body);
        const key = `${source};${reason}`;
        const before = tallies.get(key) ?? { source, reason, rows: 0, bytes: 0 };
        tallies.set(key, { ...before, rows: before.rows + 1, bytes: before.bytes + bytes });
      }
      return [...tallies.values()];
    },
    replayedBytes: () =>
      bodies
        .where((body) => isKept(body) && body.replayedMs !== null)
        .reduce((sum, body) => sum + talliedOf(body).bytes, 0),
    seenAgain: (id, receivedAtMs, size) => {
      const body = kept(id);
      if (body === undefined) return false;
      const firstReceivedMs = Math.min(body.firstReceivedMs, receivedAtMs);
      const lastReceivedMs = Math.max(body.lastReceivedMs, receivedAtMs);
      const count = body.count + 1;
      bodies.put(body.no, { ...body, count, firstReceivedMs, lastReceivedMs, size: Math.max(body.size, size) });
      return true;
    },
    insert: (body) => {
      change(body.id, { isNameless: true });
      const { receivedAtMs } = body.delivery;
      const no = hold.nextNo();
      const times = { firstReceivedMs: receivedAtMs, lastReceivedMs: receivedAtMs };
      bodies.put(no, { ...body, no, ...times, count: 1, replayedMs: null, appliedId: null, isNameless: false });
    },
    newestNo: () => Math.max(0, ...bodies.all().map(({ no }) => no)),
    heldBetween: ({ ids, source, reason }, { after, end, limit }) =>
      bodies
        .where((body) => isKept(body) && body.replayedMs === null && body.reason !== 'too_large')
        .filter((body) => body.no > after && body.no <= end)
        .filter((body) => source === null || body.delivery.source === source)
        .filter((body) => reason === null || body.reason === reason)
        .filter(({ id }) => ids.length === 0 || ids.includes(id))
        .sort(ascending(({ no }) => no))
        .slice(0, limit)
        .map(({ no, id }) => ({ no, id })),
    delivery: (id) => {
      const body = named(id);
      if (body === undefined || body.reason === 'too_large') return null;
      const { source, endpoint, bytes, origin } = body.delivery;
      return { source, endpoint, bytes, receivedAtMs: body.firstReceivedMs, ...(origin && { origin }) };
    },
    tallied: (id) => {
      const body = named(id);
      return body === undefined ? null : talliedOf(body);
    },
    markReplayed: (id, replayedMs, appliedId) => {
      change(id, { replayedMs, appliedId });
    },
    markFaulty: (id, reason, violations, schemaVersion) => {
      change(id, { reason, violations, schemaVersion });
    },
    oldestReplayed: () =>
      first(
        bodies
          .where((body) => isKept(body) && body.replayedMs !== null)
          .sort(ascending(({ replayedMs }) => replayedMs ?? 0)),
      ),
    oldestOf: (source, reason) =>
      first(
        bodies
          .where((body) => isKept(body) && body.replayedMs === null)
          .filter((body) => body.delivery.source === source && body.reason === reason)
          .sort(ascending(({ lastReceivedMs }) => lastReceivedMs)),
      ),
    remove: (id) => {
      const body = named(id);
      if (body) bodies.remove(body.no);
    },
  };
}

function changeRows({ changes, nextNo }: MemoryHold): ChangeRows {
  return {
    insert: (recordedMs, groupNo, isWithdrawn, transition) => {
      const no = nextNo();
      changes.put(no, { no, recordedMs, groupNo, isWithdrawn, transition });
      return no;
    },
    prune: (upToNo) => {
      for (const { no } of changes.where((change) => change.no <= upToNo)) changes.remove(no);
    },
  };
}

function removalRows(hold: MemoryHold): RemovalRows {
  const { campaigns, callbacks, bodies, changes, removals } = hold;
  const groups = () => campaigns.groups.where(({ isHidden }) => !isHidden).sort(ascending(({ groupNo }) => groupNo));
  const countOf = (callbackNos: ReadonlySet<number>) => ({
    callbacks: callbackNos.size,
    callbackEvents: callbacks.events.where(({ callbackNo }) => callbackNos.has(callbackNo)).length,
    attachedData: callbacks.attachments.where(({ callbackNo }) => callbackNos.has(callbackNo)).length,
    statusNotifications: callbacks.notifications.where(({ callbackNo }) => callbackNos.has(callbackNo)).length,
  });
  const removeCallbacks = (callbackNos: ReadonlySet<number>) => {
    const counts = countOf(callbackNos);
    callbacks.removeAll(callbackNos);
    return counts;
  };
  const keptOf = (source: string) =>
    callbacks.callbacks.where(
      ({ callback, callbackNo, isNameless }) =>
        !isNameless && callback.source === source && !hold.isForgotten('callbackNo', source, callbackNo),
    );
  const keptBodiesOf = (source: string) =>
    bodies.where(
      ({ delivery, no, isNameless }) =>
        !isNameless && delivery.source === source && !hold.isForgotten('quarantineNo', source, no),
    );
  const keptLegacyOf = (source: string) =>
    hold.legacyEvents.where(
      ({ event, no, isNameless }) =>
        !isNameless && event.source === source && !hold.isForgotten('legacyNo', source, no),
    );
  const compacted = (groupNo: number) =>
    campaigns.chunks.where((chunk) => chunk.groupNo === groupNo).reduce((sum, { count }) => sum + count, 0);
  return {
    groupNos: ({ group, source }) =>
      groups()
        .filter((row) => (group === null || row.id === group) && (source === null || row.source === source))
        .map(({ groupNo }) => groupNo),
    countGroup: (groupNo) => ({
      groups: 1,
      notifications: compacted(groupNo),
      transitions: campaigns.steps.of(groupNo).filter(({ transition }) => transition !== null).length,
    }),
    countSource: (source) => ({
      ...countOf(new Set(keptOf(source).map(({ callbackNo }) => callbackNo))),
      quarantined: keptBodiesOf(source).length,
      legacyEvents: keptLegacyOf(source).length,
    }),
    hide: (groupNos) => {
      for (const change of changes.where(({ groupNo }) => groupNos.includes(groupNo))) changes.remove(change.no);
      const hidden = groups().filter(({ groupNo }) => groupNos.includes(groupNo));
      for (const group of hidden) campaigns.groups.put(group.groupNo, { ...group, isHidden: true });
      return { groups: hidden.length };
    },
    note: (source) => {
      const removalNo = hold.nextNo();
      const callbackNo = Math.max(0, ...keptOf(source).map((row) => row.callbackNo));
      const quarantineNo = Math.max(0, ...keptBodiesOf(source).map(({ no }) => no));
      const legacyNo = Math.max(0, ...keptLegacyOf(source).map(({ no }) => no));
      removals.put(removalNo, { removalNo, source, callbackNo, quarantineNo, legacyNo });
      for (const row of hold.missingKeys.where((one) => one.source === source)) {
        hold.missingKeys.remove(JSON.stringify([row.day, row.source, row.service, row.key]));
      }
    },
    noted: () => removals.all().sort(ascending(({ removalNo }) => removalNo)),
    removeCallbacks: (noted) => {
      if (noted.callbackNo === 0) return null;
      removals.put(noted.removalNo, { ...noted, callbackNo: 0 });
      const gone = callbacks.callbacks.where(
        ({ callback, callbackNo, isNameless }) =>
          !isNameless && callback.source === noted.source && callbackNo <= noted.callbackNo,
      );
      return removeCallbacks(new Set(gone.map(({ callbackNo }) => callbackNo)));
    },
    removeBodies: ({ removalNo, source, quarantineNo, legacyNo }) => {
      const events = hold.legacyEvents.where(
        ({ event, no, isNameless }) => !isNameless && event.source === source && no <= legacyNo,
      );
      for (const { no } of events) hold.legacyEvents.remove(no);
      const gone = bodies.where(
        ({ delivery, no, isNameless }) => !isNameless && delivery.source === source && no <= quarantineNo,
      );
      for (const { no } of gone) bodies.remove(no);
      removals.remove(removalNo);
      return { quarantined: gone.length, legacyEvents: events.length };
    },
    removeNameless: () => {
      const nos = callbacks.callbacks.where(({ isNameless }) => isNameless).map(({ callbackNo }) => callbackNo);
      const gone = bodies.where(({ isNameless }) => isNameless);
      for (const { no } of gone) bodies.remove(no);
      const events = hold.legacyEvents.where(({ isNameless }) => isNameless);
      for (const { no } of events) hold.legacyEvents.remove(no);
      if (nos.length + gone.length + events.length === 0) return null;
      return { ...removeCallbacks(new Set(nos)), quarantined: gone.length, legacyEvents: events.length };
    },
    hidden: () => campaigns.groups.where(({ isHidden }) => isHidden)[0]?.groupNo ?? null,
    removeHidden: (groupNo, limit) => removeOfGroup(campaigns, groupNo, limit),
    aroundHidden: (work) => work(),
  };
}
