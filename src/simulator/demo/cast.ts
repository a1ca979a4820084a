/** Who plays in the demo: three installations with two tenants each, eight campaign groups a tenant. */
import type { Random } from '../random.js';
import type { CallingList, CampaignGroup } from '../scenario.js';

interface Tenant {
  readonly source: string;
  readonly name: string;
  readonly ccid: string;
  readonly agentGroups: readonly [string, ...string[]];
  readonly campaigns: readonly string[];
}

const TENANTS: readonly Tenant[] = [
  {
    source: 'ocs-1',
    name: 'Harbour Energy',
    ccid: '102',
    agentGroups: ['Outbound Leeds', 'Collections A', 'Outbound Cork'],
    campaigns: [
      'Tariff Renewal',
      'Smart Meter Booking',
      'Payment Reminder',
      'Meter Reading',
      'Early Collections',
      'Welcome Calls',
      'Late Collections',
      'Boiler Cover',
    ],
  },
  {
    source: 'ocs-1',
    name: 'Larkfield Insurance',
    ccid: '103',
    agentGroups: ['Renewals Desk', 'Outbound Leeds', 'Claims Bristol'],
    campaigns: [
      'Motor Renewal',
      'Home Renewal',
      'Claims Follow-up',
      'Lapsed Policies',
      'Direct Debit Failed',
      'Policy Survey',
      'Travel Offer',
      'Pet Cover Quotes',
    ],
  },
  {
    source: 'ocs-2',
    name: 'Meridian Telecom',
    ccid: '104',
    agentGroups: ['Retention', 'Outbound Glasgow', 'Blended Evening'],
    campaigns: [
      'Fibre Upgrade',
      'Contract Expiry',
      'Bill Reminder',
      'Win Back',
      'Engineer Appointments',
      'SIM Activation',
      'Satisfaction Survey',
      'Handset Insurance',
    ],
  },
  {
    source: 'ocs-2',
    name: 'Northgate Water',
    ccid: '105',
    agentGroups: ['Collections B', 'Outbound Glasgow', 'Field Booking'],
    campaigns: [
      'Arrears First Call',
      'Arrears Second Call',
      'Leak Follow-up',
      'Planned Works Notice',
      'Meter Switch',
      'Social Tariff',
      'Moving In',
      'Direct Debit Switch',
    ],
  },
  {
    source: 'ocs-3',
    name: 'Beacon Bank',
    ccid: '106',
    agentGroups: ['Lending Team', 'Card Services', 'Outbound Cork'],
    campaigns: [
      'Card Collections',
      'Card Activation',
      'Mortgage Review',
      'Loan Offers',
      'Savings Maturity',
      'Overdraft Reminder',
      'Branch Closure Notice',
      'App Adoption',
    ],
  },
  {
    source: 'ocs-3',
    name: 'Castle Motors',
    ccid: '107',
    agentGroups: ['Service Booking', 'Outbound Cork', 'Sales Follow-up'],
    campaigns: [
      'Service Due',
      'MOT Reminder',
      'Recall Notice',
      'Finance Ending',
      'Test Drive Follow-up',
      'Lapsed Owners',
      'Warranty Extension',
      'Parts Arrived',
    ],
  },
];

const SEGMENTS = ['Prime', 'Second_Attempt', 'Web_Leads', 'Landlines'] as const;
const FIRST_DBID = 101;

/** What a group needs for its part. */
type Made = Partial<Pick<CampaignGroup, 'dialModes' | 'optimizeBy' | 'optimizeGoal'>> & { readonly listCount?: number };

const PREDICTIVE = ['predictive', 'progressive'] as const;
const MADE: Readonly<Record<string, Made>> = {
  'Service Due': { dialModes: PREDICTIVE, optimizeBy: 'overdial_rate', optimizeGoal: 2 },
  'Motor Renewal': { listCount: 3 },
  'Contract Expiry': { dialModes: PREDICTIVE },
  'Welcome Calls': { dialModes: PREDICTIVE },
  'Bill Reminder': { dialModes: PREDICTIVE },
};

/** The campaign groups, the same at every start: what is kept of them stays theirs. */
export function demoCast(random: Random): readonly CampaignGroup[] {
  const numbers = new Map<string, number>();
  return TENANTS.flatMap((tenant) =>
    tenant.campaigns.map((campaign, index) => {
      const number = numbers.get(tenant.source) ?? 0;
      numbers.set(tenant.source, number + 1);
      return castGroup({ tenant, campaign, index, number }, random.fork(`cast ${tenant.source} ${number}`));
    }),
  );
}

interface Seat {
  readonly tenant: Tenant;
  readonly campaign: string;
  /** Within the tenant, and within the source. */
  readonly index: number;
  readonly number: number;
}

function castGroup({ tenant, campaign, index, number }: Seat, random: Random): CampaignGroup {
  const { agentGroups, source } = tenant;
  const group = agentGroups[index % agentGroups.length] ?? agentGroups[0];
  const { listCount = random.integer(1, SEGMENTS.length), ...made } = MADE[campaign] ?? {};
  const [optimizeBy, optimizeGoal] = random.weighted<readonly [string, number]>(
    [
      [['overdial_rate', 2], 4],
      [['busy_factor', random.integer(78, 87)], 5],
      [['average_waiting_time', random.integer(8, 20)], 3],
    ],
    ['busy_factor', 82],
  );
  return {
    source,
    tenant: tenant.name,
    tenantCcid: tenant.ccid,
    dbid: String(FIRST_DBID + number),
    name: `${campaign}@${group}`,
    group,
    campaign,
    template: random.chance(0.6) ? 'Outbound Standard' : null,
    queue: `VTD_${8000 + number}`,
    agents: random.integer(8, 60),
    handleSeconds: random.integer(90, 240),
    lists: Array.from({ length: listCount }, (_, list) => callingList(campaign, number, list, random)),
    dialModes: dialModes(random),
    optimizeBy,
    optimizeGoal,
    unsaid: source === 'ocs-2' ? 'zero' : 'omits',
    listShape: source === 'ocs-3' ? 'map' : 'array',
    ...made,
  };
}

function callingList(campaign: string, number: number, list: number, random: Random): CallingList {
  return {
    name: `${campaign.replaceAll(/[ -]/g, '_')}_${SEGMENTS[list] ?? 'Rest'}`,
    dbid: String(5000 + number * SEGMENTS.length + list),
    records: random.integer(8, 60) * 100,
    freshHitRatio: random.between(0.2, 0.5),
    pace: 1,
  };
}

function dialModes(random: Random): CampaignGroup['dialModes'] {
  return random.weighted<CampaignGroup['dialModes']>(
    [
      [PREDICTIVE, 60],
      [['progressive', 'predictive'], 20],
      [['predictive_seizing', 'progressive_seizing'], 8],
      [['preview'], 8],
      [['power_gvp'], 4],
    ],
    PREDICTIVE,
  );
}
