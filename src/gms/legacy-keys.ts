/**
 * The keys in which Genesys Mobile Services reported callbacks before `_CB_*` (sources.md#callback-kvps). Info Mart knows
 * none of them, and a record has no place for them: such events are kept beside the callbacks.
 */
import { type Digest, lengthPrefixed } from '../domain/identity.js';
import { type Body, canonicalJson, isBody } from '../domain/json.js';
import type { LegacyCallbackEvent, LegacyRecord } from '../domain/legacy-callback.js';
import type { ImportedFrom } from '../domain/origin.js';
import { asTexts, fieldOf } from './event-keys.js';
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

/** Whether keys are those of a callback from before there were records: one is, and none is of a record. */
export function isLegacy(keys: readonly string[]): boolean {
  return keys.some((key) => /^gms_/i.test(key)) && !keys.some(isRecordKey);
}

/** Whether a key is one of a record, or will be in a later version. */
export function isRecordKey(key: string): boolean {
  return fieldOf(key) !== undefined || /^_cb_/i.test(key);
}

/** Beside the user data of an event that a log tells of, under names that no sender has. */
const BESIDE = { dn: 'AttributeThisDN', sentToIcon: 'SentToIcon' } as const;

/** What a log says of an event beside its keys. */
export interface SaidBeside {
  readonly dn: string | null;
  /** Null: the log does not say. */
  readonly sentToIcon: boolean | null;
}

/** The body of a legacy event, around its keys as a JSON object. */
export function legacyBody(keys: string, { dn, sentToIcon }: SaidBeside): string {
  return `{"UserData":${keys},"${BESIDE.dn}":${JSON.stringify(dn)},"${BESIDE.sentToIcon}":${JSON.stringify(sentToIcon)}}`;
}

export interface LegacyContext {
  readonly source: string;
  readonly atMs: number;
  readonly origin: ImportedFrom;
  readonly digest: Digest;
}

/**
 * A legacy event in a body, with its keys alone or as `legacyBody` has it; null: it is none. What cannot be read counts as
 * absent, and stays in `received`. Equal keys are one event, whichever log has it.
 */
export function decodeLegacyEvent(body: unknown, { digest, ...context }: LegacyContext): LegacyCallbackEvent | null {
  if (!isBody(body)) return null;
  const { UserData: inner = body, ...beside } = body;
  const keys = isBody(inner) ? inner : body;
  if (!isLegacy(Object.keys(keys))) return null;
  const record = Object.fromEntries(FIELDS.map((field) => [field, read(KEYS[field], keys)]));
  const content = asTexts(keys);
  const { [BESIDE.dn]: dn, [BESIDE.sentToIcon]: sentToIcon } = beside;
  return {
    ...context,
    ...(record as unknown as LegacyRecord),
    dn: typeof dn === 'string' ? dn : null,
    sentToIcon: typeof sentToIcon === 'boolean' ? sentToIcon : null,
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
