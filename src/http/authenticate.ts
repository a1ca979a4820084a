/** Who may post, and where requests carry secrets. */
import type { Request } from 'express';
import { createHash } from 'node:crypto';
import { UNKNOWN_SENDER } from '../domain/arrival.js';
import type { Access } from './access.js';
import { inNetworks } from './address.js';
import type { ClientCertificates } from './client-certificates.js';
import { ProblemError } from './problem.js';
import { isFromAnotherPage } from './same-origin.js';

/** Secrets offered in headers: Bearer, Basic (the password, split at the first colon). */
export function authorizationSecrets(request: Request): string[] {
  const [scheme = '', credentials = ''] = (request.headers.authorization ?? '').split(/ +(.*)/s);
  if (/^bearer$/i.test(scheme)) return [credentials.trim()];
  if (!/^basic$/i.test(scheme)) return [];
  const pair = Buffer.from(credentials, 'base64').toString('utf8');
  return [pair.slice(pair.indexOf(':') + 1)];
}

/** A name for what a request identifies itself with, the same for the same credentials; nothing can be read from it. */
export function credentialsOf({ headers }: Request): string {
  const { authorization = '', cookie = '' } = headers;
  return authorization === '' && cookie === ''
    ? ''
    : createHash('sha256').update(`${authorization}\n${cookie}`).digest('base64');
}

/** Every secret a post may carry: headers, `?token=`, and `/t/{token}/…`. */
function ingestSecrets(request: Request, pathToken: string | undefined): string[] {
  const candidates = authorizationSecrets(request);
  const key = request.headers['x-api-key'];
  if (typeof key === 'string') candidates.push(key);
  if (pathToken !== undefined) candidates.push(pathToken);
  if (request.url.includes('?')) {
    const token: unknown = request.query['token'];
    for (const one of Array.isArray(token) ? token : [token]) if (typeof one === 'string') candidates.push(one);
  }
  return candidates;
}

export interface IngestGateOptions {
  readonly access: Access;
  /** Null: senders are not asked for a certificate. */
  readonly clients: ClientCertificates | null;
  readonly onRefused: (request: Request, reason: 'unauthorized' | 'forbidden') => void;
}

/** Admits posts. The address is the connection's, or what a trusted proxy says (`clientAddress`). */
export class IngestGate {
  readonly #options: IngestGateOptions;

  constructor(options: IngestGateOptions) {
    this.#options = options;
  }

  /** Throws a 403 or 401 refusal. A verified client certificate is a secret too; without any of both everybody may. */
  admit(request: Request, pathToken: string | undefined): void {
    const { access, clients, onRefused } = this.#options;
    const { ingest, ingestNetworks } = access.doors;
    if (ingestNetworks !== null && !inNetworks(ingestNetworks, request.ip ?? '')) {
      onRefused(request, 'forbidden');
      throw new ProblemError(forbidden(request.ip ?? ''));
    }
    if (ingest.isEmpty ? clients === null : ingest.admit(ingestSecrets(request, pathToken))) return;
    if (clients?.isVerified(request.socket)) return;
    onRefused(request, 'unauthorized');
    throw new ProblemError(UNAUTHORIZED);
  }

  /** Throws a 403 refusal of a post that a page made a browser send. */
  refusePages(request: Request): void {
    const { access, onRefused } = this.#options;
    if (!isFromAnotherPage(request, access)) return;
    onRefused(request, 'forbidden');
    throw new ProblemError(FROM_ANOTHER_PAGE);
  }
}

function forbidden(address: string) {
  const detail = address.startsWith(UNKNOWN_SENDER)
    ? `The proxy ${address.slice(UNKNOWN_SENDER.length)} names no address of the sender in X-Forwarded-For.`
    : `${address} is not in OCM_INGEST_NETWORKS; where that is a proxy, name it in OCM_TRUSTED_PROXIES.`;
  return { status: 403, type: 'forbidden', title: 'This address may not post', detail };
}

const FROM_ANOTHER_PAGE = {
  status: 403,
  type: 'cross-origin',
  title: 'A web page may not post',
  detail: 'It came with the Origin of another site, or a cross-site Sec-Fetch-Site: OCS and GMS send neither.',
};

export const UNAUTHORIZED = {
  status: 401,
  type: 'unauthorized',
  title: 'No or wrong secret',
  detail:
    'Send a configured token as Authorization: Bearer, as the password of Basic, or (posts only) as X-Api-Key, ?token= or /t/{token}/…; or post with a client certificate where OCM_TLS_CLIENT_CA is set.',
  headers: { 'WWW-Authenticate': 'Bearer, Basic realm="ocs-campaign-monitor"' },
};
