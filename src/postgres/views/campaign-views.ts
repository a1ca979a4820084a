/** Campaign groups for people and reports that read the database: docs/campaign-sql.md. The names are the vendor's. */
import { seconds } from './callback-words.js';
import { LIST_QUARTERS_IN_UNITS, QUARTERS_IN_UNITS } from './quarter-views.js';

type View = readonly [name: string, select: string];

const PLACE = (alias: string) => `(${alias}.at_ms, ${alias}.action_rank, ${alias}.content_digest)`;
const NEWEST_FIRST = 'ORDER BY n.at_ms DESC, n.action_rank DESC, n.content_digest DESC LIMIT 1';
const OLDEST_FIRST = 'ORDER BY n.at_ms, n.action_rank, n.content_digest LIMIT 1';
const OF_GROUP = 'n.source = s.source AND n.group_no = s.group_no';
const ENDS =
  "(n.begins_session = 1 OR (n.state = 'not_loaded' AND n.transition_id IS NOT NULL AND n.from_state IS DISTINCT FROM n.state))";
const GROUP = 'JOIN campaign_groups AS g ON g.source = s.source AND g.group_no = s.group_no AND g.forgotten = 0';
const STATEMENT =
  'JOIN statements AS w ON w.source = s.source AND w.group_no = s.group_no AND w.content_digest = s.content_digest';

/** What a step's life is, if retention has not removed where that began. */
const lifeOf = (comparison: '<' | '<=') => `LEFT JOIN LATERAL (
  SELECT n.* FROM campaign_group_lives AS n WHERE ${OF_GROUP} AND ${PLACE('n')} ${comparison} ${PLACE('s')} ${NEWEST_FIRST}
) AS b ON TRUE`;
const nextStep = (condition: string) => `LEFT JOIN LATERAL (
  SELECT n.at_ms, n.action_rank, n.content_digest FROM steps AS n
  WHERE ${OF_GROUP} AND ${condition} AND ${PLACE('n')} > ${PLACE('s')} ${OLDEST_FIRST}
) AS e ON TRUE`;

const quarter = (ms: string) => `trunc(${ms} / 900000.0)::bigint * 900`;
/** Of what lasts: no report need test for null. */
const FAR_FUTURE = 2_147_482_800;
const endQuarter = (ms: string) => `coalesce(${quarter(ms)}, ${FAR_FUTURE})`;

/** Runs without what an earlier one had seen already: several receivers listen at once. Each question makes them once. */
const RUNS = `WITH runs AS MATERIALIZED (
  SELECT greatest(started_ms, coalesce(max(alive_ms) OVER (ORDER BY started_ms, receiver, run_no
    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), started_ms)) AS from_ms, alive_ms AS to_ms FROM uptime)`;
const observed = (from: string, to: string) => `CASE WHEN ${to} IS NULL THEN NULL ELSE (
    SELECT trunc(coalesce(sum(greatest(0, least(u.to_ms, ${to}) - greatest(u.from_ms, ${from}))), 0) / 1000.0)::bigint
    FROM runs AS u WHERE u.to_ms > ${from} AND u.from_ms < ${to}) END`;

const iconState = (state: string) => `CASE ${state} WHEN 'not_loaded' THEN 0 WHEN 'running' THEN 2
    WHEN 'waiting_unload' THEN 3 WHEN 'unload_in_progress' THEN 3 ELSE 1 END`;
const flag = (condition: string) => `(${condition})::int`;
const known = (ms: string) => `CASE WHEN s.from_state IS NULL THEN NULL ELSE ${seconds(ms)} END`;
const ofGroup = 'g.source AS SOURCE, g.dbid AS CAMPAIGN_GROUP_DBID, g.id AS CAMPAIGN_GROUP_ID';

/** History's order: at_ms, action_rank, content_digest. */
const TRANSITIONS = `
SELECT g.id AS campaign_group_id, g.source, g.dbid, s.at_ms, s.transition_id, s.from_state, s.state AS to_state,
  s.from_dial_mode, s.dial_mode AS to_dial_mode, s.from_optimize_by, s.optimize_by AS to_optimize_by,
  s.from_optimize_goal, s.optimize_goal AS to_optimize_goal,
  s.action, s.actor, s.inferred, s.unexpected, s.implied_steps, s.not_before_ms, s.action_rank, s.content_digest
FROM steps AS s ${GROUP}
WHERE s.transition_id IS NOT NULL`;

