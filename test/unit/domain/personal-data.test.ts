import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maskBody } from '../../../src/domain/personal-bodies.js';
import { isPersonalKey, maskNumber, maskText, normaliseNumber } from '../../../src/domain/personal-data.js';
import { FIELDS, KEY_VALUE_PAIRS, pairOf } from '../../../src/gms/key-value-pairs.js';

const ANI = KEY_VALUE_PAIRS.customerAni.name;
const PHONE = KEY_VALUE_PAIRS.customerPhoneNumber.name;
const SERVICE_ID = KEY_VALUE_PAIRS.serviceId.name;

describe('maskNumber', () => {
  it.each([
    ['+4915112345678', '***5678'],
    ['+49 (151) 123-45678', '***5678'],
    ['sip:+4915112345678@host', '***5678'],
    ['12345', '***2345'],
    ['1234', '***'],
    ['1', '***'],
    ['anonymous', '***'],
    ['', ''],
  ])('%s is shown as %s', (number, shown) => {
    expect(maskNumber(number)).toBe(shown);
  });
});

describe('normaliseNumber', () => {
  it('leaves the digits alone', () => {
    expect(['+49 (151) 123-45', '004915112345', 'anonymous'].map(normaliseNumber)).toEqual([
      '4915112345',
      '004915112345',
      '',
    ]);
  });
});

describe('isPersonalKey', () => {
  it('knows exactly the personal ones among the reporting keys', () => {
    const personal = FIELDS.map(pairOf).filter(({ name }) => isPersonalKey(name));
    expect(personal.map(({ name }) => name)).toEqual([ANI, PHONE]);
    expect(FIELDS.map(pairOf).filter((pair) => pair.personal)).toEqual(personal);
  });

  it.each([
    '_customer_number',
    '_c_dialed_number',
    'ANI',
    'DNIS',
    'phone',
    'phoneNumber',
    'CustomerANI',
    'customer-phone',
  ])('knows %s', (name) => {
    expect(isPersonalKey(name)).toBe(true);
  });

  it.each([
    '_service_id',
    '_urs_virtual_queue',
    '_desired_time',
    'attempt_number',
    'company',
    'anilox',
    'VQ_CFG_TYPE_ID',
  ])('leaves %s', (name) => {
    expect(isPersonalKey(name)).toBe(false);
  });
});

describe('maskText', () => {
  it.each([
    ['call +4915112345678 now', 'call ***5678 now'],
    ['call +49 (151) 123-45678.', 'call ***5678.'],
    ['0151 / 123 45 678', '***5678'],
    ['(212) 555-1234', '***1234'],
    ['212-555-1234', '***1234'],
    ['2125551234', '***1234'],
    ['a+4915112345678b', 'a***5678b'],
    ['tel:%2B4915112345678', 'tel:***5678'],
    ['%2B49%20151%2012345678', '***5678'],
    ['0151 12345678 0172 1234567', '***4567'],
    ['11/28/2026 0151 1234567', '11/28/2026 ***4567'],
    ['01.12.2019.55', '***1955'],
    ['+11/28/2026', '***2026'],
    ['45/28/2026', '***2026'],
    ['sip:+4915112345678@host', 'sip:***5678@host'],
  ])('%s becomes %s', (text, shown) => {
    expect(maskText(text)).toBe(shown);
  });

  it.each([
    '1795161600',
    '1795161600123',
    '1795161600 1795161700',
    '3f2504e0-4f89-11d3-9a0c-0305e82c3301',
    '12345678-1234-1234-1234-123456789012',
    '445-3f2504e0-4f89-11d3-9a0c-0305e82c3301',
    '2026-11-20T08:00:00.000Z',
    '11/28/2026 14:05',
    '28.11.2026, 14:05:30',
    '2026/11/28 9:05',
    'from 1-2-2026 to 31-12-2026',
    '192.168.100.200',
    '8.5.105.12',
    '007802D5B8A61B1C',
    '12345678901234567890',
    'VQ_12345678',
    'took 123456 ms',
    'no number',
  ])('leaves %s', (text) => {
    expect(maskText(text)).toBe(text);
  });
});

