import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonical, folded } from '../../../src/domain/folding.js';

const NFD = 'Cafe\u0301';
const NFC = 'Caf\u00E9';

describe('what is searched', () => {
  it.each([
    ['an accent composed or not', NFC, NFD],
    ['marks in another order', 'a\u0323\u0301', 'a\u0301\u0323'],
    ['a dotted capital I', 'İstanbul', 'istanbul'],
    ['a dotted capital I in parts', 'I\u0307stanbul', 'istanbul'],
    ['an i without a dot', 'ISPARTA', 'ısparta'],
    ['a dot and another mark', 'İ\u0323', 'i\u0323'],
    ['a sharp s', 'Straße', 'STRASSE'],
    ['a capital sharp s', 'STRAẞE', 'strasse'],
    ['a final sigma', 'ΟΔΟΣ ΣΑΣ', 'οδος σας'],
    ['an accented final sigma', 'ὈΔΥΣΣΕΎΣ', 'ὀδυσσεύς'],
    ['an iota below', 'ᾼ', 'αι'],
    ['Cyrillic', 'ЁЛКА', 'ёлка'],
    ['Armenian', 'ԵՒ', 'և'],
    ['Cherokee', 'Ꭰ', 'ꭰ'],
    ['letters beyond the first plane', '𐐀', '𐐨'],
    ['full width', 'Ｃａｆé １', 'café 1'],
    ['half width', 'ｶﾞ', 'ガ'],
    ['Hangul in parts', '\u1100\u1161\u11A8', '각'],
    ['ligatures', 'ﬁne', 'FINE'],
    ['digraphs in title case', 'ǅ', 'Ǆ'],
    ['signs that are letters', 'K Å ſ µ', 'k å S μ'],
    ['a space that does not break', 'Spring\u00A0A', 'spring a'],
    ['what nobody sees', 'Spr\u200Bi\u00ADng \u202EA\u2069', 'spring a'],
    ['a joiner before a mark', 'i\u200D\u0307', 'i'],
  ])('is the same with %s', (_what, one, other) => {
    expect(folded(one)).toBe(folded(other));
  });

  it.each([
    ['without its accent', 'Cafe', NFC],
    ['with another accent', 'Cafè', NFC],
    ['of another script', 'A', 'А'],
  ])('differs %s', (_what, one, other) => {
    expect(folded(one)).not.toBe(folded(other));
  });

  it('is one text in whatever case and form it comes', () => {
    const unit = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(...Array.from('iIıİsSßẞςσΣ\u0307\u0323\u0301\u0345\u200DµＡ각ᾳ가ガ')),
    );
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 8 }), (units) => {
        const text = units.join('');
        const apart = text.normalize('NFD');
        // An iota below becomes a letter in capitals: marks that follow it then belong to that.
        const forms = apart.includes('\u0345') ? [] : [apart.toUpperCase(), apart.toLowerCase()];
        for (const form of ['NFC', 'NFD', 'NFKC', 'NFKD']) forms.push(text.normalize(form));
        expect(new Set([...forms, folded(text)].map(folded))).toEqual(new Set([folded(text)]));
      }),
    );
  });

  it('is folded the long way and the short way to the same', () => {
    // With a sharp s beside it, a character goes the long way.
    for (let code = 0x20; code < 0xd800; code++) {
      const character = String.fromCharCode(code);
      if (folded(`${character}ß`) !== `${folded(character)}ss`) expect(character).toBe('');
    }
  });
});

describe('what is equal', () => {
  it('is so in every composition, and in one case', () => {
    expect(canonical(NFD)).toBe(canonical(NFC));
    expect(canonical('a\u0323\u0301')).toBe(canonical('a\u0301\u0323'));
    expect(canonical('Spring')).not.toBe(canonical('spring'));
    expect(canonical('Ａ')).not.toBe(canonical('A'));
  });
});
