import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Endpoint } from '../../../src/domain/quarantine.js';
import type { Delivery } from '../../../src/domain/store.js';
import { decodeTextIn } from '../../../src/ingest/decode-text.js';
import { makeCallbackJudge, missingKeys } from '../../../src/ingest/judge-callback.js';
import { MAX_DEPTH } from '../../../src/ingest/parse-body.js';
import { compileCallbackSchema } from '../../../src/schemas.js';
import { anEventBody, asForm } from '../../support/callback-events.js';
import { digest, T0 } from '../../support/notifications.js';

const { validate } = compileCallbackSchema();
const DIFFERING = 'a key stands only once, or with equal values';

function judged(bytes: string, endpoint: Endpoint = 'callback-events', parts: Partial<Delivery> = {}) {
  const encodings: Readonly<Record<string, string>> = { linz: 'windows-1252', tokyo: 'shift_jis', sofia: 'utf-16le' };
  const decodeTextOf = (source: string) => decodeTextIn(encodings[source] ?? 'utf-8');
  const judge = makeCallbackJudge({ decodeTextOf, digest, validate });
  return judge({ endpoint, source: 'eu-1', receivedAtMs: T0, bytes, ...parts });
}

function partsOf(bytes: string) {
  const judgement = judged(bytes);
  if (judgement.kind !== 'several') throw new Error(`not several, but ${judgement.kind}`);
  return judgement.parts;
}

const text = (parts: Readonly<Record<string, unknown>> = {}) => JSON.stringify(anEventBody(parts));
const digestOf = (bytes: string) => {
  const judgement = judged(bytes);
  return judgement.kind === 'event' ? judgement.event.digest : null;
};
const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

