/** The body OCS posts. The only place of the simulator that knows GSW_* names. */
import type { Statistics } from '../domain/notification.js';
import type { WordTable } from '../domain/vocabulary.js';
import { ENUMERATIONS } from '../ocs/enumerations.js';
import type { Body } from '../domain/json.js';
import { STATISTICS } from '../ocs/fields.js';
import type { Figures } from './dialer.js';
import { type Condition, settingOf } from './life.js';
import type { Random } from './random.js';
import type { CampaignGroup } from './scenario.js';

export interface BodyHabits {
  /** An OCS before 8.1.517.04. */
  readonly withoutStatistics: boolean;
  /** The other spellings under which four keys have been seen. */
  readonly oldSpellings: boolean;
  /** What a periodic post says as its action; no document tells. */
  readonly periodicAction: 'repeats' | 'zero' | 'omits';
}

export interface Telling {
  readonly group: CampaignGroup;
  readonly life: Condition;
  readonly figures: Figures;
  readonly atMs: number;
  readonly kind: 'change' | 'periodic';
}

export interface Codes {
  readonly state: number;
  readonly dialMode: number | null;
  readonly action: number;
}

/** What a life says now, in the vendor's numbers. */
export function codesOf(life: Condition): Codes {
  return {
    state: codeOf(ENUMERATIONS.state, life.state),
    dialMode: life.state === 'running' ? codeOf(ENUMERATIONS.dialMode, life.dialMode) : null,
    action: life.action === null ? 0 : codeOf(ENUMERATIONS.action, life.action),
  };
}

/** UTC seconds with exactly three decimals. */
export function dateTimeText(atMs: number): string {
  return `${Math.floor(atMs / 1000)}.${String(atMs % 1000).padStart(3, '0')}`;
}

export function bodyOf(telling: Telling, habits: BodyHabits): Body {
  const { group, life, atMs } = telling;
  const old = habits.oldSpellings;
  return {
    GSW_USER_EVENT: 'CampaignGroupState',
    GSW_DATE_TIME: dateTimeText(atMs),
    GSW_TENANT_NAME: group.tenant,
    GSW_TENANT_CCID: group.tenantCcid,
    GSW_CAMPAIGN_GROUP_NAME: group.name,
    [old ? 'GSW_CAMPAIGN_GROUP_UUID' : 'GSW_CAMPAIGN_GROUP_GUID']: life.guid,
    GSW_CAMPAIGN_GROUP_DBID: group.dbid,
    GSW_GROUP_NAME: group.group,
    GSW_CAMPAIGN_NAME: group.campaign,
    ...(group.template !== null && {
      [old ? 'GSW_CAMPAIGN_TEMPLATE' : 'GSW_CAMPAIGN_TEMPLATE_NAME']: group.template,
    }),
    GSW_QUEUE_NAME: group.queue,
    ...dialingFields(telling),
    [old ? 'GSW_CAMPAIGN_GROUP_STATUS' : 'GSW_CAMPAIGN_GROUP_STATE']: codesOf(life).state,
    ...actionFields(telling, habits),
    ...(!habits.withoutStatistics && statisticsFields(telling)),
  };
}

function dialingFields({ group, life }: Telling): Body {
  const setting = settingOf(life, group);
  const fields: [string, number | null][] = [
    ['GSW_DIAL_MODE', codesOf(life).dialMode],
    ['GSW_OPTIMIZE_BY', setting?.optimizeBy ? codeOf(ENUMERATIONS.optimizeBy, setting.optimizeBy) : null],
    ['GSW_OPTIMIZE_GOAL', setting?.optimizeGoal ?? null],
  ];
  const unsaid = group.unsaid === 'zero' ? 0 : null;
  return Object.fromEntries(
    fields
      .filter(([, value]) => value !== null || group.unsaid !== 'omits')
      .map(([field, value]) => [field, value ?? unsaid]),
  );
}

function actionFields({ life, kind }: Telling, { periodicAction, oldSpellings }: BodyHabits): Body {
  if (kind === 'periodic' && periodicAction === 'omits') return {};
  const zero = kind === 'periodic' && periodicAction === 'zero';
  return {
    GSW_CAMPAIGN_GROUP_ACTION: zero ? 0 : codesOf(life).action,
    [oldSpellings ? 'GSW_CAMPAIGN_GROUP_ACTOR_TYPE' : 'GSW_CAMPAIGN_GROUP_ACTOR']: zero
      ? 0
      : codeOf(ENUMERATIONS.actor, life.actor),
  };
}

/** The container of the calling lists is not documented (docs/sources.md, "Not documented"): some sources send an array, some a map. */
function statisticsFields({ group, figures }: Telling): Body {
  const { statistics, callingLists } = figures;
  const items = callingLists.map((list) => ({
    GSW_CALLING_LIST: list.name,
    GSW_CALLING_LIST_DBID: list.dbid,
    [STATISTICS.hitRatio]: list.hitRatio,
    [STATISTICS.timeToCompleteSeconds]: list.timeToCompleteSeconds,
  }));
  return {
    ...Object.fromEntries(STATISTIC_FIELDS.map(([key, field]) => [field, statistics[key]])),
    GSW_CALLING_LISTS:
      group.listShape === 'array' ? items : Object.fromEntries(items.map((item) => [item.GSW_CALLING_LIST, item])),
  };
}

const STATISTIC_FIELDS = Object.entries(STATISTICS) as [keyof Statistics, string][];

export interface Drifted {
  readonly body: Body;
  /** The statistics a receiver can still read. */
  readonly statistics: Statistics;
}

/**
 * A body as a newer or faulty OCS might send it: an unknown field, an unknown number, or a bad statistic. History
 * stays as it was: the number of a change's own action is left alone.
 */
export function drift(body: Body, { kind, figures }: Telling, random: Random): Drifted {
  const kinds: [string, ...string[]] = ['field'];
  if (kind === 'periodic') kinds.push('number');
  if (STATISTICS.hitRatio in body) kinds.push('statistic');
  const { statistics } = figures;
  switch (random.pick(kinds)) {
    case 'number':
      return { body: { ...body, GSW_CAMPAIGN_GROUP_ACTION: random.integer(30, 60) }, statistics };
    case 'statistic': {
      const [key, field] = random.pick(STATISTIC_FIELDS as [[keyof Statistics, string]]);
      const bad = random.pick<unknown>([-1, 'n/a', '1.2.3', true]);
      return { body: { ...body, [field]: bad }, statistics: { ...statistics, [key]: null } };
    }
    default:
      return { body: { ...body, GSW_RECORDS_IN_USE: random.integer(1, 9000) }, statistics };
  }
}

function codeOf(table: WordTable, word: string): number {
  for (const [code, known] of table) if (known === word) return code;
  throw new Error(`no number for ${word}`);
}
