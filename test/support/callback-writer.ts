/** A writer over a database of its own, for what becomes of callback deliveries. */
import type { Callback } from '../../src/domain/callback.js';
import type { Endpoint } from '../../src/domain/quarantine.js';
import type { BatchReceipt, CommitReport, Delivery } from '../../src/domain/store.js';
import { numberHasher } from '../../src/node/digest.js';
import { decodeTextIn } from '../../src/ingest/decode-text.js';
import { makeJudge } from '../../src/ingest/judge.js';
import { makeCallbackJudge } from '../../src/ingest/judge-callback.js';
import { ENUMERATIONS } from '../../src/ocs/enumerations.js';
import { compileCallbackSchema, compileNotificationSchema } from '../../src/node/schemas.js';
import { Writer, type WriterOptions } from '../../src/sqlite/writer.js';
import { anEventBody } from './callback-events.js';
import { digest, T0 } from './notifications.js';

const notifications = compileNotificationSchema();
const callbacks = compileCallbackSchema();
const decodeTextOf = () => decodeTextIn('utf-8');

export const judgeCallback = makeCallbackJudge({ decodeTextOf, digest, validate: callbacks.validate });

export function openCallbackWriter(path: string, options: Partial<WriterOptions> = {}): Writer {
  return new Writer({
    path,
    judge: makeJudge({
      decodeTextOf,
      validate: notifications.validate,
      enumerations: ENUMERATIONS,
      maxClockAheadMs: 3_600_000,
    }),
    enumerations: ENUMERATIONS,
    digest,
    judgeCallback,
    schemaVersionOf: () => callbacks.version,
    numberKey: 'test-key',
    keys: { random: () => 'random-key', hasher: numberHasher },
    quarantineLimitBytes: 10_000_000,
    maxHeads: 100,
    lockWaitMs: 0,
    keepsLedger: false,
    clock: { nowMs: () => T0 + 60_000 },
    ...options,
  });
}

/** A body on its way to one of the callback endpoints, received some seconds after T0. */
export function aDelivery(endpoint: Endpoint, body: unknown, parts: Partial<Delivery> = {}): Delivery {
  const bytes = Buffer.from(JSON.stringify(body)).toString('latin1');
  return { endpoint, source: 'default', receivedAtMs: T0 + 5000, bytes, ...parts };
}

/** One event; undefined takes a key away. */
export function eventPost(keys: Readonly<Record<string, unknown>> = {}, parts: Partial<Delivery> = {}): Delivery {
  return aDelivery('callback-events', anEventBody(keys), parts);
}

/** The final event of the same callback. */
export function finalPost(keys: Readonly<Record<string, unknown>> = {}, parts: Partial<Delivery> = {}): Delivery {
  const end = { _CB_FINAL_RECORD: 1, _CB_T_SERVICE_END: T0 / 1000 + 600, _CB_DISPOSITION: 'COMPLETED.AGENT' };
  return eventPost({ ...end, ...keys }, parts);
}

/** What became of every event of a commit, in order. */
export function outcomesOf({ receipts }: Pick<CommitReport, 'receipts'>): string[] {
  return receipts.flatMap((receipt) =>
    receipt.kind === 'batch' ? receipt.items.map(({ outcome }) => outcome) : [receipt.outcome],
  );
}

export function itemsOf({ receipts }: CommitReport): BatchReceipt['items'] {
  const [receipt] = receipts;
  if (receipt?.kind !== 'batch') throw new Error('a receipt of several events was expected');
  return receipt.items;
}

/** The callback as the last change of a commit shows it. */
export function shownBy({ callbacks: changes }: CommitReport): Callback {
  const callback = changes.at(-1)?.callback;
  if (callback === undefined) throw new Error('the commit changed no callback');
  return callback;
}
