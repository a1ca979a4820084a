/**
 * A store as those see it who post and read: writing goes through one `BatchWriter`, reading through a `ReportReader` that
 * sees what is committed and never holds up the writer. Which rows a database has to keep is said in `apply/tables.ts`.
 */
import type { AbandonmentAsked, PeriodAbandonment } from './abandonment.js';
import type { AuditRow } from './audit.js';
import type { Callback } from './callback.js';
import type { GroupNo, GroupSnapshot, RecordedTransition } from './campaign-group.js';
import type { MaintenanceWindow } from './maintenance.js';
import type { Statistics, Violation } from './notification.js';
import type { ImportedFrom } from './origin.js';
import type { Endpoint, QuarantineCount, QuarantinedBody, QuarantineReason } from './quarantine.js';
import type { Silence, SilenceRule } from './silence.js';

/** A body as received, before anybody looked into it. */
export interface Delivery {
  readonly endpoint: Endpoint;
  readonly source: string;
  readonly receivedAtMs: number;
  /** The raw bytes, one character a byte (latin1): exact, and the cheapest thing to hand to another thread. */
  readonly bytes: string;
  /** Set when this is the kept prefix of a body over the limit. */
  readonly oversize?: Oversize;
  /** When the queued posts were received that gave way to this one. */
  readonly coalesced?: readonly number[];
  /** Set when it is no post: it moves nothing that counts or times posts. */
  readonly origin?: ImportedFrom;
}

export interface Oversize {
  /** Bytes of the whole body: as declared, or counted. */
  readonly size: number;
  /** Whether that is all; false when the count was given up. */
  readonly isExact?: boolean;
  /** Of as many bytes as may be received. */
  readonly digest: string;
}

