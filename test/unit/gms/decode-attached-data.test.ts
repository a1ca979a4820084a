import { describe, expect, it } from 'vitest';
import { decodeAttachedData } from '../../../src/gms/decode-attached-data.js';
import { compileCallbackSchema } from '../../../src/node/schemas.js';
import { digest, T0 } from '../../support/notifications.js';

const { validate } = compileCallbackSchema();
const SECONDS = T0 / 1000;
const CALL = { interaction_id: 'call-7', _CB_SERVICE_ID: 'service-1' };

function decoded(value: unknown, source = 'eu-1') {
  const show = (found: unknown) => (found === undefined ? 'nothing' : JSON.stringify(found));
  return decodeAttachedData(value, { source, receivedAtMs: T0 + 20, digest, validate, show });
}

function attachedIn(value: unknown, source?: string) {
  const { attached } = decoded(value, source);
  if (attached === null) throw new Error('no attached data');
  return attached;
}

describe('attached data', () => {
  it('needs the call and the callback only: the other mandatory keys of an event are not missing', () => {
    expect(decoded(CALL)).toMatchObject({
      attached: {
        source: 'eu-1',
        receivedAtMs: T0 + 20,
        interactionId: 'call-7',
        serviceId: 'service-1',
        serviceStartMs: null,
        acceptedMs: null,
        customerConnectedMs: null,
        offeredMs: null,
      },
      warnings: [],
    });
  });

  it('carries the four times that stand on a call', () => {
    const attached = attachedIn({
      ...CALL,
      _CB_T_SERVICE_START: SECONDS,
      _CB_T_CALLBACK_ACCEPTED: String(SECONDS + 1),
      _CB_T_CUSTOMER_CONNECTED: T0 + 2000,
      _cb_t_callback_offered: SECONDS + 3,
    });

    expect(attached).toMatchObject({
      serviceStartMs: T0,
      acceptedMs: T0 + 1000,
      customerConnectedMs: T0 + 2000,
      offeredMs: T0 + 3000,
    });
  });

  it.each([['interaction_id'], ['_interaction_id'], ['_originating_interaction_id'], ['InteractionID']])(
    'names the call as %s',
    (key) => {
      expect(attachedIn({ [key]: 'call-7', _CB_SERVICE_ID: 'service-1' }).interactionId).toBe('call-7');
    },
  );

  it('may come in UserData', () => {
    const attached = attachedIn({ interaction_id: 'call-7', UserData: { _CB_SERVICE_ID: 'service-1' } });

    expect(attached).toMatchObject({ interactionId: 'call-7', serviceId: 'service-1' });
  });

  it.each([
    [{}, ['interaction_id', '_CB_SERVICE_ID']],
    [{ interaction_id: 'call-7', _CB_SERVICE_ID: 'undefined' }, ['_CB_SERVICE_ID']],
    [{ interaction_id: ' ', _CB_SERVICE_ID: 'service-1' }, ['interaction_id']],
    [{ interaction_id: 'undefined', _CB_SERVICE_ID: 'service-1' }, ['interaction_id']],
  ])('without call or callback is refused, whatever is missing named: %j', (body, missing) => {
    expect(decoded(body)).toMatchObject({
      attached: null,
      faults: missing.map((field) => ({ field, rule: 'present', found: 'nothing' })),
    });
  });

  it('prefers the upper-case spelling, in any order', () => {
    const parts = { _CB_T_CALLBACK_OFFERED: SECONDS, _cb_t_callback_offered: SECONDS + 9 };

    expect(attachedIn({ ...CALL, ...parts }).offeredMs).toBe(T0);
    expect(attachedIn({ ...Object.fromEntries(Object.entries(parts).reverse()), ...CALL }).offeredMs).toBe(T0);
  });

  it('with a time that cannot be read is kept without it, and warned of', () => {
    const { attached, warnings } = decoded({ ...CALL, _CB_T_CALLBACK_ACCEPTED: 'soon' });

    expect(attached).toMatchObject({ acceptedMs: null });
    expect(attached?.received).toContain('"soon"');
    expect(warnings).toMatchObject([{ field: '_CB_T_CALLBACK_ACCEPTED', found: '"soon"' }]);
  });

  it('keeps every key as received', () => {
    const body = JSON.parse('{"__proto__":"x","constructor":1,"_CB_T_SERVICE_START":"0","Lang":"de"}') as object;

    const { received } = attachedIn({ ...body, ...CALL });

    expect(received).toContain('"__proto__":"x"');
    expect(JSON.parse(received)).toMatchObject({ constructor: '1', _CB_T_SERVICE_START: '0', Lang: 'de' });
  });

  it('is the same content whatever the order of its keys, and whether numbers came as texts', () => {
    const body = { ...CALL, _CB_T_SERVICE_START: SECONDS };
    const { digest: usual } = attachedIn(body);

    expect(attachedIn(Object.fromEntries(Object.entries(body).reverse())).digest).toBe(usual);
    expect(attachedIn({ ...body, _CB_T_SERVICE_START: String(SECONDS) }).digest).toBe(usual);
    expect(attachedIn({ ...body, _CB_T_SERVICE_START: SECONDS + 1 }).digest).not.toBe(usual);
    expect(attachedIn({ ...body, interaction_id: 'call-8' }).digest).not.toBe(usual);
    expect(attachedIn(body, 'eu-2').digest).not.toBe(usual);
  });

  it.each([[null], [[]], ['text'], [7]])('is an object, not %j', (value) => {
    expect(decoded(value)).toMatchObject({ attached: null, faults: [{ field: '', rule: 'a JSON object' }] });
  });
});
