/** Secrets that somebody put into a body, where they do not belong: hidden from whoever is shown it, known by their keys. */

const HIDDEN = '***';
const WORDS = 'token|passwo?r?d|passwd|secret|credential|authori[sz]ation|api[_-]?key|cookie|private[_-]?key';
const SECRET_KEY = new RegExp(WORDS, 'i');

/** Whether a key or parameter of this name carries a secret, whatever its spelling. */
export function isSecretKey(name: string): boolean {
  return SECRET_KEY.test(name);
}

/** `"key": value`, the quotes of a text within a text included; a value may be cut short. */
const IN_JSON = new RegExp(
  String.raw`((\\*")[^"\\]{0,200}(?:${WORDS})[^"\\]{0,200}\2\s*:\s*)(\\*"(?:[^"\\]|\\[^"])*(?:\\*")?|[^\s,}\]"{[\\]+)`,
  'gi',
);
/** `key=value` and `key: value`, as in forms, queries and headers. */
const IN_FORM = new RegExp(
  String.raw`([\w.%-]{0,200}(?:${WORDS})[\w.%-]{0,200}(?:=|:[ \t]*(?:(?:bearer|basic)[ \t]+)?))([^\s&"',;<>{}\\]+)`,
  'gi',
);

/** A text with the values of secret keys hidden: JSON, a form, or whatever else. */
export function hideSecretValues(text: string): string {
  if (!SECRET_KEY.test(text)) return text;
  return text
    .replace(IN_JSON, (_found, key: string, quote: string) => `${key}${quote}${HIDDEN}${quote}`)
    .replace(IN_FORM, (found, key: string, value: string) => (value.startsWith(HIDDEN) ? found : key + HIDDEN));
}
