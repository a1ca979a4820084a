/** Removing what was kept: for administrators. */
import express, { Router } from 'express';
import { MonitorError } from '../domain/errors.js';
import type { ForgetRequest } from '../domain/store.js';
import { shownCounts } from '../reports/forget-view.js';
import type { Administration } from './administration.js';
import type { AdministrativeWork } from './ports.js';
import { ProblemError } from './problem.js';

export interface ForgetRoutes {
  readonly work: AdministrativeWork;
  readonly administration: Administration;
}

export function forgetRoutes({ work, administration }: ForgetRoutes): Router {
  const router = Router();
  router.post(
    '/forget',
    ...administration.mayAct,
    express.json({ limit: '10kb', type: () => true }),
    async (request, response) => {
      const asked = forgetRequestOf(request.body);
      const { group, source, dryRun } = asked;
      const counts = await administration.audited(
        request,
        'forget',
        async () => {
          const found = await work.forget(asked);
          if (Object.values(found).some((count) => count > 0)) return found;
          const detail = 'Nothing is stored under that name: GET /api/v1/campaign-groups lists ids and sources.';
          throw new ProblemError({ status: 404, type: 'not-found', title: 'Nothing to forget', detail });
        },
        (done) => ({ group, source, dry_run: dryRun, ...(done && shownCounts(done)) }),
      );
      response.json({ dry_run: dryRun, removed: shownCounts(counts) });
    },
  );
  return router;
}

const KEYS: ReadonlySet<string> = new Set(['group', 'source', 'dry_run']);

/** `{group}` or `{source}`, and `dry_run`. */
function forgetRequestOf(body: unknown): ForgetRequest {
  const fault = (name: string, rule: string) => new MonitorError('OCM_BAD_PARAMETER', `${name} should be ${rule}`);
  const asked = (body ?? {}) as Record<string, unknown>;
  if (typeof asked !== 'object' || Array.isArray(asked)) throw fault('the body', 'a JSON object');
  for (const name of Object.keys(asked)) if (!KEYS.has(name)) throw fault(name, `one of ${[...KEYS].join(', ')}`);
  const { group = null, source = null, dry_run: dryRun = false } = asked;
  const isText = (value: unknown): value is string | null =>
    value === null || (typeof value === 'string' && value !== '');
  if (!isText(group)) throw fault('group', 'the id of a campaign group');
  if (!isText(source)) throw fault('source', 'a source');
  if ((group === null) === (source === null)) throw fault('the body', 'about a group or a source, one of them');
  if (typeof dryRun !== 'boolean') throw fault('dry_run', 'true or false');
  return { group, source, dryRun };
}
