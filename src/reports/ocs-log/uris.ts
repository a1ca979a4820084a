/** Whether a URI of an OCS log is where this source's notifications belong, and what slip leads to another. */

const RECEIVING_PATH = /^(.*?)(?:\/t\/[^/]+)?\/ocs(?:\/([^/]+))?\/campaign-group-state(\/*)$/i;
const DEFAULT_SOURCE = 'default';

export interface Expected {
  readonly source: string;
  /** As `campaigngroup-states-uri` should have it; null: only its path can be judged. */
  readonly url: URL | null;
}

/** What is wrong with a URI, as words with commas between; null: nothing, it is ours. Secrets in it are not looked at. */
export function slipOf(uri: string, { source, url }: Expected): string | null {
  const found = URL.canParse(uri) ? new URL(uri) : null;
  if (found === null || !/^https?:$/.test(found.protocol)) return 'not an HTTP URL';
  const slips: string[] = [];
  if (url !== null) {
    if (found.protocol !== url.protocol) slips.push('scheme');
    if (found.hostname !== url.hostname) slips.push('host');
    if (portOf(found) !== portOf(url)) slips.push('port');
  }
  const slip = pathSlip(found.pathname, url?.pathname ?? null, source);
  if (slip !== null) slips.push(slip);
  return slips.length === 0 ? null : slips.join(', ');
}

/** A port that is the scheme's own is not written. */
function portOf({ port, protocol }: URL): string {
  return port !== '' ? port : protocol === 'https:' ? '443' : '80';
}

function pathSlip(path: string, expected: string | null, source: string): string | null {
  const [, base, named, slashes] = RECEIVING_PATH.exec(path) ?? [];
  if (base === undefined) return 'path';
  const [, expectedBase = base, expectedName = source] =
    (expected === null ? null : RECEIVING_PATH.exec(expected)) ?? [];
  if (decoded(named ?? DEFAULT_SOURCE) !== decoded(expectedName)) return 'source name';
  if (base.toLowerCase() !== expectedBase.toLowerCase()) return 'path';
  // One is taken as if it were none.
  return (slashes ?? '').length > 1 ? 'trailing slash' : null;
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** Without user, password, token and query, which may be secrets. */
export function shownUri(uri: string): string {
  return uri
    .replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i, '$1***@')
    .replace(/\/t\/[^/?#]+/i, '/t/***')
    .replace(/\?[^#]+/, '?***');
}
