/**
 * Texts of senders may be written from right to left, or carry characters that say so: each stays in a box of its own,
 * so that none turns what stands beside it. `<Said>` does so in elements, `isolated` where there is room for text alone.
 * Rules: Unicode Standard Annex 9.
 */

const FIRST_STRONG_ISOLATE = '\u2068';
const POP_ISOLATE = '\u2069';

/** What opens or closes an isolate, and what ends a paragraph with every isolate in it: some controls do. */
const BREAKS_OUT = /[\u2066-\u2069\u2029]|(?!\t)\p{Cc}/u;
const OPENS = /[\u2066-\u2068]/;
/** What is written from right to left, and what says that something is. */
const TURNS =
  /[\u0590-\u08FF\u200F\u202A-\u202E\u2066-\u2069\uFB1D-\uFDFF\uFE70-\uFEFC\u{10800}-\u{10FFF}\u{1E800}-\u{1EFFF}]/u;
/** What has an effect and no look: controls but line breaks and tabs, marks of direction, what has no width. */
const UNSEEN = /(?![\t\n\r])\p{Cc}|[\u00AD\u061C\u200B\u200E\u200F\u2028-\u202E\u2060-\u206F\uFEFF]/gu;

/** A text that cannot end the isolate it stands in: what it opens it closes, and it closes no more. */
export function contained(text: string): string {
  if (!BREAKS_OUT.test(text)) return text;
  let open = 0;
  let kept = '';
  for (const character of text) {
    if (character === POP_ISOLATE) {
      if (open > 0) kept += character;
      open = Math.max(0, open - 1);
    } else if (OPENS.test(character)) {
      kept += character;
      open++;
    } else kept += BREAKS_OUT.test(character) ? ' ' : character;
  }
  return kept + POP_ISOLATE.repeat(open);
}

/** A text among others in a title, a label, an option: in an isolate where it needs one. */
export function isolated(text: string): string {
  return TURNS.test(text) ? FIRST_STRONG_ISOLATE + contained(text) + POP_ISOLATE : contained(text);
}

/** Several in a row with a dot between, in a title; those that say nothing are left out. */
export function together(texts: readonly (string | null)[]): string {
  return texts
    .filter((text) => text !== null && text !== '')
    .map((text) => isolated(text ?? ''))
    .join(' · ');
}

/** A raw text with what cannot be seen written out, as JSON would: `\u202e`. */
export function visible(text: string): string {
  return text.replace(UNSEEN, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
