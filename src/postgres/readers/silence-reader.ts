/** What tells of a group's silences, as rows. */
import type { Evidence } from '../../apply/evidence.js';
import { firstReceivedMs, heardNewestMs, momentsOf } from '../../apply/heard-moments.js';
import type { Gap } from '../../domain/silence.js';
import type { SilenceRows } from '../../reports/past-silences.js';
import type { Rows } from '../blocking/blocking-connection.js';
import { type FoundGroup, OF_GROUP } from './found-group.js';
import { DOWNS } from './kept-sql.js';
import { named } from './named-sql.js';
import { repeatsWithin } from './repeat-rows.js';

interface Limit {
  readonly atMs: number | null;
  readonly limitMs: number | null;
}

export function silenceRowsOf(
  db: Rows,
  evidence: Evidence,
  group: FoundGroup,
  samplesSinceMs: number | null,
): SilenceRows {
  const { groupNo } = group;
  return {
    told: momentsOf(evidence, groupNo, 'told'),
    repeated: momentsOf(evidence, groupNo, 'repeated'),
    samplesSinceMs,
    newestMs: () => heardNewestMs(evidence, groupNo, () => db.all<Limit>(LIMIT, group)[0]),
    stateAt: (ms) => db.all<{ state: string }>(STATE_AT, { ...group, ms })[0]?.state ?? null,
    copies: (gap) => repeatsWithin(db, group, gap),
    firstToldMs: () => evidence.timesFrom(groupNo, 0, 1)[0] ?? null,
    firstReceivedMs: (looked) => firstReceivedMs(evidence, groupNo, looked),
    firstRunMs: () => db.all<{ ms: number | null }>(FIRST_RUN, {})[0]?.ms ?? null,
    downs: () => readDowns(db),
  };
}

/** Times in which nobody listened between two runs, oldest first. */
export function readDowns(db: Rows): Gap[] {
  return db.all<Gap>(ALL_DOWNS, {});
}

const LIMIT = named(`
  SELECT heard_limit_at_ms AS "atMs", heard_limit_ms AS "limitMs" FROM campaign_groups WHERE ${OF_GROUP}`);

const STATE_AT = named(`
  SELECT state FROM steps WHERE ${OF_GROUP} AND at_ms <= @ms
  ORDER BY at_ms DESC, action_rank DESC, content_digest DESC LIMIT 1`);

const FIRST_RUN = named('SELECT min(started_ms) AS ms FROM uptime');

const ALL_DOWNS = named(`SELECT from_ms AS "fromMs", to_ms AS "toMs" FROM (${DOWNS}) AS downs ORDER BY from_ms`);
