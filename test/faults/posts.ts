/** Bodies derived from unique numbers, and what a store must hold of each. */
import { canonicalJson } from '../../src/domain/json.js';
import type { CallbackRecord } from '../../src/domain/callback-record.js';
import { encodeRecord } from '../../src/gms/encode-record.js';
import { FIELDS, pairOf } from '../../src/gms/key-value-pairs.js';
import { dateTime } from '../support/posts.js';

export const KINDS = ['campaign', 'event', 'attached', 'status'] as const;
export type Kind = (typeof KINDS)[number];

/** One thing to be posted once. `key` is its identity in the store, `content` all that must be held of it. */
export interface Post {
  readonly kind: Kind;
  readonly key: string;
  readonly content: string;
  readonly path: string;
  readonly text: string;
  /** The group's DBID or the callback's service id. */
  readonly owner: string;
  /** Campaign posts: what history is made of. */
  readonly bearing: Bearing | null;
  /** Events: the fields they say. */
  readonly record: Partial<CallbackRecord> | null;
}

export interface Bearing {
  readonly atMs: number;
  readonly state: string;
  readonly dialMode: string | null;
  readonly action: string;
  /** Key of the post that the group sent before this one, null for its first. */
  readonly previous: string | null;
}

export interface ListFigures {
  readonly name: string;
  readonly dbid: string;
  readonly hitRatio: number | null;
  readonly timeToCompleteSeconds: number | null;
}

/** The content of a campaign post, in the order in which the store's columns are compared. */
export interface CampaignContent {
  readonly name: string;
  readonly stateCode: number;
  readonly dialModeCode: number | null;
  readonly optimizeByCode: number | null;
  readonly optimizeGoal: number | null;
  readonly actionCode: number | null;
  readonly actorCode: number | null;
  readonly busyRatio: number | null;
  readonly hitRatio: number | null;
  readonly overdialRatio: number | null;
  readonly timeToCompleteSeconds: number | null;
  readonly lists: readonly ListFigures[];
}

export function campaignContent(content: CampaignContent): string {
  const lists = [...content.lists].sort((a, b) => (a.name < b.name ? -1 : 1));
  return canonicalJson({ ...content, lists });
}

export const campaignKey = (dbid: string, atMs: number): string => `campaign ${dbid} ${String(atMs)}`;

/** A life in posts; between them, what the group says of itself stays as it is. */
const LIFE = [
  { state: 'active', stateCode: 4, action: 'load', actionCode: 7, dialMode: null, periodic: 0 },
  { state: 'running', stateCode: 5, action: 'start', actionCode: 9, dialMode: 'predictive', periodic: 3 },
  { state: 'running', stateCode: 5, action: 'set_dial_mode', actionCode: 11, dialMode: 'progressive', periodic: 3 },
  { state: 'active', stateCode: 4, action: 'stop', actionCode: 10, dialMode: null, periodic: 1 },
  { state: 'not_loaded', stateCode: 0, action: 'unload', actionCode: 8, dialMode: null, periodic: 0 },
] as const;
const MODE_CODES = { predictive: 1, progressive: 2 } as const;

/** One campaign group that posts in the order of its date-times. */
export class GroupTeller {
  readonly #dbid: string;
  readonly #script: readonly (typeof LIFE)[number][];
  #told = 0;
  #lastMs = 0;
  #previous: string | null = null;

  /** `refreshes`: how many times as many posts lie between its changes. */
  constructor(dbid: string, refreshes = 1) {
    this.#dbid = dbid;
    this.#script = LIFE.flatMap((chapter) => Array.from({ length: 1 + refreshes * chapter.periodic }, () => chapter));
  }

