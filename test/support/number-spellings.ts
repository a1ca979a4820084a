/** Telephone numbers as people, forms and programs spell them. */
import fc from 'fast-check';

const percent = (text: string) =>
  Array.from(text, (one) => `%${one.charCodeAt(0).toString(16).padStart(2, '0')}`).join('');
const unicode = (text: string) =>
  Array.from(text, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');

/** All spellings of a number; the first two digits are its country. */
export function spelled(digits: string): string[] {
  const [country, area, rest] = [digits.slice(0, 2), digits.slice(2, 5), digits.slice(5)];
  const pairs = (digits.match(/..?/g) ?? []).join(' ');
  const plain = [
    digits,
    `+${digits}`,
    `00${digits}`,
    `011${digits}`,
    `+${country} ${area} ${rest}`,
    `00${country} ${area} ${rest}`,
    `+${country} (0)${area}/${rest}`,
    `+${country}-${area}-${rest.slice(0, 3)}-${rest.slice(3)}`,
    `(${country}) ${area}.${rest}`,
    `+${pairs}`,
    `+${Array.from(digits).join(' ')}`,
    `+${country}\u00a0${area}\u00a0${rest}`,
    `+${country}\u2011${area}\u2011${rest}`,
  ];
  const encoded = [
    encodeURIComponent(`+${country} ${area} ${rest}`),
    encodeURIComponent(encodeURIComponent(`+${country} ${area} ${rest}`)),
    percent(`+${digits}`),
    unicode(`+${digits}`),
    `+${country}\\t${area}\\/${rest}`,
  ];
  return [...plain, ...encoded];
}

export function numberSpellings(): fc.Arbitrary<{ readonly digits: string; readonly spelling: string }> {
  return fc
    .stringMatching(/^[1-8]\d{9,12}$/)
    .chain((digits) => fc.constantFrom(...spelled(digits)).map((spelling) => ({ digits, spelling })));
}
