import helmet from 'helmet';
import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * What helmet sets on every answer. The values depend on nothing in the request, so they are asked for once; setting
 * them one by one on every post costs a fifth of the ingest rate (measured with `npm run bench`).
 */
export function securityHeaders(): readonly (readonly [string, string])[] {
  const headers = new Map<string, string>();
  const recorder = {
    setHeader: (name: string, value: string) => headers.set(name, value),
    removeHeader: (name: string) => headers.delete(name),
  };
  let failure: unknown;
  const protect = helmet({
    // Plain HTTP behind a proxy or on loopback is a supported way to run: no upgrade of requests, no HSTS.
    strictTransportSecurity: false,
    // Nothing served here needs more than its own origin, and no inline style.
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        baseUri: ["'self'"],
        formAction: ["'self'"],
        frameAncestors: ["'self'"],
        objectSrc: ["'none'"],
        scriptSrcAttr: ["'none'"],
      },
    },
    // For browsers and plug-ins of another time; every one of them would be written and sent with every post's answer.
    originAgentCluster: false,
    xDnsPrefetchControl: false,
    xDownloadOptions: false,
    xPermittedCrossDomainPolicies: false,
    xXssProtection: false,
  });
  const request: unknown = {};
  const response: unknown = recorder;
  protect(request as IncomingMessage, response as ServerResponse, (error?: unknown) => {
    failure = error;
  });
  if (failure) throw new Error('helmet refused its settings', { cause: failure });
  return [...headers];
}
