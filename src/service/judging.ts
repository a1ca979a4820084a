/** What every writer judges bodies by. */
import { CALLBACK_SCHEMA_VERSION } from '../gms/callback-schema.js';
import { decodeTextIn } from '../ingest/decode-text.js';
import { makeJudge } from '../ingest/judge.js';
import { makeCallbackJudge } from '../ingest/judge-callback.js';
import type { ReplayOptions } from '../apply/replay.js';
import { numberHasher, randomKey, sha256Digest } from '../node/digest.js';
import { compileCallbackSchema, compileNotificationSchema } from '../node/schemas.js';
import { systemClock } from '../node/system-clock.js';
import { type EnumerationOverrides, enumerationsWith } from '../ocs/enumerations.js';

export interface JudgingSettings {
  readonly enumerations: EnumerationOverrides;
  /** Source to the encoding of its texts, where it is not UTF-8. */
  readonly encodings: Readonly<Record<string, string>>;
  readonly maxClockAheadMs: number;
}

/** All that a writer needs and no database decides. */
export function judging(settings: JudgingSettings) {
  const { maxClockAheadMs } = settings;
  const notificationSchema = compileNotificationSchema();
  const callbackSchema = compileCallbackSchema();
  const enumerations = enumerationsWith(settings.enumerations);
  const utf8 = decodeTextIn('utf-8');
  const decoders = new Map(Object.entries(settings.encodings).map(([source, name]) => [source, decodeTextIn(name)]));
  const decodeTextOf = (source: string) => decoders.get(source) ?? utf8;
  const { validate, version } = notificationSchema;
  const schemaVersionOf: ReplayOptions['schemaVersionOf'] = (endpoint) =>
    endpoint === 'campaign-group-state' ? version : CALLBACK_SCHEMA_VERSION;
  return {
    enumerations,
    judge: makeJudge({ decodeTextOf, validate, enumerations, maxClockAheadMs }),
    judgeCallback: makeCallbackJudge({ decodeTextOf, digest: sha256Digest, validate: callbackSchema.validate }),
    schemaVersionOf,
    keys: { random: randomKey, hasher: numberHasher },
    digest: sha256Digest,
    clock: systemClock,
  };
}
