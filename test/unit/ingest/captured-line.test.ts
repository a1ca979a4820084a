import { describe, expect, it } from 'vitest';
import { readCaptured } from '../../../src/ingest/captured-line.js';

const latin1 = (text: string) => Buffer.from(text).toString('latin1');
const alone = { source: null, origin: null, receivedAtMs: null };

describe('a line of a file of notifications', () => {
  it.each([
    '{"GSW_USER_EVENT":"CampaignGroupState"}',
    '{"GSW_USER_EVENT":"CampaignGroupState","body":{"a":1}}',
    '{"source":"eu-1","received_at":"2026-11-20"}',
    'no JSON at all, "body":',
    '[{"body":{}}]',
  ])('that is no wrapper is a body: %s', (line) => {
    expect(readCaptured(line)).toEqual({ bytes: line, ...alone });
  });

  it('may be wrapped with what is known of its receipt; the body is taken byte for byte', () => {
    const body = '{ "a\\"}":1.50,"b":[{"body":2},"}"] ,"a\\"}":2,"c":"é"}';
    const line = latin1(
      `{"received_at":"2026-11-20T08:00:00.123Z" , "body" : ${body} ,"source":"eu-1","origin":"ocs-log"}`,
    );
    expect(readCaptured(line)).toEqual({
      bytes: latin1(body),
      source: 'eu-1',
      origin: 'ocs-log',
      receivedAtMs: Date.UTC(2026, 10, 20, 8, 0, 0, 123),
    });
    expect(readCaptured('{"body":{"x":{}},"received_at":1763689560.5}')).toEqual({
      ...{ bytes: '{"x":{}}', ...alone },
      receivedAtMs: 1_763_689_560_500,
    });
    expect(readCaptured('{"body":{"x":1},"origin":"post","body":{"x":2}}')).toEqual({ bytes: '{"x":2}', ...alone });
  });

  it('may have its body as a text, or its bytes in base64', () => {
    const text = '{"a":"é\\u20ac"}';
    expect(readCaptured(latin1(JSON.stringify({ body: text })))).toEqual({ bytes: latin1(text), ...alone });
    const bytes = Buffer.from([0x7b, 0xe9, 0x7d]);
    expect(readCaptured(JSON.stringify({ body_base64: bytes.toString('base64') }))).toEqual({
      bytes: '{\u00e9}',
      ...alone,
    });
  });

  it.each([
    ['{"body":{},"source":"a/b"}', 'source'],
    ['{"body":{},"origin":"somewhere"}', 'origin'],
    ['{"body":{},"received_at":"yesterday"}', 'received_at'],
    ['{"body":{},"received_at":{}}', 'received_at'],
    ['{"body":7}', 'a wrapper should have a body'],
    ['{"body":{},"body_base64":"e30="}', 'a wrapper should have a body'],
  ])('says what is wrong with its wrapper: %s', (line, reason) => {
    expect(readCaptured(line)).toEqual(expect.stringContaining(reason));
  });
});
