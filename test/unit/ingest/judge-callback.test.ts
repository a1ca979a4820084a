import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Endpoint } from '../../../src/domain/quarantine.js';
import type { Delivery } from '../../../src/domain/store.js';
import { decodeTextIn } from '../../../src/ingest/decode-text.js';
import { makeCallbackJudge, missingKeys } from '../../../src/ingest/judge-callback.js';
import { MAX_DEPTH } from '../../../src/ingest/parse-body.js';
import { compileCallbackSchema } from '../../../src/node/schemas.js';
import { anEventBody, asForm } from '../../support/callback-events.js';
import { digest, T0 } from '../../support/notifications.js';
import { randomRuns } from '../../support/random-runs.js';

const { validate } = compileCallbackSchema();
const DIFFERING = 'said only once, or with equal values';

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
        { field: '_CB_DIM_VQ', rule: 'said only once', found: '"a" and "a"' },
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

describe('bytes that are not in the encoding of their source', () => {
  const IN_ENCODING = 'in the encoding of its source';
  const event = `${asForm(anEventBody())}&_CB_DIM_VQ=`;
  const inUserData = (byte: string) =>
    `UserData=${encodeURIComponent(text({ _CB_DIM_VQ: 'Qu?bec' })).replace('%3F', byte)}`;
  const attached = 'interaction_id=call-7&_CB_SERVICE_ID=service-1&note=';
  const status = 'event=_cbe_on_dial_init&_service_id=service-1&note=';
  const xml = '<e>_cbe_on_dial_init</e><_service_id>service-1</_service_id>';
  const contentOf = (bytes: string, endpoint: Endpoint) => {
    const judgement = judged(bytes, endpoint);
    if (judgement.kind === 'event') return judgement.event;
    if (judgement.kind === 'attached') return judgement.attached;
    if (judgement.kind === 'status') return judgement.status;
    throw new Error(judgement.kind);
  };

  it.each([
    ['an event as a form', 'callback-events', `${event}Qu%E9bec`, `${event}Qu%E8bec`],
    ['an event as a form, not percent-encoded', 'callback-events', `${event}Qu\xe9bec`, `${event}Qu\xe8bec`],
    ['a key of a form', 'callback-events', `${event}a&k%E9y=1`, `${event}a&k%E8y=1`],
    ['UserData within a form', 'callback-events', inUserData('%E9'), inUserData('%E8')],
    [
      'UserData as a text',
      'callback-events',
      JSON.stringify({ UserData: text({ _CB_DIM_VQ: '\xe9' }) }),
      JSON.stringify({ UserData: text({ _CB_DIM_VQ: '\xe8' }) }),
    ],
    ['attached data as a form', 'attached-data', `${attached}%E9`, `${attached}%E8`],
    ['a status notification as a form', 'status-notifications', `${status}%E9`, `${status}%E8`],
    [
      'a status notification as JSON',
      'status-notifications',
      '{"event":"_cbe_on_dial_init","_service_id":"s","n":"\xe9"}',
      '{"event":"_cbe_on_dial_init","_service_id":"s","n":"\xe8"}',
    ],
    ['a status notification as a text', 'status-notifications', `${xml}\xe9`, `${xml}\xe8`],
  ] as const)('are told, kept, and make another content: %s', (_, endpoint, one, other) => {
    const first = contentOf(one, endpoint);

    expect(judged(one, endpoint)).toMatchObject({ warnings: [{ rule: IN_ENCODING }] });
    expect(contentOf(one, endpoint).digest).toBe(first.digest);
    expect(contentOf(other, endpoint).digest).not.toBe(first.digest);
    expect(first.received).toContain('\xe9');
  });

  it('are told with their place within UserData', () => {
    expect(judged(inUserData('%E9'))).toMatchObject({
      warnings: [{ field: 'UserData/_CB_DIM_VQ', rule: IN_ENCODING, found: '"Qu\xe9bec"' }],
    });
  });

  it('are read as text where the source has that encoding, in every form of body', () => {
    const wrapped = `{"UserData":${JSON.stringify(text({ _CB_DIM_VQ: 'Qu\xe9bec' }))}}`;
    for (const bytes of [`${event}Qu%E9bec`, `${event}Qu\xe9bec`, inUserData('%E9'), wrapped]) {
      expect(judged(bytes, 'callback-events', { source: 'linz' })).toMatchObject({
        event: { record: { vq: 'Québec' } },
        warnings: [],
      });
    }
  });
});

