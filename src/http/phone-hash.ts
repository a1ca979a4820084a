/** The hash by which a customer's callbacks are found. The number comes in a body: URLs stand in histories and logs. */
import express, { Router } from 'express';
import { MonitorError } from '../domain/errors.js';

/** As the store hashes it. Throws OCM_UNAVAILABLE while there is no key. */
export type NumberHash = (number: string) => string;

const MOST_CHARACTERS = 100;

export function phoneHashRoutes({ numberHash }: { readonly numberHash: NumberHash }): Router {
  const router = Router();
  router.post('/phone-hash', express.json({ limit: '1kb', type: () => true }), (request, response) => {
    const { number } = (request.body ?? {}) as { readonly number?: unknown };
    if (typeof number !== 'string' || number.length > MOST_CHARACTERS || !/\d/.test(number)) {
      throw new MonitorError('OCM_BAD_PARAMETER', 'number should be a telephone number, in a JSON object');
    }
    response.json({ phone_hash: numberHash(number) });
  });
  return router;
}
