/**
 * Below Node 24, Express costs three times the request through one thing: `Object.setPrototypeOf` on every request and
 * response. A server whose constructors already have the application's prototypes makes those calls no-ops (measured:
 * 24k against 76k requests/s on Node 20, no gain from Node 24 on). Delete this file with the old runtimes.
 */
import type { Express } from 'express';
import { IncomingMessage, ServerResponse, type ServerOptions } from 'node:http';

const NEEDED = Number(process.versions.node.split('.')[0]) < 24;

/**
 * Server options that make `app` handle requests without re-shaping them; none where the runtime needs none.
 * Copies Express's methods onto real subclasses and makes them the application's prototypes.
 */
export function preShaped(
  app: Express,
  needed: boolean = NEEDED,
): Pick<ServerOptions, 'IncomingMessage' | 'ServerResponse'> {
  if (!needed) return {};
  class Request extends IncomingMessage {}
  class Response extends ServerResponse {}
  adopt(Request.prototype, app.request, IncomingMessage.prototype);
  adopt(Response.prototype, app.response, ServerResponse.prototype);
  app.request = Request.prototype as Express['request'];
  app.response = Response.prototype as Express['response'];
  return { IncomingMessage: Request, ServerResponse: Response } as Pick<
    ServerOptions,
    'IncomingMessage' | 'ServerResponse'
  >;
}

/** Copies what a prototype chain defines below `end`, nearest first. */
function adopt(target: object, from: object, end: object): void {
  for (
    let link: object | null = from;
    link !== null && link !== end;
    link = Object.getPrototypeOf(link) as object | null
  ) {
    for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(link))) {
      if (!Object.hasOwn(target, name)) Object.defineProperty(target, name, property);
    }
  }
}
