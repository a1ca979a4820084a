/** Reading callbacks: lists, one callback's story, reports. */
import { Router } from 'express';
import { ABANDONED_RECORD, CALLBACK_STATES, DUE_KINDS } from '../domain/callback.js';
import type { Clock } from '../domain/clock.js';
import { MonitorError } from '../domain/errors.js';
import { canonical } from '../domain/folding.js';
import type { PageRequest } from '../domain/store.js';
import { KEY_VALUE_PAIRS } from '../gms/key-value-pairs.js';
import { readValue } from '../gms/read-value.js';
import { CAPACITY_COLUMNS, type CapacityFile } from '../reports/callback-capacity.js';
import { parseDimensions } from '../reports/callback-dimensions.js';
import type { CallbackFilter, CallbackReader, FinishedFilter, MissingKeyRow } from '../reports/callback-reader.js';
import {
  callbackColumns,
  callbackDetailColumns,
  type CallbackView,
  type PersonalData,
  PHONE_COLUMNS,
} from '../reports/callback-rows.js';
import type { MISSING_KEY_SCHEMA } from '../reports/callback-schemas.js';
import { legacyColumns } from '../reports/legacy-rows.js';
import { storyRow } from '../reports/callback-story.js';
import { MAX_SUMMARY_ROWS } from '../reports/callback-summary.js';
import { type Columns, isoTime, type Row } from '../reports/rows.js';
import { sendList } from './list-answer.js';
import { Parameters } from './parameters.js';
import { ProblemError } from './problem.js';

export interface CallbackRoutes {
  readonly reader: CallbackReader;
  readonly clock: Clock;
  readonly pii: PersonalData;
  readonly settings: CallbackSettings;
}

/** What a site says about its callbacks. */
export interface CallbackSettings {
  readonly ttlMs: number;
  /** How far ahead of our clock a time is believed: where a range without an end ends. */
  readonly maxClockAheadMs: number;
  /** Tenant DBIDs to names. */
  readonly tenants: ReadonlyMap<number, string>;
  readonly tollPerMinute: number | null;
  /** Null: no file says how many agents there are. */
  readonly capacity: CapacityFile | null;
}

export function callbackRoutes({ reader, clock, pii, settings }: CallbackRoutes): Router {
  const { ttlMs, tenants, tollPerMinute } = settings;
  const tenantName = (dbid: number) => tenants.get(dbid) ?? String(dbid);
  const view = (): CallbackView => ({ nowMs: clock.nowMs(), ttlMs, tenantName, pii });
  const phoneColumns = PHONE_COLUMNS;
  const router = Router();
  router.get('/callbacks', async (request, response) => {
    const parameters = new Parameters(request);
    const shown = view();
    const moment = { nowMs: shown.nowMs, ttlMs };
    const filter = filterOf(parameters, tenants);
    const range = parameters.optionalRange();
    const ask = (page: PageRequest) => reader.callbacks(filter, moment, range, page);
    const file = { range, nowMs: shown.nowMs };
    await sendList(request, response, { ask, columns: () => callbackColumns(shown), phoneColumns, file });
  });
  router.get('/callbacks/summary', async (request, response) => {
    const parameters = new Parameters(request);
    const by = parseDimensions(parameters.text('by') ?? 'day');
    const asked = { by, timeZone: parameters.timeZone(), tollPerMinute, tenants };
    const range = parameters.range(clock.nowMs(), settings.maxClockAheadMs);
    const filter = finishedFilterOf(parameters, tenants);
    let names: readonly string[] = [];
    const ask = async (asking: PageRequest) => {
      const { columns, page } = await reader.summary(asked, filter, range, asking);
      names = columns;
      return page;
    };
    const columns = () => namedColumns(names);
    const file = { range, nowMs: clock.nowMs() };
    await sendList(request, response, { ask, columns, csvRows: MAX_SUMMARY_ROWS, file });
  });
  router.get('/callbacks/details', async (request, response) => {
    const parameters = new Parameters(request);
    const range = parameters.range(clock.nowMs(), settings.maxClockAheadMs);
    const filter = finishedFilterOf(parameters, tenants);
    const shown = view();
    const ask = (page: PageRequest) => reader.finished(filter, range, page);
    const file = { range, nowMs: shown.nowMs };
    await sendList(request, response, { ask, columns: () => callbackDetailColumns(shown), phoneColumns, file });
  });
  router.get('/callbacks/missing-keys', async (request, response) => {
    const range = new Parameters(request).range(clock.nowMs());
    const ask = (page: PageRequest) => reader.missingKeys(range, page);
    const file = { range, nowMs: clock.nowMs() };
    await sendList(request, response, { ask, columns: () => MISSING_KEY_COLUMNS, file });
  });
  router.get('/callbacks/legacy', async (request, response) => {
    const parameters = new Parameters(request);
    const [source, range] = [parameters.text('source'), parameters.optionalRange()];
    const ask = (page: PageRequest) => reader.legacyEvents(source, range, page);
    const file = { range, nowMs: clock.nowMs() };
    await sendList(request, response, { ask, columns: () => legacyColumns(pii), file });
  });
  router.get('/callbacks/capacity', async (request, response) => {
    const parameters = new Parameters(request);
    if (settings.capacity === null) throw new ProblemError(NO_CAPACITY);
    const nowMs = clock.nowMs();
    const range = parameters.closedRange(nowMs);
    const { slots } = settings.capacity;
    const asked = { slots, ...range, timeZone: parameters.timeZone(), nowMs, ttlMs };
    const { rows, outside } = await reader.capacity(asked);
    const ask = () => ({ items: rows, nextCursor: null });
    const more = () => ({ outside });
    await sendList(request, response, { ask, columns: () => CAPACITY_COLUMNS, more, file: { range, nowMs } });
  });
  router.get('/callbacks/:service_id', async (request, response) => {
    const source = new Parameters(request).text('source');
    const story = await reader.callback(request.params.service_id, source);
    if (story === null) throw new ProblemError(NO_CALLBACK);
    response.json(await storyRow(story, view()));
  });
  return router;
}

