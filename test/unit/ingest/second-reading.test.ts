import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeTextIn } from '../../../src/ingest/decode-text.js';
import { MAX_DEPTH, parseBody } from '../../../src/ingest/parse-body.js';

const isStatistic = (key: string) => key.startsWith('STAT_');
const parse = (bytes: string, encoding = 'utf-8') => parseBody(bytes, decodeTextIn(encoding), isStatistic);
const NOT_JSON = { ok: false, violation: { field: '', rule: 'JSON' } };

describe('a statistic that is no number', () => {
  it.each([
    ...['nan', 'NaN', '-nan', 'NAN', 'nan(ind)', '-nan(ind)', 'nan(0x8000)'],
    ...['inf', '-inf', '+inf', 'INF', 'Infinity', '-Infinity', 'infinity'],
    ...['-1.#IND', '1.#QNAN', '1.#SNAN', '1.#INF', '-1.#INF', '-1.#IND00', '1.#INF000', '1,#QNAN0'],
    ...['0,81', '-0,81', '12,5e-01', '1,5E3', '0,8123456789012345678'],
  ])('is null in a second reading, and told as it was written: %s', (written) => {
    for (const end of ['}', ',"b":1}', ' ,\r\n\t"b":1}', ' }']) {
      expect(parse(`{"STAT_A":${written}${end}`)).toMatchObject({
        ok: true,
        value: { STAT_A: null },
        violations: [],
        unmeasured: [['STAT_A', written]],
      });
    }
  });

  it('may stand at any depth, several times, beside good ones', () => {
    const body =
      '{"STAT_A":0,81,"L":[{"STAT_B":nan},{"STAT_B":0.5,"STAT_C":1,5}],"M":{"a b":{"STAT_A" : inf }},"x":null}';

    expect(parse(body)).toMatchObject({
      value: { STAT_A: null, L: [{ STAT_B: null }, { STAT_B: 0.5, STAT_C: null }], M: { 'a b': { STAT_A: null } } },
      unmeasured: [
        ['STAT_A', '0,81'],
        ['L/0/STAT_B', 'nan'],
        ['L/1/STAT_C', '1,5'],
        ['M/a b/STAT_A', 'inf'],
      ],
    });
  });

  it.each([
    ...['undefined', 'None', 'null0', 'nanny', 'nan nan', 'infinit', 'Inf inity', "'nan'", '--inf', 'nan('],
    ...['+1', '.5', '5.', '01', '0,8,1', '0, 81', ',81', '0,', '1.234,5', '1.#FOO', '#INF', '0x10', '1e', '0,81,2'],
  ])('written in no way that C knows leaves the body unreadable: %s', (written) => {
    expect(parse(`{"STAT_A":${written}}`)).toMatchObject(NOT_JSON);
    expect(parse(`{"STAT_A":${written},"b":1}`)).toMatchObject(NOT_JSON);
  });

  it.each([
    '{"STATE":nan}',
    '{"a":0,81}',
    '{"A_STAT_A":nan}',
    '{"STAT_A":nan,"STATE":inf}',
    '{"STAT_A":[nan]}',
    '{"STAT_A":[0,81,nan]}',
    '{"STAT_A":nan',
    '{"STAT_A":nan]',
    '["STAT_A":nan]',
    'nan',
    '{STAT_A:nan}',
  ])('is tolerated nowhere but in the value of a statistic: %s', (body) => {
    expect(parse(body)).toMatchObject(NOT_JSON);
  });

  it('within a text is a text', () => {
    const note = String.raw`"\"STAT_A\":nan,\\"`;

    expect(parse(`{"note":${note},"STAT_A":nan}`)).toMatchObject({
      value: { note: JSON.parse(note) as string, STAT_A: null },
      unmeasured: [['STAT_A', 'nan']],
    });
    expect(parse(`{"note":${note},"STAT_A":1}`)).not.toHaveProperty('unmeasured');
  });

  it('is looked for by those alone who name statistics', () => {
    expect(parseBody('{"STAT_A":nan}', decodeTextIn('utf-8'))).toMatchObject(NOT_JSON);
  });

  it('does not hide duplicate keys, nesting, or long integers', () => {
    const differing = { rule: 'said only once, or with equal values', fatal: true };
    expect(parse('{"STAT_A":nan,"STAT_A":inf}')).toMatchObject({ violations: [differing] });
    expect(parse('{"STAT_A":nan,"STAT_A":null}')).toMatchObject({ violations: [differing] });
    expect(parse('{"STAT_A":nan,"a":1,"a":2}')).toMatchObject({ violations: [{ field: 'a', ...differing }] });
    expect(parse('{"STAT_A":nan,"STAT_A":nan}')).toMatchObject({ violations: [{ fatal: false }] });
    expect(parse(`{"STAT_A":nan,"a":${'['.repeat(MAX_DEPTH)}${']'.repeat(MAX_DEPTH)}}`)).toMatchObject({
      violation: { found: '33 levels' },
    });
    expect(parse('{"STAT_A":nan,"a":9007199254740993}')).toMatchObject({ value: { a: '9007199254740993' } });
  });

  it('leaves what could not be decoded with its bytes', () => {
    expect(parse('{"STAT_A":nan,"a":"Qu\xe9bec","b":"\xe8"}\0')).toMatchObject({
      undecoded: [
        ['a', 'Qu\xe9bec'],
        ['b', '\xe8'],
      ],
    });
    expect(parse('{"STAT_A":0,81,"a":"Qu\xe9bec"}', 'windows-1252')).toMatchObject({
      value: { a: 'Québec' },
      undecoded: [],
    });
  });

  it('is found in linear time', () => {
    for (const part of [
      '"STAT_A":',
      '"STAT_A":nan',
      '"',
      '1,1',
      '\\"',
      'nan(',
      '\0',
      '"STAT_A":0,',
      '{"STAT_A":nan,',
    ]) {
      expect(parse(part.repeat(100_000)).ok).toBe(false);
    }
  });
});

