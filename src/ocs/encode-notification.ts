/**
 * From a notification back to a body that means the same: decoded, it gives an equal statement, figures and lists. In ASCII,
 * so that it reads alike whatever the encoding of its source.
 */
import { asciiJson, type Body } from '../domain/json.js';
import type { CallingListFigures, Notification, Statement } from '../domain/notification.js';
import { ALIASES, STATISTICS } from './fields.js';

export function encodeNotification({ dbid, atMs, statement, statistics, callingLists }: Notification): string {
  const extras = statement.extras === '' ? {} : (JSON.parse(statement.extras) as Body);
  const members = new Map<string, unknown>([
    ['GSW_USER_EVENT', 'CampaignGroupState'],
    ['GSW_DATE_TIME', (atMs / 1000).toFixed(3)],
    ['GSW_CAMPAIGN_GROUP_DBID', dbid],
  ]);
  for (const [field, value] of said(statement)) members.set(freeSpelling(field, extras), value);
  if (statement.sendsStatistics) {
    members.set(STATISTICS.busyRatio, statistics.busyRatio);
    members.set(STATISTICS.hitRatio, statistics.hitRatio);
    members.set(STATISTICS.overdialRatio, statistics.overdialRatio);
    members.set(STATISTICS.timeToCompleteSeconds, statistics.timeToCompleteSeconds);
  }
  if (callingLists.length > 0) members.set(freeName(extras), callingLists.map(listOf));
  // What could not be applied stands where it stood, in the place of what was made of it.
  for (const [field, value] of Object.entries(extras)) members.set(field, value);
  const texts = [...members].map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`);
  return asciiJson(`{${texts.join(',')}}`);
}

/** Null and '' are not said. */
function said(statement: Statement): readonly (readonly [string, string | number])[] {
  const { attributes } = statement;
  const all = [
    ['GSW_CAMPAIGN_GROUP_STATE', statement.stateCode],
    ['GSW_CAMPAIGN_GROUP_ACTION', statement.actionCode],
    ['GSW_CAMPAIGN_GROUP_ACTOR', statement.actorCode],
    ['GSW_DIAL_MODE', statement.dialModeCode],
    ['GSW_OPTIMIZE_BY', statement.optimizeByCode],
    ['GSW_OPTIMIZE_GOAL', statement.optimizeGoal],
    ['GSW_CAMPAIGN_GROUP_NAME', attributes.name],
    ['GSW_TENANT_NAME', attributes.tenant],
    ['GSW_TENANT_CCID', attributes.tenantCcid],
    ['GSW_CAMPAIGN_GROUP_GUID', attributes.guid],
    ['GSW_GROUP_NAME', attributes.group],
    ['GSW_CAMPAIGN_NAME', attributes.campaign],
    ['GSW_CAMPAIGN_TEMPLATE_NAME', attributes.template],
    ['GSW_QUEUE_NAME', attributes.queue],
  ] as const;
  return all.flatMap(([field, value]) => (value === null || value === '' ? [] : [[field, value] as const]));
}

/** The other spelling of a field where something stands that could not be applied. */
function freeSpelling(field: string, extras: Body): string {
  if (!Object.hasOwn(extras, field)) return field;
  const other = Object.keys(ALIASES).find((alias) => ALIASES[alias] === field && !Object.hasOwn(extras, alias));
  return other ?? field;
}

function freeName(extras: Body): string {
  let name = 'GSW_CALLING_LISTS';
  while (Object.hasOwn(extras, name)) name += '_';
  return name;
}

function listOf({ name, dbid, hitRatio, timeToCompleteSeconds }: CallingListFigures): object {
  return {
    GSW_CALLING_LIST_NAME: name,
    ...(dbid !== null && { GSW_CALLING_LIST_DBID: dbid }),
    [STATISTICS.hitRatio]: hitRatio,
    [STATISTICS.timeToCompleteSeconds]: timeToCompleteSeconds,
  };
}
