/**
 * `/docs`: the OpenAPI document in Swagger UI, bundled by `npm run build` (web/docs/) and served from here under the
 * live page's policy, which allows nothing inline and nothing from elsewhere.
 *
 * Why Swagger UI: of four viewers tried in Chromium under that policy it is the one that works in it, with no violation.
 * RapiDoc 9.3.8 (179 kB), OpenAPI Explorer 2.4.820 (169 kB) and Scalar 1.76.0 (1,053 kB; wants Node 22) write inline
 * styles, 109, 79 and 16 that are refused, and stand there undressed. Swagger UI 5.35.0 is 381 kB, all weights compressed
 * by brotli; only who opens /docs fetches it, and the live page is as light as before. It is a part of the build alone:
 * its analytics at installation (@scarf/scarf) are switched off in package.json.
 */
import { type Request, type Response, Router } from 'express';
import { sendTagged } from './list-answer.js';
import { dress, readBuilt } from './page.js';

type Node = Readonly<Record<string, unknown>>;

/** `/api/v1/openapi.json`. */
export function openApiRoutes(document: Node): Router {
  return documentRoute('/openapi.json', document);
}

export interface DocsOptions {
  readonly document: Node;
  readonly basePath: string;
  /** What `npm run build` made of web/. */
  readonly folder: URL;
}

/** `/docs`, and the document it shows: open to whoever can reach the service, as it says nothing of any campaign. */
export function docsRoutes({ document, basePath, folder }: DocsOptions): Router {
  const page = (readBuilt('docs.html', folder) ?? NOT_BUILT).replaceAll('%BASE%', escaped(basePath));
  const router = documentRoute('/docs/openapi.json', document);
  router.get('/docs', (_request, response) => {
    dress(response);
    response.set('Cache-Control', 'no-cache').type('html').send(page);
  });
  return router;
}

const NOT_BUILT = '<!doctype html><title>API</title><a href="%BASE%/docs/openapi.json">openapi.json</a>';

function documentRoute(path: string, document: Node): Router {
  const json = JSON.stringify(document);
  const router = Router();
  router.get(path, (request: Request, response: Response) => {
    sendTagged(request, response, json);
  });
  return router;
}

function escaped(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
