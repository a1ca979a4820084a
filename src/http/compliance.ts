/** Reading what may be said of abandoned calls: of one campaign group, and of all. */
import { type Request, Router } from 'express';
import type { Clock } from '../domain/clock.js';
import { TSR, type RuleProfile } from '../domain/compliance.js';
import type { PageRequest, ReportReader } from '../domain/store.js';
import type { Enumerations } from '../domain/vocabulary.js';
import type { Roster } from '../live/roster.js';
import { ComplianceQuestions } from '../reports/compliance.js';
import { COMPLIANCE_ROW_COLUMNS, type Compliance, complianceColumns } from '../reports/compliance-rows.js';
import { rowOf } from '../reports/rows.js';
import { filterOf, knownGroup, listGroups } from './campaign-groups.js';
import { sendList, sendTagged } from './list-answer.js';
import { Parameters } from './parameters.js';

export interface ComplianceRoutes {
  readonly roster: Roster;
  readonly reader: Pick<ReportReader, 'abandonment'>;
  readonly clock: Clock;
  readonly words: Enumerations;
  readonly ruleProfiles: readonly RuleProfile[];
}

/** Rows of CSV asked for at once: each is a report of its own. */
const CSV_ROWS = 50;

export function complianceRoutes({ roster, reader, clock, words, ruleProfiles }: ComplianceRoutes): Router {
  const router = Router();
  const questions = (request: Request) => {
    const parameters = new Parameters(request);
    const profile = profileOf(parameters, ruleProfiles);
    const nowMs = clock.nowMs();
    const atMs = Math.min(parameters.moment('at') ?? nowMs, nowMs);
    return new ComplianceQuestions(roster, (asked) => reader.abandonment(asked), profile, { atMs, nowMs });
  };
  router.get('/campaign-groups/:id/compliance', async (request, response) => {
    const entry = knownGroup(roster, request.params.id);
    const compliance = await questions(request).of(entry);
    sendTagged(request, response, JSON.stringify(rowOf(complianceColumns(roster), compliance)));
  });
  router.get('/compliance', async (request, response) => {
    const asking = questions(request);
    const wanted = filterOf(new Parameters(request), words);
    const ask = async (page: PageRequest) => {
      const { items, nextCursor } = listGroups(roster, wanted, page);
      const told: Compliance[] = [];
      // One after the other: who asks for something else has a turn in between.
      for (const entry of items) told.push(await asking.of(entry));
      return { items: told, nextCursor };
    };
    const more = () => ({ profiles: ruleProfiles.map(({ name }) => name) });
    const file = { range: null, nowMs: clock.nowMs() };
    await sendList(request, response, { ask, columns: () => COMPLIANCE_ROW_COLUMNS, csvRows: CSV_ROWS, more, file });
  });
  return router;
}

function profileOf(parameters: Parameters, profiles: readonly RuleProfile[]): RuleProfile {
  const names = profiles.map(({ name }) => name);
  const name = parameters.oneOf('profile', names) ?? TSR.name;
  return profiles.find((profile) => profile.name === name) ?? TSR;
}
