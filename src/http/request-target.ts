/** Request targets as routes expect them, however they are written: done once, before any route looks. */
import type { IncomingMessage } from 'node:http';

const SLASH = 47;

/**
 * Makes a function that straightens a request's target. An absolute one (`POST http://monitor/ocs/… HTTP/1.1`) becomes
 * its path, and its authority the Host (RFC 9112, 3.2.2). A percent sign on a receiving path that encodes nothing stands
 * for itself: so secrets are asked for before anything is told of the path.
 */
export function targetsBelow(basePath: string): (request: IncomingMessage) => void {
  const receiving = new RegExp(`^${patternOf(basePath)}/(?:ocs|gms|t)/`, 'i');
  return (request) => {
    const { url = '/' } = request;
    if (url.charCodeAt(0) !== SLASH) makeRelative(request, url);
    if (url.includes('%') && receiving.test(request.url ?? '')) request.url = decodable(request.url ?? '');
  };
}

/** A base path as part of a regular expression. */
export function patternOf(basePath: string): string {
  return basePath.replaceAll('.', '\\.');
}

function makeRelative(request: IncomingMessage, url: string): void {
  const [, authority, rest = ''] = /^[a-z][a-z\d+.-]*:\/\/(?:[^/?#@]*@)?([^/?#]*)(.*)$/is.exec(url) ?? [];
  if (authority === undefined) return;
  request.headers.host = authority;
  request.url = rest.startsWith('/') ? rest : `/${rest}`;
}

function decodable(url: string): string {
  const end = url.search(/[?#]/);
  const path = end < 0 ? url : url.slice(0, end);
  const segments = path.split('/').map((segment) => (canDecode(segment) ? segment : segment.replaceAll('%', '%25')));
  return segments.join('/') + url.slice(path.length);
}

function canDecode(segment: string): boolean {
  try {
    decodeURIComponent(segment);
    return true;
  } catch {
    return false;
  }
}
