/** What every reading route shares: who may read. */
import type { Request, RequestHandler } from 'express';
import { authorizationSecrets, UNAUTHORIZED } from './authenticate.js';
import { ProblemError } from './problem.js';
import type { Secrets } from './secrets.js';
import type { SignIns } from './sign-ins.js';

/** Whether a request offers one of the secrets, or the cookie of a sign-in that one was shown for. */
export function admits(request: Request, secrets: Secrets, signIns: SignIns): boolean | Promise<boolean> {
  return secrets.admit(authorizationSecrets(request)) || signIns.admits(request, secrets);
}

/** Lets pass who offers one of the secrets in the Authorization header, or a sign-in; ingest secrets are none of these. */
export function requireSecret(
  secretsOf: () => Secrets,
  signIns: SignIns,
  onRefused: (request: Request) => void,
): RequestHandler {
  return async (request, _response, next) => {
    if (!(await admits(request, secretsOf(), signIns))) {
      onRefused(request);
      throw new ProblemError(isFromPage(request) ? SIGN_IN : UNAUTHORIZED);
    }
    next();
  };
}

/** Whether the live page asks: it has a sign-in of its own, and a browser told of Basic would ask for a password itself. */
function isFromPage(request: Request): boolean {
  return request.headers['x-requested-with'] === 'ocs-monitor-page';
}

const SIGN_IN = { ...UNAUTHORIZED, headers: { 'WWW-Authenticate': 'Bearer' } };
