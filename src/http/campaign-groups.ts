/** Reading campaign groups: the roster as it stands, and what the store kept of each. */
import { type Request, type Response, Router } from 'express';
import type { Clock } from '../domain/clock.js';
import { comparePositions, readCursor, writeCursor } from '../domain/cursor.js';
import { canonical, folded } from '../domain/folding.js';
import type {
  Listened,
  Page,
  PageRequest,
  ReportReader,
  StatisticsPage,
  TimeRange,
  TransitionFilter,
} from '../domain/store.js';
import { type Enumerations, isWord } from '../domain/vocabulary.js';
import type { LastBody, Received } from '../live/received.js';
import type { Roster, RosterEntry } from '../live/roster.js';
import type { PersonalData } from '../reports/callback-rows.js';
import { shownBody } from '../reports/quarantine-view.js';
import {
  actionsColumns,
  CALLING_LIST_COLUMNS,
  campaignGroupColumns,
  isoTime,
  rowOf,
  SAMPLE_COLUMNS,
  SESSION_COLUMNS,
  type SessionView,
  silenceColumns,
  STEP_COLUMNS,
  transitionColumns,
} from '../reports/rows.js';
import { sendList } from './list-answer.js';
import { Parameters } from './parameters.js';
import { ProblemError } from './problem.js';

/** What statistics are made of, for CSV, which has no place for it. */
export const RESOLUTION_HEADER = 'Statistics-Resolution';

export interface CampaignGroupRoutes {
  readonly roster: Roster;
  readonly reader: ReportReader;
  readonly received: Received;
  readonly pii: PersonalData;
  readonly clock: Clock;
  /** The words that may be asked for. */
  readonly words: Enumerations;
}

