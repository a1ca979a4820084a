/** Removing what is older than it is kept, and holds that keep it: for administrators. */
import express, { type Request, Router } from 'express';
import type { Clock } from '../domain/clock.js';
import { MonitorError } from '../domain/errors.js';
import { holdEndMs, type NewHold } from '../domain/retention.js';
import { holdRow, madeHoldRow, retentionRow } from '../reports/retention-view.js';
import type { Administration } from './administration.js';
import type { AdministrativeWork, StoreFiles } from './ports.js';
import { ProblemError } from './problem.js';

export interface RetentionRoutes {
  readonly work: AdministrativeWork;
  readonly administration: Administration;
  readonly storeFiles: StoreFiles;
  readonly clock: Clock;
}

/**
 * @bound characters of what a hold is for
 * @beyond it is refused
 * @seen the answer
 */
const MAX_WHY = 1000;

export function retentionRoutes({ work, administration, storeFiles, clock }: RetentionRoutes): Router {
  const router = Router();
  router.post('/retention', ...administration.mayAct, async (request, response) => {
    const report = await administration.audited(
      request,
      'retention',
      () => work.retain(),
      (done) => ({ ...done?.removed }),
    );
    response.json(retentionRow(storeFiles.retention.settings, report));
  });
  router.get('/holds', administration.mayRead, async (_request, response) => {
    const holds = await work.holds();
    response.json({ items: holds.map(holdRow) });
  });
  router.post(
    '/holds',
    ...administration.mayAct,
    express.json({ limit: '10kb', type: () => true }),
    async (request, response) => {
      const asked = holdOf(request.body, clock.nowMs());
      const hold = await administration.audited(
        request,
        'hold',
        () => work.hold(asked),
        (done) => (done ? holdRow(done) : { source: asked.source, group: asked.group }),
      );
      response.status(201).json(madeHoldRow(hold));
    },
  );
  router.delete('/holds/:id', ...administration.mayAct, async (request: Request<{ id: string }>, response) => {
    const { id } = request.params;
    await administration.audited(
      request,
      'hold.release',
      async () => {
        if (await work.release(id)) return;
        const detail = 'There is no hold of that id: GET /api/v1/holds lists them.';
        throw new ProblemError({ status: 404, type: 'not-found', title: 'Nothing to release', detail });
      },
      () => ({ id }),
    );
    response.status(204).end();
  });
  return router;
}

const KEYS: ReadonlySet<string> = new Set(['group', 'source', 'until', 'why']);

/** `{group}` or `{source}`, `until` and `why`. */
function holdOf(body: unknown, nowMs: number): NewHold {
  const fault = (name: string, rule: string) => new MonitorError('OCM_BAD_PARAMETER', `${name} should be ${rule}`);
  const asked = (body ?? {}) as Record<string, unknown>;
  if (typeof asked !== 'object' || Array.isArray(asked)) throw fault('the body', 'a JSON object');
  for (const name of Object.keys(asked)) if (!KEYS.has(name)) throw fault(name, `one of ${[...KEYS].join(', ')}`);
  const { group = null, source = null, until, why } = asked;
  const isText = (value: unknown): value is string | null =>
    value === null || (typeof value === 'string' && value !== '');
  if (!isText(group)) throw fault('group', 'the id of a campaign group');
  if (!isText(source)) throw fault('source', 'a source');
  if ((group === null) === (source === null)) throw fault('the body', 'about a group or a source, one of them');
  if (typeof why !== 'string' || why.trim() === '' || why.length > MAX_WHY)
    throw fault('why', `what it is for, in at most ${MAX_WHY} characters`);
  const untilMs = typeof until === 'string' ? holdEndMs(until, nowMs) : null;
  if (untilMs === null || untilMs <= nowMs)
    throw fault('until', 'a time ahead like 2027-03-31, or a duration like 90d');
  return { group, source, untilMs, why };
}
