/** Paths of requests as they may be shown: without query, and without whatever may be a secret. */

const HIDDEN = '***';
/**
 * @bound path shown of a refused request
 * @beyond it is cut
 * @seen `/api/v1/arrivals`
 */
const MAX_LENGTH = 200;
/**
 * @bound one segment of such a path
 * @beyond it is hidden
 * @seen `/api/v1/arrivals`
 */
const MAX_SEGMENT = 64;

/** The path of a request target, hidden where `isSecret` says so, behind `/t/`, and where it looks like a secret. */
export function shownPath(target: string, isSecret: (segment: string) => boolean): string {
  const path = target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '');
  const segments = path.split('/');
  let shown = '';
  // To look whether a segment is a secret takes time: no more of them are looked at than are shown.
  for (let index = 0; index < segments.length && shown.length < MAX_LENGTH; index++) {
    const segment = segments[index] ?? '';
    const isToken = segments[index - 1]?.toLowerCase() === 't';
    shown += (index === 0 ? '' : '/') + shownSegment(segment, isToken, isSecret);
  }
  return shown.slice(0, MAX_LENGTH) || '/';
}

function shownSegment(segment: string, isToken: boolean, isSecret: (segment: string) => boolean): string {
  if (segment === '') return '';
  const text = decoded(segment);
  // A query that was encoded by mistake, or user and password.
  const plain = /^[^?=&:@;#]*/.exec(text)?.[0] ?? '';
  if (isToken || looksSecret(plain) || [...new Set([text, segment, plain])].some(isSecret)) return HIDDEN;
  return printable(plain) + (plain === text ? '' : HIDDEN);
}

/** Long, and of letters and digits mixed: no word of ours. */
function looksSecret(segment: string): boolean {
  return segment.length > MAX_SEGMENT || (segment.length >= 16 && /\d/.test(segment) && /[A-Za-z]/.test(segment));
}

/** Terminals obey control characters. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?');
}

/** Percent-decoded where it can be: what cannot stands for itself. */
export function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