export function campaignGroupRoutes({ roster, reader, received, pii, clock, words }: CampaignGroupRoutes): Router {
  const router = Router();
  const known = (id: string) => knownGroup(roster, id);
  const fileOf = ({ attributes }: RosterEntry['snapshot'], range: TimeRange | null) => ({
    subject: attributes.name,
    range,
    nowMs: clock.nowMs(),
  });
  router.get('/campaign-groups', async (request, response) => {
    const wanted = filterOf(new Parameters(request), words);
    const ask = (page: PageRequest) => listGroups(roster, wanted, page);
    const columns = () => campaignGroupColumns(roster, clock.nowMs());
    await sendList(request, response, { ask, columns, more: () => staleMark(roster) });
  });
  router.get('/campaign-groups/:id', (request, response) => {
    const row = rowOf(campaignGroupColumns(roster, clock.nowMs()), known(request.params.id));
    response.json({ ...row, ...staleMark(roster) });
  });
  router.get('/campaign-groups/:id/transitions', async (request, response) => {
    const { snapshot } = known(request.params.id);
    const parameters = new Parameters(request);
    const range = parameters.range(clock.nowMs());
    const filter = transitionFilterOf(parameters, words);
    const ask = (page: PageRequest) => reader.transitions(snapshot.id, range, page, filter);
    const file = fileOf(snapshot, range);
    await sendList(request, response, { ask, columns: () => transitionColumns(roster), file });
  });
  const sendActions = async (request: Request, response: Response, snapshot: RosterEntry['snapshot'] | null) => {
    const parameters = new Parameters(request);
    const range = parameters.range(clock.nowMs());
    const source = snapshot === null ? parameters.text('source') : null;
    const asked = { groupId: snapshot?.id ?? null, source, timeZone: parameters.timeZone() };
    const ask = (page: PageRequest) => reader.actions(asked, range, page);
    const file = snapshot === null ? { range, nowMs: clock.nowMs() } : fileOf(snapshot, range);
    await sendList(request, response, { ask, columns: () => actionsColumns(roster), file });
  };
  router.get('/campaign-groups/:id/transitions/summary', (request, response) =>
    sendActions(request, response, known(request.params.id).snapshot),
  );
  router.get('/transitions/summary', (request, response) => sendActions(request, response, null));
  router.get('/campaign-groups/:id/statistics', async (request, response) => {
    const { snapshot } = known(request.params.id);
    const parameters = new Parameters(request);
    const step = parameters.step();
    const range = parameters.range(clock.nowMs());
    let resolution: StatisticsPage['resolution'] = 'samples';
    const ask = async (page: PageRequest) => {
      const found = await reader.statistics(snapshot.id, range, step, page);
      ({ resolution } = found);
      return found;
    };
    const columns = () => (step === null ? SAMPLE_COLUMNS : STEP_COLUMNS);
    const more = () => ({ resolution });
    const headers = () => ({ [RESOLUTION_HEADER]: resolution });
    await sendList(request, response, { ask, columns, more, headers, file: fileOf(snapshot, range) });
  });
  router.get('/campaign-groups/:id/sessions', async (request, response) => {
    const entry = known(request.params.id);
    const range = new Parameters(request).range(clock.nowMs());
    const ask = (page: PageRequest) =>
      sessionsOf(reader, entry.snapshot.id, { range, page, listened: roster.listened(entry, clock.nowMs()) });
    await sendList(request, response, { ask, columns: () => SESSION_COLUMNS, file: fileOf(entry.snapshot, range) });
  });
  router.get('/campaign-groups/:id/silences', async (request, response) => {
    const entry = known(request.params.id);
    const nowMs = clock.nowMs();
    const range = new Parameters(request).range(nowMs);
    const listened = roster.listened(entry, nowMs);
    let [knownFromMs, firstMs]: (number | null)[] = [null, null];
    const ask = async (page: PageRequest) => {
      const found = await reader.silences(entry.snapshot.id, range, page, listened);
      ({ knownFromMs, firstMs } = found);
      return found;
    };
    const more = () => ({ known_from: isoTime(knownFromMs ?? null), first_at: isoTime(firstMs ?? null) });
    await sendList(request, response, {
      ask,
      columns: () => silenceColumns(nowMs),
      more,
      file: fileOf(entry.snapshot, range),
    });
  });
  router.get('/campaign-groups/:id/calling-lists', async (request, response) => {
    const { snapshot } = known(request.params.id);
    const ask = (page: PageRequest) => reader.callingLists(snapshot.id, page);
    await sendList(request, response, { ask, columns: () => CALLING_LIST_COLUMNS, file: fileOf(snapshot, null) });
  });
  router.get('/campaign-groups/:id/last-body', (request, response) => {
    const { snapshot } = known(request.params.id);
    response.json(lastBodyRow(received.lastBody(snapshot.groupNo), pii));
  });
  router.get('/transitions', async (request, response) => {
    const parameters = new Parameters(request);
    const range = parameters.range(clock.nowMs());
    const filter = { ...transitionFilterOf(parameters, words), groupNos: groupNosOf(parameters, roster) };
    const ask = (page: PageRequest) => reader.transitions(null, range, page, filter);
    const file = { range, nowMs: clock.nowMs() };
    await sendList(request, response, { ask, columns: () => transitionColumns(roster), file });
  });
  return router;
}

/** What stands beside answers from memory while the database is away. */
export function staleMark({ isStale }: Roster): { readonly stale?: true } {
  return isStale ? { stale: true } : {};
}

/** Throws 404. */
export function knownGroup(roster: Roster, id: string): RosterEntry {
  const entry = roster.get(id);
  if (entry) return entry;
  const detail = 'GET /api/v1/campaign-groups lists the ids.';
  throw new ProblemError({ status: 404, type: 'not-found', title: 'No such campaign group', detail });
}

interface SessionsAsked {
  readonly range: TimeRange;
  readonly page: PageRequest;
  readonly listened: Listened;
}

