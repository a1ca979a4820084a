import { shorten, type DecodeText, type ParsedBody, type BodyViolation } from './parse-body.js';

/** Form encoding begins with a key; JSON objects and arrays begin with a bracket. */
const FORM = /^\s*[^\s=&{["]+=/;

export function looksLikeForm(bytes: string): boolean {
  return FORM.test(bytes);
}

/**
 * Turns form encoding into an object of texts. A key that stands twice with differing values is a fatal violation, as
 * in JSON. Percent-encoded bytes are UTF-8; what stands there unencoded is in the source's encoding.
 */
export function parseForm(bytes: string, decodeText: DecodeText): ParsedBody {
  const text = decodeText(bytes).trim();
  const value = new Map<string, string>();
  const violations: BodyViolation[] = [];
  for (const [key, item] of new URLSearchParams(text)) {
    const before = value.get(key);
    if (before === undefined) value.set(key, item);
    else {
      const fatal = before !== item;
      const rule = fatal ? 'a key stands only once, or with equal values' : 'a key stands only once';
      violations.push({ field: key, rule, found: shorten(`${before} and ${item}`), fatal });
    }
  }
  return { ok: true, value: Object.fromEntries(value), text, violations };
}
