/** Asking the service to go on under its configuration as it is now. */
import { Router } from 'express';
import type { Reload } from '../domain/reload.js';
import type { Administration } from './administration.js';

export interface ReloadRoutes {
  /** Throws OCM_RELOAD_FAILED, and nothing has changed. */
  readonly reload: () => Promise<Reload>;
  readonly administration: Administration;
}

/** 202 when a successor is up and will take over, 200 when all is done; one that failed is a 503 that says why. */
export function reloadRoutes({ reload, administration }: ReloadRoutes): Router {
  const router = Router();
  router.post('/reload', ...administration.mayAct, async (request, response) => {
    const reloaded = await administration.audited(request, 'reload', reload, (done) => ({
      outcome: done?.outcome ?? null,
    }));
    if (reloaded.outcome === 'replacing') {
      const { outcome, successor, drainMs } = reloaded;
      response.status(202).json({ outcome, successor, drain_ms: Math.ceil(drainMs) });
    } else response.json({ outcome: reloaded.outcome, needs_restart: reloaded.needsRestart });
  });
  return router;
}
