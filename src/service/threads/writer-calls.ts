/** What the writer's thread is asked, and what it tells unasked. */
import type { AuditEntry } from '../../domain/audit.js';
import type { Callback } from '../../domain/callback.js';
import type { CustomerCertificate, CustomerRequest } from '../../domain/customer.js';
import type { GroupSnapshot } from '../../domain/campaign-group.js';
import type { ImportBatch, ImportedBatch } from '../../domain/import.js';
import type { QuarantineCount } from '../../domain/quarantine.js';
import type {
  CommitReport,
  Delivery,
  ForgetCounts,
  ForgetRequest,
  ForgetSlice,
  LastEvent,
  ReplayRequest,
  ReplaySlice,
} from '../../domain/store.js';
import type { RetentionSlice } from '../../apply/retention.js';
import type { Hold, MadeHold, NewHold, RetentionReport } from '../../domain/retention.js';
import type { SpoolStatus } from '../../domain/spool.js';
import type { DamagedChunks, UpkeepReport } from '../../domain/store-upkeep.js';
import type { HandOver } from '../../domain/hand-over.js';
import type { FollowFrom } from '../../postgres/follow/follower.js';
import type { CheckpointReport } from '../../sqlite/checkpoints.js';
import type { ConversionProgress } from '../../sqlite/convert.js';
import type { SetAside } from '../../sqlite/damage/damage.js';
import type { Fault } from './fault.js';

/** Of the database that it is. */
export interface OpeningCalls {
  /** Of a successor, before `open`: reads beside its predecessor, and says what the take-over has to do. */
  prepare(): readonly string[] | Promise<readonly string[]>;
  /** Takes the lock and hands over what is held, as news. A successor is told how its predecessor let go. */
  open(handOver: HandOver | null): Opened | Promise<Opened>;
  /** A reader could not read these chunks. */
  lookAtChunks(chunkNos: readonly number[]): void;
  /** A reader met damage. Throws what became of the database. */
  condemn(why: string): void;
  /** Of everything asked before that is answered at once, the answers come first. The thread ends after it. */
  close(handsOver: boolean): void;
}

/** The same over every database. */
export interface WorkCalls {
  commit(deliveries: readonly Delivery[]): CommitReport;
  replay(request: ReplayRequest): AsyncGenerator<ReplaySlice, void>;
  /** In turn with other long work; posts are committed in between. */
  importBatch(batch: ImportBatch): Promise<ImportedBatch>;
  forget(request: ForgetRequest): AsyncGenerator<ForgetSlice, ForgetCounts>;
  forgetCustomer(request: CustomerRequest): AsyncGenerator<ForgetSlice, CustomerCertificate>;
  /** Goes on with removals that were cut off. */
  finishForgetting(): AsyncGenerator<ForgetSlice, void>;
  /** Removes now what is older than its class is kept. */
  retain(): AsyncGenerator<RetentionSlice, RetentionReport>;
  holds(): readonly Hold[];
  hold(asked: NewHold): MadeHold;
  /** False: there is none of that id. */
  release(id: string): boolean;
  audit(entry: AuditEntry): void;
  keepIntervals(intervals: ReadonlyMap<string, number>): void;
  probe(): void;
}

export type WriterCalls = OpeningCalls & WorkCalls;

/** What the writer knows when it is open. */
export interface Opened {
  /** Until when the run before this one was alive, null for the first: what happened since then was unobserved. */
  readonly previousAliveMs: number | null;
  readonly retoldGroups: number;
  /** The damaged database, or the copy of one, that this start has put aside. */
  readonly setAside: SetAside | null;
  readonly quarantine: readonly QuarantineCount[];
  readonly lastCallbackEvents: readonly LastEvent[];
  /** Source to the interval that was learned of it, milliseconds. */
  readonly keptIntervals: ReadonlyMap<string, number>;
  /** Key of the hashes of customers' numbers; null: it is looked up in the file. */
  readonly numberKey: string | null;
  /** From where what other receivers commit is to be read; null: no other writes to this database. */
  readonly follow: FollowFrom | null;
  /** Loaded groups that were not handed over: there is no room for them. */
  readonly leftOut: number;
}

/** What is held, in pieces, so that no message is too large. */
export interface HandedOver {
  snapshots(piece: readonly GroupSnapshot[]): void;
  callbacks(piece: readonly Callback[]): void;
  /** Of the groups handed over while preparing, these were forgotten since. */
  gone(groupNos: readonly number[]): void;
  /** What was handed over so far is void: the database it came from is damaged. */
  anew(): void;
}

/** What may be told at any time. */
export interface Unasked {
  /** The write-ahead log cannot be written back, or can be again. */
  checkpoint(report: CheckpointReport): void;
  /** While it opens: evidence of an older version is brought into chunks. */
  conversion(progress: ConversionProgress): void;
  /** A run of retention has ended. */
  retained(report: RetentionReport): void;
  /** A slice of it was committed. */
  retaining(slice: RetentionSlice): void;
  /** A commit stands although whoever asked for it is told that it failed. */
  unconfirmed(report: CommitReport): void;
  /** Work beside posts fails, or works again. */
  upkeep(report: UpkeepReport): void;
  /** As many chunks as these are set aside, where it is another number than was told before; none are at first. */
  damagedChunks(damaged: DamagedChunks): void;
  /** A database that was away at the start is there: what it holds, after what was handed over. */
  opened(opened: Opened): void;
  /** How a store stands whose database may be away; told when it changes. */
  spool(status: SpoolStatus): void;
  /** Posts that had waited for the database were committed. */
  drained(report: CommitReport): void;
  /** A damaged spool was moved aside. */
  spoolAside(file: string, why: string): void;
  /** Whether this receiver does from now on what one does for all. */
  leading(isLeading: boolean): void;
  /** The database is not there any more. */
  lost(fault: Fault): void;
}
