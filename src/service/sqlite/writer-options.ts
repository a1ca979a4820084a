/** What the writer's thread makes of its data before the lock is free. */
import { numberHasher, randomKey, sha256Digest } from '../../node/digest.js';
import { decodeTextIn } from '../../ingest/decode-text.js';
import { CALLBACK_SCHEMA_VERSION } from '../../gms/callback-schema.js';
import { makeJudge } from '../../ingest/judge.js';
import { makeCallbackJudge } from '../../ingest/judge-callback.js';
import { enumerationsWith } from '../../ocs/enumerations.js';
import { compileCallbackSchema, compileNotificationSchema } from '../../node/schemas.js';
import { type WriterOptions } from '../../sqlite/writer.js';
import { systemClock } from '../../node/system-clock.js';
import type { WriterThreadData } from './writer-thread-data.js';

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
