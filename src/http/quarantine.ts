/** Reading the quarantine, and replaying from it. */
import express, { Router } from 'express';
import { MonitorError } from '../domain/errors.js';
import { notHeld, QUARANTINE_REASONS } from '../domain/quarantine.js';
import type { ReplayReport, ReplayRequest, ReportReader } from '../domain/store.js';
import { QUARANTINE_COLUMNS, rowOf } from '../reports/rows.js';
import type { Secrets } from './authenticate.js';
import { Parameters } from './parameters.js';
import { Refusal } from './problem.js';
import { requireSameOrigin, requireSecret, sendPage } from './reading.js';

export interface QuarantineRoutes {
  readonly reader: ReportReader;
  readonly replay: (request: ReplayRequest) => Promise<ReplayReport>;
  readonly adminSecrets: Secrets;
}

export function quarantineRoutes({ reader, replay, adminSecrets }: QuarantineRoutes): Router {
  const router = Router();
  router.get('/quarantine', async (request, response) => {
    const parameters = new Parameters(request);
    const filter = {
      source: parameters.text('source'),
      reason: parameters.oneOf('reason', QUARANTINE_REASONS),
      replayed: parameters.flag('replayed'),
    };
    sendPage(request, response, await reader.quarantine(filter, parameters.page()), QUARANTINE_COLUMNS);
  });
  router.get('/quarantine/:id', async (request, response) => {
    const found = await reader.quarantinedBody(request.params.id);
    if (!found) {
      const detail = 'List /api/v1/quarantine for the ids there are; the oldest make room at the bound.';
      throw new Refusal({ status: 404, type: 'not-found', title: 'No such body in quarantine', detail });
    }
    const body = Buffer.from(found.bytes, 'latin1');
    response.json({
      ...rowOf(QUARANTINE_COLUMNS, found.row),
      body: body.toString('utf8'),
      body_base64: body.toString('base64'),
    });
  });
  router.post(
    '/quarantine/replay',
    requireSecret(adminSecrets),
    requireSameOrigin,
    express.json({ limit: '1mb', type: () => true }),
    async (request, response) => {
      const asked = replayRequestOf(request.body);
      const { items } = await replay(asked);
      response.json({ dry_run: asked.dryRun, items, not_held: notHeld(asked.ids, items) });
    },
  );
  return router;
}

const REPLAY_KEYS: ReadonlySet<string> = new Set(['ids', 'source', 'reason', 'dry_run']);

/** `{ids, source, reason, dry_run}`, all optional; an empty body replays everything that is held. */
function replayRequestOf(body: unknown): ReplayRequest {
  const fault = (name: string, rule: string) => new MonitorError('OCM_BAD_PARAMETER', `${name} should be ${rule}`);
  const asked = (body ?? {}) as Record<string, unknown>;
  if (typeof asked !== 'object' || Array.isArray(asked)) throw fault('the body', 'a JSON object');
  for (const name of Object.keys(asked))
    if (!REPLAY_KEYS.has(name)) throw fault(name, `one of ${[...REPLAY_KEYS].join(', ')}`);
  const { ids = [], source = null, reason = null, dry_run: dryRun = false } = asked;
  if (!Array.isArray(ids) || !ids.every((id) => typeof id === 'string')) throw fault('ids', 'a list of quarantine ids');
  if (asked['ids'] !== undefined && ids.length === 0) throw fault('ids', 'left out to replay all, or not empty');
  if (source !== null && typeof source !== 'string') throw fault('source', 'a source');
  const known = QUARANTINE_REASONS.find((one) => one === reason) ?? null;
  if (reason !== null && known === null) throw fault('reason', `one of ${QUARANTINE_REASONS.join(', ')}`);
  if (typeof dryRun !== 'boolean') throw fault('dry_run', 'true or false');
  return { ids, source, reason: known, dryRun };
}
