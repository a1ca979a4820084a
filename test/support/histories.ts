/** What a history must be: the pure definition, for whatever store reaches it piecemeal. */
import { deriveHistory, type OrderedMoment } from '../../src/domain/history.js';
import { statementContent } from '../../src/domain/identity.js';
import type { Notification } from '../../src/domain/notification.js';
import type { Transition } from '../../src/domain/transition.js';
import { wordsOf } from '../../src/domain/words.js';
import { ENUMERATIONS } from '../../src/ocs/enumerations.js';
import { digest } from './notifications.js';

/** The definition: everything that survived, sorted and folded. */
export function definition(notifications: readonly Notification[], dbid: string) {
  const moments: OrderedMoment[] = notifications
    .filter((one) => one.dbid === dbid)
    .map((one) => ({
      ...wordsOf(one.statement, ENUMERATIONS),
      atMs: one.atMs,
      content: digest(statementContent(one.statement)),
    }));
  return deriveHistory(moments);
}

export const withoutId = (transition: Transition & { id?: string; sortKey?: string }): Transition => {
  const rest = { ...transition };
  delete rest.id;
  delete rest.sortKey;
  return rest;
};
