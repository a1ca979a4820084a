/** Changes of state as the tables of ICON tell them: to the second, and by the DBID of a campaign group alone. */
import { momentOf, secondOf } from '../domain/coarse-change.js';
import type { GroupAttributes, Notification } from '../domain/notification.js';
import type { Enumerations } from '../domain/vocabulary.js';
import { wordsOf } from '../domain/words.js';
import type { Evidence } from './evidence.js';
import type { GroupHead } from './group-head.js';
import type { Statements } from './statements.js';

export interface RetoldOptions {
  readonly evidence: Evidence;
  readonly statements: Statements;
  readonly enumerations: Enumerations;
}

/** Whether it is told by a table, which knows neither the moment nor the names that posts say. */
export function isRetold({ statement }: Notification): boolean {
  return statement.origin === 'icon';
}

/** The same at its moment within the second, under the names that the group is known by; null: it is held already. */
export function placedRetold(notification: Notification, head: GroupHead, options: RetoldOptions): Notification | null {
  const { evidence, statements, enumerations } = options;
  const { fromMs, toMs } = secondOf(notification);
  const held = evidence.inOrder
    .placed(head.groupNo, fromMs, toMs)
    .filter(({ tag }) => tag === 0)
    .map(({ atMs, statementNo }) => ({ atMs, state: statements.byNo(statementNo).words.state }));
  const { statement } = notification;
  const { state, action } = wordsOf(statement, enumerations);
  const atMs = momentOf({ atMs: notification.atMs, state, action }, held);
  if (atMs === null) return null;
  if (wasPlaced(statement.attributes)) return notification;
  const { newest } = head;
  if (newest === null) return { ...notification, atMs };
  const known = newest.statement.statement.attributes;
  const names = named(statement.attributes, known, notification.dbid);
  // What comes next without a load is of the same one.
  const isOfSameLoad = names.guid === '' && atMs >= newest.atMs && action !== 'load';
  const attributes = isOfSameLoad ? { ...names, guid: known.guid } : names;
  return { ...notification, atMs, statement: { ...statement, attributes } };
}

/** No table says these: it was placed before, where it was exported, and is the same evidence here. */
function wasPlaced({ tenantCcid, template, queue }: GroupAttributes): boolean {
  return tenantCcid !== 'Unknown' || template !== '' || queue !== '';
}

/** Names that are not said are those that were said last; a GUID is of one load, and none of another. */
function named(said: GroupAttributes, known: GroupAttributes, dbid: string): GroupAttributes {
  const or = (text: string, unsaid: string, other: string) => (text === unsaid ? other : text);
  return {
    name: or(said.name, dbid, known.name),
    tenant: or(said.tenant, 'Unknown', known.tenant),
    tenantCcid: or(said.tenantCcid, 'Unknown', known.tenantCcid),
    guid: spelledAs(known.guid, said.guid),
    group: or(said.group, '', known.group),
    campaign: or(said.campaign, '', known.campaign),
    template: or(said.template, '', known.template),
    queue: or(said.queue, '', known.queue),
  };
}

/** Tables write GUIDs without dashes, or with: another spelling is no other load. */
function spelledAs(known: string, guid: string): string {
  const digits = guid.replace(/[{}-]/g, '');
  if (digits.length !== 32) return guid;
  return known.includes('-') ? digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-') : digits;
}
