import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { visibleLine, visibleText } from '../../../src/domain/visible-text.js';

/** What acts on a terminal, or is not seen there. */
const HIDDEN = [
  ...Array.from({ length: 0x20 }, (_, code) => code),
  ...Array.from({ length: 0x21 }, (_, n) => 0x7f + n),
  ...[0xad, 0x061c, 0x115f, 0x180e, 0x200b, 0x200c, 0x200d, 0x200e, 0x200f, 0x2028, 0x2029],
  ...[0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2060, 0x2066, 0x2067, 0x2068, 0x2069, 0x3164],
  ...[0xfe0f, 0xfeff, 0xfff9, 0xd800, 0xdfff, 0xe0001, 0xe0041, 0x1d173],
].map((code) => String.fromCodePoint(code));

describe('text on a terminal', () => {
  it.each(HIDDEN.map((hidden) => [JSON.stringify(hidden), hidden]))('shows %s as its escape', (_, hidden) => {
    const shown = visibleLine(`a${hidden}b`);
    expect(shown).toMatch(/^a(\\[nrt]|(\\u[0-9a-f]{4}){1,2})b$/);
    expect(JSON.parse(`"${shown}"`)).toBe(`a${hidden}b`);
  });

  it('keeps line feeds where several lines are meant, and only these', () => {
    expect(visibleText('a\nb\r\nc\td\u001b[2J')).toBe('a\nb\\r\nc\\td\\u001b[2J');
    expect(visibleLine('a\nFAULT: all is lost')).toBe('a\\nFAULT: all is lost');
  });

  it('leaves what is seen: letters of all scripts, accents, symbols, spaces', () => {
    const seen = 'Zürich Ελλάδα Москва 東京 العربية हिन्दी e\u0301 → … 😀 \u00a0C:\\new';
    expect(visibleText(seen)).toBe(seen);
  });

  it('leaves a document of JSON what it is', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string({ unit: 'binary' }), (value, text) => {
        const document = [value, text, HIDDEN.join('')];
        const shown = visibleText(`${JSON.stringify(document)}\n`);
        expect(JSON.parse(shown)).toEqual(JSON.parse(JSON.stringify(document)));
        expect(shown.slice(0, -1)).toBe(visibleLine(shown.slice(0, -1)));
      }),
    );
  });
});
