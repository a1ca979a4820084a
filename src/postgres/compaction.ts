/**
 * Moves evidence from the journal into chunks, some groups at a time, each slice a transaction that holds these groups. It may
 * be done by any receiver: two at once only wait for each other. What was moved leaves the journal with it.
 */
import type { Statement } from './statements.js';
import type { Talk } from './lane.js';
import type { OpenLane } from './open-lane.js';

/** Rows that a group keeps in the journal, so that one chunk takes many; see `apply/compaction.ts`. */
const ROWS_PER_GROUP = 120;
/** Rows become chunks after so long, however few they are. */
const LONGEST_MS = 1_800_000;
/** The others come in the next slice. */
const GROUPS_AT_ONCE = 20;

/** Returns how many groups were compacted: 0 when none is due. */
export function* compactSome({ lane, stores }: OpenLane, nowMs: number): Talk<number> {
  const due: Statement = {
    text: `SELECT j.source, j.group_no FROM journal AS j GROUP BY j.source, j.group_no
      HAVING count(*) > $1 OR min(j.at_ms + j.lag_ms) <= $2 ORDER BY count(*) DESC LIMIT $3`,
    values: [ROWS_PER_GROUP, nowMs - LONGEST_MS, GROUPS_AT_ONCE],
  };
  const [answer] = yield [due];
  const groups = answer?.rows ?? [];
  if (groups.length === 0) return 0;
  const claims = groups.flatMap(([source = null, groupNo = null]) => [
    { kind: 'lock group.no', values: [source, groupNo] },
    { kind: 'journal', values: [source, groupNo] },
  ]);
  const compact = () => {
    stores.compaction.all(nowMs);
  };
  yield* lane.perform(compact, [...claims, { kind: 'lock number', values: ['chunk'] }], 'moves');
  return groups.length;
}
