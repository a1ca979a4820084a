/** Reading the quarantine, and replaying from it. */
import express, { Router } from 'express';
import { MonitorError } from '../domain/errors.js';
import { QUARANTINE_REASONS } from '../domain/quarantine.js';
import type { PageRequest, ReplayedBody, ReplayRequest, ReportReader } from '../domain/store.js';
import type { PersonalData } from '../reports/callback-rows.js';
import { shownBody, shownQuarantined, shownViolations } from '../reports/quarantine-view.js';
import { QUARANTINE_COLUMNS, rowOf } from '../reports/rows.js';
import type { Administration } from './administration.js';
import { sendList } from './list-answer.js';
import { Parameters } from './parameters.js';
import type { AdministrativeWork } from './ports.js';
import { ProblemError } from './problem.js';
import { ReplayAnswer } from './replay-answer.js';

export interface QuarantineRoutes {
  readonly reader: ReportReader;
  readonly work: AdministrativeWork;
  readonly administration: Administration;
  readonly pii: PersonalData;
}

export function quarantineRoutes({ reader, work, administration, pii }: QuarantineRoutes): Router {
  const router = Router();
  router.get('/quarantine', async (request, response) => {
    const parameters = new Parameters(request);
    const filter = {
      source: parameters.text('source'),
      reason: parameters.oneOf('reason', QUARANTINE_REASONS),
      replayed: parameters.flag('replayed'),
    };
    const ask = async (page: PageRequest) => {
      const { items, nextCursor } = await reader.quarantine(filter, page);
      return { items: items.map((row) => shownQuarantined(row, pii)), nextCursor };
    };
    await sendList(request, response, { ask, columns: () => QUARANTINE_COLUMNS });
  });
  router.get('/quarantine/:id', async (request, response) => {
    const found = await reader.quarantinedBody(request.params.id);
    if (!found) {
      const detail = 'GET /api/v1/quarantine lists the ids; at the bound the oldest make room.';
      throw new ProblemError({ status: 404, type: 'not-found', title: 'No such body in quarantine', detail });
    }
    const row = rowOf(QUARANTINE_COLUMNS, shownQuarantined(found.row, pii));
    response.json({ ...row, ...shownBody(found.row, found.bytes, pii) });
  });
  router.post(
    '/quarantine/replay',
    ...administration.mayAct,
    express.json({ limit: '1mb', type: () => true }),
    async (request, response) => {
      const asked = replayRequestOf(request.body);
      const { ids, source, reason, dryRun } = asked;
      const answer = new ReplayAnswer(response, { dryRun, ids });
      const show = (items: readonly ReplayedBody[]) =>
        answer.add(items.map((item) => ({ ...item, violations: shownViolations(item.violations, pii) })));
      await administration
        .audited(
          request,
          'quarantine.replay',
          () => work.replay(asked, show),
          () => ({ ids: ids.length, source, reason, dry_run: dryRun, replayed: answer.applied }),
        )
        .catch((error: unknown) => {
          answer.breakOff(error);
        });
      answer.end();
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
