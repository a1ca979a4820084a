/**
 * Sign-in for the page: a cookie that browsers send by themselves, so that no token stands in a URL or in what a script
 * can read. It holds no token but a mark that only somebody with the token could have made; so it needs no memory, lives
 * on over a restart, and dies when its token is removed. Signed-out ones are remembered until they would have expired.
 */
import { createHmac, randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import express, { type Request, type RequestHandler, Router } from 'express';
import { authorizationSecrets, type Secrets, UNAUTHORIZED } from './authenticate.js';
import type { Clock } from '../domain/clock.js';
import { MonitorError } from '../domain/errors.js';
import { Refusal } from './problem.js';
import { requireSameOrigin } from './reading.js';

const COOKIE = 'ocm_session';
const LIFE_MS = 30 * 86_400_000;
/** Signed-out sessions remembered; beyond it the first goes. */
const MAX_SIGNED_OUT = 10_000;
/** Marks found good, so that a request costs no more than a look; beyond it all are looked into again. */
const MAX_REMEMBERED = 10_000;
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

  /** A new session's cookie value for a token that was found to be one of the secrets. */
  async begin(digest: Buffer): Promise<string> {
    const payload = `${this.#clock.nowMs() + LIFE_MS}.${randomBytes(16).toString('base64url')}`;
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
    const value = sessionOf(request);
    if (value === null || this.#signedOut.has(value)) return false;
    const [expiry = '', nonce = '', made = '', ...rest] = value.split('.');
    if (rest.length > 0 || !/^\d{1,15}$/.test(expiry) || Number(expiry) <= this.#clock.nowMs()) return false;
    let admitted = false;
    for (const digest of secrets.digests) {
      admitted = sameText(made, mark(await this.#keyOf(digest), `${expiry}.${nonce}`)) || admitted;
    }
    return admitted;
  }

  #keyOf(digest: Buffer): Promise<Buffer> {
    const id = digest.toString('base64');
    if (!this.#keys.has(id) && this.#keys.size >= MAX_REMEMBERED) this.#keys.clear();
    const key = this.#keys.get(id) ?? deriveKey(digest, 'ocs-campaign-monitor session', KEY_BYTES);
    this.#keys.set(id, key);
    return key;
  }
}
