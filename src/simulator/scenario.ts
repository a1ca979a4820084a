/** Who there is to simulate: contact centres (one OCS each), their tenants, campaign groups and calling lists. */
import type { Random } from './random.js';

export interface CallingList {
  readonly name: string;
  readonly dbid: string;
  readonly records: number;
  /** Hit ratio while no record has been dialled yet; it falls as the list depletes. */
  readonly freshHitRatio: number;
  /** How fast it is dialled, compared with the group's other lists. */
  readonly pace: number;
}

/** What a campaign group is, as configured: it does not change while it lives. */
export interface CampaignGroup {
  readonly source: string;
  readonly tenant: string;
  readonly tenantCcid: string;
  readonly dbid: string;
  readonly name: string;
  readonly group: string;
  readonly campaign: string;
  readonly template: string | null;
  readonly queue: string;
  readonly agents: number;
  readonly handleSeconds: number;
  readonly lists: readonly CallingList[];
  /** Dialing modes between which it may change while running; it starts in the first. */
  readonly dialModes: readonly [string, ...string[]];
  /** Optimisation in predictive modes. */
  readonly optimizeBy: string;
  readonly optimizeGoal: number;
  /** How this OCS leaves fields that mean nothing now, and under which shape it sends calling lists. */
  readonly unsaid: 'omits' | 'zero' | 'null';
  readonly listShape: 'array' | 'map';
}

export interface ScenarioSize {
  readonly groups: number;
  readonly sources: number;
}

/** Name and CCID. */
type Tenant = readonly [string, string];

const TENANTS: readonly [Tenant, ...Tenant[]] = [
  ['Environment', '1'],
  ['Harbour Energy', '102'],
  ['Meridian Telecom', '103'],
  ['Océan Assurances', '104'],
  ['Zürcher Leasing', '105'],
  ['Northgate Utilities', '106'],
];
const CAMPAIGNS = [
  'Spring Renewal',
  'Payment Reminder',
  'Fibre Upgrade',
  'Customer Survey',
  'Contract Expiry',
  'Early Collections',
  'Late Collections',
  'Welcome Calls',
  'Win Back',
  'Meter Reading',
  'Appointment Confirmation',
  'Rappel Échéance',
] as const;
const AGENT_GROUPS = [
  'Outbound Leeds',
  'Outbound Cork',
  'Collections A',
  'Collections B',
  'Retention',
  'Blended Evening',
  'Équipe Lyon',
] as const;
const SEGMENTS = ['Prime', 'Second Attempt', 'Web Leads', 'Landlines'] as const;
const FIRST_DBID = 101;

/** The source of one OCS is `default`; several are ocs-1, ocs-2, … */
export function sourceNames(count: number): readonly string[] {
  return count === 1 ? ['default'] : Array.from({ length: count }, (_, index) => `ocs-${index + 1}`);
}

/** The campaign groups, dealt out to the sources. Different sources use the same DBIDs, as separate installations do. */
export function campaignGroups({ groups, sources }: ScenarioSize, random: Random): readonly CampaignGroup[] {
  const names = sourceNames(sources);
  return Array.from({ length: groups }, (_, index) => {
    const sourceIndex = index % names.length;
    const numbered = { source: names[sourceIndex] ?? 'default', sourceIndex, number: Math.floor(index / names.length) };
    return campaignGroup(numbered, random.fork(`group ${index}`));
  });
}

interface GroupNumber {
  readonly source: string;
  readonly sourceIndex: number;
  /** Counted within the source. */
  readonly number: number;
}

function campaignGroup({ source, sourceIndex, number }: GroupNumber, random: Random): CampaignGroup {
  const round = Math.floor(number / (CAMPAIGNS.length * AGENT_GROUPS.length));
  const base = cyclic(CAMPAIGNS, number);
  const campaign = round === 0 ? base : `${base} ${round + 1}`;
  const group = cyclic(AGENT_GROUPS, number);
  // Two tenants an installation.
  const [tenant, tenantCcid] = cyclic(TENANTS, sourceIndex * 2 + (number % 2));
  const agents = random.integer(8, 60);
  const handleSeconds = random.integer(60, 240);
  const [optimizeBy, optimizeGoal] = random.pick([
    ['overdial_rate', random.integer(2, 5)],
    ['busy_factor', random.integer(78, 88)],
    ['average_waiting_time', random.integer(8, 25)],
  ]);
  return {
    source,
    tenant,
    tenantCcid,
    dbid: String(FIRST_DBID + number),
    name: `${campaign}@${group}`,
    group,
    campaign,
    template: random.chance(0.6) ? `${base} template` : null,
    queue: random.chance(0.9) ? `VTD_${8000 + number}` : '',
    agents,
    handleSeconds,
    lists: callingLists({ campaign, number }, agents / handleSeconds, random),
    dialModes: dialModes(random),
    optimizeBy,
    optimizeGoal,
    unsaid: cyclic(['omits', 'zero', 'null'] as const, sourceIndex),
    listShape: sourceIndex % 2 === 0 ? 'array' : 'map',
  };
}

/** Records for 20 to 90 minutes of dialing at the given number of answered calls a second. */
function callingLists(
  { campaign, number }: { readonly campaign: string; readonly number: number },
  answeredPerSecond: number,
  random: Random,
): readonly CallingList[] {
  const count = random.integer(1, SEGMENTS.length);
  const runSeconds = random.between(20, 90) * 60;
  return SEGMENTS.slice(0, count).map((segment, index) => {
    const freshHitRatio = random.between(0.18, 0.55);
    return {
      name: `${campaign.replaceAll(' ', '_')}_${segment.replaceAll(' ', '_')}`,
      dbid: String(5000 + number * SEGMENTS.length + index),
      records: Math.ceil((answeredPerSecond * runSeconds) / freshHitRatio / count),
      freshHitRatio,
      pace: random.between(0.7, 1.4),
    };
  });
}

/** Modes that may follow one another while running (docs/sources.md#cgs-enumerations); other changes need stop and start. */
function dialModes(random: Random): CampaignGroup['dialModes'] {
  return random.weighted<CampaignGroup['dialModes']>(
    [
      [['predictive', 'progressive'], 60],
      [['progressive', 'predictive'], 20],
      [['predictive_seizing', 'progressive_seizing'], 8],
      [['preview'], 8],
      [['power_gvp'], 4],
    ],
    ['predictive', 'progressive'],
  );
}

function cyclic<T>(choices: readonly [T, ...T[]], index: number): T {
  return choices[index % choices.length] ?? choices[0];
}
