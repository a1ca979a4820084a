/** Who may post and who may read. Secrets are compared in constant time and never logged. */
import type { Request } from 'express';
import { createHash, timingSafeEqual } from 'node:crypto';
import type { BlockList } from 'node:net';
import { isIP } from 'node:net';
import { Refusal } from './problem.js';

/** A set of secrets any one of which suffices; empty admits everybody. */
export class Secrets {
  readonly #digests: readonly Buffer[];

  constructor(tokens: readonly string[]) {
    this.#digests = tokens.map(digest);
  }

  get isEmpty(): boolean {
    return this.#digests.length === 0;
  }

  /** The digest of a secret that is one of these; null for any other, and when there are none. */
  find(candidate: string): Buffer | null {
    const wanted = digest(candidate);
    let found: Buffer | null = null;
    for (const secret of this.#digests) if (timingSafeEqual(wanted, secret)) found = secret;
    return found;
  }

  /** SHA-256 of each. */
  get digests(): readonly Buffer[] {
    return this.#digests;
  }

  /** Compares every candidate with every secret, so that the time tells nothing about either. */
  admit(candidates: readonly string[]): boolean {
    if (this.isEmpty) return true;
    let admitted = false;
    for (const candidate of candidates.map(digest)) {
      for (const secret of this.#digests) admitted = timingSafeEqual(candidate, secret) || admitted;
    }
    return admitted;
  }
}

function digest(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

/** Secrets offered in headers: Bearer, Basic (the password, split at the first colon). */
export function authorizationSecrets(request: Request): string[] {
  const [scheme = '', credentials = ''] = (request.headers.authorization ?? '').split(/ +(.*)/s);
  if (/^bearer$/i.test(scheme)) return [credentials.trim()];
  if (!/^basic$/i.test(scheme)) return [];
  const pair = Buffer.from(credentials, 'base64').toString('utf8');
  return [pair.slice(pair.indexOf(':') + 1)];
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
  readonly tokens: readonly string[];
  /** Null: every address may post. */
  readonly networks: BlockList | null;
  readonly onRefused: (request: Request, reason: 'unauthorized' | 'forbidden') => void;
}

/** Admits posts. The address is the connection's, or what a trusted proxy says ("trust proxy" of the application). */
export class IngestGate {
  readonly #options: IngestGateOptions;
  readonly #secrets: Secrets;

  constructor(options: IngestGateOptions) {
    this.#options = options;
    this.#secrets = new Secrets(options.tokens);
  }

  /** Throws a 403 or 401 refusal. */
  admit(request: Request, pathToken: string | undefined): void {
    const { networks, onRefused } = this.#options;
    if (networks !== null && !inNetworks(networks, request.ip ?? '')) {
      onRefused(request, 'forbidden');
      throw new Refusal(FORBIDDEN);
    }
    if (this.#secrets.isEmpty || this.#secrets.admit(ingestSecrets(request, pathToken))) return;
    onRefused(request, 'unauthorized');
    throw new Refusal(UNAUTHORIZED);
  }
}

export function inNetworks(networks: BlockList, address: string): boolean {
  const version = isIP(address);
  return version !== 0 && networks.check(address, version === 6 ? 'ipv6' : 'ipv4');
}

const FORBIDDEN = {
  status: 403,
  type: 'forbidden',
  title: 'This address may not post',
  detail: "The sender's address is not in OCM_INGEST_NETWORKS; behind a proxy, name the proxy in OCM_TRUSTED_PROXIES.",
};

export const UNAUTHORIZED = {
  status: 401,
  type: 'unauthorized',
  title: 'No or wrong secret',
  detail:
    'Send a configured token as Authorization: Bearer, as the password of Basic, or (posts only) as X-Api-Key, ?token= or /t/{token}/….',
  headers: { 'WWW-Authenticate': 'Bearer, Basic realm="ocs-campaign-monitor"' },
};
