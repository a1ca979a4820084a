/**
 * The live page: an index that is asked for anew each time, and assets whose names change with their content. Held in
 * memory, as they were when the service started: a page and its assets are of one build.
 */
import type { Express, Request, RequestHandler, Response } from 'express';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';

/** Everything from this origin alone, nothing inline, no frame around it; `data:` for the icon. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

const TYPES: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
};
const YEAR_SECONDS = 31_536_000;

interface Asset {
  readonly type: string;
  readonly plain: Buffer;
  readonly gzip: Buffer;
  readonly brotli: Buffer;
}

export interface PageOptions {
  readonly basePath: string;
  /** What `npm run build` made of web/. */
  readonly folder: URL;
  /** Answers in the page's place when it was not built. */
  readonly fallback: RequestHandler;
}

export function routePage(app: Express, { basePath, folder, fallback }: PageOptions): void {
  const index = readBuilt('index.html', folder);
  if (index === null) {
    app.get(basePath === '' ? '/' : [basePath, `${basePath}/`], fallback);
    return;
  }
  const assets = readAssets(new URL('assets/', folder));
  const etag = `"${createHash('sha256').update(index).digest('base64url').slice(0, 22)}"`;
  const sendIndex: RequestHandler = (request, response) => {
    // The page's links are relative: they need the slash.
    if (basePath !== '' && request.path === basePath) {
      response.status(308).set('Location', `${basePath}/`).end();
      return;
    }
    dress(response);
    response.set({ 'Cache-Control': 'no-cache', ETag: etag });
    if (request.headers['if-none-match'] === etag) response.status(304).end();
    else response.type('html').send(index);
  };
  app.get(basePath === '' ? '/' : [basePath, `${basePath}/`], sendIndex);
  app.get(`${basePath}/assets/:name`, (request, response, next) => {
    const asset = assets.get(request.params.name);
    if (asset === undefined) next();
    else sendAsset(request, response, asset);
  });
}

/** Puts the policy of pages on an answer. */
export function dress(response: Response): void {
  response.set('Content-Security-Policy', CONTENT_SECURITY_POLICY);
}

function sendAsset(request: Request, response: Response, { type, plain, gzip, brotli }: Asset): void {
  dress(response);
  response.set({ 'Cache-Control': `public, max-age=${YEAR_SECONDS}, immutable`, Vary: 'Accept-Encoding' });
  response.set('Content-Type', type);
  const encoding = request.acceptsEncodings('br', 'gzip');
  if (encoding === 'br' || encoding === 'gzip') response.set('Content-Encoding', encoding);
  response.send(encoding === 'br' ? brotli : encoding === 'gzip' ? gzip : plain);
}

/** A page as `npm run build` made it; null when it did not. */
export function readBuilt(name: string, folder: URL): string | null {
  try {
    return readFileSync(new URL(name, folder), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

function readAssets(folder: URL): ReadonlyMap<string, Asset> {
  const names = readdirSync(folder).filter((name) => /[.](js|css)$/.test(name));
  const read = (name: string) => readFileSync(new URL(encodeURIComponent(name), folder));
  return new Map(
    names.map((name) => {
      const type = TYPES[name.slice(name.lastIndexOf('.') + 1)] ?? 'application/octet-stream';
      return [name, { type, plain: read(name), gzip: read(`${name}.gz`), brotli: read(`${name}.br`) }];
    }),
  );
}
