/** How the API tells what may be said of abandoned calls. */
import {
  type DialedSession,
  type PeriodAbandonment,
  ROUNDED_BY,
  type Unwatched,
  VERDICTS,
  WHY_UNDECIDED,
} from '../domain/abandonment.js';
import { RULE_SCOPES, type RuleProfile } from '../domain/compliance.js';
import type { Roster, RosterEntry } from '../live/roster.js';
import { type Columns, isoTime, type Row, rowOf } from './rows.js';
import { count, listOf, objectOf, oneOf, orNull, ratio, refTo, type Schema, seconds, text, time } from './schema.js';

/** What a campaign group is told, and by which rule. */
export interface Compliance {
  readonly entry: RosterEntry;
  readonly profile: RuleProfile;
  readonly told: PeriodAbandonment;
}

const groupId = text('Id of the campaign group.');
const groupName = orNull(text('Name of the campaign group; null when it is not on the roster.'));

export const COMPLIANCE_SESSION_SCHEMA = {
  campaign_group_id: groupId,
  campaign_group: groupName,
  started_at: orNull(time('When the group was loaded; null when that was before its first report.')),
  ended_at: orNull(time('When it was unloaded; null while it is loaded.')),
  first_seen_at: time('When it first reported in this session.'),
  running_seconds: seconds('For how much of the period it was dialing, as far as it was told.'),
  last_ratio: orNull(ratio('The last overdial rate that was said in it; null: none was.')),
  final_ratio: orNull(ratio('The same where it is proved to be that of the whole session.')),
  why: orNull(
    oneOf(
      [...WHY_UNDECIDED],
      'Why it leaves the verdict open. start_unknown: it was loaded when it was first heard of. cut_at_start, cut_at_end: only a part of it is, or may be, of the period. running: it lasts. end_unseen: another load ended it, the unload was not told. no_figure: no ratio was said. not_final: none was said when its calls had come to an end. silent: posts are missing, and an unload and a load may be among them. above_limit: it lies above the limit, or too close to it to tell, and others do not.',
    ),
  ),
};

const UNOBSERVED_SCHEMA = {
  campaign_group_id: groupId,
  campaign_group: groupName,
  from: time('Begin.'),
  to: time('End.'),
};

const VERDICT = oneOf(
  [...VERDICTS],
  'within: the share of abandoned calls is proved to be no more than the limit. over: it is proved to be more. undecided: neither.',
);
const VERDICT_SCHEMA = {
  verdict: VERDICT,
  low: orNull(ratio('The share is no less: the least of the final ratios. Null: nothing can be said.')),
  high: orNull(ratio('The share is no more: the greatest of the final ratios.')),
  rounding_ratio: ratio("OCS's ratios are rounded: by so much the share may lie outside. The verdict reckons with it."),
  estimated_ratio: orNull(
    ratio('A guess that proves nothing: the last ratios, weighted by the times of dialing. Null: none was said.'),
  ),
};
const RULE_SCHEMA = {
  profile: text('Name of the rule.'),
  limit_ratio: ratio('So many of the calls that people answer may be abandoned.'),
  per: oneOf([...RULE_SCOPES], 'Whose calls are taken together.'),
  from: time('Begin of the period.'),
  to: time('End of the period, or the moment that was asked for.'),
};

export const COMPLIANCE_SCHEMA = {
  ...RULE_SCHEMA,
  ...VERDICT_SCHEMA,
  sessions: listOf(refTo('ComplianceSession'), 'What the period is made of, newest first.'),
  unobserved: listOf(
    objectOf(UNOBSERVED_SCHEMA),
    'When this service was down, or was not there yet, while the group was not known to be loaded: a session may have come and gone. It leaves the verdict open.',
  ),
  left_out: count(
    'Sessions and unobserved times that are too many to be told, and groups that may be of the campaign and are not on the roster. They leave the verdict open.',
  ),
};

export const COMPLIANCE_ROW_SCHEMA = {
  campaign_group_id: groupId,
  source: text('Name of the sending OCS or environment, as in the URL it posts to.'),
  tenant: text('Name of the tenant.'),
  campaign: text('Name of the campaign.'),
  campaign_group: text('Name of the campaign group.'),
  dbid: text('DBID of the campaign group.'),
  ...RULE_SCHEMA,
  ...VERDICT_SCHEMA,
  sessions: count('Sessions that the period is made of.'),
  undecided_sessions: count('Those of them that leave the verdict open.'),
  unobserved_seconds: seconds('How long, in all, a session may have come and gone while this service was down.'),
  why: listOf(
    oneOf([...WHY_UNDECIDED, 'unobserved', 'left_out'], 'A reason.'),
    'Why the verdict is open: the reasons of the sessions, and unobserved times.',
  ),
} satisfies Readonly<Record<string, Schema>>;