/** Sessions, and how much of each its group was silent. */
async function sessionsOf(
  reader: ReportReader,
  id: string,
  { range, page, listened }: SessionsAsked,
): Promise<Page<SessionView>> {
  const { items, nextCursor } = await reader.sessions(id, range, page);
  if (items.length === 0) return { items: [], nextCursor };
  const times = items.map(({ firstSeenMs, endMs }) => ({ fromMs: firstSeenMs, toMs: endMs ?? listened.nowMs }));
  const silentMs = await reader.silentMs(id, times, listened);
  return { items: items.map((session, n) => ({ ...session, silentMs: silentMs[n] ?? null })), nextCursor };
}

function transitionFilterOf(parameters: Parameters, words: Enumerations): TransitionFilter {
  return {
    source: parameters.text('source'),
    state: parameters.word('state', words.state),
    // That of an inferred transition is none.
    action: parameters.word('action', words.action, ['none']),
    inferred: parameters.text('inferred') === null ? null : parameters.flag('inferred'),
  };
}

/** The groups that are asked for by their present tenant or name; null: all. */
function groupNosOf(parameters: Parameters, roster: Roster): readonly number[] | null {
  const [tenant, q] = [parameters.text('tenant'), parameters.text('q')];
  if (tenant === null && q === null) return null;
  const wanted = [...roster.entries()].filter(
    ({ snapshot }) =>
      (tenant === null || canonical(snapshot.attributes.tenant) === canonical(tenant)) && isFound(snapshot, q ?? ''),
  );
  return wanted.map(({ snapshot }) => snapshot.groupNo);
}

/** By a part of its name or of its DBID. */
function isFound({ attributes, dbid }: RosterEntry['snapshot'], q: string): boolean {
  const search = folded(q);
  return search === '' || folded(attributes.name).includes(search) || folded(dbid).includes(search);
}

/** The last body as it was received. It is kept in memory only. */
function lastBodyRow(last: LastBody | null, pii: PersonalData) {
  if (last === null) {
    const reason = 'nothing was received of this group since the service started, or its body made room for others';
    return { received_at: null, outcome: null, id: null, size_bytes: null, body: null, body_base64: null, reason };
  }
  const { receivedAtMs, outcome, id, bytes } = last;
  const shown = shownBody({ endpoint: 'campaign-group-state' }, bytes, pii);
  return { received_at: isoTime(receivedAtMs), outcome, id, size_bytes: bytes.length, ...shown, reason: null };
}

/** Filters and pages the roster, by name: an order that does not move while somebody pages. */
export function listGroups(roster: Roster, wanted: (entry: RosterEntry) => boolean, { limit, cursor }: PageRequest) {
  const after = cursor === null ? null : readCursor('campaign-groups', cursor, ['string', 'string']);
  const rest = [...roster.entries()]
    .filter(wanted)
    .map((entry) => ({ entry, place: [entry.snapshot.attributes.name, entry.snapshot.id] }))
    .filter(({ place }) => after === null || comparePositions(place, after) > 0)
    .sort((a, b) => comparePositions(a.place, b.place));
  const shown = rest.slice(0, limit);
  const last = rest.length > limit ? shown.at(-1) : undefined;
  const nextCursor = last ? writeCursor('campaign-groups', last.place) : null;
  return { items: shown.map(({ entry }) => entry), nextCursor };
}

export function filterOf(parameters: Parameters, words: Enumerations): (entry: RosterEntry) => boolean {
  const state = parameters.word('state', words.state);
  const equal = ['tenant', 'campaign', 'group', 'template', 'queue'] as const;
  const wanted = equal.flatMap((name) => {
    const value = parameters.text(name);
    return value === null ? [] : [[name, canonical(value)] as const];
  });
  const source = parameters.text('source');
  const search = parameters.text('q') ?? '';
  return ({ snapshot }) => {
    const { attributes } = snapshot;
    if (state !== null && !isWord(snapshot.state, state)) return false;
    if (source !== null && snapshot.source !== source) return false;
    if (wanted.some(([name, value]) => canonical(attributes[name]) !== value)) return false;
    return isFound(snapshot, search);
  };
}
