/** Paths of requests as they may be shown: without query, and without whatever may be a secret. */

const HIDDEN = '***';
const MAX_LENGTH = 200;
const MAX_SEGMENT = 64;

/** The path of a request target, hidden where `isSecret` says so, behind `/t/`, and where it looks like a secret. */
export function shownPath(target: string, isSecret: (segment: string) => boolean): string {
  const path = target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '');
  const segments = path.split('/');
  const shown = segments.map((segment, index) => {
    if (segment === '') return '';
    const text = decoded(segment);
    const isToken = segments[index - 1]?.toLowerCase() === 't';
    // A query that was encoded by mistake, or user and password.
    const plain = /^[^?=&:@;#]*/.exec(text)?.[0] ?? '';
    if (isToken || isSecret(text) || isSecret(segment) || isSecret(plain) || looksSecret(plain)) return HIDDEN;
    return printable(plain) + (plain === text ? '' : HIDDEN);
  });
  return shown.join('/').slice(0, MAX_LENGTH) || '/';
}

/** Long, and of letters and digits mixed: no word of ours. */
function looksSecret(segment: string): boolean {
  return segment.length > MAX_SEGMENT || (segment.length >= 16 && /\d/.test(segment) && /[A-Za-z]/.test(segment));
}

/** Terminals obey control characters. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?');
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
