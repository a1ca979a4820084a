/**
 * What the routes ask of the rest of the service. Each port is one object of it, handed as it is to the routes that need
 * it: a call leads to the method of that name, with nothing in between. None of them throws, unless it says so.
 */
import type { AuditEntry } from '../domain/audit.js';
import type { CustomerRequest } from '../domain/customer.js';
import type { ImportAbout, ImportEnd, ImportItem } from '../domain/import.js';
import type { RejectionReason } from '../domain/quarantine.js';
import type { SpoolStatus } from '../domain/spool.js';
import type { UpkeepTask } from '../domain/store-upkeep.js';
import type { Hold, MadeHold, NewHold, RetentionReport, RetentionSettings } from '../domain/retention.js';
import type {
  Delivery,
  ForgetCounts,
  ForgetRequest,
  Receipt,
  ReplayedBody,
  ReplayRequest,
  ReportReader,
} from '../domain/store.js';
import type { StoreGrowth } from '../domain/store-growth.js';
import type { UnparsedRequest } from '../domain/unparsed.js';
import type { Received } from '../live/received.js';
import type { Roster } from '../live/roster.js';
import type { CertificateRow } from '../reports/customer-view.js';
import type { CallbackReader } from '../reports/callback-reader.js';
import type { LiveFeed } from './live-feed.js';
import type { WantedSecret } from './refused-secrets.js';

/** Where posts go (`ingest/group-commit.ts`). The caller gives the delivery away and does not change it any more. */
export interface Posts {
  /**
   * Resolves after the commit that holds the delivery, or under pressure its successor's. Deliveries of a group are
   * applied in the order in which they were submitted. Rejects with OCM_OVERLOADED at the bound and with OCM_UNAVAILABLE
   * when the store cannot write, and then nothing of it is kept; with `Unconfirmed` when it may be.
   */
  submit(delivery: Delivery): Promise<Receipt>;
}

/** What is counted of posts (`prometheus/service-metrics.ts`): in memory only, from the start of the process on. */
export interface PostCounts {
  /** A post that was made durable was answered within so long. */
  acknowledge(seconds: number): void;
  /** Seconds within which 99 of 100 posts were answered; null before the first, Infinity beyond what is measured. */
  ackP99Seconds(): number | null;
  /** A post was turned away before or instead of being stored. A stranger's source gets no series of its own. */
  reject(source: string, reason: RejectionReason, authenticated: boolean): void;
}

/** Whether the store can write (`service/store-health.ts`). */
export interface Readiness {
  /** Told of everything that could not be made durable, however often. */
  failed(error: unknown): void;
  /** Null when ready; else what is wrong. Never rejects, answers within seconds, asks the store at most once a second. */
  whyNotReady(): Promise<string | null>;
}

/** Requests that were turned away at the door: counted, and logged at most once a minute (`service/turned-away.ts`). */
export interface TurnedAway {
  /** One without a valid secret. */
  refused(listener: WantedSecret, address: string): void;
  /** What never became a request. */
  unparsed(request: UnparsedRequest): void;
  /** A question that came too often. */
  askedTooOften(): void;
}

/** A whole page of metrics. */
export interface MetricsPage {
  /** To be sent in order. */
  readonly pieces: readonly (string | Uint8Array)[];
  /** To be called once, when they are sent or never will be: their memory is written to again. */
  release(): void;
}

/** Prometheus's text format 0.0.4, or OpenMetrics 1.0. */
export type MetricsFormat = 'text' | 'openmetrics';

/** `/metrics` (`service/metrics-pages.ts`). Whoever asks while a page is rendered gets the same one. */
export interface Metrics {
  render(format: MetricsFormat): Promise<MetricsPage>;
  renderDomain(format: MetricsFormat): Promise<MetricsPage>;
}

/** The files of the database, looked at anew for every answer (`service/store.ts`). */
export interface StoreFiles {
  /** Bytes; null for a file that may not be looked at. */
  sizes(): { readonly main: number | null; readonly wal: number | null };
  /** Bytes; null: the system does not say. */
  freeBytes(): number | null;
  /** Damaged databases that lie aside; null where their folder may not be read. */
  asideFiles(): readonly string[] | null;
  /** Notes of what was done to the database, until somebody removes them; null as above. */
  notes(): readonly string[] | null;
  /** How it stands when its database may be away; null: it may not. */
  readonly spool: { readonly status: SpoolStatus | null };
  /** How long what is kept is kept; what the last run found, null before the first. */
  readonly retention: { readonly settings: RetentionSettings; readonly report: RetentionReport | null };
  /** What the store could not read, and what it does beside posts and failed in when it was last tried. */
  readonly upkeep: { readonly damagedChunks: number; readonly failing: readonly Failing[] };
}

interface Failing {
  readonly task: UpkeepTask;
  readonly why: string;
}

/** What administrators do to a service while it runs (`service/upkeep.ts`). Who may is decided before. */
export interface AdministrativeWork {
  /**
   * Hands on what became of the bodies, slice by slice, each after its commit and before the next is begun. Rejects when
   * it breaks off; the slices that were handed on are kept.
   */
  replay(request: ReplayRequest, onItems: (items: readonly ReplayedBody[]) => Promise<void>): Promise<void>;
  /** Resolves with all that was removed, or would be. Rejects when it breaks off; what was removed is gone. */
  forget(request: ForgetRequest): Promise<ForgetCounts>;
  /** Takes a customer out of all that is held, or says where they stand. Rejects when it breaks off: the next start goes on. */
  forgetCustomer(request: CustomerRequest): Promise<CertificateRow>;
  /** Begins an import of what did not come by posts; returns its id. */
  beginImport(about: ImportAbout): string;
  /** Applies a batch of it, durably: one receipt an item. Null: no import of that id goes on. Rejects when nothing was kept. */
  takeImported(id: string, items: readonly ImportItem[]): Promise<readonly Receipt[] | null>;
  /** Ends it; null as above. */
  endImport(id: string): ImportEnd | null;
  /** Removes now what is older than its class is kept. Rejects when it breaks off; what was removed is gone. */
  retain(): Promise<RetentionReport>;
  /** In the order in which they were made. */
  holds(): Promise<readonly Hold[]>;
  /** Keeps what a group, or a source, has until a moment. */
  hold(asked: NewHold): Promise<MadeHold>;
  /** Ends a hold; resolves with false when there is none of that id. */
  release(id: string): Promise<boolean>;
  /** Resolves when the action is written down, or cannot be, which is logged. Never rejects. */
  audit(entry: AuditEntry): Promise<void>;
}

/** All that the application is given; it hands each route what that one needs. */
export interface ServicePorts {
  readonly posts: Posts;
  readonly counts: PostCounts;
  readonly readiness: Readiness;
  readonly turnedAway: TurnedAway;
  readonly metrics: Metrics;
  readonly storeFiles: StoreFiles;
  readonly growth: StoreGrowth;
  readonly work: AdministrativeWork;
  /** What is known now, in memory. */
  readonly roster: Roster;
  readonly received: Received;
  readonly feed: LiveFeed;
  /** What is stored. */
  readonly reader: ReportReader;
  readonly callbackReader: CallbackReader;
}