const NO_CALLBACK = {
  status: 404,
  type: 'not-found',
  title: 'No such callback',
  detail: 'GET /api/v1/callbacks lists them; records that lack a mandatory key are in /api/v1/quarantine.',
};
const NO_CAPACITY = {
  status: 404,
  type: 'not-found',
  title: 'No callback capacity is configured',
  detail: 'Name a file of agents per weekly slot in OCM_CALLBACK_CAPACITY; docs/configuration.md has its form.',
};

const MISSING_KEY_COLUMNS: Columns<MissingKeyRow, keyof typeof MISSING_KEY_SCHEMA> = {
  day: ({ day }) => day,
  source: ({ source }) => source,
  service: ({ service }) => service || null,
  key: ({ key }) => key,
  events: ({ events }) => events,
  last_received_at: ({ lastReceivedMs }) => isoTime(lastReceivedMs),
  last_service_id: ({ lastServiceId }) => lastServiceId,
};

const SHOWN_STATES = [...CALLBACK_STATES, 'unknown', ABANDONED_RECORD] as const;
const DUE = [...DUE_KINDS, 'overdue', 'any'] as const;

function filterOf(parameters: Parameters, tenants: CallbackSettings['tenants']): CallbackFilter {
  const due = parameters.text('due');
  return {
    source: parameters.text('source'),
    tenantDbids: tenantOf(parameters, tenants),
    state: parameters.oneOfAnyCase('state', SHOWN_STATES),
    queue: parameters.text('queue'),
    channel: channelOf(parameters),
    interaction: parameters.text('interaction'),
    orsSession: parameters.text('ors_session'),
    phoneHash: phoneHashOf(parameters),
    open: parameters.text('open') === null ? null : parameters.flag('open'),
    due: due === 'true' ? 'any' : parameters.oneOf('due', DUE),
  };
}

function finishedFilterOf(parameters: Parameters, tenants: CallbackSettings['tenants']): FinishedFilter {
  return {
    source: parameters.text('source'),
    tenantDbids: tenantOf(parameters, tenants),
    queue: parameters.text('queue'),
    channel: channelOf(parameters),
  };
}

/** The vendor's spelling of a channel, however it is written. What stands for "not said" asks for nothing there is. */
function channelOf(parameters: Parameters): string | null {
  const text = parameters.text('channel');
  const channel = readValue(KEY_VALUE_PAIRS.channel, text) as string | null;
  if (text === null || channel !== null) return channel;
  throw new MonitorError('OCM_BAD_PARAMETER', 'channel should be a channel like WEB or IVR');
}

/** A number in its place would match nothing, and stand in logs of proxies. */
function phoneHashOf(parameters: Parameters): string | null {
  const hash = parameters.text('phone_hash')?.toLowerCase() ?? null;
  if (hash === null || /^[0-9a-f]{16}$/.test(hash)) return hash;
  throw new MonitorError('OCM_BAD_PARAMETER', 'phone_hash should be 16 hexadecimal digits: see ocs-monitor phone-hash');
}

/** The DBIDs of the tenant asked for by name or DBID: a name may be that of several, and a number a name. */
function tenantOf(parameters: Parameters, tenants: CallbackSettings['tenants']): readonly number[] | null {
  const text = parameters.text('tenant');
  if (text === null) return null;
  const asked = canonical(text);
  const named = [...tenants].flatMap(([dbid, name]) => (canonical(name) === asked ? [dbid] : []));
  return /^\d{1,10}$/.test(text) ? [...named, Number(text)] : named;
}

/** Rows that are made already, in the order of these names. */
function namedColumns(names: readonly string[]): Columns<Row> {
  return Object.fromEntries(names.map((name) => [name, (row: Row) => row[name]]));
}
