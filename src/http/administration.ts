/** Administrative requests: who may make them, and how each is written down. */
import type { Request, RequestHandler } from 'express';
import type { AuditEntry } from '../domain/audit.js';
import type { Clock } from '../domain/clock.js';
import { messageOf } from '../domain/errors.js';
import type { Access } from './access.js';
import { authorizationSecrets } from './authenticate.js';
import type { AdministrativeWork } from './ports.js';
import { requireSecret } from './reading.js';
import { requireOwnName, requireSameOrigin } from './same-origin.js';
import { nameOfDigest } from './secrets.js';
import type { SignIns } from './sign-ins.js';

export interface AdministrationOptions {
  readonly access: Access;
  readonly signIns: SignIns;
  readonly clock: Clock;
  readonly work: AdministrativeWork;
  /** Told of requests without a valid secret. */
  readonly onRefused: (request: Request) => void;
}

export class Administration {
  readonly #options: AdministrationOptions;
  /** An admin token, or a sign-in that one was shown for. */
  readonly mayRead: RequestHandler;
  /** An admin token, and no request that another page made a browser send. */
  readonly mayAct: readonly RequestHandler[];

  constructor(options: AdministrationOptions) {
    this.#options = options;
    this.mayRead = requireSecret(() => options.access.doors.admins, options.signIns, options.onRefused);
    this.mayAct = [this.mayRead, requireOwnName(options.access), requireSameOrigin(options.access)];
  }

  /** Does the work and writes down who asked for it and how it ended; `detail` says what was done. */
  async audited<T>(
    request: Request,
    action: string,
    work: () => Promise<T>,
    detail: (done: T | null) => AuditEntry['detail'],
  ): Promise<T> {
    const who = await this.#who(request);
    const write = (done: T | null, result: string) =>
      this.#options.work.audit({ ...who, action, detail: detail(done), result });
    let done: T;
    try {
      done = await work();
    } catch (error) {
      await write(null, messageOf(error));
      throw error;
    }
    await write(done, 'done');
    return done;
  }

  async #who(request: Request): Promise<Pick<AuditEntry, 'atMs' | 'actor' | 'address'>> {
    const { access, signIns } = this.#options;
    const signIn = await signIns.find(request, access.doors.admins);
    const name =
      access.doors.admins.nameOf(authorizationSecrets(request)) ?? (signIn === null ? null : nameOfDigest(signIn));
    const actor = name === null ? 'anonymous' : `token:${name}`;
    return { atMs: this.#options.clock.nowMs(), actor, address: request.ip ?? null };
  }
}