describe('NULs behind a body', () => {
  it.each(['{"a":1}', '[{"a":1}]'])('are cut off with what is blank: %s', (body) => {
    for (const [behind, count] of [
      ['\0', 1],
      ['\0\0\0', 3],
      ['\r\n\0', 1],
      ['\0\r\n', 1],
      [' \0 \0\n', 2],
    ] as const) {
      expect(parse(body + behind)).toMatchObject({
        ok: true,
        value: JSON.parse(body) as unknown,
        violations: [{ field: '', rule: 'followed by nothing', found: `${count} NUL`, fatal: false }],
      });
    }
    expect(parse(`${body}\r\n `)).toMatchObject({ ok: true, violations: [] });
  });

  it.each(['{"a":1}\0x', '{"a":1}\0{"a":1}', '\0{"a":1}', '{"a"\0:1}', '{"a":1\0', '\0', '1\0', '"a"\0', '{"a":"\0"}'])(
    'anywhere else leave it unreadable: %j',
    (body) => {
      expect(parse(body)).toMatchObject(NOT_JSON);
    },
  );
});

describe('a second reading', () => {
  it('never changes what is JSON, and makes JSON of nothing but that', () => {
    const text = fc.oneof(
      fc.json({ maxDepth: 3 }),
      fc
        .array(fc.constantFrom('{', '}', '"STAT_A"', ':', ',', 'nan', '0', '81', '"', '\0', '[', ']', ' '), {
          maxLength: 12,
        })
        .map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(text, (body) => {
        const bytes = Buffer.from(body).toString('latin1');
        const once = parseBody(bytes, decodeTextIn('utf-8'));
        const twice = parse(bytes);

        if (once.ok) expect(twice).toEqual(once);
        else if (twice.ok) expect(body).toMatch(/"STAT_A" *:|\0/);
      }),
      { numRuns: 3000 },
    );
  });
});
