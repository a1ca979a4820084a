/** `/metrics` and `/metrics/domain`, in the format and the encoding that a scraper asks for. */
import type { Express, Request, RequestHandler, Response } from 'express';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { constants, createGzip } from 'node:zlib';
import { acceptedFormat } from './accepted-format.js';
import type { Metrics, MetricsFormat, MetricsPage } from './ports.js';

export interface MetricsRoutes {
  readonly basePath: string;
  readonly metrics: Metrics;
  readonly metricsAccess: RequestHandler;
}

const CONTENT_TYPES: Readonly<Record<MetricsFormat, string>> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

export function routeMetrics(app: Express, { basePath, metrics, metricsAccess }: MetricsRoutes): void {
  const pages: Readonly<Record<string, (format: MetricsFormat) => Promise<MetricsPage>>> = {
    '/metrics': (format) => metrics.render(format),
    '/metrics/domain': (format) => metrics.renderDomain(format),
  };
  const compressed = new CompressedPages();
  for (const [path, render] of Object.entries(pages)) {
    app.get(`${basePath}${path}`, metricsAccess, async (request, response) => {
      const format = acceptedFormat(request.headers.accept);
      response.set('Content-Type', CONTENT_TYPES[format]).vary('Accept, Accept-Encoding');
      if (!wantsGzip(request)) await sendPlain(response, await render(format));
      else await sendCompressed(response, await compressed.get(`${path} ${format}`, () => render(format)));
    });
  }
}

function wantsGzip(request: Request): boolean {
  return request.acceptsEncodings('gzip', 'identity') === 'gzip';
}

/** Piece by piece, because tens of megabytes at once would hold up posts. */
async function sendPlain(response: Response, page: MetricsPage): Promise<void> {
  try {
    await pipeline(Readable.from(inTurns(page.pieces)), response);
  } catch (error) {
    // A scraper that went away needs no answer.
    if (!response.destroyed) throw error;
  } finally {
    page.release();
  }
}

async function sendCompressed(response: Response, chunks: readonly Uint8Array[]): Promise<void> {
  response.set('Content-Encoding', 'gzip');
  try {
    await pipeline(Readable.from(chunks), response);
  } catch (error) {
    if (!response.destroyed) throw error;
  }
}

/**
 * Pages compressed for those who ask, as Prometheus does: a thirteenth is left, and threads of their own compress it.
 * Whoever asks for one while it is made gets the same: there are never more under way than pages and formats, four. It is
 * whole before it is sent, so that the page's memory is free again however slowly a scraper reads.
 */
class CompressedPages {
  readonly #underWay = new Map<string, Promise<readonly Uint8Array[]>>();

  get(name: string, render: () => Promise<MetricsPage>): Promise<readonly Uint8Array[]> {
    const found = this.#underWay.get(name);
    if (found) return found;
    const making = compress(render).finally(() => {
      this.#underWay.delete(name);
    });
    this.#underWay.set(name, making);
    return making;
  }
}

async function compress(render: () => Promise<MetricsPage>): Promise<readonly Uint8Array[]> {
  const page = await render();
  try {
    const gzip = createGzip({ level: constants.Z_BEST_SPEED, chunkSize: GZIP_CHUNK_BYTES });
    const chunks: Uint8Array[] = [];
    await pipeline(Readable.from(inTurns(page.pieces)), gzip, async (compressed: AsyncIterable<Uint8Array>) => {
      for await (const chunk of compressed) chunks.push(chunk);
    });
    return chunks;
  } finally {
    page.release();
  }
}

const GZIP_CHUNK_BYTES = 64 * 1024;
/** Sent at once: a fast reader's socket never asks to wait, so a rest is taken for the sake of posts. */
const TURN_BYTES = 1024 * 1024;
const REST_MS = 1;

async function* inTurns(pieces: MetricsPage['pieces']): AsyncGenerator<string | Uint8Array> {
  let sent = 0;
  for (const piece of pieces) {
    yield piece;
    sent += piece.length;
    if (sent < TURN_BYTES) continue;
    sent = 0;
    await wait(REST_MS);
  }
}
