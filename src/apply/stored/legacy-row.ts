/** The table `legacy_callback_events`, as every database has it. */
import type { LegacyCallbackEvent } from '../../domain/legacy-callback.js';

/** Columns of `legacy_callback_events` behind its number, and what stands in them. */
export const LEGACY_COLUMNS = {
  source: 'source',
  digest: 'digest',
  atMs: 'at_ms',
  dn: 'dn',
  sentToIcon: 'sent_to_icon',
  origin: 'origin',
  sessionId: 'session_id',
  sequence: 'sequence',
  service: 'service',
  userId: 'user_id',
  externalId: 'external_id',
  startedMs: 'started_ms',
  waitingMs: 'waiting_ms',
  agentAvailableMs: 'agent_available_ms',
  agentConnectedMs: 'agent_connected_ms',
  userConnectedMs: 'user_connected_ms',
  completedMs: 'completed_ms',
  stoppedMs: 'stopped_ms',
  received: 'received',
} as const satisfies Readonly<Record<keyof LegacyCallbackEvent, string>>;

type Field = keyof typeof LEGACY_COLUMNS;
const FIELDS = Object.keys(LEGACY_COLUMNS) as readonly Field[];

/** SQL: the columns under the names of their fields. */
export const LEGACY_FIELDS = FIELDS.map((field) => `${LEGACY_COLUMNS[field]} AS ${field}`).join(', ');

/** An event as the columns say it. */
export function legacyEventOf(row: Readonly<Record<string, unknown>>): LegacyCallbackEvent {
  const { sentToIcon, ...rest } = row;
  return { ...rest, sentToIcon: sentToIcon === null ? null : sentToIcon === 1 } as unknown as LegacyCallbackEvent;
}
