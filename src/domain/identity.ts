import { isRetelling } from './origin.js';
import type { CallingListFigures, GroupAttributes, Notification, Statement, Statistics } from './notification.js';

/** A one-way digest of a text as URL-safe characters, 128 bits or more; the domain is given one, it has none. */
export type Digest = (text: string) => string;

/** Joins parts so that no two lists of parts collide: ("ab","c") and ("a","bc") differ (each part carries its length). */
export function lengthPrefixed(parts: readonly (string | number | null)[]): string {
  let text = '';
  for (const part of parts) text += part === null ? '-;' : `${String(part).length}:${part};`;
  return text;
}

/** The public id of a campaign group: stable over renames, equal on every store. */
export function campaignGroupId(source: string, dbid: string, digest: Digest): string {
  return digest(`campaign-group;${lengthPrefixed([source, dbid])}`);
}

/** The whole content of a statement; equal text = equal statement. Also the order of statements within a millisecond. */
export function statementContent(statement: Statement): string {
  const { attributes } = statement;
  return lengthPrefixed([
    statement.stateCode,
    statement.dialModeCode,
    statement.optimizeByCode,
    statement.optimizeGoal,
    statement.actionCode,
    statement.actorCode,
    attributes.name,
    attributes.tenant,
    attributes.tenantCcid,
    attributes.guid,
    attributes.group,
    attributes.campaign,
    attributes.template,
    attributes.queue,
    statement.sendsStatistics ? 1 : 0,
    statement.extras,
    ...retellingOf(statement),
  ]);
}

/** What an import tells as it was received is the statement of the post; what a log tells is one of its own. */
function retellingOf({ origin }: Statement): readonly string[] {
  return origin !== undefined && isRetelling(origin) ? [origin] : [];
}

/** Whether two statements have the same content; cheaper than to compare their texts. */
export function isSameStatement(a: Statement, b: Statement): boolean {
  return (
    a.stateCode === b.stateCode &&
    a.dialModeCode === b.dialModeCode &&
    a.optimizeByCode === b.optimizeByCode &&
    a.optimizeGoal === b.optimizeGoal &&
    a.actionCode === b.actionCode &&
    a.actorCode === b.actorCode &&
    a.sendsStatistics === b.sendsStatistics &&
    a.extras === b.extras &&
    isSameOrigin(a, b) &&
    isSameAttributes(a.attributes, b.attributes)
  );
}

function isSameOrigin({ origin }: Statement, { origin: other }: Statement): boolean {
  return origin === other || (!isRetelling(origin) && !isRetelling(other));
}

function isSameAttributes(a: GroupAttributes, b: GroupAttributes): boolean {
  return (
    a.name === b.name &&
    a.tenant === b.tenant &&
    a.tenantCcid === b.tenantCcid &&
    a.guid === b.guid &&
    a.group === b.group &&
    a.campaign === b.campaign &&
    a.template === b.template &&
    a.queue === b.queue
  );
}

/** The whole content of the calling-list figures, '' when there are none. Independent of their order. */
export function listsContent(lists: readonly CallingListFigures[]): string {
  if (lists.length === 0) return '';
  return lists
    .map((list) => lengthPrefixed([list.name, list.dbid, list.hitRatio, list.timeToCompleteSeconds]))
    .sort()
    .join('');
}

export function statisticsContent(statistics: Statistics): string {
  return lengthPrefixed([
    statistics.busyRatio,
    statistics.hitRatio,
    statistics.overdialRatio,
    statistics.timeToCompleteSeconds,
  ]);
}

/** The identity of a notification is its whole content: an equal copy is a duplicate by construction. */
export function notificationId(notification: Notification, saying: string, lists: string, digest: Digest): string {
  const { source, dbid, atMs, statistics } = notification;
  return digest(lengthPrefixed([source, dbid, atMs, saying, statisticsContent(statistics), lists]));
}