function figures(...names: readonly string[]): string {
  const ones = (name: string) =>
    [...['min', 'max', 'last'].map((part) => `q.${name}_${part} / q.unit AS ${name}_${part}`)].join(', ');
  const mean = (name: string) => `q.${name}_sum / q.unit / nullif(q.${name}_count, 0) AS ${name}_mean`;
  return names.map((name) => `${ones(name)}, ${mean(name)}, q.${name}_count`).join(',\n  ');
}

const STATISTICS = `
SELECT g.id AS campaign_group_id, g.source, g.dbid, q.start_ms, q.count AS notifications,
  (q.observed_ms / 1000.0)::float8 AS observed_seconds,
  ${figures('busy_ratio', 'hit_ratio', 'overdial_ratio', 'time_to_complete_seconds')}
FROM quarter_hours_in_units AS q JOIN campaign_groups AS g ON g.source = q.source AND g.group_no = q.group_no AND g.forgotten = 0`;

const LIST_STATISTICS = `
SELECT g.id AS campaign_group_id, g.source, g.dbid, l.name AS calling_list, l.dbid AS calling_list_dbid, q.start_ms,
  ${figures('hit_ratio', 'time_to_complete_seconds')}
FROM list_quarter_hours_in_units AS q
  JOIN calling_lists AS l ON l.source = q.source AND l.group_no = q.group_no AND l.list_no = q.list_no
  JOIN campaign_groups AS g ON g.source = q.source AND g.group_no = q.group_no AND g.forgotten = 0`;

const DAY_SECONDS = 86_400;
const SECONDS_SPANNED = 366 * DAY_SECONDS;
/** Quarters of an hour of all days from the first fact to the last; but days between that are very many. */
const DATE_TIME = `
WITH days AS (
  SELECT DISTINCT floor(at_ms / ${DAY_SECONDS}000.0)::bigint * ${DAY_SECONDS} AS day FROM steps
  WHERE transition_id IS NOT NULL),
spans AS (SELECT day, lead(day) OVER (ORDER BY day) AS next_day FROM days),
quarters AS (
  SELECT generate_series(day, CASE WHEN next_day - day <= ${SECONDS_SPANNED} THEN next_day - 900
    ELSE day + ${DAY_SECONDS - 900} END, 900) AS start_seconds FROM spans
  UNION ALL SELECT ${FAR_FUTURE}),
times AS (SELECT start_seconds, to_timestamp(start_seconds) AT TIME ZONE 'UTC' AS start_time FROM quarters)
SELECT start_seconds AS DATE_TIME_KEY, to_char(start_time, 'YYYY-MM-DD') AS CAL_DATE, start_seconds AS START_TS,
  to_char(start_time, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS START_ISO,
  extract(year FROM start_time)::bigint AS YEAR_NUM, extract(quarter FROM start_time)::bigint AS QUARTER_NUM,
  extract(month FROM start_time)::bigint AS MONTH_NUM, extract(day FROM start_time)::bigint AS DAY_NUM,
  extract(hour FROM start_time)::bigint AS HOUR_NUM,
  floor(extract(minute FROM start_time) / 15.0)::bigint + 1 AS QUARTER_HOUR_NUM
FROM times`;

const named = (dimension: 'CAMPAIGN' | 'GROUP_', prefix: 'CAMPAIGN' | 'GROUP') => `
SELECT dimension_key AS ${prefix}_KEY, coalesce(nullif(name, ''), 'UNKNOWN') AS ${prefix}_NAME, tenant AS TENANT_NAME,
  source AS SOURCE
FROM dimension_names WHERE dimension = '${dimension}'`;

const TENANT = `
SELECT dimension_key AS TENANT_KEY, coalesce(nullif(tenant, ''), 'UNKNOWN') AS TENANT_NAME, tenant_ccid AS TENANT_CCID,
  source AS SOURCE
FROM dimension_names WHERE dimension = 'TENANT'`;

const STATE_NAMES = `
SELECT state_no AS CAMPAIGN_GROUP_STATE_KEY, name AS STATE_NAME
FROM (VALUES (1, 'Loaded'), (2, 'Started'), (3, 'Unloading')) AS states (state_no, name)`;

/**
 * The lives of a load: each from the step that begins it to the moment that ends it, under the GUID said first in it, if that
 * looks like one.
 */
