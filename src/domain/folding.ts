/**
 * When two texts are the same for who looks for one: shared by the API and the page, so that both find the same.
 */

/**
 * Characters that are in composed form already and have nothing to fold but simple case: printable ASCII, the letters of
 * Latin-1 but ß, Cyrillic, Hebrew, Arabic, kana, Hangul and Chinese. Nearly every text is made of these, and folding it
 * costs a twentieth.
 */
const SETTLED =
  /^[ -~À-ÖØ-Þà-öø-ÿ\u0400-\u045F\u05D0-\u05EA\u0621-\u063A\u0641-\u064A\u3041-\u3096\u30A1-\u30FA\u4E00-\u9FFF\uAC00-\uD7A3]*$/;

/**
 * For search: equal for texts that differ in case, in canonical or compatible form (accents composed or not, full
 * width, ligatures), or in characters that nobody sees. After Unicode's caseless matching (Unicode 15, D146), but that
 * all of I, i, İ and ı are one: who types `istanbul` means İstanbul. Accents count: `Café` is not `Cafe`.
 */
export function folded(text: string): string {
  if (SETTLED.test(text)) return text.toLowerCase();
  // What is compatible may have case anew (ᴬ), and what has case may be compatible with more (ŉ).
  return caseless(caseless(text.replace(UNSEEN, '')).normalize('NFKD')).normalize('NFKC');
}

/** For equality: composed characters and their parts are one, case is not. */
export function canonical(text: string): string {
  return SETTLED.test(text) ? text : text.normalize('NFC');
}

/** Marks of formatting and direction, joiners, variation selectors. */
const UNSEEN = /\p{Default_Ignorable_Code_Point}/gu;

/** JavaScript has no case folding: up turns ß and ﬁ into more letters, down again leaves one form of each. */
function caseless(text: string): string {
  const lower = text.normalize('NFD').toLowerCase().toUpperCase().toLowerCase();
  return lower
    .replaceAll('ς', 'σ')
    .normalize('NFD')
    .replace(/i\p{M}+/gu, (marked) => marked.replaceAll('\u0307', ''));
}