/** Precedence duplicate > late > transition > refresh. `coalesced`: gave way to a later one, whose commit it is answered with. */
export const OUTCOMES = ['transition', 'refresh', 'late', 'duplicate', 'coalesced'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** `after-final`: kept, never counted. */
export const CALLBACK_OUTCOMES = ['recorded', 'duplicate', 'after-final'] as const;
export type CallbackOutcome = (typeof CALLBACK_OUTCOMES)[number];

/**
 * What became of one delivery, or of one event of it. Given out only after the commit that holds it. `kind` says which of
 * these it is; `outcome` is the word that answers and metrics have for it.
 */
export type Receipt =
  NotificationReceipt | CallbackReceipt | LegacyReceipt | QuarantineReceipt | SpooledReceipt | BatchReceipt;

export interface NotificationReceipt {
  readonly kind: 'notification';
  readonly outcome: Outcome;
  readonly id: string;
  readonly groupNo: GroupNo;
  readonly warnings: readonly Violation[];
}

export interface CallbackReceipt {
  readonly kind: 'callback';
  readonly outcome: CallbackOutcome;
  readonly serviceId: string;
  readonly warnings: readonly Violation[];
}

/** Of an event from before there were records, which only imports bring. */
export interface LegacyReceipt {
  readonly kind: 'legacy';
  readonly outcome: 'legacy' | 'duplicate';
  /** Derived from its content. */
  readonly id: string;
  readonly warnings: readonly Violation[];
}

export interface QuarantineReceipt {
  readonly kind: 'quarantined';
  readonly outcome: 'quarantined';
  readonly id: string;
  readonly reason: QuarantineReason;
  readonly violations: readonly Violation[];
}

/** Durable on this machine while the database is away; what it will have done there is not known yet. */
export interface SpooledReceipt {
  readonly kind: 'spooled';
  readonly outcome: 'spooled';
  /** Derived from the content; null for what belongs to a callback. */
  readonly id: string | null;
  readonly serviceId: string | null;
  readonly warnings: readonly Violation[];
}

/** Of several events in one body, in order. */
export interface BatchReceipt {
  readonly kind: 'batch';
  readonly outcome: 'batch';
  readonly items: readonly (CallbackReceipt | QuarantineReceipt | SpooledReceipt)[];
}

/** A callback of which something changed. */
export interface CallbackChange {
  readonly callback: Callback;
  /** The record of the event, null when it was attached data or a status notification. */
  readonly event: { readonly outcome: CallbackOutcome; readonly isFinal: boolean } | null;
  /** Whether the event is the first final record of its callback. */
  readonly finished: boolean;
}

/** A group heard of: what changed with every notification, without the words that hardly ever do. */
export interface Heard {
  readonly groupNo: GroupNo;
  readonly outcome: Outcome;
  readonly receivedAtMs: number;
  /** GSW_DATE_TIME of what was heard, and of the newest evidence since. */
  readonly atMs: number;
  readonly lastEventMs: number;
  readonly statistics: Statistics;
}

export interface TransitionChange {
  readonly groupNo: GroupNo;
  readonly transition: RecordedTransition;
}

/** When the newest event of a source and tenant was received. */
export interface LastEvent {
  readonly source: string;
  readonly tenantDbid: number | null;
  readonly receivedMs: number;
}

/** Everything one commit changed, for those who show it. */
export interface CommitReport {
  /** Rises with every commit of a process: what is shown of an item is what the highest says. */
  readonly no: number;
  /** One a delivery, in order. */
  readonly receipts: readonly Receipt[];
  readonly heard: readonly Heard[];
  /** Groups of which more than the figures changed. */
  readonly snapshots: readonly GroupSnapshot[];
  readonly made: readonly TransitionChange[];
  /** Transitions that later evidence disproved; the same id may have been counted before. */
  readonly withdrawn: readonly TransitionChange[];
  readonly callbacks: readonly CallbackChange[];
  /** Held quarantine rows after the commit; null when unchanged. */
  readonly quarantine: readonly QuarantineCount[] | null;
  /** Quarantine rows dropped to stay within the bound. */
  readonly quarantineDropped: number;
  /** What is to be shown no longer; null: nothing. */
  readonly removed: Removed | null;
  /** How long the commit itself took, seconds: begin to durable. */
  readonly commitSeconds: number;
  /** How much of that the disk took to make it durable. */
  readonly syncSeconds: number;
}

export interface BatchWriter {
  /**
   * Applies deliveries in order in one transaction and makes them durable; resolves after the commit.
   * Rejects with OCM_UNAVAILABLE when nothing of the batch could be made durable; then nothing of it is kept.
   */
  commit(deliveries: readonly Delivery[]): Promise<CommitReport>;
  /**
   * Replays held bodies against the present schema, in slices; `onSlice` is told of each after its commit and before any
   * later commit is told of, and the next slice waits until it is through. A dry run changes nothing. Idempotent: what
   * applied once is a duplicate. Rejects when it breaks off; the slices that were told of are kept.
   */
  replay(request: ReplayRequest, onSlice: (slice: ReplaySlice) => void | Promise<void>): Promise<void>;
  /**
   * Removes a campaign group or all of a source, in slices; `onSlice` is told of each after its commit. Resolves with all
   * that was removed, or would be.
   */
  forget(request: ForgetRequest, onSlice: (slice: ForgetSlice) => void): Promise<ForgetCounts>;
  /** Writes something small durably; rejects when that is not possible now. */
  probe(): Promise<void>;
}

export interface ReplayRequest {
  /** Empty: all that are held. */
  readonly ids: readonly string[];
  readonly source: string | null;
  readonly reason: QuarantineReason | null;
  readonly dryRun: boolean;
}

/** What became of one held body. */
export interface ReplayedBody {
  readonly id: string;
  readonly outcome: Exclude<Receipt, BatchReceipt>['outcome'];
  readonly violations: readonly Violation[];
}

/** What one transaction of a replay did. */
export interface ReplaySlice {
  readonly items: readonly ReplayedBody[];
  /** What its commit changed; null for a dry run. */
  readonly report: CommitReport | null;
}

/** What to remove: a group by its public id, or a source; one of the two is null. */
export interface ForgetRequest {
  readonly group: string | null;
  readonly source: string | null;
  /** Only count. */
  readonly dryRun: boolean;
}

export interface ForgetCounts {
  readonly groups: number;
  readonly notifications: number;
  readonly transitions: number;
  readonly callbacks: number;
  readonly callbackEvents: number;
  readonly attachedData: number;
  readonly statusNotifications: number;
  readonly legacyEvents: number;
  readonly quarantined: number;
}

/** What was asked to be forgotten. */
export interface Removed {
  /** Groups that are gone for everybody from now on. */
  readonly groupNos: readonly GroupNo[];
  /** The source of which nothing shall be shown any more. */
  readonly source: string | null;
}

/** What one commit of a removal removed. */
export interface ForgetSlice extends Removed {
  /** Of its commit, as in `CommitReport`; 0 for a dry run. */
  readonly no: number;
  readonly counts: ForgetCounts;
  /** What the quarantine still holds; null when unchanged. */
  readonly quarantine: readonly QuarantineCount[] | null;
}

/** A half-open range of time, UTC milliseconds. */
export interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
}

/** A page of a list, newest first. The cursor is opaque to callers; null on the last page. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

export interface PageRequest {
  readonly limit: number;
  readonly cursor: string | null;
}

export interface TransitionRow extends RecordedTransition {
  /** Public id of the campaign group, and its key. */
  readonly campaignGroupId: string;
  readonly source: string;
  readonly dbid: string;
}

/** One statistic over one step: never an average of averages. Null when nothing was known in it. */
export interface Aggregate {
  readonly min: number;
  readonly mean: number;
  readonly max: number;
  readonly last: number;
}

export interface StatisticsRow {
  /** Time of the sample, or start of the step. */
  readonly atMs: number;
  /** Samples in it that carried any figure. */
  readonly count: number;
  readonly busyRatio: Aggregate | null;
  readonly hitRatio: Aggregate | null;
  readonly overdialRatio: Aggregate | null;
  readonly timeToCompleteSeconds: Aggregate | null;
}

/** What statistics are made of. */
export const RESOLUTIONS = ['samples', '15m'] as const;

export interface StatisticsPage extends Page<StatisticsRow> {
  readonly resolution: (typeof RESOLUTIONS)[number];
}

