import { describe, expect, it } from 'vitest';
import { decodeCallbackEvent } from '../../../src/gms/decode-callback-event.js';
import { FIELDS, MANDATORY_FIELDS, pairOf } from '../../../src/gms/key-value-pairs.js';
import { compileCallbackSchema } from '../../../src/node/schemas.js';
import { anEventBody } from '../../support/callback-events.js';
import { aRecord } from '../../support/callback-rows.js';
import { digest, T0 } from '../../support/notifications.js';

const { validate } = compileCallbackSchema();
const SECONDS = T0 / 1000;

function decoded(value: unknown, source = 'eu-1') {
  const show = (found: unknown) => (found === undefined ? 'nothing' : JSON.stringify(found));
  return decodeCallbackEvent(value, { source, receivedAtMs: T0 + 20, digest, validate, show });
}

/** The event in a body that must hold one. */
function eventIn(value: unknown, source?: string) {
  const { event } = decoded(value, source);
  if (event === null) throw new Error('no event');
  return event;
}

const json = (text: string) => JSON.parse(text) as Record<string, unknown>;
const allTexts = (body: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(body).map(([key, value]) => [key, String(value)]));

describe('an event with the mandatory keys', () => {
  it('is a complete record of them, its times in milliseconds, all else not reported', () => {
    expect(decoded(anEventBody())).toMatchObject({ faults: [], warnings: [] });
    expect(eventIn(anEventBody())).toMatchObject({
      source: 'eu-1',
      receivedAtMs: T0 + 20,
      record: aRecord(),
      isComplete: true,
      keyCount: 5,
      originatingIxnId: null,
      service: null,
    });
  });

  it('may say that no callback was offered, in no time', () => {
    const event = eventIn(anEventBody({ _CB_N_CALLBACK_OFFERED: '0', _CB_D_CALLBACK_OFFER: '0' }));

    expect(event).toMatchObject({ isComplete: true, record: { offered: 0, offerSeconds: 0 } });
  });

  it('carries any of the seventy keys into the field of its own', () => {
    const sample = { integer: 7, seconds: 8, flag: 1, timestamp: SECONDS, word: 'a word', text: 'a text' };
    const body = Object.fromEntries(FIELDS.map((field) => [pairOf(field).name, sample[pairOf(field).type]]));

    const { record, keyCount } = eventIn(body);

    expect(keyCount).toBe(70);
    for (const field of FIELDS) {
      const { type } = pairOf(field);
      expect([field, record[field]]).toEqual([field, type === 'timestamp' ? T0 : sample[type]]);
    }
  });
});

describe('the spelling of keys', () => {
  it('may be that of the request that starts a callback, for the thirteen parameters and any other key', () => {
    const lower = Object.fromEntries(Object.entries(anEventBody()).map(([key, value]) => [key.toLowerCase(), value]));

    expect(eventIn({ ...lower, _cb_dim_offer_timing: 'off hours' }).record).toEqual(
      aRecord({ offerTiming: 'OFF-HOURS' }),
    );
  });

  it('may differ for one key that says the same twice: nobody is warned', () => {
    const { warnings } = decoded(anEventBody({ _cb_dim_channel: 'web', _CB_DIM_CHANNEL: 'WEB' }));

    expect(warnings).toEqual([]);
  });

  it.each([[{ _CB_DIM_CHANNEL: 'WEB', _cb_dim_channel: 'IVR' }], [{ _cb_dim_channel: 'IVR', _CB_DIM_CHANNEL: 'WEB' }]])(
    'is the upper-case one where both say something else, with a warning: %j',
    (parts) => {
      const { event, warnings } = decoded(anEventBody(parts));

      expect(event?.record.channel).toBe('WEB');
      expect(warnings).toEqual([{ field: '_cb_dim_channel', rule: 'equal to _CB_DIM_CHANNEL', found: '"IVR"' }]);
    },
  );

  it('falls back to the lower-case one where the upper-case one says nothing', () => {
    const event = eventIn(anEventBody({ _CB_DIM_CHANNEL: 'undefined', _cb_dim_channel: 'IVR' }));

    expect(event.record.channel).toBe('IVR');
  });

  it('has no prefix in the two keys of the virtual queue’s type', () => {
    const event = eventIn(anEventBody({ VQ_CFG_TYPE_ID: '1', VQ_CFG_TYPE: 'Virtual Queue' }));

    expect(event.record).toMatchObject({ vqConfigTypeId: 1, vqConfigType: 'Virtual Queue' });
  });
});

