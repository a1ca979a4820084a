/** Bodies as received, with the customer's numbers masked: JSON, form encoding, or whatever else came. */
import {
  BETWEEN_DIGITS,
  isIdentifyingKey,
  isPersonalKey,
  maskInternational,
  maskNumber,
  maskText,
  normaliseNumber,
} from './personal-data.js';

/** Values of personal keys with fewer digits are masked where they stand; elsewhere such digits are anything. */
const LEAST_SECRET_DIGITS = 5;
/** Values with more digits are no numbers to call: also masked where they stand, but not looked for elsewhere. */
const MOST_SECRET_DIGITS = 20;
/** The key under which a body's bytes are kept that could not be decoded: in UTF-16, digits have NULs between them. */
const BYTES_OF_BODY = ' (bytes)';
/**
 * Texts within texts are read this deep; deeper ones are taken for unreadable.
 * @bound texts within texts that are searched for customers' numbers
 * @beyond hidden as a whole
 * @seen the quarantine
 */
const MAX_NESTING = 4;

/**
 * A body to show. Values under personal keys are masked at any depth, in texts that hold JSON or a form too, and wherever
 * else they stand in the body; other texts go through `maskText`. In a body that is neither JSON nor a form every run of
 * seven digits or more is hidden, times and ids included.
 */
export function maskBody(text: string): string {
  const masking = new BodyMasking();
  // The first reading learns the numbers, so that the second finds them in front of their keys too.
  masking.read(text);
  return masking.read(text);
}

const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*|[{}[\],:]/g;

/** An object or array that is being read. */
interface Level {
  readonly isObject: boolean;
  /** Whether a key above it is personal. */
  readonly isPersonal: boolean;
  key: string | null;
}

class BodyMasking {
  readonly #secrets = new Map<string, RegExp>();
  /** How many digits the secrets have. */
  readonly #lengths = new Set<number>();

  read(text: string, nesting = 0): string {
    if (nesting <= MAX_NESTING) {
      if (isJson(text)) return this.#json(text, nesting);
      if (isForm(text)) return this.#form(text, nesting);
    }
    return this.#hideSecrets(this.#unreadable(text));
  }

  #json(text: string, nesting: number): string {
    const levels: Level[] = [];
    return text.replace(TOKEN, (token) => {
      const level = levels.at(-1);
      switch (token) {
        case '{':
        case '[':
          levels.push({ isObject: token === '{', isPersonal: isPersonalIn(level), key: null });
          return token;
        case '}':
        case ']':
          levels.pop();
          return token;
        case ',':
          if (level?.isObject === true) level.key = null;
          return token;
        case ':':
          return token;
        default:
          return this.#jsonScalar(token, level, nesting);
      }
    });
  }

  #jsonScalar(token: string, level: Level | undefined, nesting: number): string {
    const isText = token.startsWith('"');
    const value = isText ? String(JSON.parse(token)) : token;
    if (level?.isObject === true && level.key === null) {
      level.key = value;
      const shown = this.#hideSecrets(maskText(value));
      return shown === value ? token : JSON.stringify(shown);
    }
    const shown = this.#value(value, isPersonalIn(level), level?.key ?? '', nesting);
    return shown === value ? token : JSON.stringify(shown);
  }

  #form(text: string, nesting: number): string {
    return text
      .split('&')
      .map((pair) => {
        const equals = pair.indexOf('=');
        const key = equals === -1 ? pair : pair.slice(0, equals);
        const value = equals === -1 ? '' : pair.slice(equals + 1);
        const shownKey = reEncoded(key, (name) => this.#hideSecrets(maskText(name)));
        const name = decoded(key);
        const shown = reEncoded(value, (plain) => this.#value(plain, isPersonalKey(name), name, nesting));
        return equals === -1 ? shownKey : `${shownKey}=${shown}`;
      })
      .join('&');
  }

  #value(value: string, isPersonal: boolean, key: string, nesting: number): string {
    if (key === BYTES_OF_BODY) return this.#hideSecrets(this.#unreadable(value.replaceAll('\0', '')));
    if (isPersonal) {
      this.#learn(value);
      return maskNumber(value);
    }
    if (isJson(value) && /^\s*[{["]/.test(value)) return this.read(value, nesting + 1);
    if (isForm(value)) return this.read(value, nesting + 1);
    return this.#hideSecrets(isIdentifyingKey(key) ? maskInternational(value) : maskText(value));
  }

  #unreadable(text: string): string {
    return text
      .replace(/%3(\d)/g, '$1')
      .replace(/\\u003(\d)/g, '$1')
      .replace(NAMED_VALUE, (found, key: string, between: string, value: string) => {
        if (!isPersonalKey(key)) return found;
        this.#learn(value);
        return `${key}${between}${maskNumber(value)}`;
      })
      .replace(LONG_RUN, (run) => (normaliseNumber(run.replace(/%../g, ' ')).length >= 7 ? maskNumber(run) : run));
  }

  #learn(value: string): void {
    const digits = normaliseNumber(value);
    const { length } = digits;
    if (length < LEAST_SECRET_DIGITS || length > MOST_SECRET_DIGITS || this.#secrets.has(digits)) return;
    this.#lengths.add(length);
    this.#secrets.set(digits, new RegExp(`(?:\\+|%2[bB])?${Array.from(digits).join(BETWEEN_DIGITS)}`, 'g'));
  }

  #hideSecrets(text: string): string {
    let shown = text;
    for (const digits of this.#secretsIn(text)) {
      shown = shown.replace(this.#secrets.get(digits) ?? '', maskNumber(digits));
    }
    return shown;
  }

  /** Every stretch of a text's digits is looked up, so that a thousand numbers cost no more than one. */
  *#secretsIn(text: string): Iterable<string> {
    if (this.#lengths.size === 0) return;
    const digits = normaliseNumber(text.replace(/%(?:20|2[\da-fA-F])/g, ''));
    for (const length of this.#lengths) {
      for (let start = 0; start + length <= digits.length; start++) {
        const stretch = digits.slice(start, start + length);
        if (this.#secrets.has(stretch)) yield stretch;
      }
    }
  }
}

/** A name and what may be its number: `"name":"123"`, `name=123`, `'name'  '123'`. */
const NAMED_VALUE =
  /(?<![\w.-])([A-Za-z_][\w.-]{0,63})((?:["'\\\s:=,[]|\[str\]|%22|%3[aAdD]){1,12})((?:\+|%2[bB])?[(\d](?:[\s()./-]{0,3}\d)*)/g;
const LONG_RUN = new RegExp(`\\d(?:${BETWEEN_DIGITS}\\d)+`, 'g');

function isPersonalIn(level: Level | undefined): boolean {
  return level !== undefined && (level.isPersonal || (level.key !== null && isPersonalKey(level.key)));
}

function isJson(text: string): boolean {
  if (!/^\s*["{[\d-]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Names and values without white space or quotes, and well percent-encoded. */
function isForm(text: string): boolean {
  if (!/^[\w.~%*+[\]-]+=[^\s"'{}<>]*$/.test(text)) return false;
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

function decoded(part: string): string {
  return decodeURIComponent(part.replaceAll('+', ' '));
}

/** A part of a form, encoded anew only where it changed. A bare plus is a space, or the plus of a number. */
function reEncoded(part: string, change: (plain: string) => string): string {
  const plain = part.startsWith('+') ? `+${decoded(part.slice(1))}` : decoded(part);
  const changed = change(plain);
  return changed === plain ? part : encodeURIComponent(changed);
}
