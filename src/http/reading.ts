/** What every reading route shares: who may read, and how a list is answered. */
import { createHash } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import type { Page } from '../domain/store.js';
import { toCsv } from '../reports/csv.js';
import { type Columns, rowOf } from '../reports/rows.js';
import { authorizationSecrets, UNAUTHORIZED } from './authenticate.js';
import { Parameters } from './parameters.js';
import { Refusal } from './problem.js';
import type { Secrets } from './secrets.js';
import type { Sessions } from './sessions.js';

/** Whether a request offers one of the secrets, or the cookie of a session that one was shown for. */
export function admits(request: Request, secrets: Secrets, sessions: Sessions): boolean | Promise<boolean> {
  return secrets.admit(authorizationSecrets(request)) || sessions.admits(request, secrets);
}

/** Lets pass who offers one of the secrets in the Authorization header, or a session; ingest secrets are none of these. */
export function requireSecret(
  secretsOf: () => Secrets,
  sessions: Sessions,
  onRefused: (request: Request) => void,
): RequestHandler {
  return async (request, _response, next) => {
    if (!(await admits(request, secretsOf(), sessions))) {
      onRefused(request);
      throw new Refusal(isFromPage(request) ? SIGN_IN : UNAUTHORIZED);
    }
    next();
  };
}

/** Whether the live page asks: it has a sign-in of its own, and a browser told of Basic would ask for a password itself. */
function isFromPage(request: Request): boolean {
  return request.headers['x-requested-with'] === 'ocs-monitor-page';
}

const SIGN_IN = { ...UNAUTHORIZED, headers: { 'WWW-Authenticate': 'Bearer' } };

export interface PageOptions {
  /** Columns that hold numbers to call: `+49…` is no formula there. */
  readonly phoneColumns?: readonly string[];
  /** What stands beside the items in JSON. */
  readonly more?: Readonly<Record<string, unknown>>;
}

/** Answers one page of a list as JSON, or as CSV of the same columns when asked for. */
export function sendPage<T>(
  request: Request,
  response: Response,
  page: Page<T>,
  columns: Columns<T>,
  { phoneColumns = [], more = {} }: PageOptions = {},
): void {
  const rows = page.items.map((item) => rowOf(columns, item));
  const next = page.nextCursor === null ? null : nextUrl(request, page.nextCursor);
  if (next !== null) response.links({ next });
  if (new Parameters(request).oneOf('format', ['json', 'csv']) !== 'csv') {
    sendTagged(request, response, JSON.stringify({ items: rows, next_cursor: page.nextCursor, ...more }));
    return;
  }
  response.type('text/csv').send(toCsv(Object.keys(columns), rows, { phoneColumns }));
}

/** Sends JSON under a tag of its content: whoever has it already is told so, and nothing else. */
export function sendTagged(request: Request, response: Response, json: string): void {
  const tag = createHash('sha256').update(json).digest('base64url').slice(0, TAG_LENGTH);
  response.set({ ETag: `"${tag}"`, 'Cache-Control': 'private, no-cache' });
  if (request.fresh) response.status(304).end();
  else response.type('json').send(json);
}

/** 132 bits of the hash. */
const TAG_LENGTH = 22;

function nextUrl(request: Request, cursor: string): string {
  const [path = '', query = ''] = request.originalUrl.split(/\?(.*)/s);
  const parameters = new URLSearchParams(query);
  parameters.set('cursor', cursor);
  return `${path}?${parameters.toString()}`;
}