describe('a callback event', () => {
  it('passes with its source and receive time', () => {
    expect(judged(text())).toMatchObject({
      kind: 'event',
      refusal: null,
      warnings: [],
      event: { source: 'eu-1', receivedAtMs: T0, isComplete: true, record: { serviceId: 'service-1' } },
    });
  });

  it('is the same content as JSON, as a form and in UserData, wrapped as an object or as a text', () => {
    const body = anEventBody({ _CB_DIM_CHANNEL: 'WEB', Site: 7 });
    const usual = digestOf(JSON.stringify(body));

    expect(usual).not.toBeNull();
    expect(digestOf(asForm(body))).toBe(usual);
    expect(digestOf(JSON.stringify({ UserData: body }))).toBe(usual);
    expect(digestOf(JSON.stringify({ UserData: JSON.stringify(body) }))).toBe(usual);
    expect(digestOf(asForm({ UserData: JSON.stringify(body) }))).toBe(usual);
  });

  it('is read in the encoding of its source', () => {
    const judgement = judged(text({ _CB_DIM_VQ: 'S\xfcd' }), 'callback-events', { source: 'linz' });

    expect(judgement).toMatchObject({ event: { record: { vq: 'Süd' } } });
  });

  it.each([
    ['not_json', ''],
    ['not_json', '  '],
    ['not_json', '{"a":'],
    ['not_json', 'no JSON'],
    ['not_json', nested(MAX_DEPTH + 1)],
    ['not_json', `{"a":${nested(MAX_DEPTH)}}`],
    ['schema', '"text"'],
    ['schema', '7'],
    ['schema', 'null'],
    ['missing_key', '{}'],
    ['missing_key', text({ _CB_SERVICE_ID: undefined })],
    ['missing_key', text({ _CB_SERVICE_ID: 'undefined', _CB_N_CALLBACK_OFFERED: 'yes' })],
    ['schema', text({ _CB_SERVICE_ID: ['service-1'] })],
    ['schema', text().replace('{', '{"_CB_DIM_VQ":"a","_CB_DIM_VQ":"b",')],
    ['schema', '[]'],
    [
      'schema',
      '_CB_SERVICE_ID=a&_CB_SERVICE_ID=b&_CB_T_SERVICE_START=1795161600&_CB_D_CALLBACK_OFFER=1&_CB_N_CALLBACK_OFFERED=1&_CB_T_CALLBACK_OFFERED=1795161600',
    ],
  ])('is refused as %s: %s', (reason, bytes) => {
    const judgement = judged(bytes);

    expect(judgement).toMatchObject({ kind: 'refused', reason });
    expect(judgement).not.toMatchObject({ violations: [] });
  });

  it.each([
    ['missing_key', { _CB_T_SERVICE_START: undefined }],
    ['missing_key', { _CB_T_SERVICE_START: 0 }],
    ['missing_key', { _CB_T_SERVICE_START: undefined, _CB_N_CALLBACK_OFFERED: 'yes' }],
    ['schema', { _CB_T_SERVICE_START: 'yesterday' }],
    ['schema', { _CB_N_CALLBACK_OFFERED: -1 }],
  ])('is refused as %s unless its final record is held: %j', (reason, parts) => {
    expect(judged(text(parts))).toMatchObject({
      kind: 'event',
      event: { isComplete: false },
      refusal: { kind: 'refused', reason },
    });
  });

  it('tells every violation of a refused body, fatal ones first', () => {
    const body = text({ _CB_T_SERVICE_START: 'x', _CB_NEW: 1, _CB_DIM_VQ: 'a' }).replace(
      '{',
      '{"_CB_DIM_VQ":"a","_CB_NEW":2,',
    );

    expect(judged(body)).toEqual({
      kind: 'refused',
      reason: 'schema',
      violations: [
        { field: '_CB_NEW', rule: DIFFERING, found: '2 and 1' },
        { field: '_CB_T_SERVICE_START', rule: expect.any(String) as string, found: '"x"' },
        { field: '_CB_DIM_VQ', rule: 'a key stands only once', found: '"a" and "a"' },
        { field: '_CB_NEW', rule: 'a known field', found: '1' },
      ],
    });
  });

  it('of which only a prefix is kept is too large, whatever the prefix says', () => {
    const oversize = { size: 300_000, digest: 'abc' };

    expect(judged(text(), 'callback-events', { oversize })).toMatchObject({
      kind: 'refused',
      reason: 'too_large',
      violations: [{ found: '300000 bytes or more' }],
    });
  });

  it('has the keys of its UserData under the same rules: none twice with differing values, long integers exact', () => {
    const inner = text({ _CB_ORIGINATION_IXN_ID: 'ID' }).replace('"ID"', '12345678901234567890');

    expect(judged(JSON.stringify({ UserData: inner }))).toMatchObject({
      event: { record: { originationIxnId: '12345678901234567890' } },
    });
    expect(
      judged(JSON.stringify({ UserData: text().replace('{', '{"_CB_DIM_VQ":"a","_CB_DIM_VQ":"b",') })),
    ).toMatchObject({
      kind: 'refused',
      violations: [{ field: '_CB_DIM_VQ', rule: DIFFERING }],
    });
  });

  it.each([['no JSON'], ['[1]'], ['"text"'], [`{"a":${nested(100_000)}}`]])(
    'keeps a UserData that holds no pairs as a key of somebody else: %.40s',
    (UserData) => {
      expect(judged(text({ UserData }))).toMatchObject({
        kind: 'event',
        refusal: null,
        event: {
          received: JSON.stringify(
            Object.fromEntries(Object.entries(anEventBody({ UserData })).map(([k, v]) => [k, String(v)])),
          ),
        },
      });
    },
  );
});

describe('several events in one body', () => {
  it('are judged one by one, each with its own bytes', () => {
    const one = text({ _CB_SERVICE_ID: 'a' });
    const other = text({ _CB_SERVICE_ID: 'b', _CB_T_SERVICE_START: undefined });

    const parts = partsOf(`[ ${one},\n${other} , {"x":1} ]`);

    expect(parts.map(({ delivery }) => delivery.bytes)).toEqual([one, other, '{"x":1}']);
    expect(parts.map(({ delivery }) => delivery.source)).toEqual(['eu-1', 'eu-1', 'eu-1']);
    expect(parts.map(({ judgement }) => judgement)).toMatchObject([
      { kind: 'event', refusal: null },
      { kind: 'event', refusal: { reason: 'missing_key' } },
      { kind: 'refused', reason: 'missing_key' },
    ]);
  });

  it.each([
    ['schema', '[1]'],
    ['schema', `[${text()}]`],
    ['schema', '"text"'],
    ['schema', text().replace('{', '{"_CB_DIM_VQ":"a","_CB_DIM_VQ":"b",')],
  ])('may hold one that is refused as %s: %s', (reason, element) => {
    expect(partsOf(`[${element},${text()}]`).map(({ judgement }) => judgement)).toMatchObject([
      { kind: 'refused', reason },
      { kind: 'event', refusal: null },
    ]);
  });

  it('are a thousand at most, and not none', () => {
    const many = (count: number) => `[${Array.from({ length: count }, () => text()).join(',')}]`;

    expect(partsOf(many(1))).toHaveLength(1);
    expect(partsOf(many(1000))).toHaveLength(1000);
    expect(judged(many(1001))).toMatchObject({ kind: 'refused', reason: 'schema', violations: [{ found: '1001' }] });
    expect(judged('[ ]')).toMatchObject({ kind: 'refused', reason: 'schema', violations: [{ found: '0' }] });
  });
});

