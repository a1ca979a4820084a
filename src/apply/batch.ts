import type { Notification, Violation } from '../domain/notification.js';
import { type ImportedFrom, isRetelling } from '../domain/origin.js';
import type { Endpoint, QuarantineReason } from '../domain/quarantine.js';
import type {
  CallbackChange,
  CallbackReceipt,
  CommitReport,
  Delivery,
  Heard,
  LegacyReceipt,
  NotificationReceipt,
  QuarantineReceipt,
  Receipt,
  Removed,
  TransitionChange,
} from '../domain/store.js';
import { type CallbackJudgement, type LegacyEvent, missingKeys, type SeveralEvents } from '../ingest/judge-callback.js';
import type { Refusal } from '../ingest/refusal.js';
import { bounded } from '../ingest/violations.js';
import { type CallbackStore, MAX_BESIDE, MAX_EVENTS } from './callbacks.js';
import type { Applied, CampaignStore, RemovedUpTo } from './campaigns.js';
import type { AnyJudgement } from './judge-delivery.js';
import { countMissingKeys } from './missing-keys.js';
import type { QuarantineStore } from './quarantine.js';
import type { Stores } from './stores.js';
import type { LegacyRows, MissingKeyRows } from './callback-rows.js';

type Applicable<K> = Extract<AnyJudgement, { readonly kind: K }>;
type CallbackPart = Exclude<CallbackJudgement, Refusal>;

/** What a replay made of a held body. */
export type Replayed = NotificationReceipt | CallbackReceipt | LegacyReceipt | Omit<QuarantineReceipt, 'id'>;

const NO_ROOM: Refusal = {
  kind: 'refused',
  reason: 'schema',
  violations: [
    {
      field: '',
      rule: `of a callback with at most ${MAX_EVENTS} different events, ${MAX_BESIDE} attached data and ${MAX_BESIDE} status notifications`,
      found: 'one more',
    },
  ],
};

const TOO_OLD = {
  kind: 'quarantined',
  outcome: 'quarantined',
  reason: 'too_old',
  violations: [
    {
      field: 'GSW_DATE_TIME',
      rule: 'within the time of which notifications are kept, or beside one that is',
      found: 'older: what was received beside it went (OCM_RETENTION_NOTIFICATIONS)',
    },
  ],
} as const satisfies Omit<QuarantineReceipt, 'id'>;

/** What a batch did, before it is known how long that took. */
export type BatchChanges = Omit<CommitReport, 'no' | 'commitSeconds' | 'syncSeconds'>;

/** One transaction's work and what it changed. */
export class Batch {
  readonly #campaigns: CampaignStore;
  readonly #callbackStore: CallbackStore;
  readonly #legacyEvents: LegacyRows;
  readonly #missingKeys: MissingKeyRows;
  readonly #quarantine: QuarantineStore;
  readonly #schemaVersionOf: (endpoint: Endpoint) => string;
  readonly #receipts: Receipt[] = [];
  readonly #heard: Heard[] = [];
  /** Groups to show anew; looked up at the end, when everything that failed is undone. */
  readonly #changed = new Map<number, { readonly source: string; readonly dbid: string }>();
  readonly #made: TransitionChange[] = [];
  readonly #withdrawn: TransitionChange[] = [];
  readonly #callbacks: CallbackChange[] = [];
  #quarantineChanged = false;
  #isRetold = false;
  #hasKept = false;
  #dropped = 0;
  #removed: Removed | null = null;

  constructor(stores: Stores, schemaVersionOf: (endpoint: Endpoint) => string) {
    this.#campaigns = stores.campaigns;
    this.#callbackStore = stores.callbacks;
    this.#legacyEvents = stores.legacyEvents;
    this.#missingKeys = stores.missingKeys;
    this.#quarantine = stores.quarantine;
    this.#schemaVersionOf = schemaVersionOf;
  }

  /**
   * Applies what was judged, or quarantines it; its receipt is among those of the report. `removed`: up to when evidence
   * counts as removed, if it is not what retention says.
   */
  receive(delivery: Delivery, judgement: AnyJudgement, removed?: RemovedUpTo): void {
    this.#receipts.push(this.#receiptFor(delivery, judgement, removed));
  }

  /** Takes evidence back that a log or a table told; the receipt says `late`, or `duplicate` where there is none. */
  takeBack({ origin }: Delivery, judgement: AnyJudgement): void {
    const told = judgement.kind === 'notification' && isRetelling(origin) ? judgement.notification : null;
    const gone = told && origin ? this.#campaigns.takeBack(from(origin, told)) : null;
    if (gone) this.#noteImported(gone);
    const { id, outcome, head } = gone ?? { id: '', outcome: 'duplicate' as const, head: { groupNo: 0 } };
    this.#receipts.push({ kind: 'notification', outcome, id, groupNo: head.groupNo, warnings: [] });
  }