const LIVES = `
SELECT s.source, s.group_no, s.at_ms, s.action_rank, s.content_digest, s.from_state, s.inferred, s.fact_key,
  (SELECT n.at_ms FROM steps AS n WHERE ${OF_GROUP} AND ${PLACE('n')} > ${PLACE('s')} AND ${ENDS} ${OLDEST_FIRST}) AS end_ms,
  (SELECT CASE WHEN n.begins_session = 1 AND ${PLACE('n')} > ${PLACE('s')} THEN NULL
      WHEN length(replace(n.guid, '-', '')) = 32 AND n.guid ~ '^[0-9a-f-]*$' THEN n.guid END
    FROM steps AS n
    WHERE ${OF_GROUP} AND ${PLACE('n')} >= ${PLACE('s')}
      AND (n.guid IS NOT NULL OR n.state = 'not_loaded' OR (n.begins_session = 1 AND ${PLACE('n')} > ${PLACE('s')}))
    ${OLDEST_FIRST}) AS guid
FROM steps AS s
WHERE s.begins_session = 1`;

/** One row per life of a load. START_TS is null when the group was already loaded when it was first heard of. */
const SESSION_FACT = `${RUNS}
SELECT s.fact_key AS CAMP_GROUP_SESSION_FACT_KEY,
  w.agent_group_key AS GROUP_KEY, w.campaign_key AS CAMPAIGN_KEY, w.tenant_key AS TENANT_KEY,
  ${quarter('s.at_ms')} AS START_DATE_TIME_KEY, ${endQuarter('s.end_ms')} AS END_DATE_TIME_KEY,
  0 AS CREATE_AUDIT_KEY, 0 AS UPDATE_AUDIT_KEY,
  ${known('s.at_ms')} AS START_TS, ${seconds('s.end_ms')} AS END_TS, ${known('(s.end_ms - s.at_ms)')} AS TOTAL_DURATION,
  s.guid AS CAMPAIGN_GROUP_SESSION_ID, ${flag('s.end_ms IS NULL')} AS ACTIVE_FLAG,
  NULL::bigint AS PURGE_FLAG, NULL::bigint AS PRODUCER_BATCH_ID, s.inferred AS INFERRED_FLAG,
  ${observed('s.at_ms', 's.end_ms')} AS OBSERVED_DURATION, ${ofGroup}
FROM campaign_group_lives AS s
${GROUP}
${STATEMENT}`;

/** One row per stay in one of the vendor's states: s begins it, e ends it, b is the life it belongs to. */
const STATE_FACT = `${RUNS}
SELECT s.fact_key AS CAMP_GROUP_STATE_FACT_KEY,
  w.tenant_key AS TENANT_KEY, w.campaign_key AS CAMPAIGN_KEY, w.agent_group_key AS GROUP_KEY,
  s.vendor_state AS CAMPAIGN_GROUP_STATE_KEY,
  ${quarter('b.at_ms')} AS CAMP_GROUP_SESS_FACT_SDT_KEY, b.fact_key AS CAMP_GROUP_SESSION_FACT_KEY,
  ${quarter('s.at_ms')} AS START_DATE_TIME_KEY, ${endQuarter('e.at_ms')} AS END_DATE_TIME_KEY,
  0 AS CREATE_AUDIT_KEY, 0 AS UPDATE_AUDIT_KEY,
  ${seconds('s.at_ms')} AS START_TS, ${seconds('e.at_ms')} AS END_TS, ${seconds('(e.at_ms - s.at_ms)')} AS TOTAL_DURATION,
  b.guid AS CAMPAIGN_GROUP_SESSION_ID, ${flag('e.at_ms IS NULL')} AS ACTIVE_FLAG,
  NULL::bigint AS PURGE_FLAG, NULL::bigint AS PRODUCER_BATCH_ID, s.inferred AS INFERRED_FLAG,
  ${observed('s.at_ms', 'e.at_ms')} AS OBSERVED_DURATION, ${ofGroup}
FROM steps AS s
${GROUP}
${STATEMENT}
${lifeOf('<=')}
${nextStep('n.vendor_state IS NOT NULL')}
WHERE s.vendor_state > 0`;