describe('several events in an encoding that has quotes and brackets inside other characters', () => {
  const inShiftJis = (site: string) => JSON.stringify(anEventBody()).replace('{', `{"Site":"${site}",`);

  it('are told apart where no character has them', () => {
    const one = inShiftJis('\x83\x41');

    expect(judged(`[${one},${one}]`, 'callback-events', { source: 'tokyo' })).toMatchObject({ kind: 'several' });
  });

  it.each([
    ['tokyo', `[${inShiftJis('\x95\x5c')},${text()}]`],
    ['sofia', Buffer.from(`[${text()},${text()}]`, 'utf16le').toString('latin1')],
  ])('are refused whole where one has, and none is lost: %s', (source, bytes) => {
    expect(judged(bytes, 'callback-events', { source })).toMatchObject({
      kind: 'refused',
      reason: 'schema',
      violations: [{ found: expect.stringContaining('of 2 events') as string }],
    });
  });

  it('pass singly', () => {
    const wide = Buffer.from(text(), 'utf16le').toString('latin1');

    expect(judged(inShiftJis('\x95\x5c'), 'callback-events', { source: 'tokyo' })).toMatchObject({ kind: 'event' });
    expect(judged(wide, 'callback-events', { source: 'sofia' })).toMatchObject({ kind: 'event' });
  });
});

describe('attached data', () => {
  const body = { interaction_id: 'call-7', _CB_SERVICE_ID: 'service-1' };

  it('passes as JSON, as a form, and in UserData', () => {
    const attached = { interactionId: 'call-7', serviceId: 'service-1' };

    expect(judged(JSON.stringify(body), 'attached-data')).toMatchObject({ kind: 'attached', attached });
    expect(judged(asForm(body), 'attached-data')).toMatchObject({ kind: 'attached', attached });
    expect(judged(asForm({ UserData: JSON.stringify(body) }), 'attached-data')).toMatchObject({
      kind: 'attached',
      attached,
    });
  });

  it.each([
    ['not_json', 'x'],
    ['schema', `[${JSON.stringify(body)}]`],
    ['missing_key', '{"interaction_id":"call-7"}'],
    ['missing_key', '{"_CB_SERVICE_ID":"service-1"}'],
    ['schema', asForm(body) + '&interaction_id=call-8'],
  ])('is refused as %s: %s', (reason, bytes) => {
    expect(judged(bytes, 'attached-data')).toMatchObject({ kind: 'refused', reason });
  });
});

describe('a status notification', () => {
  it.each([
    ['{"event":"_cbe_on_dial_init","_service_id":"service-1"}'],
    ['event=_cbe_on_dial_init&_service_id=service-1'],
    ['<event name="_cbe_on_dial_init"><_service_id>service-1</_service_id></event>'],
    ['_cbe_on_dial_init service_id: service-1'],
  ])('passes whatever its form: %s', (bytes) => {
    expect(judged(bytes, 'status-notifications')).toMatchObject({
      kind: 'status',
      status: { event: '_cbe_on_dial_init', serviceId: 'service-1', state: 'QUEUED' },
    });
  });

  it.each([
    ['schema', '{"_service_id":"service-1"}'],
    ['missing_key', '{"event":"_cbe_on_dial_init"}'],
    ['missing_key', ''],
  ])('is refused as %s: %s', (reason, bytes) => {
    expect(judged(bytes, 'status-notifications')).toMatchObject({ kind: 'refused', reason });
  });
});