  next(): Post {
    const n = this.#told++;
    const chapter = this.#script[n % this.#script.length] ?? LIFE[0];
    const atMs = Math.max(Date.now(), this.#lastMs + 1);
    this.#lastMs = atMs;
    const isRunning = chapter.state === 'running';
    const figures = isRunning ? figuresOf(n) : NO_FIGURES;
    const content: CampaignContent = {
      name: `Group ${this.#dbid}`,
      stateCode: chapter.stateCode,
      dialModeCode: chapter.dialMode === null ? null : MODE_CODES[chapter.dialMode],
      optimizeByCode: isRunning ? 1 : null,
      optimizeGoal: isRunning ? 80 : null,
      actionCode: chapter.actionCode,
      actorCode: 1,
      ...figures,
    };
    const key = campaignKey(this.#dbid, atMs);
    const { state, dialMode, action } = chapter;
    const bearing = { atMs, state, dialMode, action, previous: this.#previous };
    this.#previous = key;
    return {
      kind: 'campaign',
      key,
      content: campaignContent(content),
      path: '/ocs/campaign-group-state',
      text: JSON.stringify(campaignBody(this.#dbid, atMs, content)),
      owner: this.#dbid,
      bearing,
      record: null,
    };
  }
}

/** As sites have them: a question about a campaign is one about all of its groups. */
const GROUPS_OF_CAMPAIGN = 4;

const NO_FIGURES = { busyRatio: null, hitRatio: null, overdialRatio: null, timeToCompleteSeconds: null, lists: [] };

/** Figures that no two neighbouring posts share; some unknown to OCS. */
function figuresOf(n: number) {
  return {
    busyRatio: ((n * 7919) % 1000) / 1000,
    hitRatio: n % 5 === 0 ? null : ((n * 104_729) % 1000) / 1000,
    overdialRatio: ((n * 31) % 90) / 1000,
    timeToCompleteSeconds: 60 + ((n * 13) % 7200),
    lists: ['East', 'West'].map((name, at) => ({
      name,
      dbid: String(501 + at),
      hitRatio: ((n * 17 + at) % 100) / 100,
      timeToCompleteSeconds: n % 3 === 0 ? null : 100 + ((n * 3 + at) % 500),
    })),
  };
}

function campaignBody(dbid: string, atMs: number, content: CampaignContent): Record<string, unknown> {
  return {
    GSW_USER_EVENT: 'CampaignGroupState',
    GSW_DATE_TIME: dateTime(atMs),
    GSW_TENANT_NAME: 'Environment',
    GSW_TENANT_CCID: '1',
    GSW_CAMPAIGN_GROUP_NAME: content.name,
    GSW_CAMPAIGN_GROUP_GUID: '3f2504e0-4f89-11d3-9a0c-0305e82c3301',
    GSW_CAMPAIGN_GROUP_DBID: dbid,
    GSW_GROUP_NAME: 'Agents',
    GSW_CAMPAIGN_NAME: `Faults ${String(Math.floor(Number(dbid) / GROUPS_OF_CAMPAIGN))}`,
    GSW_QUEUE_NAME: '8001',
    GSW_DIAL_MODE: content.dialModeCode,
    GSW_OPTIMIZE_BY: content.optimizeByCode,
    GSW_OPTIMIZE_GOAL: content.optimizeGoal,
    GSW_CAMPAIGN_GROUP_STATE: content.stateCode,
    GSW_CAMPAIGN_GROUP_ACTION: content.actionCode,
    GSW_CAMPAIGN_GROUP_ACTOR: content.actorCode,
    ...(content.lists.length > 0 && {
      GSW_STAT_BUSY_FACTOR: content.busyRatio,
      GSW_STAT_HIT_RATIO: content.hitRatio,
      GSW_STAT_OVERDIAL_RATE: content.overdialRatio,
      GSW_STAT_TIME_TO_COMPLETE: content.timeToCompleteSeconds,
      GSW_CALLING_LISTS: content.lists.map((list) => ({
        GSW_CALLING_LIST: list.name,
        GSW_CALLING_LIST_DBID: list.dbid,
        GSW_STAT_HIT_RATIO: list.hitRatio,
        GSW_STAT_TIME_TO_COMPLETE: list.timeToCompleteSeconds,
      })),
    }),
  };
}

/** Under this key every callback post says its own; an unknown key, so it is kept as received. */
export const POST_KEY = 'FAULTS_POST';
export const callbackKey = (kind: Kind, name: string): string => `${kind} ${name}`;

/** One service that posts callback after callback: an offer, what the call carries, a status, an acceptance, the end. */
export class CallbackTeller {
  readonly #name: string;
  #told = 0;

  constructor(name: string) {
    this.#name = name;
  }

  next(): Post {
    const step = STORY[this.#told % STORY.length] ?? 'offered';
    const serviceId = `${this.#name}-${String(Math.floor(this.#told / STORY.length))}`;
    this.#told++;
    const name = `${serviceId}-${step}`;
    if (step === 'attached') {
      const keys = { interaction_id: `call-${serviceId}`, _CB_SERVICE_ID: serviceId, [POST_KEY]: name };
      return besidePost('attached', serviceId, name, keys);
    }
    if (step === 'status') {
      const keys = { event: '_cbe_on_callback_queued', _service_id: serviceId, [POST_KEY]: name };
      return besidePost('status', serviceId, name, keys);
    }
    const record = recordOf(serviceId, step);
    const keys = { ...encodeRecord(record, SPELLING), [POST_KEY]: name } as Record<string, string>;
    return {
      kind: 'event',
      key: callbackKey('event', name),
      content: eventContent(keys, record),
      path: '/gms/callback-events',
      text: JSON.stringify(keys),
      owner: serviceId,
      bearing: null,
      record,
    };
  }
}

const SPELLING = { keys: 'upper-case', values: 'texts', nulls: 'omitted', leadingZeros: 0 } as const;
const STORY = ['offered', 'attached', 'status', 'accepted', 'final'] as const;

/** Content of an event: its keys as received, and the fields read from them. */
export function eventContent(received: Readonly<Record<string, unknown>>, record: Partial<CallbackRecord>): string {
  const said = Object.fromEntries(Object.entries(record).filter(([, value]) => (value as unknown) !== null));
  return canonicalJson({ received, record: said });
}

function besidePost(kind: 'attached' | 'status', owner: string, name: string, keys: Record<string, string>): Post {
  const path = kind === 'attached' ? '/gms/attached-data' : '/gms/status-notifications';
  const told = { key: callbackKey(kind, name), content: canonicalJson(keys), text: JSON.stringify(keys) };
  return { kind, path, owner, ...told, bearing: null, record: null };
}

const OFFER: ReadonlySet<string> = new Set([
  ...['serviceId', 'serviceStartMs', 'offerSeconds', 'offered', 'offeredMs'],
  ...['ewtWhenOfferedSeconds', 'vq', 'channel', 'customerPhoneNumber', 'tenantDbid'],
]);
const ACCEPTANCE: ReadonlySet<string> = new Set([...OFFER, 'accepted', 'acceptedMs', 'waitedBeforeOfferSeconds']);
const ONLY_FINAL: ReadonlySet<string> = new Set(['finalRecord', 'disposition']);
/** Some hours ago: callbacks are not judged by our clock, but they are kept for so long from their end. */
const STARTED_S = Math.floor(Date.now() / 1000) - 20_000;

/** All 70 keys in the last event, fewer before; a key has the same value in each event of a callback. */
function recordOf(serviceId: string, step: 'offered' | 'accepted' | 'final'): Partial<CallbackRecord> {
  const said = step === 'offered' ? OFFER : ACCEPTANCE;
  const fields = step === 'final' ? FIELDS : FIELDS.filter((field) => said.has(field) && !ONLY_FINAL.has(field));
  const of = Buffer.from(serviceId).reduce((sum, byte) => (sum * 31 + byte) % 1_000_003, 7);
  return Object.fromEntries(fields.map((field) => [field, valueOf(field, serviceId, of)]));
}

function valueOf(field: keyof CallbackRecord, serviceId: string, of: number): string | number {
  const known: Partial<CallbackRecord> = {
    serviceId,
    disposition: 'COMPLETED.AGENT',
    customerPhoneNumber: `+4989${String(1_000_000 + of)}`,
    customerAni: `+4930${String(1_000_000 + of)}`,
  };
  const { type, words = ['ANY'] } = pairOf(field);
  const place = FIELDS.indexOf(field);
  const values: Readonly<Record<typeof type, string | number>> = {
    integer: 1 + ((of + place * 101) % 900),
    seconds: 1 + ((of + place * 103) % 900),
    timestamp: (STARTED_S + (of % 10_000) + place) * 1000,
    flag: 1,
    word: words[(of + place) % words.length] ?? 'ANY',
    text: `${field} ${serviceId}`,
  };
  return known[field] ?? values[type];
}
