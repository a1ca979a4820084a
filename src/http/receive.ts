/**
 * The main path: authenticate → read → (validate → decode → group commit) → answer. What stands in brackets happens
 * behind `submit`; it resolves only after the commit, so a 200 is never given for something that could still be lost.
 */
import type { Express, Request, RequestHandler, Response } from 'express';
import type { Clock } from '../domain/clock.js';
import { type Endpoint, ENDPOINTS } from '../domain/quarantine.js';
import { isSourceName } from '../domain/source.js';
import type { Delivery, Receipt } from '../domain/store.js';
import type { PersonalData } from '../reports/callback-rows.js';
import { decoded } from './shown-path.js';
import type { IngestGate } from './authenticate.js';
import type { PostCounts, Posts, Readiness } from './ports.js';
import { ProblemError } from './problem.js';
import type { BodiesBeingRead } from './bodies-being-read.js';
import { type BodyRead, readBody } from './read-body.js';
import type { RecentArrivals } from './recent-arrivals.js';
import { type Reply, replyTo } from './replies.js';
import { crowdedOut, unavailable } from './unavailable.js';

export interface ReceiverOptions {
  readonly basePath: string;
  readonly gate: IngestGate;
  readonly bodyLimitBytes: number;
  readonly reading: BodiesBeingRead;
  /** Whether answers to senders show customers' numbers. */
  readonly pii: PersonalData;
  readonly clock: Clock;
  readonly posts: Posts;
  readonly readiness: Readiness;
  readonly counts: PostCounts;
  readonly arrivals: RecentArrivals;
  /** Headers of every answer, and whether connections shall end with it (while draining). */
  readonly headers: readonly (readonly [string, string])[];
  readonly isDraining: () => boolean;
  /** Comes right after the routes of good posts. */
  readonly guard: RequestHandler;
}

/** Below `/ocs` what Outbound Contact Server posts, below `/gms` what Callback does. */
const FAMILY_OF: Readonly<Record<Endpoint, 'ocs' | 'gms'>> = {
  'campaign-group-state': 'ocs',
  'callback-events': 'gms',
  'attached-data': 'gms',
  'status-notifications': 'gms',
};

/** Puts the receiving routes on the application. They come first, because every layer before them costs every post. */
export function routeReceiving(app: Express, options: ReceiverOptions): void {
  const { basePath } = options;
  const headers = options.headers.flat();
  const receive =
    (endpoint: Endpoint) =>
    async (request: Request, response: Response): Promise<void> => {
      const startedMs = performance.now();
      const params = request.params as { token?: string; source?: string };
      options.gate.admit(request, params.token);
      options.gate.refusePages(request);
      const source = sourceOf(params.source);
      refuseEncoding(request, source, options);
      const body = await readBody(request, options.bodyLimitBytes, options.reading);
      if (body.kind === 'aborted') {
        // One that was answered could not be parsed, and is told of as such.
        if (!response.headersSent) options.arrivals.refuse(request, { status: null, outcome: 'aborted' });
        return;
      }
      if (body.kind === 'crowded-out') throw crowdedOut(source, options);
      const delivery = deliveryOf(body, endpoint, source, options.clock);
      let receipt: Receipt;
      try {
        receipt = await options.posts.submit(delivery);
      } catch (error) {
        throw unavailable(error, delivery, options);
      }
      const reply = replyTo(endpoint, receipt, options.pii);
      answer(response, reply, headers, options.isDraining());
      options.counts.acknowledge((performance.now() - startedMs) / 1000);
      options.arrivals.note(request, { endpoint, source, receipt, status: reply.status });
    };
  for (const endpoint of ENDPOINTS) {
    const receiveIt = receive(endpoint);
    for (const prefix of [basePath, `${basePath}/t/:token`]) {
      app.post(`${prefix}/${FAMILY_OF[endpoint]}/${endpoint}`, receiveIt);
      app.post(`${prefix}/${FAMILY_OF[endpoint]}/:source/${endpoint}`, receiveIt);
    }
  }
  app.use(options.guard);
  routeStrays(app, options);
}

/** Whatever else comes below the receiving paths: authenticated first, then told what is wrong. */
function routeStrays(app: Express, { basePath, gate }: ReceiverOptions): void {
  const receiving = new RegExp(
    `^(?:/t/[^/]+)?(?:${ENDPOINTS.map((endpoint) => `/${FAMILY_OF[endpoint]}(?:/([^/]+))?/${endpoint}`).join('|')})/?$`,
    'i', // As the routes themselves.
  );
  app.use([`${basePath}/ocs`, `${basePath}/gms`, `${basePath}/t`], (request) => {
    const path = request.originalUrl.slice(basePath.length).replace(/[?#].*$/s, '');
    const token = /^\/t\/([^/]+)/i.exec(path)?.[1];
    gate.admit(request, token === undefined ? undefined : decoded(token));
    const match = receiving.exec(path);
    if (match === null) {
      const paths = ENDPOINTS.map((endpoint) => `/${FAMILY_OF[endpoint]}/{source}/${endpoint}`);
      throw new ProblemError(notFound(`Posts go to ${paths.join(', ')}, or to the same without {source}.`));
    }
    const source = [...match].slice(1).find((one: string | undefined) => one !== undefined);
    sourceOf(source === undefined ? undefined : decoded(source));
    throw new ProblemError({
      status: 405,
      type: 'method-not-allowed',
      title: 'This is the right address, but it takes POST',
      detail: /\/gms\//i.test(path)
        ? 'Let the callback service post to this URL; docs/callback-setup.md says how.'
        : 'Set campaigngroup-states-uri of Outbound Contact Server to this URL; it posts here by itself.',
      headers: { Allow: 'POST' },
    });
  });
}

function sourceOf(source: string | undefined): string {
  if (source === undefined) return 'default';
  if (isSourceName(source)) return source;
  throw new ProblemError(notFound('A source is 1 to 64 of the characters A-Z a-z 0-9 . _ -'));
}

function notFound(detail: string) {
  return { status: 404, type: 'not-found', title: 'Nothing is received at this address', detail };
}

function refuseEncoding(request: Request, source: string, { counts }: ReceiverOptions): void {
  const encoding = request.headers['content-encoding'];
  if (encoding === undefined || encoding === '' || encoding.toLowerCase() === 'identity') return;
  counts.reject(source, 'encoding', true);
  const detail = 'Send the body as it is, without Content-Encoding.';
  throw new ProblemError({ status: 415, type: 'encoding', title: 'Compressed bodies are not accepted', detail });
}

function deliveryOf(
  body: Extract<BodyRead, { readonly bytes: string }>,
  endpoint: Endpoint,
  source: string,
  clock: Clock,
): Delivery {
  const delivery = { endpoint, source, receivedAtMs: clock.nowMs(), bytes: body.bytes };
  return body.kind === 'whole' ? delivery : { ...delivery, oversize: body.oversize };
}

/** Writes status, headers and body in one go: the answer of nearly every request this program gets. */
function answer(response: Response, reply: Reply, headers: readonly string[], draining: boolean): void {
  const { status, type, text } = reply;
  const close = draining || status === 413 ? ['Connection', 'close'] : [];
  const length = String(Buffer.byteLength(text));
  response.writeHead(status, [...headers, 'Content-Type', type, 'Content-Length', length, ...close]);
  response.end(text);
}
