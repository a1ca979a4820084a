/** Events from before there were records of callbacks. */
import type { LegacyCallbackEvent } from '../../src/domain/legacy-callback.js';
import { T0 } from './notifications.js';

export function aLegacyEvent(parts: Partial<LegacyCallbackEvent> = {}): LegacyCallbackEvent {
  return {
    source: 'default',
    atMs: T0,
    dn: 'REPORTING',
    sentToIcon: true,
    origin: 'tserver-log',
    digest: 'digest',
    sessionId: 'session-1',
    sequence: 3,
    service: 'inbound-delay',
    userId: null,
    externalId: null,
    startedMs: T0 - 200,
    waitingMs: T0 - 100,
    agentAvailableMs: null,
    agentConnectedMs: null,
    userConnectedMs: null,
    completedMs: null,
    stoppedMs: null,
    received: '{"gms_SessionId":"session-1"}',
    ...parts,
  };
}
