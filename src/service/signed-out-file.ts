/**
 * Sign-ins that were ended, in a file beside the database: a sign-in needs no memory to live on over a restart, so
 * its end does. Not in the database, where a restored backup would bring them back.
 */
import { readFileSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import type { Clock } from '../domain/clock.js';
import type { Logger } from '../domain/log.js';
import { SIGN_IN_MS, type SignedOut, type SignedOutStore } from '../http/sign-ins.js';

const OWNER_ONLY = 0o600;

export class SignedOutFile implements SignedOutStore {
  readonly #path: string;
  readonly #log: Logger;
  readonly #clock: Clock;

  constructor(path: string, log: Logger, clock: Clock) {
    this.#path = path;
    this.#log = log;
    this.#clock = clock;
  }

  /** A file that cannot be read ends every sign-in that there is: one of them may be in it. */
  read(): SignedOut {
    try {
      const text = readFileSync(this.#path, 'utf8');
      const { ended_until: endedUntilMs, sessions: signIns } = JSON.parse(text) as Record<string, unknown>;
      if (typeof endedUntilMs === 'number' && isTexts(signIns)) return { endedUntilMs, signIns };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { endedUntilMs: 0, signIns: [] };
    }
    this.#log.error({ file: this.#path }, 'who has signed out cannot be read: everybody has to sign in again');
    return { endedUntilMs: this.#clock.nowMs() + SIGN_IN_MS, signIns: [] };
  }

  async write({ endedUntilMs, signIns }: SignedOut): Promise<void> {
    const next = `${this.#path}.new`;
    const file = await open(next, 'w', OWNER_ONLY);
    try {
      await file.writeFile(`${JSON.stringify({ ended_until: endedUntilMs, sessions: signIns })}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(next, this.#path);
  }
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
