/**
 * The keys in which Genesys Mobile Services reported callbacks before `_CB_*` (sources.md#callback-kvps). Info Mart knows
 * none of them, and a record has no place for them: such events are kept beside the callbacks.
 */
import { type Digest, lengthPrefixed } from '../domain/identity.js';
import { type Body, canonicalJson } from '../domain/json.js';
import type { LegacyCallbackEvent, LegacyRecord } from '../domain/legacy-callback.js';
import { asTexts } from './event-keys.js';
import { isSaid } from './read-value.js';

const KEYS = {
  sessionId: { name: 'gms_SessionId', type: 'text' },
  sequence: { name: 'gms_SessionEventSeq', type: 'integer' },
  service: { name: 'gms_ServiceName', type: 'text' },
  userId: { name: 'gms_UserId', type: 'text' },
  externalId: { name: 'gms_externalId', type: 'text' },
  startedMs: { name: 'gms_ServiceStartAt', type: 'time' },
  waitingMs: { name: 'gms_WaitingForAgent', type: 'time' },
  agentAvailableMs: { name: 'gms_AgentAvailable', type: 'time' },
  agentConnectedMs: { name: 'gms_AgentConnected', type: 'time' },
  userConnectedMs: { name: 'gms_UserConnected', type: 'time' },
  completedMs: { name: 'gms_IxnCompleted', type: 'time' },
  stoppedMs: { name: 'gms_ServiceStoppedAt', type: 'time' },
} as const satisfies Readonly<Record<keyof LegacyRecord, { name: string; type: 'text' | 'integer' | 'time' }>>;

const FIELDS = Object.keys(KEYS) as readonly (keyof LegacyRecord)[];

export function isLegacyKey(key: string): boolean {
  return /^gms_/i.test(key);
}

export interface LegacyContext {
  readonly source: string;
  /** When it was distributed, by the log. */
  readonly atMs: number;
  readonly dn: string | null;
  /** Null: the log does not say. */
  readonly sentToIcon: boolean | null;
  readonly digest: Digest;
}

/** What cannot be read counts as absent, and stays in `received`. Equal content is one event, whichever log has it. */
export function decodeLegacyEvent(keys: Body, { digest, ...context }: LegacyContext): LegacyCallbackEvent {
  const record = Object.fromEntries(FIELDS.map((field) => [field, read(KEYS[field], keys)]));
  const content = asTexts(keys);
  return {
    ...context,
    ...(record as unknown as LegacyRecord),
    digest: digest(lengthPrefixed([context.source, canonicalJson(content)])),
    received: JSON.stringify(content),
  };
}

function read({ name, type }: (typeof KEYS)[keyof LegacyRecord], keys: Body): string | number | null {
  const value = keys[name];
  if (!isSaid(value) || (typeof value !== 'string' && typeof value !== 'number')) return null;
  const text = String(value).trim();
  switch (type) {
    case 'text':
      return text.toWellFormed();
    case 'integer':
      return /^\d{1,15}$/.test(text) ? Number(text) : null;
    case 'time':
      // 13 digits, from 2001 to 2286; fewer are no time, and 0 is "not yet".
      return /^\d{13}$/.test(text) ? Number(text) : null;
  }
}
