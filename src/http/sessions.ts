/**
 * Sign-in for the page: a cookie that browsers send by themselves, so that no token stands in a URL or in what a script
 * can read. It holds no token but a mark that only somebody with the token could have made; so it needs no memory, lives
 * on over a restart, and dies when its token is removed. Signed-out ones are remembered until they would have expired.
 */
import { createHmac, randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { Request } from 'express';
import type { Clock } from '../domain/clock.js';
import type { Secrets } from './secrets.js';

export const SESSION_COOKIE = 'ocm_session';
export const SESSION_MS = 30 * 86_400_000;
/** Signed-out sessions remembered; beyond it the first goes. */
const MAX_SIGNED_OUT = 10_000;
/** Keys of tokens remembered; beyond it they are made again. */
const MAX_KEYS = 1000;
const KEY_BYTES = 32;
const MAX_COOKIE_LENGTH = 200;

const deriveKey = promisify<Buffer, string, number, Buffer>(scrypt);

export class Sessions {
  readonly #clock: Clock;
  /** Keys by the digest of their token: made once, and slowly, so that no token can be guessed from a cookie. */
  readonly #keys = new Map<string, Promise<Buffer>>();
  readonly #signedOut = new Set<string>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A new session's cookie value for a token; null when it is none of the secrets. */
  async begin(token: string, secrets: Secrets): Promise<string | null> {
    const digest = secrets.find(token);
    if (digest === null) return null;
    const payload = `${this.#clock.nowMs() + SESSION_MS}.${randomBytes(16).toString('base64url')}`;
    return `${payload}.${mark(await this.#keyOf(digest), payload)}`;
  }

  end(value: string): void {
    this.#signedOut.add(value);
    for (const oldest of this.#signedOut) {
      if (this.#signedOut.size <= MAX_SIGNED_OUT) return;
      this.#signedOut.delete(oldest);
    }
  }

  /** Whether a request carries the cookie of a session that one of the secrets was shown for. */
  async admits(request: Request, secrets: Secrets): Promise<boolean> {
    return (await this.find(request, secrets)) !== null;
  }

  /** The digest of that secret; null for none. */
  async find(request: Request, secrets: Secrets): Promise<Buffer | null> {
    const value = sessionOf(request);
    if (value === null || this.#signedOut.has(value)) return null;
    const [expiry = '', nonce = '', made = '', ...rest] = value.split('.');
    if (rest.length > 0 || !/^\d{1,15}$/.test(expiry) || Number(expiry) <= this.#clock.nowMs()) return null;
    let found: Buffer | null = null;
    for (const digest of secrets.digests) {
      if (sameText(made, mark(await this.#keyOf(digest), `${expiry}.${nonce}`))) found = digest;
    }
    return found;
  }

  #keyOf(digest: Buffer): Promise<Buffer> {
    const id = digest.toString('base64');
    if (!this.#keys.has(id) && this.#keys.size >= MAX_KEYS) this.#keys.clear();
    const key = this.#keys.get(id) ?? deriveKey(digest, 'ocs-campaign-monitor session', KEY_BYTES);
    this.#keys.set(id, key);
    return key;
  }
}

/** The session a request says it belongs to; null for none. */
export function sessionOf({ headers }: Request): string | null {
  for (const pair of (headers.cookie ?? '').split(';')) {
    const [name, value = ''] = pair.trim().split('=', 2);
    if (name === SESSION_COOKIE && value !== '' && value.length <= MAX_COOKIE_LENGTH) return value;
  }
  return null;
}

function mark(key: Buffer, payload: string): string {
  return createHmac('sha256', key).update(payload).digest('base64url');
}

function sameText(a: string, b: string): boolean {
  const [one, other] = [Buffer.from(a), Buffer.from(b)];
  // Characters are no bytes: a cookie may hold any.
  return one.length === other.length && timingSafeEqual(one, other);
}
