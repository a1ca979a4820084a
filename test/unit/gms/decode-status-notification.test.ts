import { describe, expect, it } from 'vitest';
import { decodeStatusNotification } from '../../../src/gms/decode-status-notification.js';
import { digest, T0 } from '../../support/notifications.js';

function decoded(value: unknown, text = JSON.stringify(value), source = 'eu-1') {
  return decodeStatusNotification(value, text, { source, receivedAtMs: T0 + 20, digest });
}

function statusIn(value: unknown, text?: string, source?: string) {
  const { status } = decoded(value, text, source);
  if (status === null) throw new Error('no status');
  return status;
}

const EVENT = '_cbe_on_callback_scheduled';

describe('a status notification', () => {
  it.each([
    ['flat', { _event: EVENT, _service_id: 'service-1' }],
    ['nested', { notification: { message: { event: EVENT, params: [{ _service_id: 'service-1' }] } } }],
    ['with the event as a key', { [EVENT]: { service_id: 'service-1' } }],
    ['with a number as id', { event: EVENT, _SERVICE_ID: 1 }],
    ['with the id of the record', { event: EVENT, _CB_SERVICE_ID: 'service-1' }],
    ['with a bare id', { event: EVENT, data: { _id: 'service-1' } }],
  ])('names event and callback wherever they stand in JSON: %s', (_, body) => {
    expect(statusIn(body)).toMatchObject({ event: EVENT, state: 'SCHEDULED' });
    expect(statusIn(body).serviceId).toMatch(/^(service-1|1)$/);
  });

  it('prefers a service id to any other id, wherever it stands', () => {
    expect(statusIn({ id: 'message-9', event: EVENT, deep: { _service_id: 'service-1' } }).serviceId).toBe('service-1');
  });

  it.each(['undefined', 'null', '', '  ', 'None', 'NULL', ' undefined ', 'nil', '(null)', '[object Object]'])(
    'takes the real id beside one that is none: %j',
    (none) => {
      for (const body of [
        { _service_id: none, service_id: 'service-1' },
        { _service_id: none, deep: { _service_id: 'service-1' } },
        { id: 'message-9', _service_id: none, data: [{ _CB_SERVICE_ID: 'service-1' }] },
        { _service_id: none, _id: 'service-1' },
      ]) {
        expect(statusIn({ event: EVENT, ...body }).serviceId).toBe('service-1');
      }
      expect(decoded({ event: EVENT, _service_id: none }).status).toBeNull();
    },
  );

  it('may be a form', () => {
    const form = { event: EVENT, _service_id: 'service-1' };

    expect(statusIn(form, `event=${EVENT}&_service_id=service-1`)).toMatchObject({ serviceId: 'service-1' });
  });

  it.each([
    ['XML', `<n><event>${EVENT}</event><_service_id>service-1</_service_id></n>`],
    ['text', `${EVENT} for service_id: service-1, thank you`],
    ['pairs', `event="${EVENT}" serviceId="service-1"`],
    ['damaged JSON', `{"event":"${EVENT}","_service_id":"service-1",`],
    ['damaged JSON in a text', String.raw`{"m":"{\"event\":\"${EVENT}\",\"_service_id\":\"service-1\"`],
    [
      'two ids of which one is none',
      `<e>${EVENT}</e><_service_id>undefined</_service_id><service_id>service-1</service_id>`,
    ],
  ])('may be what cannot be parsed: %s', (_, text) => {
    expect(statusIn(null, text)).toMatchObject({
      serviceId: 'service-1',
      event: EVENT,
      received: JSON.stringify({ text }),
    });
  });

  it.each([
    [null, 'hello', 2],
    [{ event: EVENT }, undefined, 1],
    [{ _service_id: 'service-1', event: 'something else' }, undefined, 1],
    [{ _service_id: '', event: EVENT }, undefined, 1],
    [[], undefined, 2],
  ])('that names no event or no callback is refused: %j', (value, text, count) => {
    const { status, faults } = decoded(value, text);

    expect(status).toBeNull();
    expect(faults).toHaveLength(count);
  });

  it.each([
    ['2026-11-20T08:00:00.000Z', T0],
    [T0 / 1000, T0],
    [String(T0 / 1000), T0],
    [T0, T0],
    ['tomorrow', null],
    [0, null],
    [-5, null],
    [1e300, null],
  ])('says when the customer wants to be called: %j', (desired, ms) => {
    expect(statusIn({ event: EVENT, _service_id: 's', _desired_time: desired }).desiredMs).toBe(ms);
  });

  it('of an event that says nothing of the state, or that nobody knows, leaves the state open', () => {
    expect(statusIn({ event: '_cbe_on_callback_reminder', _service_id: 's' }).state).toBeNull();
    expect(statusIn({ event: '_cbe_on_new_thing', _service_id: 's' })).toMatchObject({
      event: '_cbe_on_new_thing',
      state: null,
    });
  });

  it('keeps its body, keys like __proto__ included', () => {
    const body: unknown = JSON.parse(`{"event":"${EVENT}","_service_id":"s","__proto__":{"constructor":[null,1.5]}}`);

    expect(statusIn(body).received).toContain('"__proto__":{"constructor":[null,1.5]}');
  });

  it('is the same content whatever the order of its keys, and another for another source', () => {
    const body = { event: EVENT, _service_id: 's', x: { a: 1, b: 2 } };
    const { digest: usual } = statusIn(body);

    expect(statusIn({ x: { b: 2, a: 1 }, _service_id: 's', event: EVENT }).digest).toBe(usual);
    expect(statusIn({ ...body, x: { a: 1, b: 3 } }).digest).not.toBe(usual);
    expect(statusIn(body, undefined, 'eu-2').digest).not.toBe(usual);
  });
});