const RULE_COLUMNS: Columns<Compliance, keyof typeof RULE_SCHEMA> = {
  profile: ({ profile }) => profile.name,
  limit_ratio: ({ profile }) => profile.limitRatio,
  per: ({ profile }) => profile.per,
  from: ({ told }) => isoTime(told.period.fromMs),
  to: ({ told }) => isoTime(told.period.toMs),
};

const VERDICT_COLUMNS: Columns<Compliance, keyof typeof VERDICT_SCHEMA> = {
  verdict: ({ told }) => told.verdict,
  low: ({ told }) => told.low,
  high: ({ told }) => told.high,
  rounding_ratio: () => ROUNDED_BY,
  estimated_ratio: ({ told }) => told.estimatedRatio,
};

export function complianceColumns(roster: Roster): Columns<Compliance, keyof typeof COMPLIANCE_SCHEMA> {
  const nameOf = (id: string) => roster.get(id)?.snapshot.attributes.name ?? null;
  const sessions = sessionColumns(nameOf);
  const unobserved = unobservedColumns(nameOf);
  return {
    ...RULE_COLUMNS,
    ...VERDICT_COLUMNS,
    sessions: ({ told }): Row[] => told.sessions.map((session) => rowOf(sessions, session)),
    unobserved: ({ told }): Row[] => told.unobserved.map((time) => rowOf(unobserved, time)),
    left_out: ({ told }) => told.leftOut,
  };
}

type NameOf = (id: string) => string | null;

function sessionColumns(nameOf: NameOf): Columns<DialedSession, keyof typeof COMPLIANCE_SESSION_SCHEMA> {
  return {
    campaign_group_id: ({ campaignGroupId }) => campaignGroupId,
    campaign_group: ({ campaignGroupId }) => nameOf(campaignGroupId),
    started_at: ({ startMs }) => isoTime(startMs),
    ended_at: ({ endMs }) => isoTime(endMs),
    first_seen_at: ({ firstSeenMs }) => isoTime(firstSeenMs),
    running_seconds: ({ runningMs }) => runningMs / 1000,
    last_ratio: ({ lastRatio }) => lastRatio,
    final_ratio: ({ finalRatio }) => finalRatio,
    why: ({ why }) => why,
  };
}

function unobservedColumns(nameOf: NameOf): Columns<Unwatched, keyof typeof UNOBSERVED_SCHEMA> {
  return {
    campaign_group_id: ({ campaignGroupId }) => campaignGroupId,
    campaign_group: ({ campaignGroupId }) => nameOf(campaignGroupId),
    from: ({ fromMs }) => isoTime(fromMs),
    to: ({ toMs }) => isoTime(toMs),
  };
}

export const COMPLIANCE_ROW_COLUMNS: Columns<Compliance, keyof typeof COMPLIANCE_ROW_SCHEMA> = {
  campaign_group_id: ({ entry }) => entry.snapshot.id,
  source: ({ entry }) => entry.snapshot.source,
  tenant: ({ entry }) => entry.snapshot.attributes.tenant,
  campaign: ({ entry }) => entry.snapshot.attributes.campaign,
  campaign_group: ({ entry }) => entry.snapshot.attributes.name,
  dbid: ({ entry }) => entry.snapshot.dbid,
  ...RULE_COLUMNS,
  ...VERDICT_COLUMNS,
  sessions: ({ told }) => told.sessions.length,
  undecided_sessions: ({ told }) => told.sessions.filter(({ why }) => why !== null).length,
  unobserved_seconds: ({ told }) => told.unobserved.reduce((sum, { fromMs, toMs }) => sum + (toMs - fromMs) / 1000, 0),
  why: ({ told }) => reasonsOf(told),
};

/** Each once, in the order in which they are named. */
function reasonsOf({ sessions, unobserved, leftOut }: PeriodAbandonment): string[] {
  const said = new Set(sessions.map(({ why }) => why));
  return [
    ...WHY_UNDECIDED.filter((why) => said.has(why)),
    ...(unobserved.length > 0 ? ['unobserved'] : []),
    ...(leftOut > 0 ? ['left_out'] : []),
  ];
}
