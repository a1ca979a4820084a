/** `/api/v1/session`: signing in and out from the page. */
import express, { type Request, Router } from 'express';
import type { Clock } from '../domain/clock.js';
import { MonitorError } from '../domain/errors.js';
import { isoTime } from '../reports/rows.js';
import type { Access } from './access.js';
import { UNAUTHORIZED } from './authenticate.js';
import { ProblemError } from './problem.js';
import { admits } from './reading.js';
import { requireSameOrigin } from './same-origin.js';
import { SIGN_IN_COOKIE, SIGN_IN_MS, type SignIns } from './sign-ins.js';

export interface SignInRoutes {
  readonly signIns: SignIns;
  readonly access: Access;
  readonly clock: Clock;
  readonly basePath: string;
  /** Told of a token that is none. */
  readonly onRefused: (request: Request) => void;
}

/** Open to everybody: who signs in has no cookie yet. */
export function signInRoutes({ signIns, access, clock, basePath, onRefused }: SignInRoutes): Router {
  const router = Router();
  const sameOrigin = requireSameOrigin(access);
  const cookie = (request: Request, maxAgeMs: number) => ({
    httpOnly: true,
    sameSite: 'strict' as const,
    path: `${basePath}/`,
    secure: request.secure,
    maxAge: maxAgeMs,
  });
  router.get('/session', async (request, response) => {
    const { readers, admins } = access.doors;
    response.set('Cache-Control', 'no-store').json({
      anonymous: readers.isEmpty,
      reader: await admits(request, readers, signIns),
      admin: await admits(request, admins, signIns),
    });
  });
  const readBody = express.json({ limit: '4kb', type: () => true });
  router.post('/session', sameOrigin, readBody, async (request, response) => {
    const token = tokenIn(request.body);
    const { readers, admins } = access.doors;
    // Where everybody may read, some may still administer.
    const secrets = readers.isEmpty ? admins : readers;
    if (secrets.isEmpty) {
      response.json({ anonymous: true, expires_at: null });
      return;
    }
    const signIn = await signIns.begin(token, secrets);
    if (signIn === null) {
      onRefused(request);
      throw new ProblemError(UNAUTHORIZED);
    }
    response.cookie(SIGN_IN_COOKIE, signIn, cookie(request, SIGN_IN_MS));
    response.json({ anonymous: false, expires_at: isoTime(clock.nowMs() + SIGN_IN_MS) });
  });
  router.delete('/session', sameOrigin, async (request, response) => {
    const { readers, admins } = access.doors;
    response.clearCookie(SIGN_IN_COOKIE, { ...cookie(request, 0), maxAge: undefined });
    await signIns.end(request, [readers, admins]).catch((cause: unknown) => {
      throw new MonitorError('OCM_UNAVAILABLE', NOT_DURABLE, { cause });
    });
    response.status(204).end();
  });
  return router;
}

const NOT_DURABLE =
  'the session has ended, but would come back with a restart: its end could not be written beside the database';

function tokenIn(body: unknown): string {
  const token = typeof body === 'object' && body !== null && 'token' in body ? body.token : null;
  if (typeof token === 'string' && token !== '') return token;
  throw new MonitorError('OCM_BAD_PARAMETER', 'the body should be {"token": "…"}');
}
