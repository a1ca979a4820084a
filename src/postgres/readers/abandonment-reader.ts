/** What tells of a group's sessions and of their last ratios, as rows. */
import { sayingsOf } from '../../apply/said-states.js';
import type { Enumerations } from '../../domain/vocabulary.js';
import type { AbandonmentRows, Boundary } from '../../reports/abandonment.js';
import type { Rows } from '../blocking/blocking-connection.js';
import { type FoundGroup, OF_GROUP } from './found-group.js';
import type { GroupEvidence } from './group-evidence.js';
import { ENDS_SESSION } from './kept-sql.js';
import { named } from './named-sql.js';

type BoundaryRow = Omit<Boundary, 'beginsSession'> & { readonly beginsSession: number };

export function abandonmentRowsOf(
  db: Rows,
  { evidence, tables }: GroupEvidence,
  group: FoundGroup,
  words: Enumerations,
): AbandonmentRows {
  const { statements } = tables;
  return {
    boundaries: ({ fromMs, toMs }, limit) =>
      db
        .all<BoundaryRow>(BOUNDARIES, { ...group, fromMs, toMs, limit })
        .map((row) => ({ ...row, beginsSession: row.beginsSession === 1 })),
    sayings: (range) => sayingsOf({ evidence, statements, words }, group.groupNo, range),
    loads: (guid) => db.all<{ same: number; others: number }>(LOADS, { ...group, guid })[0] ?? { same: 0, others: 0 },
    runningMs: ({ fromMs, toMs }) => db.all<{ ms: number }>(RUNNING, { ...group, fromMs, toMs })[0]?.ms ?? 0,
  };
}

const IN_ORDER = 'at_ms, action_rank, content_digest';

const BOUNDARIES = named(`
  SELECT at_ms AS "atMs", action_rank AS rank, content_digest AS digest, from_state AS "fromState", state, guid,
    begins_session AS "beginsSession", action, not_before_ms AS "notBeforeMs"
  FROM steps
  WHERE ${OF_GROUP} AND at_ms >= @fromMs AND at_ms < @toMs AND transition_id IS NOT NULL AND ${ENDS_SESSION}
  ORDER BY ${IN_ORDER} LIMIT @limit`);

const LOADS = named(`
  SELECT count(*) FILTER (WHERE guid = @guid) AS same, count(*) FILTER (WHERE guid <> @guid) AS others
  FROM steps WHERE ${OF_GROUP} AND begins_session = 1`);

const RUNNING = named(`
  SELECT coalesce(sum(greatest(0, least(next_ms, @toMs) - greatest(at_ms, @fromMs))), 0)::bigint AS ms FROM (
    SELECT state, at_ms, lead(at_ms, 1, @toMs::bigint) OVER (ORDER BY ${IN_ORDER}) AS next_ms FROM steps
    WHERE ${OF_GROUP} AND at_ms < @toMs AND at_ms >= coalesce(
      (SELECT max(at_ms) FROM steps WHERE ${OF_GROUP} AND at_ms <= @fromMs), @fromMs)) AS stays
  WHERE state = 'running'`);
