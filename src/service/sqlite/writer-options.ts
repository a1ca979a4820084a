/** What the writer's thread is given by the composition root, and makes of it before the lock is free. */
import type { RetentionSettings } from '../../domain/retention.js';
import { numberHasher, randomKey, sha256Digest } from '../../node/digest.js';
import { decodeTextIn } from '../../ingest/decode-text.js';
import { CALLBACK_SCHEMA_VERSION } from '../../gms/callback-schema.js';
import { makeJudge } from '../../ingest/judge.js';
import { makeCallbackJudge } from '../../ingest/judge-callback.js';
import { enumerationsWith, type EnumerationOverrides } from '../../ocs/enumerations.js';
import { compileCallbackSchema, compileNotificationSchema } from '../../node/schemas.js';
import { type WriterOptions } from '../../sqlite/writer.js';
import { systemClock } from '../../node/system-clock.js';

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

/** All that the writer needs and no database decides: made before the lock is free. */
export function writerOptions(data: WriterThreadData): WriterOptions {
  const { path, maxHeads, quarantineLimitBytes, retention, lockWaitMs, keepsLedger, maxClockAheadMs, numberKey } = data;
  const { cachedCharacters } = data;
  const notificationSchema = compileNotificationSchema();
  const callbackSchema = compileCallbackSchema();
  const enumerations = enumerationsWith(data.enumerations);
  const utf8 = decodeTextIn('utf-8');
  const decoders = new Map(Object.entries(data.encodings).map(([source, name]) => [source, decodeTextIn(name)]));
  const decodeTextOf = (source: string) => decoders.get(source) ?? utf8;
  const { validate, version } = notificationSchema;
  const judge = makeJudge({ decodeTextOf, validate, enumerations, maxClockAheadMs });
  const judgeCallback = makeCallbackJudge({ decodeTextOf, digest: sha256Digest, validate: callbackSchema.validate });
  return {
    path,
    maxHeads,
    quarantineLimitBytes,
    retention,
    lockWaitMs,
    keepsLedger,
    enumerations,
    numberKey,
    judge,
    judgeCallback,
    socketOutlived: data.socketOutlived,
    ...(cachedCharacters !== undefined && { cachedCharacters }),
    schemaVersionOf: (endpoint) => (endpoint === 'campaign-group-state' ? version : CALLBACK_SCHEMA_VERSION),
    keys: { random: randomKey, hasher: numberHasher },
    digest: sha256Digest,
    clock: systemClock,
  };
}