export interface SessionRow {
  readonly startMs: number | null;
  readonly endMs: number | null;
  readonly firstSeenMs: number;
  /** How much of the time since it was first seen this service listened; null while it lasts. */
  readonly observedMs: number | null;
}

export interface CallingListRow {
  readonly name: string;
  readonly dbid: string | null;
  /** GSW_DATE_TIME of the newest evidence that names the list. */
  readonly atMs: number;
  readonly hitRatio: number | null;
  readonly timeToCompleteSeconds: number | null;
}

/** What transitions may be narrowed by; null: not. */
export interface TransitionFilter {
  readonly source: string | null;
  /** The state it leads to. */
  readonly state: string | null;
  readonly action: string | null;
  readonly inferred: boolean | null;
  /** Of these groups; null or left out: of all. */
  readonly groupNos?: readonly GroupNo[] | null;
}

/** Whose actions are counted; null: all. Days are those of the zone. */
export interface ActionsRequest {
  readonly groupId: string | null;
  readonly source: string | null;
  readonly timeZone: string;
}

/** What was done to a group on a day: an unload is one action, however many states it leads through. */
export interface ActionsRow {
  /** `YYYY-MM-DD`. */
  readonly day: string;
  readonly campaignGroupId: string;
  readonly source: string;
  readonly dbid: string;
  readonly client: number;
  readonly automatic: number;
  /** Told, by an actor that is not known. */
  readonly unattributed: number;
  /** Transitions that no notification explains. */
  readonly inferred: number;
}

export interface QuarantineFilter {
  readonly source: string | null;
  readonly reason: QuarantineReason | null;
  /** True: replayed ones too. */
  readonly replayed: boolean;
}

/** What changed since a time, for whoever resumes following. */
export interface ChangedSince {
  /** Oldest first. */
  readonly transitions: readonly { readonly row: TransitionRow; readonly withdrawn: boolean }[];
  /** Received, received again or replayed since. */
  readonly quarantine: readonly QuarantinedBody[];
}

/** How long steps are, and by which zone's clock they begin. */
export interface Resolution {
  readonly ms: number;
  /** An IANA name. */
  readonly timeZone: string;
}

/** A time in which nobody listened, between two runs of this service. */
export interface Unobserved {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface SilencePage extends Page<Silence> {
  /** Since when silences are known: the first notification, or later where samples have gone. Null: there is none. */
  readonly knownFromMs: number | null;
  /** GSW_DATE_TIME of the group's first notification: of the time before nothing is known. Null: there is none. */
  readonly firstMs: number | null;
}

/** What the silences of a group are told by, besides what is stored of it. */
export interface Listened {
  /** Null: nothing is expected of its source, so nothing is missed. */
  readonly rule: SilenceRule | null;
  readonly maintenance: readonly MaintenanceWindow[];
  /** Whether it is running, when it was heard last, and since when it is silent: null, it is not. */
  readonly isRunning: boolean;
  readonly heardMs: number;
  readonly silentSinceMs: number | null;
  readonly nowMs: number;
}

export interface ReportReader {
  transitions(
    groupId: string | null,
    range: TimeRange,
    page: PageRequest,
    filter?: TransitionFilter,
  ): Promise<Page<TransitionRow>>;
  /** By day and group, newest day first. */
  actions(asked: ActionsRequest, range: TimeRange, page: PageRequest): Promise<Page<ActionsRow>>;
  /** `step` null: the samples themselves. */
  statistics(groupId: string, range: TimeRange, step: Resolution | null, page: PageRequest): Promise<StatisticsPage>;
  sessions(groupId: string, range: TimeRange, page: PageRequest): Promise<Page<SessionRow>>;
  /** For how much of each time the group was silent, milliseconds; null: more would have to be read than is for one answer. */
  silentMs(groupId: string, times: readonly TimeRange[], listened: Listened): Promise<readonly (number | null)[]>;
  /** Whole ones that touch the range. A page may end early, with a cursor, where there is much to read. */
  silences(groupId: string, range: TimeRange, page: PageRequest, listened: Listened): Promise<SilencePage>;
  callingLists(groupId: string, page: PageRequest): Promise<Page<CallingListRow>>;
  /** What may be said of abandoned calls; groups that are not there add nothing. */
  abandonment(asked: AbandonmentAsked): Promise<PeriodAbandonment>;
  quarantine(filter: QuarantineFilter, page: PageRequest): Promise<Page<QuarantinedBody>>;
  /** The row and its raw bytes (latin1), or null. */
  quarantinedBody(id: string): Promise<{ readonly row: QuarantinedBody; readonly bytes: string } | null>;
  /** Those of the rows that are there. */
  quarantineRows(ids: readonly string[]): Promise<readonly QuarantinedBody[]>;
  /** Null when more than `limit` of a kind changed, or when history was told again. */
  changes(sinceMs: number, limit: number): Promise<ChangedSince | null>;
  /** Gaps between runs that reach beyond `sinceMs`, newest first. */
  unobserved(sinceMs: number, limit: number): Promise<readonly Unobserved[]>;
  auditLog(page: PageRequest): Promise<Page<AuditRow>>;
}
