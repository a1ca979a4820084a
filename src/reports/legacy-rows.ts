/** The columns of events from before there were records of callbacks. */
import type { LegacyCallbackEvent } from '../domain/legacy-callback.js';
import { maskText } from '../domain/personal-data.js';
import type { PersonalData } from './callback-rows.js';
import type { LEGACY_SCHEMA } from './callback-schemas.js';
import { type Columns, isoTime } from './rows.js';

/** Columns of `/callbacks/legacy`. A site may have put a number into any text of its own. */
export function legacyColumns(pii: PersonalData): Columns<LegacyCallbackEvent, keyof typeof LEGACY_SCHEMA> {
  const shown = (text: string | null) => (text === null || pii === 'full' ? text : maskText(text));
  return {
    at: ({ atMs }) => isoTime(atMs),
    source: ({ source }) => source,
    origin: ({ origin }) => origin,
    dn: ({ dn }) => dn,
    sent_to_icon: ({ sentToIcon }) => sentToIcon,
    session_id: ({ sessionId }) => sessionId,
    sequence: ({ sequence }) => sequence,
    service: ({ service }) => service,
    user_id: ({ userId }) => shown(userId),
    external_id: ({ externalId }) => shown(externalId),
    started_at: ({ startedMs }) => isoTime(startedMs),
    waiting_at: ({ waitingMs }) => isoTime(waitingMs),
    agent_available_at: ({ agentAvailableMs }) => isoTime(agentAvailableMs),
    agent_connected_at: ({ agentConnectedMs }) => isoTime(agentConnectedMs),
    user_connected_at: ({ userConnectedMs }) => isoTime(userConnectedMs),
    completed_at: ({ completedMs }) => isoTime(completedMs),
    stopped_at: ({ stoppedMs }) => isoTime(stoppedMs),
  };
}
