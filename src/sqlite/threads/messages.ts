/** What the HTTP thread and the store's threads say to each other. Errors travel as code and message. */
import type { AuditEntry } from '../../domain/audit.js';
import type { Callback } from '../../domain/callback.js';
import type { GroupSnapshot } from '../../domain/campaign-group.js';
import { type ErrorCode, MonitorError } from '../../domain/errors.js';
import type { QuarantineCount } from '../../domain/quarantine.js';
import type {
  CommitReport,
  Delivery,
  ForgetRequest,
  ForgetSlice,
  LastEvent,
  ReplayRequest,
  ReplaySlice,
} from '../../domain/store.js';
import type { CheckpointReport } from '../checkpoints.js';
import type { HandOver } from '../../domain/succession.js';
import type { SetAside } from '../damage/damage.js';

export type WriterRequest =
  | { readonly kind: 'commit'; readonly deliveries: readonly Delivery[] }
  | { readonly kind: 'replay'; readonly request: ReplayRequest }
  /** The last slice of a replay is through: the next may come. */
  | { readonly kind: 'go-on' }
  | { readonly kind: 'audit'; readonly entry: AuditEntry }
  | { readonly kind: 'keep-intervals'; readonly intervals: ReadonlyMap<string, number> }
  | { readonly kind: 'forget'; readonly request: ForgetRequest }
  | { readonly kind: 'probe' }
  /** To a successor: the predecessor has let go of the database. */
  | { readonly kind: 'take-over'; readonly handOver: HandOver | null }
  /** A reader met damage. */
  | { readonly kind: 'condemn'; readonly why: string }
  | { readonly kind: 'close'; readonly handsOver: boolean };

export type WriterReply =
  | {
      readonly kind: 'ready';
      readonly previousAliveMs: number | null;
      readonly retoldGroups: number;
      readonly setAside: SetAside | null;
      readonly quarantine: readonly QuarantineCount[];
      readonly lastCallbackEvents: readonly LastEvent[];
      readonly keptIntervals: ReadonlyMap<string, number>;
      /** Loaded groups that were not handed over: there is no room for them. */
      readonly leftOut: number;
    }
  /** A successor has read what can be read beside its predecessor, and waits; `pending` is what the take-over has to do. */
  | { readonly kind: 'prepared'; readonly pending: readonly string[] }
  /** What was handed over so far is void: the database it came from is damaged. */
  | { readonly kind: 'anew' }
  | { readonly kind: 'snapshots'; readonly snapshots: readonly GroupSnapshot[] }
  /** Of the groups handed over while preparing, these were forgotten since. */
  | { readonly kind: 'gone'; readonly groupNos: readonly number[] }
  | { readonly kind: 'callbacks'; readonly callbacks: readonly Callback[] }
  | { readonly kind: 'committed'; readonly report: CommitReport }
  /** One slice of a replay, which waits for `go-on` then; null: that was all. */
  | { readonly kind: 'replayed'; readonly slice: ReplaySlice | null }
  /** One slice of a removal; the last one has `done`. */
  | { readonly kind: 'forgotten'; readonly slice: ForgetSlice | null; readonly done: boolean }
  | { readonly kind: 'failed'; readonly request: WriterRequest['kind'] | 'start' | 'beat'; readonly fault: Fault }
  | { readonly kind: 'audited' }
  | { readonly kind: 'kept-intervals' }
  | { readonly kind: 'probed' }
  /** Told without being asked. */
  | { readonly kind: 'checkpoint'; readonly report: CheckpointReport }
  | { readonly kind: 'closed' };

export interface ReaderRequest {
  readonly id: number;
  readonly reader: 'reports' | 'callbacks';
  readonly method: string;
  readonly args: readonly unknown[];
}

export type ReaderReply =
  { readonly id: number; readonly value: unknown } | { readonly id: number; readonly fault: Fault };

export interface Fault {
  /** Null for a bug. */
  readonly code: ErrorCode | null;
  readonly message: string;
  readonly stack: string;
}

export function faultOf(error: unknown): Fault {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return { code: error instanceof MonitorError ? error.code : null, message, stack: stack ?? '' };
}

export function errorOf({ code, message, stack }: Fault): Error {
  if (code !== null) return new MonitorError(code, message);
  const error = new Error(message);
  error.stack = stack;
  return error;
}
