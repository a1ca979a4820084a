/** What a follower asks. */
import { isKept } from '../readers/kept-sql.js';
import { named } from '../readers/named-sql.js';

/** Every lane that has a row, without a look at all of them. */
const LANES = `
  WITH RECURSIVE lanes (lane) AS (
    SELECT min(f.lane) FROM lane_log AS f
    UNION ALL
    SELECT (SELECT min(n.lane) FROM lane_log AS n WHERE n.lane > lanes.lane) FROM lanes WHERE lanes.lane IS NOT NULL
  )`;

export const PLACES = named(`${LANES}
  SELECT lane, (SELECT max(l.seq) FROM lane_log AS l WHERE l.lane = lanes.lane) AS seq FROM lanes WHERE lane IS NOT NULL`);

export const NEWEST_MOMENT = named('SELECT coalesce(max(moment), 0) AS moment FROM lane_log');

/** Some of what each lane has committed since, in its order; but not those whose names begin with `own`. */
export const COMMITS = named(`${LANES}
  SELECT r.lane, r.seq, r.moment, r.changes FROM lanes
  LEFT JOIN unnest(@lanes::text[], @seqs::bigint[]) AS k (lane, seq) ON k.lane = lanes.lane
  CROSS JOIN LATERAL (
    SELECT l.lane, l.seq, l.moment, l.changes FROM lane_log AS l
    WHERE l.lane = lanes.lane AND l.seq > coalesce(k.seq, 0) ORDER BY l.seq LIMIT @limit) AS r
  WHERE lanes.lane IS NOT NULL AND NOT starts_with(lanes.lane, @own)
  ORDER BY r.lane, r.seq`);

export const CALLBACKS = named(`
  SELECT c.* FROM unnest(@sources::text[], @serviceIds::text[]) AS k (source, service_id)
  JOIN callbacks AS c ON c.source = k.source AND c.service_id = k.service_id
  WHERE ${isKept('callbacks', 'c')}`);

export const QUARANTINE = named(`
  SELECT t.source, t.reason, t.rows FROM quarantine_tallies AS t
  WHERE t.replayed = 0 AND t.rows > 0
    AND t.life = coalesce((SELECT l.life FROM source_lives AS l WHERE l.source = t.source), 0)
  ORDER BY t.source, t.reason`);

/** Runs of receivers that are alive, but this one. */
export const OTHERS = named(`
  SELECT count(*) AS others FROM uptime
  WHERE ended = 0 AND alive_ms >= @sinceMs AND NOT (receiver = @receiver AND run_no = @runNo)`);
