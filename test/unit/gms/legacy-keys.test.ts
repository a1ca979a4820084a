import { describe, expect, it } from 'vitest';
import { decodeLegacyEvent, legacyBody } from '../../../src/gms/legacy-keys.js';
import { digest, T0 } from '../../support/notifications.js';

const CONTEXT = { source: 'eu-1', atMs: T0, origin: 'tserver-log', digest } as const;
const decode = (body: unknown) => decodeLegacyEvent(body, CONTEXT);
/** Of the reference's sample log. */
const SAMPLE = {
  gms_AgentAvailable: '1348817660755',
  gms_AgentConnected: '',
  gms_ServiceName: 'inbound-delay',
  gms_ServiceStartAt: '1348817660553',
  gms_SessionEventSeq: 3,
  gms_SessionId: '65UA6ISSJH76R340BNDQ2DG0DG000036',
  gms_WaitingForAgent: '1348817660744',
};

describe('an event from before there were records', () => {
  it('says its session and its times, and nothing where a text is empty', () => {
    expect(decode(SAMPLE)).toMatchObject({
      source: 'eu-1',
      atMs: T0,
      origin: 'tserver-log',
      dn: null,
      sentToIcon: null,
      sessionId: '65UA6ISSJH76R340BNDQ2DG0DG000036',
      sequence: 3,
      service: 'inbound-delay',
      userId: null,
      startedMs: 1_348_817_660_553,
      waitingMs: 1_348_817_660_744,
      agentAvailableMs: 1_348_817_660_755,
      agentConnectedMs: null,
      stoppedMs: null,
    });
  });

  it('keeps every key as it came, also one that cannot be read', () => {
    const event = decode({ ...SAMPLE, gms_ServiceStoppedAt: 'soon', gms_SessionEventSeq: '-1', own: 'x' });
    expect(event).toMatchObject({ stoppedMs: null, sequence: null });
    expect(JSON.parse(event?.received ?? '')).toMatchObject({ gms_ServiceStoppedAt: 'soon', own: 'x' });
  });

  it('is the same by its keys, whatever the log says beside them', () => {
    const said = decode(JSON.parse(legacyBody(JSON.stringify(SAMPLE), { dn: 'REPORTING', sentToIcon: false })));
    expect(said).toMatchObject({ dn: 'REPORTING', sentToIcon: false, digest: decode(SAMPLE)?.digest });
    expect(decode({ ...SAMPLE, gms_SessionEventSeq: 4 })?.digest).not.toBe(said?.digest);
  });

  it.each([
    ['a record', { ...SAMPLE, _CB_SERVICE_ID: 'x' }],
    ['keys of somebody else', { GSIP_REC_FN: 'x' }],
    ['no object', [SAMPLE]],
  ])('is not %s', (_, body) => {
    expect(decode(body)).toBeNull();
  });
});