  #receiptFor(delivery: Delivery, judgement: AnyJudgement, removed?: RemovedUpTo): Receipt {
    switch (judgement.kind) {
      case 'notification':
        return (
          this.#applyNotification(delivery, judgement, removed) ??
          this.#quarantineBody(delivery, TOO_OLD.reason, TOO_OLD.violations)
        );
      case 'several': {
        const items = judgement.parts.map((part) => this.#receiveOne(part.delivery, part.judgement));
        return { kind: 'batch', outcome: 'batch', items };
      }
      case 'legacy':
        return this.#keepLegacy(judgement);
      case 'event':
      case 'attached':
      case 'status':
      case 'refused':
        return this.#receiveOne(delivery, judgement);
    }
  }

  noteRemoved(removed: Removed): void {
    this.#removed = removed;
  }

  quarantine(delivery: Delivery, reason: QuarantineReason, violations: readonly Violation[]): void {
    this.#receipts.push(this.#quarantineBody(delivery, reason, violations));
  }

  /** Null for one that is too old to be placed. */
  #applyNotification(
    delivery: Delivery,
    { notification, warnings }: Applicable<'notification'>,
    removed?: RemovedUpTo,
  ): NotificationReceipt | null {
    if (this.#campaigns.isTooOld(notification, removed)) return null;
    const { origin } = delivery;
    const applied = this.#campaigns.apply(origin === undefined ? notification : from(origin, notification));
    const { outcome, id, head } = applied;
    const { groupNo } = head;
    if (origin !== undefined) {
      this.#noteImported(applied);
      return { kind: 'notification', outcome, id, groupNo, warnings };
    }
    if (applied.changed) this.#changed.set(groupNo, { source: head.source, dbid: head.dbid });
    for (const transition of applied.made) this.#made.push({ groupNo, transition });
    for (const transition of applied.withdrawn) this.#withdrawn.push({ groupNo, transition });
    if (head.newest) {
      const { atMs: lastEventMs, statistics } = head.newest;
      const heard = { groupNo, atMs: notification.atMs, lastEventMs, statistics };
      for (const receivedAtMs of delivery.coalesced ?? []) {
        this.#heard.push({ ...heard, outcome: 'coalesced', receivedAtMs });
      }
      this.#heard.push({ ...heard, outcome, receivedAtMs: delivery.receivedAtMs });
    }
    return { kind: 'notification', outcome, id, groupNo, warnings };
  }

  /** Nobody was heard, and nothing happened now: the group is shown as it stands, and whoever follows looks at history anew. */
  #noteImported({ outcome, head, made, withdrawn }: Applied): void {
    if (outcome !== 'duplicate') this.#changed.set(head.groupNo, { source: head.source, dbid: head.dbid });
    if (made.length + withdrawn.length > 0) this.#isRetold = true;
  }

  /** A held body again: applied, or why it is still faulty; what became of it is for the caller to note. */
  replay(delivery: Delivery, judgement: AnyJudgement): Replayed {
    if (judgement.kind === 'several') return this.#replaySeveral(judgement);
    if (judgement.kind === 'legacy') return this.#keepLegacy(judgement);
    if (judgement.kind === 'notification') {
      return this.#applyNotification(delivery, judgement) ?? TOO_OLD;
    }
    const applied =
      this.#refusalOf(judgement, delivery.origin) ?? this.#applyCallback(judgement as CallbackPart, delivery.origin);
    return applied.kind === 'refused' ? { ...applied, kind: 'quarantined', outcome: 'quarantined' } : applied;
  }

  /** Several of which any can be applied leave the faulty ones held singly; of which none can, they are held as they were. */
  #replaySeveral({ parts }: SeveralEvents): Replayed {
    const refusals = parts
      .map((part) => this.#refusalOf(part.judgement, part.delivery.origin))
      .filter((refusal) => refusal !== null);
    const [refusal] = refusals;
    if (refusal && refusals.length === parts.length) {
      const violations = bounded(refusals.flatMap((one) => one.violations));
      return { kind: 'quarantined', outcome: 'quarantined', reason: refusal.reason, violations };
    }
    const items = parts.map((part) => this.#receiveOne(part.delivery, part.judgement));
    return (
      items.find((item) => item.kind === 'callback') ?? { ...NO_ROOM, kind: 'quarantined', outcome: 'quarantined' }
    );
  }

  #receiveOne(delivery: Delivery, judgement: CallbackJudgement): CallbackReceipt | QuarantineReceipt {
    const applied =
      this.#refusalOf(judgement, delivery.origin) ?? this.#applyCallback(judgement as CallbackPart, delivery.origin);
    if (applied.kind === 'callback') return applied;
    const { reason, violations } = applied;
    if (delivery.endpoint === 'callback-events' && delivery.origin === undefined) {
      const { source, receivedAtMs } = delivery;
      const event = judgement.kind === 'event' ? judgement.event : null;
      const named = { service: event?.service ?? null, serviceId: event?.record.serviceId ?? null };
      countMissingKeys(this.#missingKeys, { source, receivedAtMs, ...named, keys: missingKeys(violations) });
    }
    return this.#quarantineBody(delivery, reason, violations);
  }

  /** An event that lacks a mandatory key is refused, unless it comes after the final record of its callback. */
  #refusalOf(judgement: CallbackJudgement, origin: ImportedFrom | undefined): Refusal | null {
    if (judgement.kind === 'refused') return judgement;
    if (judgement.kind !== 'event') return null;
    const { event, refusal } = judgement;
    if (refusal === null || this.#callbackStore.isAfterFinal({ ...event, ...(origin && { origin }) })) return null;
    return refusal;
  }

  /** Refuses only what there is no room for. */
  #applyCallback(judgement: CallbackPart, origin: ImportedFrom | undefined): CallbackReceipt | Refusal {
    const { warnings } = judgement;
    const ofOrigin = origin && { origin };
    const [serviceId, applied] =
      judgement.kind === 'event'
        ? [judgement.event.record.serviceId, this.#callbackStore.applyEvent({ ...judgement.event, ...ofOrigin })]
        : judgement.kind === 'attached'
          ? [judgement.attached.serviceId, this.#callbackStore.applyAttachedData(judgement.attached)]
          : [judgement.status.serviceId, this.#callbackStore.applyStatus(judgement.status)];
    if (applied === null) return NO_ROOM;
    const { change } = applied;
    // What is imported is no event of now: it counts as nothing but how its callback stands.
    if (change) this.#callbacks.push(origin === undefined ? change : { ...change, event: null, finished: false });
    return { kind: 'callback', outcome: applied.outcome, serviceId, warnings };
  }

  #keepLegacy({ legacy, warnings }: LegacyEvent): LegacyReceipt {
    const outcome = this.#legacyEvents.put(legacy) ? 'legacy' : 'duplicate';
    return { kind: 'legacy', outcome, id: legacy.digest, warnings };
  }

  #quarantineBody(delivery: Delivery, reason: QuarantineReason, violations: readonly Violation[]): QuarantineReceipt {
    const kept = this.#quarantine.keep(delivery, reason, violations, this.#schemaVersionOf(delivery.endpoint));
    this.#quarantineChanged = true;
    this.#hasKept = true;
    this.#dropped += kept.dropped;
    return { kind: 'quarantined', outcome: 'quarantined', id: kept.id, reason, violations };
  }

  /** Marks a place: the function it gives takes back all that is noted after it, for work that is undone. */
  mark(): () => void {
    const lists: unknown[][] = [this.#receipts, this.#heard, this.#made, this.#withdrawn, this.#callbacks];
    const lengths = lists.map(({ length }) => length);
    return () => {
      lists.forEach((list, index) => list.splice(lengths[index] ?? 0));
    };
  }

  quarantineChanged(): void {
    this.#quarantineChanged = true;
  }

  /** Whether an import changed history: such changes are not among those of the report. */
  get isRetold(): boolean {
    return this.#isRetold;
  }

  /** Whether it put bodies into quarantine. */
  get hasKept(): boolean {
    return this.#hasKept;
  }

  changes(): BatchChanges {
    return {
      receipts: this.#receipts,
      heard: this.#heard,
      snapshots: [...this.#changed.values()]
        .map(({ source, dbid }) => this.#campaigns.heads.snapshot(source, dbid))
        .filter((snapshot) => snapshot !== null),
      made: this.#made,
      withdrawn: this.#withdrawn,
      callbacks: this.#callbacks,
      quarantine: this.#quarantineChanged ? this.#quarantine.counts() : null,
      quarantineDropped: this.#dropped,
      removed: this.#removed,
    };
  }
}

/** A notification that did not come by a post. */
function from(origin: ImportedFrom, notification: Notification): Notification {
  return { ...notification, statement: { ...notification.statement, origin } };
}