describe('missing keys', () => {
  it('are the mandatory ones that a refusal calls not present, and no others', () => {
    const keys = missingKeys([
      { field: '_CB_T_SERVICE_START', rule: 'present', found: 'nothing' },
      { field: '_CB_SERVICE_ID', rule: 'a text', found: '[]' },
      { field: 'interaction_id', rule: 'present', found: 'nothing' },
    ]);

    expect(keys).toEqual(['_CB_T_SERVICE_START']);
  });
});

const asBytes = (body: string) => Buffer.from(body).toString('latin1');
/** Values that a flag, a number or a walk over a body might stumble over. */
const strange = fc.oneof(
  fc.jsonValue({ maxDepth: 5 }),
  fc.constantFrom(
    '__proto__',
    'constructor',
    'toString',
    { toString: 1 },
    { valueOf: null, toString: [] },
    -0,
    1e21,
    1e308,
  ),
  fc.constantFrom('9'.repeat(400), ' '.repeat(500), '\ud83d', '\u0000', `{"a":${nested(5000)}}`),
);
const key = fc.oneof(
  fc.constantFrom(
    ...Object.keys(anEventBody()),
    '_CB_N_CALLBACK_ACCEPTED',
    '_CB_DIM_CHANNEL',
    'UserData',
    '_service_id',
  ),
  fc.constantFrom('__proto__', 'constructor', 'interaction_id', '_service_name', '_cbe_on_dial_init', '_desired_time'),
  fc.string(),
);
/** The generator's own objects cannot have a key __proto__: the text is put together. */
const members = fc.array(fc.tuple(key, strange), { maxLength: 8 });
const objectText = members.map(
  (pairs) => `{${pairs.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}`,
);
const anyBytes = fc.uint8Array({ maxLength: 300 }).map((bytes) => String.fromCharCode(...bytes));
const damaged = fc
  .tuple(fc.constantFrom(text(), `[${text()},${text()}]`, asForm(anEventBody())), anyBytes, fc.nat(250))
  .map(([body, bytes, at]) => body.slice(0, at) + bytes.slice(0, 6) + body.slice(at + 6));

describe('whatever the bytes are', () => {
  it.each([
    ['random bytes', anyBytes],
    ['a damaged body', damaged],
    ['an object of strange values', objectText.map(asBytes)],
    ['an array of such', fc.array(objectText).map((texts) => asBytes(`[${texts.join(',')}]`))],
    [
      'a form of such',
      members.map((pairs) => asForm(Object.fromEntries(pairs.map(([k, v]) => [k, JSON.stringify(v)])))),
    ],
  ])('there is a judgement, and nothing is thrown: %s', (_, bodies) => {
    const endpoint = fc.constantFrom('callback-events', 'attached-data', 'status-notifications');
    fc.assert(
      fc.property(bodies, endpoint, (bytes, to) => {
        const judgement = judged(bytes, to);
        const single = judgement.kind === 'several' ? judgement.parts.map((part) => part.judgement) : [judgement];

        for (const one of single) {
          if (one.kind === 'refused') expect(one.violations).not.toEqual([]);
          else expect(one.warnings.every(({ found }) => found.length <= 80 && found.isWellFormed())).toBe(true);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('an id of more characters than Info Mart has room for', () => {
  const long = 'x'.repeat(256);

  it.each([
    ['callback-events', '_CB_SERVICE_ID', anEventBody({ _CB_SERVICE_ID: long })],
    ['attached-data', '_CB_SERVICE_ID', { interaction_id: 'call-1', _CB_SERVICE_ID: long }],
    ['attached-data', 'interaction_id', { interaction_id: long, _CB_SERVICE_ID: 'service-1' }],
    ['status-notifications', '_service_id', { event: '_cbe_on_dial_init', _service_id: long }],
  ] as const)('is no id: %s, %s', (endpoint, field, body) => {
    const judgement = judged(JSON.stringify(body), endpoint);
    const refusal = judgement.kind === 'event' ? judgement.refusal : judgement;

    expect(refusal).toMatchObject({ kind: 'refused', reason: 'schema', violations: [{ field }] });
  });
});
