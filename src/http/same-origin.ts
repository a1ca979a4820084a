/** Whether a browser was made to send a request by a page of another site. */
import type { IncomingMessage } from 'node:http';
import type { RequestHandler } from 'express';
import type { Access } from './access.js';
import { hostIn, hostsOf, isAddress } from './own-names.js';
import { ProblemError } from './problem.js';
import { patternOf } from './request-target.js';

/** A post that a page made a browser send: neither OCS nor GMS sends these headers. */
export function isFromAnotherPage(request: IncomingMessage, access: Access): boolean {
  const { origin, 'sec-fetch-site': site } = request.headers;
  if (site !== undefined && /\bcross-site\b/i.test(site)) return true;
  return origin !== undefined && isForeign(request, origin, { access, mayHaveAnyName: false });
}

/** Refuses requests that a page of another origin made a browser send. */
export function requireSameOrigin(access: Access): RequestHandler {
  return (request, _response, next) => {
    const { origin, 'sec-fetch-site': site } = request.headers;
    const isForeignOrigin = origin !== undefined && isForeign(request, origin, { access, mayHaveAnyName: true });
    if (isForeignOrigin || (site !== undefined && site !== 'same-origin' && site !== 'none')) {
      const detail = 'Send it from the page of this service, or use a non-browser client.';
      throw new ProblemError({ status: 403, type: 'cross-origin', title: 'Other web pages may not do this', detail });
    }
    next();
  };
}

/** Where anybody may administer, a page of another site could, under a name of its own: refuses all but our names. */
export function requireOwnName(access: Access): RequestHandler {
  return (request, _response, next) => {
    if (access.doors.admins.isEmpty && !namesUs(request, access)) throw new ProblemError(MISDIRECTED);
    next();
  };
}

export interface OwnNameOptions {
  readonly access: Access;
  readonly basePath: string;
  readonly isOnLoopback: () => boolean;
}

/**
 * On loopback without read tokens whatever the machine's user may do any page could make his browser do, but for the name
 * in Host. Posts are judged by their origin. What machines ask for may be asked by address, and by those that say no name.
 */
export function guardLoopback({ access, basePath, isOnLoopback }: OwnNameOptions): RequestHandler {
  const api = new RegExp(`^${patternOf(basePath)}/api/`, 'i');
  const forMachines = new RegExp(`^${patternOf(basePath)}/(?:healthz|readyz|metrics(?:/domain)?)/?$`, 'i');
  return (request, _response, next) => {
    const isAsked = request.method !== 'POST' || api.test(request.path);
    if (isAsked && isOnLoopback() && access.doors.readers.isEmpty && !namesUs(request, access)) {
      const hosts = hostsOf(request, access.doors.trustedProxies);
      if (!forMachines.test(request.path) || !hosts.every((host) => isAddress(host) || isOwn(request, host, access)))
        throw new ProblemError(MISDIRECTED);
    }
    next();
  };
}

const MISDIRECTED = {
  status: 421,
  type: 'misdirected',
  title: 'This service is not known by that name',
  detail:
    'Use localhost or the address that it listens on; or add the name, as browsers are given it, to OCM_PUBLIC_NAMES, like monitor.example:8443.',
};

function namesUs(request: IncomingMessage, access: Access): boolean {
  const hosts = hostsOf(request, access.doors.trustedProxies);
  return hosts.length > 0 && hosts.every((host) => isOwn(request, host, access));
}

function isOwn({ socket }: IncomingMessage, host: string, { doors }: Access): boolean {
  return doors.names.has(host, socket.localAddress);
}

interface Judging {
  readonly access: Access;
  /** Whether a name in Host is believed to be ours, whatever it is: where a secret is needed besides. */
  readonly mayHaveAnyName: boolean;
}

function isForeign(request: IncomingMessage, origin: string, { access, mayHaveAnyName }: Judging): boolean {
  if (origin === '') return false;
  if (!URL.canParse(origin)) return true;
  const url = new URL(origin);
  if (access.doors.names.hasOrigin(url)) return false;
  const hosts = hostsOf(request, access.doors.trustedProxies).filter((host) => isSameHost(host, url));
  return !hosts.some((host) => mayHaveAnyName || isOwn(request, host, access));
}

function isSameHost(text: string, { host: ofOrigin, protocol }: URL): boolean {
  const [host, origin] = [hostIn(text), hostIn(ofOrigin)];
  const usual = protocol === 'https:' ? '443' : '80';
  return host !== null && host.name === origin?.name && (host.port || usual) === (origin.port || usual);
}
