/** What machines ask for: metrics and health. */
import type { Express, RequestHandler, Response } from 'express';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

export interface MetricsRoutes {
  readonly basePath: string;
  /** Whole pages in pieces, to be sent in order. */
  readonly metrics: () => Promise<readonly string[]>;
  readonly domainMetrics: () => Promise<readonly string[]>;
  readonly metricsAccess: RequestHandler;
}

export function routeMetrics(app: Express, options: MetricsRoutes): void {
  const { basePath, metrics, domainMetrics, metricsAccess } = options;
  app.get(`${basePath}/metrics`, metricsAccess, async (_request, response) => {
    await sendPieces(response, await metrics());
  });
  app.get(`${basePath}/metrics/domain`, metricsAccess, async (_request, response) => {
    await sendPieces(response, await domainMetrics());
  });
}

export interface HealthRoutes {
  readonly basePath: string;
  /** Null when ready; else what is wrong. */
  readonly whyNotReady: () => Promise<string | null>;
}

export function routeHealth(app: Express, { basePath, whyNotReady }: HealthRoutes): void {
  app.get(`${basePath}/healthz`, (_request, response) => {
    response.json({ status: 'alive' });
  });
  app.get(`${basePath}/readyz`, async (_request, response) => {
    const why = await whyNotReady();
    const pids = { parent: null, child: process.pid };
    response.status(why === null ? 200 : 503).json({ ready: why === null, ...(why !== null && { why }), pids });
  });
}

/** Sends an exposition piece by piece: encoding a page of tens of megabytes at once would hold up posts. */
async function sendPieces(response: Response, pieces: readonly string[]): Promise<void> {
  response.set('Content-Type', 'text/plain; version=0.0.4; charset=utf-8');
  await pipeline(Readable.from(pieces), response).catch((error: unknown) => {
    // A scraper that went away needs no answer.
    if (!response.destroyed) throw error;
  });
}
