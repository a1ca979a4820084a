import { decodeTextIn } from './decode-text.js';
import { asDiffering, shorten, type BodyViolation, type DecodeText, type ParsedBody } from './parse-body.js';
import { losesCharacters, type Undecoded } from './undecoded-text.js';

/** Form encoding begins with a key; JSON objects and arrays begin with a bracket. */
const FORM = /^[\t\n\v\f\r ]*[^\t\n\v\f\r =&{["]+=/;
/** Not `trim`: among bytes, U+00A0 is part of a character. */
const SPACE_AROUND = /^[\t\n\v\f\r ]+|[\t\n\v\f\r ]+$/g;
const NULS_BEHIND = /\0[\0\t\n\v\f\r ]*$/;
const NO_ESCAPE = /%(?![\da-f]{2})/i;

export function looksLikeForm(bytes: string): boolean {
  return FORM.test(bytes);
}

/**
 * Turns form encoding into an object of texts. Bytes are in the source's encoding, but percent-encoded ones that are
 * UTF-8 are that: ECMAScript writes nothing else. A key that stands twice with differing values is a fatal violation, as
 * in JSON.
 */
export function parseForm(bytes: string, decodeText: DecodeText): ParsedBody {
  const form = new FormReading(inBytes(bytes, decodeText));
  return form.read();
}

interface Encoded {
  readonly bytes: string;
  readonly decodeText: DecodeText;
  /** What was lost before the form could be taken apart. */
  readonly undecoded: readonly Undecoded[];
}

/** A form that can be taken apart byte by byte: in most encodings `&`, `=`, `+` and `%` never stand for anything else. */
function inBytes(bytes: string, decodeText: DecodeText): Encoded {
  const shifts = decodeText(ESCAPED_KANJI) !== ESCAPED_KANJI;
  const isWide = decodeText('a=b&') !== 'a=b&';
  if (!isWide && !(shifts && bytes.includes('\x1b'))) {
    const isMark = bytes.startsWith(BYTE_ORDER_MARK) && decodeText(BYTE_ORDER_MARK) === '';
    return { bytes: isMark ? bytes.slice(BYTE_ORDER_MARK.length) : bytes, decodeText, undecoded: [] };
  }
  const text = decodeText(bytes);
  const undecoded: Undecoded[] = losesCharacters(text, bytes) ? [['', bytes]] : [];
  return { bytes: Buffer.from(text).toString('latin1'), decodeText: decodeUtf8, undecoded };
}

const BYTE_ORDER_MARK = '\xef\xbb\xbf';
/** Where ISO-2022 has a mode in which ASCII bytes are halves of other characters. */
const ESCAPED_KANJI = '\x1b$B&=\x1b(B';

/** A text of a form, and its bytes once percent-decoding is undone. */
interface Part {
  readonly text: string;
  readonly bytes: string;
  readonly isLost: boolean;
}

const NON_ASCII = /[\x80-\xff]/;
/** One character where characters have two bytes, in EUC, GBK and Big5 alike. */
const PAIR = '\xb0\xa1';
const decodeUtf8 = decodeTextIn('utf-8');

function utf8(bytes: string): string {
  return decodeUtf8(`=${bytes}`).slice(1);
}

function isUtf8(bytes: string): boolean {
  return !losesCharacters(utf8(bytes), bytes);
}

function withoutEscapes(encoded: string): string {
  return encoded.replace(/%([\da-f]{2})/gi, (_, code: string) => String.fromCharCode(parseInt(code, 16)));
}

class FormReading {
  readonly #encoded: Encoded;
  readonly #values = new Map<string, readonly [key: Part, value: Part]>();
  readonly #violations: BodyViolation[] = [];
  readonly #undecoded: Undecoded[];

  constructor(encoded: Encoded) {
    this.#encoded = encoded;
    this.#undecoded = [...encoded.undecoded];
  }

  read(): ParsedBody {
    const { bytes } = this.#encoded;
    const [nuls = ''] = NULS_BEHIND.exec(bytes) ?? [];
    if (nuls !== '') this.#warn('', 'followed by nothing', `${nuls.split('\0').length - 1} NUL`);
    const form = bytes.slice(0, bytes.length - nuls.length).replace(SPACE_AROUND, '');
    for (const pair of form.split('&')) if (pair !== '') this.#pair(pair);
    const value = Object.fromEntries(Array.from(this.#values, ([name, [, { text }]]) => [name, text]));
    return { ok: true, value, text: form, violations: this.#violations, undecoded: this.#undecoded };
  }

  #pair(pair: string): void {
    const equals = pair.indexOf('=');
    const key = this.#part(equals === -1 ? pair : pair.slice(0, equals));
    const value = this.#part(equals === -1 ? '' : pair.slice(equals + 1));
    if (NO_ESCAPE.test(pair))
      this.#warn(key.text, 'percent-encoded, % itself too', shorten(JSON.stringify(value.text)));
    const name = this.#nameOf(key);
    const before = this.#values.get(name)?.[1];
    if (before !== undefined) {
      this.#repeat(name, before, value);
      return;
    }
    this.#values.set(name, [key, value]);
    if (key.isLost) this.#undecoded.push([`/${name}`, key.bytes]);
    if (value.isLost) this.#undecoded.push([name, value.bytes]);
  }

  #part(encoded: string): Part {
    const spaced = encoded.replaceAll('+', ' ');
    const bytes = withoutEscapes(spaced);
    const text = this.#inUtf8(spaced) ?? this.#decoded(bytes);
    return { text, bytes, isLost: losesCharacters(text, bytes) };
  }

  #decoded(bytes: string): string {
    // Behind another character U+FEFF is no byte order mark, which would be taken away.
    return this.#encoded.decodeText(`=${bytes}`).slice(1);
  }

  /** With what is percent-encoded in UTF-8; null where it is not, or no more likely to be than in the source's encoding. */
  #inUtf8(encoded: string): string | null {
    const pieces = encoded.split(/((?:%[\da-f]{2})+)/i);
    const runs = pieces.filter((_, index) => index % 2 === 1).map(withoutEscapes);
    const all = runs.join('');
    if (!NON_ASCII.test(all) || !runs.every(isUtf8)) return null;
    // Two bytes of UTF-8 are a character in the encodings of East Asia too.
    const hasPairs = this.#decoded(PAIR).length === 1;
    if (hasPairs && !/[\xe0-\xff]/.test(all) && !losesCharacters(this.#decoded(all), all)) return null;
    return pieces
      .map((piece, index) => (index % 2 === 1 ? utf8(withoutEscapes(piece)) : this.#decoded(piece)))
      .join('');
  }

  /** A name of its own for each key: two that lost their characters may look alike. */
  #nameOf(key: Part): string {
    let name = key.text;
    if (!key.isLost) return name;
    while ((this.#values.get(name)?.[0].bytes ?? key.bytes) !== key.bytes) name += '\ufffd';
    return name;
  }

  #repeat(field: string, before: Part, now: Part): void {
    const found = shorten(`${before.text} and ${now.text}`);
    const violation = { field, rule: 'said only once', found, fatal: false };
    const isEqual = before.text === now.text && !((before.isLost || now.isLost) && before.bytes !== now.bytes);
    this.#violations.push(isEqual ? violation : asDiffering(violation));
  }

  #warn(field: string, rule: string, found: string): void {
    this.#violations.push({ field, rule, found, fatal: false });
  }
}
