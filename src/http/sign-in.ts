/** `/api/v1/session`: signing in and out from the page. */
import express, { type Request, Router } from 'express';
import type { Clock } from '../domain/clock.js';
import { MonitorError } from '../domain/errors.js';
import { isoTime } from '../reports/rows.js';
import type { Access } from './access.js';
import { UNAUTHORIZED } from './authenticate.js';
import { Refusal } from './problem.js';
import { admits } from './reading.js';
import { requireSameOrigin } from './same-origin.js';
import { SESSION_COOKIE, SESSION_MS, type Sessions } from './sign-ins.js';

export interface SessionRoutes {
  readonly sessions: Sessions;
  readonly access: Access;
  readonly clock: Clock;
  readonly basePath: string;
  /** Told of a token that is none. */
  readonly onRefused: (request: Request) => void;
}

/** Open to everybody: who signs in has no session yet. */
export function sessionRoutes({ sessions, access, clock, basePath, onRefused }: SessionRoutes): Router {
  const router = Router();
  const sameOrigin = requireSameOrigin(access);
  const cookie = (request: Request, maxAgeMs: number) => ({
    ...{ httpOnly: true, sameSite: 'strict' as const, path: `${basePath}/`, secure: request.secure },
    maxAge: maxAgeMs,
  });
  router.get('/session', async (request, response) => {
    const { readers, admins } = access.doors;
    response.set('Cache-Control', 'no-store').json({
      anonymous: readers.isEmpty,
      reader: await admits(request, readers, sessions),
      admin: await admits(request, admins, sessions),
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
    const session = await sessions.begin(token, secrets);
    if (session === null) {
      onRefused(request);
      throw new Refusal(UNAUTHORIZED);
    }
    response.cookie(SESSION_COOKIE, session, cookie(request, SESSION_MS));
    response.json({ anonymous: false, expires_at: isoTime(clock.nowMs() + SESSION_MS) });
  });
  router.delete('/session', sameOrigin, async (request, response) => {
    const { readers, admins } = access.doors;
    response.clearCookie(SESSION_COOKIE, { ...cookie(request, 0), maxAge: undefined });
    await sessions.end(request, [readers, admins]).catch((cause: unknown) => {
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
