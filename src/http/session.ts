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
import { SESSION_COOKIE, SESSION_MS, sessionOf, type Sessions } from './sessions.js';

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
    const { readers } = access.doors;
    if (readers.isEmpty) {
      response.json({ anonymous: true, expires_at: null });
      return;
    }
    const session = await sessions.begin(token, readers);
    if (session === null) {
      onRefused(request);
      throw new Refusal(UNAUTHORIZED);
    }
    response.cookie(SESSION_COOKIE, session, cookie(request, SESSION_MS));
    response.json({ anonymous: false, expires_at: isoTime(clock.nowMs() + SESSION_MS) });
  });
  router.delete('/session', sameOrigin, (request, response) => {
    const session = sessionOf(request);
    if (session !== null) sessions.end(session);
    response
      .clearCookie(SESSION_COOKIE, { ...cookie(request, 0), maxAge: undefined })
      .status(204)
      .end();
  });
  return router;
}

function tokenIn(body: unknown): string {
  const token = typeof body === 'object' && body !== null && 'token' in body ? body.token : null;
  if (typeof token === 'string' && token !== '') return token;
  throw new MonitorError('OCM_BAD_PARAMETER', 'the body should be {"token": "…"}');
}