describe('keys beside UserData', () => {
  const beside = (inner: Readonly<Record<string, unknown>>, outer: Readonly<Record<string, unknown>>) =>
    JSON.stringify({ ...outer, UserData: JSON.stringify(anEventBody(inner)) });

  it('that say something else are kept, told, and make another content', () => {
    const one = judged(beside({ _CB_DIM_VQ: 'B' }, { _CB_DIM_VQ: 'A' }));

    expect(one).toMatchObject({
      event: { record: { vq: 'B' }, received: expect.stringContaining('"A"') as string },
      warnings: [{ field: '_CB_DIM_VQ', rule: 'equal to _CB_DIM_VQ in UserData', found: '"A"' }],
    });
    const digests = ['A', 'B', 'C'].map((vq) => digestOf(beside({ _CB_DIM_VQ: 'B' }, { _CB_DIM_VQ: vq })));
    expect(new Set(digests).size).toBe(3);
    expect(digests[1]).toBe(digestOf(text({ _CB_DIM_VQ: 'B' })));
  });

  it('are told of attached data too', () => {
    const body = { interaction_id: 'a', note: 'x', UserData: { interaction_id: 'b', _CB_SERVICE_ID: 's', note: 'x' } };

    expect(judged(JSON.stringify(body), 'attached-data')).toMatchObject({
      attached: { interactionId: 'b', received: expect.stringContaining('"a"') as string },
      warnings: [{ field: 'interaction_id' }],
    });
  });

  it('spelled in two ways are both kept where they differ', () => {
    const digests = ['B', 'X', 'Y'].map((vq) => digestOf(text({ _CB_DIM_VQ: 'B', _cb_dim_vq: vq })));

    expect(new Set(digests).size).toBe(3);
    expect(judged(text({ _CB_DIM_VQ: 'B', _cb_dim_vq: 'X' }))).toMatchObject({
      event: { record: { vq: 'B' } },
      warnings: [{ field: '_cb_dim_vq', rule: 'equal to _CB_DIM_VQ', found: '"X"' }],
    });
  });
});

describe('what was found', () => {
  const fault = (bytes: string) => {
    const judgement = judged(bytes);
    const refusal = judgement.kind === 'event' ? judgement.refusal : judgement.kind === 'refused' ? judgement : null;
    return refusal?.violations[0];
  };
  const START = '_CB_T_SERVICE_START';
  const withStart = (source: string) => text({ [START]: '?' }).replace('"?"', source);

  it.each(['1795874114000000', '-1.50', '1.5E2', '[1.0, 2]', '"1795874114000000"', '"11/28/2026 14:05"'])(
    'is shown as it was sent: %s',
    (source) => {
      const shown = source === '1.5E2' ? '150' : source;

      expect(fault(withStart(source))).toMatchObject({ field: START, found: shown });
      expect(fault(`{"UserData":${withStart(source)}}`)).toMatchObject({ found: shown });
      expect(fault(JSON.stringify({ UserData: withStart(source) }))).toMatchObject({ found: shown });
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

describe('a status notification within a text', () => {
  const wrapped = (depth: number, inner: string): string =>
    depth === 0 ? inner : JSON.stringify({ deviceId: 'x', message: wrapped(depth - 1, inner) });
  const inner = '{"event":"_cbe_on_dial_init","_service_id":12345678901234567890}';

  it.each([0, 1, 2, 4])('is found %i texts deep, its long id exact', (depth) => {
    expect(judged(wrapped(depth, inner), 'status-notifications')).toMatchObject({
      kind: 'status',
      status: { event: '_cbe_on_dial_init', serviceId: '12345678901234567890' },
    });
  });

  it('is found in an array, in a text alone, in a form, and behind escapes', () => {
    const escaped = inner.replace('_cbe', String.raw`\u005fcbe`);
    for (const bytes of [
      JSON.stringify({ messages: [inner] }),
      JSON.stringify({ message: `[${inner}]` }),
      JSON.stringify(inner),
      asForm({ deviceId: 'x', message: inner }),
      escaped,
      JSON.stringify({ message: escaped }),
    ]) {
      expect(judged(bytes, 'status-notifications')).toMatchObject({ status: { serviceId: '12345678901234567890' } });
    }
  });

  it('keeps what was received, and is refused for a key with differing values', () => {
    expect(judged(wrapped(1, inner), 'status-notifications')).toMatchObject({
      status: { received: wrapped(1, inner) },
    });
    const doubled = inner.replace('{', '{"_service_id":"other",');
    expect(judged(wrapped(1, doubled), 'status-notifications')).toMatchObject({
      kind: 'refused',
      violations: [{ field: '_service_id', rule: DIFFERING }],
    });
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
      { numRuns: randomRuns(300) },
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
