/** What a writer's thread is started with. Loads nothing: a service starts the thread before it loads itself. */
import type { SqliteConfig } from '../../config/config.js';
import type { RetentionSettings } from '../../domain/retention.js';
import type { EnumerationOverrides } from '../../ocs/enumerations.js';

/** What a writer goes by. */
export type WriterSettings = Pick<
  SqliteConfig,
  | 'sqlitePath'
  | 'maxGroups'
  | 'quarantineLimitBytes'
  | 'retention'
  | 'maxClockAheadMs'
  | 'piiKey'
  | 'callbackTtlMs'
  | 'enumerations'
  | 'sources'
>;

/** What the composition root hands over; must survive structured cloning. */
export interface WriterThreadData {
  readonly path: string;
  readonly maxHeads: number;
  readonly quarantineLimitBytes: number;
  readonly retention: RetentionSettings;
  readonly maxClockAheadMs: number;
  readonly lockWaitMs: number;
  /** Whether senders' connections waited in a socket since the run before: then its end is no gap. */
  readonly socketOutlived: boolean;
  /** False for commands at rest: only the service's up-time is written down, and only it replaces a damaged database. */
  readonly keepsLedger: boolean;
  readonly enumerations: EnumerationOverrides;
  /** Key for the hashes of customers' numbers; null: one made for the database. */
  readonly numberKey: string | null;
  /** As `StatementsOptions` has it. */
  readonly cachedCharacters?: number;
  /** An open callback silent for longer is not handed over at the start. */
  readonly callbackTtlMs: number;
  /** Source to the encoding of its texts, where it is not UTF-8. */
  readonly encodings: Readonly<Record<string, string>>;
}

/** The data a writer's thread is started with. */
export function writerThreadData(
  config: WriterSettings,
  {
    lockWaitMs,
    keepsLedger,
    socketOutlived = false,
  }: Pick<WriterThreadData, 'lockWaitMs' | 'keepsLedger'> & Partial<Pick<WriterThreadData, 'socketOutlived'>>,
): WriterThreadData {
  return {
    path: config.sqlitePath,
    maxHeads: config.maxGroups,
    quarantineLimitBytes: config.quarantineLimitBytes,
    retention: config.retention,
    maxClockAheadMs: config.maxClockAheadMs,
    lockWaitMs,
    keepsLedger,
    socketOutlived,
    numberKey: config.piiKey,
    callbackTtlMs: config.callbackTtlMs,
    enumerations: config.enumerations,
    encodings: Object.fromEntries([...config.sources].map(([source, { encoding }]) => [source, encoding])),
  };
}