describe('keys wrapped in UserData', () => {
  it('count like keys of the event itself', () => {
    const wrapped = { Event: 'EventUserEvent', UserData: anEventBody({ _CB_DIM_CHANNEL: 'WEB' }) };

    const event = eventIn(wrapped);

    expect(event.record).toEqual(aRecord({ channel: 'WEB' }));
    expect(json(event.received)).toEqual({ Event: 'EventUserEvent', ...allTexts(wrapped.UserData) });
  });

  it('are none where UserData is no object: it is kept as a key of somebody else', () => {
    const event = eventIn(anEventBody({ UserData: 'see above' }));

    expect(json(event.received)).toMatchObject({ UserData: 'see above' });
  });
});

describe('keys that nobody knows', () => {
  it('are kept, counted, and warned of when they look like ours', () => {
    const { event, warnings } = decoded(anEventBody({ _CB_N_NEW: 4, Site: 'Linz', Note: 'undefined' }));

    expect(event?.keyCount).toBe(7);
    expect(json(event?.received ?? '')).toMatchObject({ _CB_N_NEW: '4', Site: 'Linz', Note: 'undefined' });
    expect(warnings).toEqual([{ field: '_CB_N_NEW', rule: 'a known field', found: '4' }]);
  });

  it.each([['__proto__'], ['constructor'], ['toString'], ['hasOwnProperty']])(
    'may be called %s: kept like any other, and part of the content',
    (key) => {
      const body = JSON.stringify(anEventBody()).replace('{', `{"${key}":"x",`);

      const event = eventIn(JSON.parse(body));

      expect(event.received).toContain(`"${key}":"x"`);
      expect(event.record).toEqual(aRecord());
      expect(event.keyCount).toBe(6);
      expect(event.digest).not.toBe(eventIn(anEventBody()).digest);
      expect(({} as Record<string, unknown>)['x']).toBeUndefined();
    },
  );

  it('name the service and the call that asked for the callback', () => {
    const event = eventIn(
      anEventBody({ _service_name: ' sales ', _originating_interaction_id: '016701FE8PQ3', service_name: 'other' }),
    );

    expect(event).toMatchObject({ service: 'sales', originatingIxnId: '016701FE8PQ3' });
  });

  it('name no service when they are the text undefined, in any case', () => {
    const event = eventIn(anEventBody({ _service_name: 'Undefined', _originating_interaction_id: ' NULL ' }));

    expect(event).toMatchObject({ service: null, originatingIxnId: null });
  });
});

describe('what was received', () => {
  it('is kept exactly, as texts: values that say nothing, blanks and leading zeros included', () => {
    const body = anEventBody({ _CB_DIM_VQ: ' VQ_Sales ', _CB_TENANT_DBID: '0101', _CB_N_IS_SNOOZED: 'undefined' });

    expect(json(eventIn(body).received)).toEqual(allTexts(body));
  });

  it('keeps nested values as they are', () => {
    const nested = { list: [1, { a: null }] };

    expect(json(eventIn(anEventBody({ Extensions: nested, Empty: null })).received)).toMatchObject({
      Extensions: nested,
      Empty: null,
    });
  });
});

describe('an event without mandatory keys', () => {
  const names = MANDATORY_FIELDS.map((field) => pairOf(field).name);

  it.each(names.filter((name) => name !== '_CB_SERVICE_ID'))('says that %s is missing', (name) => {
    const { event, faults } = decoded(anEventBody({ [name]: 'undefined' }));

    expect(faults).toEqual([{ field: name, rule: 'present', found: 'nothing' }]);
    expect(event).toMatchObject({ isComplete: false, record: { serviceId: 'service-1' } });
  });

  it('names every one of them at once', () => {
    const { event, faults } = decoded({ _CB_DIM_CHANNEL: 'WEB' });

    expect(event).toBeNull();
    expect(faults.map(({ field }) => field).sort()).toEqual(names.sort());
  });

  it('lacks a mandatory time that is 0', () => {
    const { faults } = decoded(anEventBody({ _CB_T_SERVICE_START: 0, _CB_T_CALLBACK_OFFERED: '0' }));

    expect(faults.map(({ field, rule }) => `${field} ${rule}`).sort()).toEqual([
      '_CB_T_CALLBACK_OFFERED present',
      '_CB_T_SERVICE_START present',
    ]);
  });

  it.each([
    [{ _CB_T_SERVICE_START: 'yesterday' }, 'serviceStartMs'],
    [{ _CB_T_SERVICE_START: 12 }, 'serviceStartMs'],
    [{ _CB_D_CALLBACK_OFFER: -1 }, 'offerSeconds'],
    [{ _CB_N_CALLBACK_OFFERED: 'yes' }, 'offered'],
  ] as const)('is one whose value cannot be read: %j', (parts, field) => {
    const { event, faults } = decoded(anEventBody(parts));

    expect(faults).toMatchObject([{ field: Object.keys(parts)[0] }]);
    expect(event).toMatchObject({ isComplete: false, record: { [field]: null } });
  });
});

