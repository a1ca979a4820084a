/** Compares callbacks of another program's tables with what is held, beside a running service or without one. */
import type { Config } from '../../config/config.js';
import type { Callback } from '../../domain/callback.js';
import { decodeAttachedData } from '../../gms/decode-attached-data.js';
import { decodeCallbackEvent } from '../../gms/decode-callback-event.js';
import { missingKeys } from '../../ingest/judge-callback.js';
import { show } from '../../ingest/violations.js';
import { sha256Digest } from '../../node/digest.js';
import { compileCallbackSchema } from '../../node/schemas.js';
import { CallbackAudit, type CallbackAuditReport, type HeldServices } from '../../reports/callback-audit.js';
import type { CallbackRowReader } from '../../reports/callback-row-reader.js';
import { withHeld } from '../open-held.js';

/** A body that a table tells. */
export interface ToldBody {
  readonly endpoint: 'callback-events' | 'attached-data';
  /** JSON in ASCII. */
  readonly body: string;
  readonly atMs: number | null;
}

export interface CallbackAuditRequest {
  readonly source: string;
  readonly nowMs: number;
}

/** Callbacks read at once. */
const PAGE = 1000;
/** Events of a callback that are looked at: as many as are stored. */
const EVENTS = 200;

/** Throws OCM_UNAVAILABLE when there is no database yet. */
export function auditCallbacks(
  config: Config,
  { source, nowMs }: CallbackAuditRequest,
  told: AsyncIterable<readonly ToldBody[]>,
): Promise<CallbackAuditReport> {
  return withHeld(config, async ({ callbacks }) => {
    const { validate } = compileCallbackSchema();
    const moment = { nowMs, ttlMs: config.callbackTtlMs };
    const audit = new CallbackAudit(heldServices(callbacks, source, moment), moment);
    for await (const bodies of told) {
      for (const { endpoint, body, atMs } of bodies) {
        const context = { source, receivedAtMs: atMs ?? 0, digest: sha256Digest, validate, show };
        if (endpoint === 'attached-data') {
          const { attached } = decodeAttachedData(JSON.parse(body), context);
          if (attached !== null) audit.takeAttached(attached.serviceId);
          continue;
        }
        const { event, faults } = decodeCallbackEvent(JSON.parse(body), context);
        if (event === null) continue;
        const { record, service } = event;
        const { serviceId, serviceEndMs, serviceStartMs } = record;
        const recordedMs = atMs ?? serviceEndMs ?? serviceStartMs ?? nowMs;
        audit.takeEvent({ serviceId, atMs: recordedMs, record, service, missing: missingKeys(faults) });
      }
    }
    return audit.finish();
  });
}

function heldServices(
  rows: CallbackRowReader,
  source: string,
  moment: { readonly nowMs: number; readonly ttlMs: number },
): HeldServices {
  return {
    of: (serviceId) => {
      const [found] = rows.ofService(serviceId, source, 1);
      return found === undefined ? null : { callback: found.callback, events: rows.events(found.no, EVENTS) };
    },
    between: function* (fromMs, toMs): Generator<Callback> {
      const asked = { filter: { ...ALL, source }, moment, range: { fromMs, toMs } };
      for (let before = { ms: Number.MAX_SAFE_INTEGER, no: Number.MAX_SAFE_INTEGER }; fromMs < toMs;) {
        const page = rows.heard(asked, before, PAGE);
        for (const { callback } of page) yield callback;
        const last = page.at(-1);
        if (last === undefined || page.length < PAGE) return;
        before = { ms: last.callback.firstReceivedMs, no: last.no };
      }
    },
  };
}

const ALL = {
  ...{ state: null, tenantDbids: null, queue: null, channel: null, interaction: null, orsSession: null },
  ...{ phoneHash: null, open: null, due: null },
} as const;