/** As ICON has it: one row per life of a load. State is 0 when it has ended; a group that is inactive is loaded. */
const GO_CAMPAIGN = `
SELECT s.fact_key AS ID, coalesce(s.guid, s.fact_key::text) AS SessID,
  w.campaign_key AS CampaignID, coalesce(substring(g.dbid FROM '^ *([0-9]{1,18})')::bigint, 0) AS GroupID,
  CASE WHEN e.at_ms IS NOT NULL THEN 0 ELSE (
    SELECT ${iconState('n.state')} FROM steps AS n WHERE ${OF_GROUP} ${NEWEST_FIRST}) END AS State,
  0 AS OCSID,
  (SELECT nw.dial_mode_code FROM steps AS n
    JOIN statements AS nw ON nw.source = n.source AND nw.group_no = n.group_no AND nw.content_digest = n.content_digest
    WHERE ${OF_GROUP} AND ${PLACE('n')} >= ${PLACE('s')} AND (e.at_ms IS NULL OR ${PLACE('n')} < ${PLACE('e')})
      AND nw.dial_mode_code > 0
    ${NEWEST_FIRST}) AS DialMode,
  ${known('s.at_ms')} AS START_TS, ${seconds('e.at_ms')} AS END_TS, s.inferred AS INFERRED_FLAG, ${ofGroup}
FROM campaign_group_lives AS s
${GROUP}
${STATEMENT}
${nextStep(ENDS)}`;

/**
 * As ICON has it: one row per change of its states, of the dialing mode or of the optimisation; and one with a negative ID per
 * end of a life that only the load after it tells.
 */
const GO_HISTORY = `
SELECT s.fact_key AS ID, coalesce(b.guid, b.fact_key::text, '') AS SessID, ${iconState('s.state')} AS State,
  CASE WHEN s.begins_session = 1 THEN NULL ELSE ${iconState('s.from_state')} END AS PrevState,
  CASE WHEN s.inferred = 1 THEN 0 ELSE coalesce(w.action_code, 0) END AS Cause,
  ${seconds('s.at_ms')} AS CHANGED_TS, s.at_ms AS CHANGED_MS,
  s.dial_mode AS DIAL_MODE, s.from_dial_mode AS PREV_DIAL_MODE,
  s.optimize_by AS OPTIMIZE_BY, s.from_optimize_by AS PREV_OPTIMIZE_BY,
  s.optimize_goal AS OPTIMIZE_GOAL, s.from_optimize_goal AS PREV_OPTIMIZE_GOAL,
  s.action AS ACTION, s.actor AS ACTOR, s.inferred AS INFERRED_FLAG, ${ofGroup}
FROM steps AS s
${GROUP}
${STATEMENT}
${lifeOf('<=')}
WHERE s.transition_id IS NOT NULL
  AND (s.begins_session = 1 OR s.from_state = s.state OR ${iconState('s.state')} <> ${iconState('s.from_state')})
UNION ALL
SELECT -s.fact_key, coalesce(b.guid, b.fact_key::text, ''), 0, ${iconState('s.from_state')}, 0,
  ${seconds('s.at_ms')}, s.at_ms, NULL, s.from_dial_mode, NULL, s.from_optimize_by, NULL, s.from_optimize_goal,
  NULL, 'unknown', 1, g.source, g.dbid, g.id
FROM steps AS s
${GROUP}
${lifeOf('<')}
WHERE s.transition_id IS NOT NULL AND s.begins_session = 1 AND s.from_state <> 'not_loaded'`;

/** Each after those that it is made of. */
export const CAMPAIGN_VIEWS: readonly View[] = [
  ['transitions', TRANSITIONS],
  ['quarter_hours_in_units', QUARTERS_IN_UNITS],
  ['list_quarter_hours_in_units', LIST_QUARTERS_IN_UNITS],
  ['statistics_by_quarter_hour', STATISTICS],
  ['list_statistics_by_quarter_hour', LIST_STATISTICS],
  ['DATE_TIME', DATE_TIME],
  ['TENANT', TENANT],
  ['CAMPAIGN', named('CAMPAIGN', 'CAMPAIGN')],
  ['GROUP_', named('GROUP_', 'GROUP')],
  ['CAMPAIGN_GROUP_STATE', STATE_NAMES],
  ['campaign_group_lives', LIVES],
  ['CAMPAIGN_GROUP_SESSION_FACT', SESSION_FACT],
  ['CAMPAIGN_GROUP_STATE_FACT', STATE_FACT],
  ['GO_Campaign', GO_CAMPAIGN],
  ['GO_CampaignHistory', GO_HISTORY],
];
