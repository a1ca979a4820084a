/** What machines ask of health. */
import type { Express } from 'express';
import type { Pids } from '../domain/reload.js';
import type { Readiness, StoreFiles } from './ports.js';

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
