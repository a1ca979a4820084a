/** `/api/v1/stream`: server-sent events. */
import { type Request, type RequestHandler, Router } from 'express';
import { MonitorError } from '../domain/errors.js';
import type { LiveFeed } from './live-feed.js';
import { Parameters } from './parameters.js';
import { ProblemError } from './problem.js';
import { STREAM_EVENTS, StreamClient, type StreamEvent } from './stream-client.js';

export interface StreamRoutes {
  readonly feed: LiveFeed;
  /** Whether a request that was admitted still would be. */
  readonly isAdmitted: (request: Request) => boolean | Promise<boolean>;
}

export function streamRoutes({ feed, isAdmitted }: StreamRoutes): Router {
  const router = Router();
  const follow: RequestHandler = async (request, response) => {
    const parameters = new Parameters(request);
    const events = eventsOf(parameters);
    const sinceMs = resumedFrom(request, parameters);
    if (!feed.hasRoom) throw new ProblemError(FULL);
    response.set({ 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' });
    // The connection serves nothing else, so that a service that ends need not wait for it.
    response.set('Connection', 'close');
    response.flushHeaders();
    if (request.method === 'HEAD') {
      response.end();
      return;
    }
    const client = new StreamClient(response, {
      events,
      isAdmitted: () => isAdmitted(request),
      onOverflow: () => {
        feed.noteDropped();
      },
    });
    response.on('close', () => {
      feed.leave(client);
    });
    // Who closes its side of the connection wants no more.
    request.socket.once('end', () => {
      client.end();
    });
    await feed.join(client, sinceMs);
  };
  router.get('/stream', follow);
  return router;
}

const FULL = {
  status: 503,
  type: 'unavailable',
  title: 'Too many stream clients',
  detail: 'Try again later, or poll the lists.',
  headers: { 'Retry-After': '10' },
};

function eventsOf(parameters: Parameters): ReadonlySet<StreamEvent> {
  const asked = parameters.text('events');
  if (asked === null) return new Set(STREAM_EVENTS);
  return new Set(
    asked.split(',').map((name) => {
      const event = STREAM_EVENTS.find((one) => one === name);
      if (event === undefined) {
        throw new MonitorError('OCM_BAD_PARAMETER', `events should be some of ${STREAM_EVENTS.join(',')}`);
      }
      return event;
    }),
  );
}

/** The header that a browser sends by itself counts; the parameter is for those that cannot set it. */
function resumedFrom(request: Request, parameters: Parameters): number | null {
  const id = request.headers['last-event-id'] ?? parameters.text('last_event_id');
  if (id === null || id === '') return null;
  // An id that is none of ours cannot be resumed from: whoever has it starts over.
  return typeof id === 'string' && /^\d{1,15}$/.test(id) ? Number(id) : Infinity;
}
