/** Whether an event that is retold in fewer words is one that is held. */
import type { CallbackEvent } from './callback.js';
import type { CallbackRecord } from './callback-record.js';

/**
 * Whether an event says nothing that another does not say, too: the same end of the session, the same values, and fewer keys
 * where it leaves values out. It adds nothing to a merge in which the other takes part.
 */
export function isCoveredBy(told: CallbackEvent, held: CallbackEvent): boolean {
  if (isEnd(told) !== isEnd(held)) return false;
  let isEqual = true;
  for (const field of Object.keys(told.record) as (keyof CallbackRecord)[]) {
    // Info Mart writes 0 for an event that does not say whether it is the last.
    if (field === 'finalRecord' || told.record[field] === held.record[field]) continue;
    if (told.record[field] !== null) return false;
    isEqual = false;
  }
  return isEqual ? told.keyCount <= held.keyCount : told.keyCount < held.keyCount;
}

function isEnd({ record }: CallbackEvent): boolean {
  return record.finalRecord === 1;
}
