/** Asking the service to go on under its configuration as it is now. */
import { Router } from 'express';
import type { Reload } from '../domain/reload.js';
import type { Secrets } from './authenticate.js';
import { requireSameOrigin, requireSecret } from './reading.js';

export interface ReloadRoutes {
  readonly reload: () => Promise<Reload>;
  readonly adminSecrets: Secrets;
}

/** 202 when a successor is up and will take over, 200 when all is done; a successor that failed is a 503 that says why. */
export function reloadRoutes({ reload, adminSecrets }: ReloadRoutes): Router {
  const router = Router();
  router.post('/reload', requireSecret(adminSecrets), requireSameOrigin, async (_request, response) => {
    const reloaded = await reload();
    response.status(reloaded.outcome === 'replacing' ? 202 : 200).json(reloaded);
  });
  return router;
}