describe('an optional value that cannot be read', () => {
  it('is absent from the record, warned of, and kept as received', () => {
    const { event, faults, warnings } = decoded(anEventBody({ _CB_N_CALLBACK_MEDIA_ATTEMPTS: 'many' }));

    expect(faults).toEqual([]);
    expect(warnings).toEqual([
      { field: '_CB_N_CALLBACK_MEDIA_ATTEMPTS', rule: 'a whole number from 0 to 2147483647', found: '"many"' },
    ]);
    expect(event).toMatchObject({ isComplete: true, record: { attempts: null } });
    expect(event?.received).toContain('many');
  });

  it('is a negative number, but for priorities', () => {
    const { event, warnings } = decoded(
      anEventBody({ _CB_N_CALLBACK_MEDIA_ATTEMPTS: -1, _CB_PRIORITY_WHEN_CALLBACK_ACCEPTED: -5 }),
    );

    expect(warnings).toMatchObject([{ field: '_CB_N_CALLBACK_MEDIA_ATTEMPTS' }]);
    expect(event?.record).toMatchObject({ attempts: null, priorityWhenAccepted: -5 });
  });

  it.each([
    ['_CB_TENANT_DBID', 2_147_483_648],
    ['_CB_D_WAITING_FOR_AGENT_OFFLINE', 1e21],
    ['_CB_PRIORITY_WHEN_CALLBACK_ACCEPTED', '-9007199254740993'],
    ['_CB_N_CALLBACK_MEDIA_ATTEMPTS', '9'.repeat(400)],
  ])('is a number that Info Mart has no room for: %s %s', (name, value) => {
    const { event, warnings } = decoded(anEventBody({ [name]: value }));

    expect(warnings).toMatchObject([{ field: name }]);
    expect(event?.record).toEqual(aRecord());
  });

  it('is no unknown word: that is kept in the record, with a warning', () => {
    const { event, warnings } = decoded(anEventBody({ _CB_DIM_CHANNEL: 'WATCH' }));

    expect(event?.record.channel).toBe('WATCH');
    expect(warnings).toEqual([{ field: '_CB_DIM_CHANNEL', rule: 'a known word', found: '"WATCH"' }]);
  });
});

describe('the digest of an event', () => {
  const body = anEventBody({ _CB_DIM_CHANNEL: 'WEB', Site: 7, Live: true, _CB_N_CALLBACK_ACCEPTED: 1 });
  const { digest: usual } = eventIn(body);

  it.each([
    ['numbers as texts', allTexts(body)],
    ['keys in another order', Object.fromEntries(Object.entries(body).reverse())],
    ['a UserData wrapper', { UserData: body }],
    ['other spellings of words', { ...body, _CB_DIM_CHANNEL: 'web' }],
    ['lower-case keys', Object.fromEntries(Object.entries(body).map(([k, v]) => [k.replace(/^_CB/, '_cb'), v]))],
    ['keys that say nothing', { ...body, _CB_DIM_VQ: 'undefined', Note: '' }],
  ])('is the same for the same content with %s', (_, other) => {
    expect(eventIn(other).digest).toBe(usual);
  });

  it.each([
    ['a known key', { ...body, _CB_DIM_CHANNEL: 'IVR' }],
    ['an unknown key', { ...body, Site: 8 }],
    ['one key more', { ...body, Site2: 7 }],
    ['an unreadable value', { ...body, _CB_N_CALLBACK_ACCEPTED: 'yes' }],
    ['the service id', { ...body, _CB_SERVICE_ID: 'service-2' }],
  ])('differs where %s differs', (_, other) => {
    expect(eventIn(other).digest).not.toBe(usual);
  });

  it('differs from source to source', () => {
    expect(eventIn(body, 'eu-2').digest).not.toBe(usual);
  });
});

describe('what is no object', () => {
  it.each([[null], [[]], ['text'], [7], [true]])('holds no event: %j', (value) => {
    expect(decoded(value)).toMatchObject({ event: null, faults: [{ field: '', rule: 'a JSON object' }] });
  });
});
