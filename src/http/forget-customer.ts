/** Forgetting a customer: for administrators. The number comes in a body: URLs stand in histories and logs. */
import express, { Router } from 'express';
import { type CustomerRequest, isNumberHash } from '../domain/customer.js';
import { MonitorError } from '../domain/errors.js';
import { numberAsked } from '../domain/number-spellings.js';
import { foundIn } from '../reports/customer-view.js';
import type { Administration } from './administration.js';
import type { AdministrativeWork } from './ports.js';
import type { RecentArrivals } from './recent-arrivals.js';

export interface ForgetCustomerRoutes {
  readonly work: AdministrativeWork;
  readonly administration: Administration;
  readonly arrivals: RecentArrivals;
}

export function forgetCustomerRoutes({ work, administration, arrivals }: ForgetCustomerRoutes): Router {
  const router = Router();
  router.post(
    '/forget/customer',
    ...administration.mayAct,
    express.json({ limit: '10kb', type: () => true }),
    async (request, response) => {
      const asked = customerRequestOf(request.body);
      const { dryRun } = asked;
      const certificate = await administration.audited(
        request,
        'forget.customer',
        async () => {
          const done = await work.forgetCustomer(asked);
          if (!dryRun) arrivals.forgetFound();
          return done;
        },
        (done) => ({ dry_run: dryRun, ...(done && { found: foundIn(done), certificate: done.digest }) }),
      );
      response.json(certificate);
    },
  );
  return router;
}

const KEYS: ReadonlySet<string> = new Set(['customer', 'customer_hash', 'dry_run']);

/** `{customer}` or `{customer_hash}`, and `dry_run`. What is wrong is said without what was sent. */
function customerRequestOf(body: unknown): CustomerRequest {
  const fault = (name: string, rule: string) => new MonitorError('OCM_BAD_PARAMETER', `${name} should be ${rule}`);
  const asked = (body ?? {}) as Record<string, unknown>;
  if (typeof asked !== 'object' || Array.isArray(asked)) throw fault('the body', 'a JSON object');
  if (Object.keys(asked).some((name) => !KEYS.has(name))) {
    throw fault('every member', `one of ${[...KEYS].join(', ')}`);
  }
  const { customer: number = null, customer_hash: hash = null, dry_run: dryRun = false } = asked;
  if ((number === null) === (hash === null))
    throw fault('the body', 'about a customer or a customer_hash, one of them');
  if (number !== null && (typeof number !== 'string' || numberAsked(number) === null)) {
    throw fault('customer', 'a telephone number of 7 to 15 digits, the country first');
  }
  if (hash !== null && (typeof hash !== 'string' || !isNumberHash(hash))) {
    throw fault('customer_hash', '16 hexadecimal digits, as ocs-monitor phone-hash prints them');
  }
  if (typeof dryRun !== 'boolean') throw fault('dry_run', 'true or false');
  return { number, hash, dryRun };
}