const NUMBER = '+4915112345678';
const DIGITS = '4915112345678';
const percent = (text: string) => Array.from(text, (one) => `%${one.charCodeAt(0).toString(16)}`).join('');
const unicode = (text: string) =>
  Array.from(text, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');

describe('maskBody', () => {
  it.each([
    ['a key of its own', `{"${ANI}":"${NUMBER}","x":1}`],
    ['a number, not a text', `{"${PHONE}": ${DIGITS} }`],
    ['a depth', `{"UserData":[{"a":{"_customer_number":{"value":["${NUMBER}"]}}}]}`],
    ['a list under a personal key', `{"phones":["${NUMBER}"]}`],
    ['another place too, ahead of its key', `{"${SERVICE_ID}":"cb-${DIGITS}-1","${ANI}":"${NUMBER}"}`],
    ['the name of a member', `{"${NUMBER}":"x"}`],
    ['free text', `{"note":"please call ${NUMBER} back"}`],
    ['escapes', `{"${ANI}":"${unicode(NUMBER)}"}`],
    ['escapes under another key', `{"note":"${unicode(NUMBER)}"}`],
    ['a duplicate key', `{"${ANI}":"${NUMBER}","${ANI}":""}`],
    [
      'JSON in a text',
      JSON.stringify({ body: JSON.stringify({ phone: NUMBER, in: JSON.stringify({ ani: NUMBER }) }) }),
    ],
    ['a form in a text', JSON.stringify({ query: `a=1&_customer_number=%2B${DIGITS}` })],
    ['an array', `[{"${ANI}":"${NUMBER}"},"${NUMBER}"]`],
    ['a form', `${SERVICE_ID}=1&${ANI}=%2B${DIGITS}&${PHONE}=${DIGITS}`],
    ['a form with a bare plus', `${ANI}=${NUMBER}&a=${NUMBER}`],
    ['a form, every character encoded', `${percent(ANI)}=${percent(NUMBER)}&other=${percent(NUMBER)}`],
    ['JSON in a form', `data=${encodeURIComponent(JSON.stringify({ phone: NUMBER }))}`],
    ['broken JSON', `{"${ANI}":"${NUMBER}",`],
    ['broken JSON with escapes', `{"${ANI}":"${unicode(NUMBER)}",`],
    ['broken percent-encoding', `${ANI}=%2B49%20151%2012345678&x=%`],
    ['broken encoding of every digit', `${percent(NUMBER)}%`],
    ['plain text', `caller ${NUMBER} hung up`],
    ['a log', `\t\t'${ANI}'\t'${NUMBER}'`],
    ['a text alone', JSON.stringify(NUMBER)],
    ['a number alone', DIGITS],
  ])('hides a number in %s', (_, body) => {
    const shown = maskBody(body);
    for (const text of [shown, shown.replace(/\\u003(\d)/g, '$1'), shown.replace(/%3(\d)/g, '$1')]) {
      expect(text.replace(/[^\d*]/g, '')).not.toContain('12345678');
    }
    expect(shown).not.toContain(unicode(NUMBER));
    expect(shown).toContain('***');
  });

  it('hides a short number under its key, in broken bodies too', () => {
    expect(maskBody(`{"${ANI}":"1234"}`)).toBe(`{"${ANI}":"***"}`);
    expect(maskBody(`{"${ANI}":"12345",`)).toBe(`{"${ANI}":"***2345",`);
  });

  it('keeps valid JSON valid and everything else as it was, to the letter', () => {
    const body = `{ "${SERVICE_ID}" : "2-3f2504e0-4f89-11d3-9a0c-0305e82c3301", "t":1795161600, "ms": "1795161600123",\n "n": 1.50, "${ANI}":"${NUMBER}"}`;
    expect(maskBody(body)).toBe(body.replace(NUMBER, '***5678'));
    expect(maskBody('a=1+2&b=%2f&t=1795161600')).toBe('a=1+2&b=%2f&t=1795161600');
  });

  it('hides long runs of unreadable text, times and ids included', () => {
    expect(maskBody('<a t="1795161600"/>')).toBe('<a t="***1600"/>');
  });

  it('shows no planted number, wherever a JSON value holds it, and stays JSON', () => {
    const planted = fc.constantFrom(NUMBER, '+49 (151) 123-45678', `tel ${NUMBER}`);
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        planted,
        fc.constant(null),
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom(ANI, 'note', 'a', 'phone'), tie('tree'), { maxKeys: 3 }),
        tie('tree').map((value) => JSON.stringify(value)),
      ),
    }));
    fc.assert(
      fc.property(tree, (value) => {
        const shown = maskBody(JSON.stringify(value));
        expect(() => JSON.parse(shown) as unknown).not.toThrow();
        expect(shown.replace(/[^\d*]/g, '')).not.toMatch(/[^*]\d{4}5678/);
      }),
    );
  });

  it('bears long bodies of anything', () => {
    const events = Array.from({ length: 1000 }, (_, n) => ({
      [ANI]: `+49151${1_000_000 + n}`,
      note: `call 49151${1_000_999 - n}`,
      ...Object.fromEntries(Array.from({ length: 60 }, (_value, key) => [`key_${key}`, 1_795_161_600 + n])),
    }));
    const long = [
      ...['a', '(', '1 ', '"', 'ani="', '%2B', "'", '+1'].map((part) => part.repeat(300_000 / part.length)),
      `{"a":"${'\\\\'.repeat(100_000)}"}`,
    ];
    for (const body of long) expect(maskBody(body).length).toBeLessThanOrEqual(3 * body.length);
    expect(maskBody(JSON.stringify(events))).not.toMatch(/49151/);
  });
});
