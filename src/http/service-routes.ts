/** What machines ask for: metrics and health. */
import type { Express, Request, RequestHandler, Response } from 'express';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { constants, createGzip } from 'node:zlib';
import type { Pids } from '../domain/reload.js';
import type { Metrics, MetricsPage, Readiness, StoreFiles } from './ports.js';

export interface MetricsRoutes {
  readonly basePath: string;
  readonly metrics: Metrics;
  readonly metricsAccess: RequestHandler;
}

export function routeMetrics(app: Express, options: MetricsRoutes): void {
  const { basePath, metrics, metricsAccess } = options;
  app.get(`${basePath}/metrics`, metricsAccess, async (request, response) => {
    await sendPage(request, response, await metrics.render());
  });
  app.get(`${basePath}/metrics/domain`, metricsAccess, async (request, response) => {
    await sendPage(request, response, await metrics.renderDomain());
  });
}

export interface HealthRoutes {
  readonly basePath: string;
  readonly readiness: Readiness;
  readonly storeFiles: StoreFiles;
  readonly pids: Pids;
}

export function routeHealth(app: Express, { basePath, readiness, storeFiles, pids }: HealthRoutes): void {
  app.get(`${basePath}/healthz`, (_request, response) => {
    response.json({ status: 'alive' });
  });
  app.get(`${basePath}/readyz`, async (_request, response) => {
    const why = await readiness.whyNotReady();
    // Receiving goes on without a damaged database: it is named here, with the notes that an administrator has to read.
    const aside = storeFiles.asideFiles() ?? [];
    const notes = storeFiles.notes() ?? [];
    const { away = null, items = 0 } = storeFiles.spool.status ?? {};
    const more = {
      // Posts are durable on this machine meanwhile.
      ...(away !== null && { store: 'spooling', store_away: away.why, spooled: items }),
      ...(why !== null && { why }),
      ...(aside.length > 0 && { moved_aside: aside.map(nameOf) }),
      ...(notes.length > 0 && { notes: notes.map(nameOf) }),
    };
    response.status(why === null ? 200 : 503).json({ ready: why === null, ...more, pids });
  });
}

/** Health is open to everybody: folders are not shown. */
function nameOf(file: string): string {
  return file.slice(file.lastIndexOf('/') + 1);
}

/**
 * Piece by piece, because tens of megabytes at once would hold up posts. Compressed for those who ask, as Prometheus does:
 * a thirteenth is left, and a thread of its own compresses it.
 */
async function sendPage(request: Request, response: Response, page: MetricsPage): Promise<void> {
  response.set('Content-Type', 'text/plain; version=0.0.4; charset=utf-8').vary('Accept-Encoding');
  const text = Readable.from(inTurns(page.pieces));
  try {
    if (request.acceptsEncodings('gzip', 'identity') === 'gzip') {
      response.set('Content-Encoding', 'gzip');
      await pipeline(text, createGzip({ level: constants.Z_BEST_SPEED, chunkSize: GZIP_CHUNK_BYTES }), response);
    } else await pipeline(text, response);
  } catch (error) {
    // A scraper that went away needs no answer.
    if (!response.destroyed) throw error;
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
