/**
 * Sign-in for the page: a cookie that browsers send by themselves, so that no token stands in a URL or in what a script
 * can read. It holds no token but a mark that only somebody with the token could have made; so it needs no memory, lives
 * on over a restart, and dies when its token is removed. Signed-out ones are remembered, durably, until they would have
 * expired.
 */
import { createHmac, randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { Request } from 'express';
import type { Clock } from '../domain/clock.js';
import type { Secrets } from './secrets.js';

export const SIGN_IN_COOKIE = 'ocm_session';
export const SIGN_IN_MS = 30 * 86_400_000;
/**
 * Ended sign-ins remembered one by one; beyond it all end that would expire no later than the first of them.
 * @bound signed-out sessions remembered
 * @beyond all that are as old as the oldest end too
 * @seen 401
 */
const MAX_SIGNED_OUT = 1000;
/**
 * Keys of tokens remembered; beyond it they are made again.
 * @bound keys of sessions in memory
 * @beyond made again when needed
 */
const MAX_KEYS = 1000;
const KEY_BYTES = 32;
/**
 * @bound cookie of a session
 * @beyond it is not valid
 * @seen 401
 */
const MAX_COOKIE_LENGTH = 200;

const deriveKey = promisify<Buffer, string, number, Buffer>(scrypt);

export interface SignedOut {
  /** Whatever expires by then has ended. */
  readonly endedUntilMs: number;
  /** Others that have ended: expiry and nonce, as in the cookie. */
  readonly signIns: readonly string[];
}

export interface SignedOutStore {
  read(): SignedOut;
  /** Resolves when it is durable. */
  write(signedOut: SignedOut): Promise<void>;
}

export class SignIns {
  readonly #clock: Clock;
  readonly #store: SignedOutStore;
  /** Keys by the digest of their token: made once, and slowly, so that no token can be guessed from a cookie. */
  readonly #keys = new Map<string, Promise<Buffer>>();
  readonly #signedOut: Set<string>;
  #endedUntilMs: number;
  #written: Promise<void> = Promise.resolve();

  constructor(clock: Clock, store: SignedOutStore) {
    this.#clock = clock;
    this.#store = store;
    const { endedUntilMs, signIns } = store.read();
    this.#endedUntilMs = endedUntilMs;
    this.#signedOut = new Set(signIns);
  }

  /** A new sign-in's cookie value for a token; null when it is none of the secrets. */
  async begin(token: string, secrets: Secrets): Promise<string | null> {
    const digest = secrets.find(token);
    if (digest === null) return null;
    const payload = `${this.#clock.nowMs() + SIGN_IN_MS}.${randomBytes(16).toString('base64url')}`;
    return `${payload}.${mark(await this.#keyOf(digest), payload)}`;
  }

  /**
   * Ends the sign-in that a request belongs to, from now on and over every restart; one that none of the secrets was
   * shown for is none. Rejects when that cannot be made durable.
   */
  async end(request: Request, secrets: readonly Secrets[]): Promise<void> {
    const found = await Promise.all(secrets.map((one) => this.find(request, one)));
    if (found.every((digest) => digest === null)) return;
    this.#signedOut.add(payloadOf(signInOf(request) ?? ''));
    this.#dropExpired();
    const signedOut = { endedUntilMs: this.#endedUntilMs, signIns: [...this.#signedOut] };
    const writing = this.#written.then(() => this.#store.write(signedOut));
    this.#written = writing.catch(() => undefined);
    await writing;
  }

  #dropExpired(): void {
    const nowMs = this.#clock.nowMs();
    const byExpiry = [...this.#signedOut].sort((one, other) => expiryOf(one) - expiryOf(other));
    for (const signIn of byExpiry) {
      const isOver = this.#signedOut.size > MAX_SIGNED_OUT;
      if (!isOver && expiryOf(signIn) > nowMs) return;
      if (isOver) this.#endedUntilMs = Math.max(this.#endedUntilMs, expiryOf(signIn));
      this.#signedOut.delete(signIn);
    }
  }

  /** Whether a request carries the cookie of a sign-in that one of the secrets was shown for. */
  async admits(request: Request, secrets: Secrets): Promise<boolean> {
    return (await this.find(request, secrets)) !== null;
  }

  /** The digest of that secret; null for none. */
  async find(request: Request, secrets: Secrets): Promise<Buffer | null> {
    const value = signInOf(request);
    if (value === null || !/^\d{1,15}\.[^.]*\.[^.]*$/.test(value)) return null;
    const payload = payloadOf(value);
    if (expiryOf(payload) <= Math.max(this.#clock.nowMs(), this.#endedUntilMs) || this.#signedOut.has(payload))
      return null;
    const made = value.slice(payload.length + 1);
    let found: Buffer | null = null;
    for (const digest of secrets.digests) {
      if (sameText(made, mark(await this.#keyOf(digest), payload))) found = digest;
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

/** The sign-in a request says it belongs to; null for none. */
export function signInOf({ headers }: Request): string | null {
  for (const pair of (headers.cookie ?? '').split(';')) {
    const [name, value = ''] = pair.trim().split('=', 2);
    if (name === SIGN_IN_COOKIE && value !== '' && value.length <= MAX_COOKIE_LENGTH) return value;
  }
  return null;
}

/** Expiry and nonce of a cookie. */
function payloadOf(value: string): string {
  return value.slice(0, value.lastIndexOf('.'));
}

function expiryOf(payload: string): number {
  return Number.parseInt(payload, 10);
}

function mark(key: Buffer, payload: string): string {
  return createHmac('sha256', key).update(payload).digest('base64url');
}

function sameText(a: string, b: string): boolean {
  const [one, other] = [Buffer.from(a), Buffer.from(b)];
  // Characters are no bytes: a cookie may hold any.
  return one.length === other.length && timingSafeEqual(one, other);
}
