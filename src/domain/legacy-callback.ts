/**
 * Events in which Genesys Mobile Services reported callbacks before it reported them for Info Mart. They are shown as they
 * are: no callback, no row of CALLBACK_FACT and no missing mandatory key comes of one.
 */

import type { ImportedFrom } from './origin.js';

/** What a legacy event says. `…Ms` are UTC milliseconds; null: not said, or not yet. */
export interface LegacyRecord {
  readonly sessionId: string | null;
  /** Place among the events of its session. */
  readonly sequence: number | null;
  readonly service: string | null;
  readonly userId: string | null;
  readonly externalId: string | null;
  readonly startedMs: number | null;
  readonly waitingMs: number | null;
  readonly agentAvailableMs: number | null;
  readonly agentConnectedMs: number | null;
  readonly userConnectedMs: number | null;
  readonly completedMs: number | null;
  readonly stoppedMs: number | null;
}

export interface LegacyCallbackEvent extends LegacyRecord {
  readonly source: string;
  /** When it was distributed, UTC milliseconds. */
  readonly atMs: number;
  /** The DN it was distributed on; null: not said. */
  readonly dn: string | null;
  /** Whether it was sent on to ICON; null: the log does not say. */
  readonly sentToIcon: boolean | null;
  /** Where it was imported from. */
  readonly origin: ImportedFrom;
  /** Of the whole content: equal digest, equal event. */
  readonly digest: string;
  /** Every key and value as received: a JSON object of texts. */
  readonly received: string;
}
