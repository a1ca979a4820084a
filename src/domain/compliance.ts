/** Rules about abandoned calls, as data: how many, of whose calls, over which time. */

export const RULE_SCOPES = ['campaign', 'campaign_group'] as const;
/** `successive`: one after the other, from the campaign's first load on; `rolling`: one that ends when it is asked for. */
export const RULE_WINDOWS = ['successive', 'rolling'] as const;

export interface RuleProfile {
  readonly name: string;
  /** So many of the calls that people answer may be abandoned. */
  readonly limitRatio: number;
  /** Whose calls are taken together: those of all groups of a campaign, or of each group. */
  readonly per: (typeof RULE_SCOPES)[number];
  readonly periodMs: number;
  readonly window: (typeof RULE_WINDOWS)[number];
}

/** Half-open, UTC milliseconds. */
export interface Period {
  readonly fromMs: number;
  readonly toMs: number;
}

const DAY_MS = 86_400_000;

/** The US Telemarketing Sales Rule: 16 CFR 310.4(b)(4)(i). A campaign that is over before 30 days is measured over its life. */
export const TSR: RuleProfile = {
  name: 'tsr',
  limitRatio: 0.03,
  per: 'campaign',
  periodMs: 30 * DAY_MS,
  window: 'successive',
};

/** Any 24 hours, as UK rules have it: one that ends when it is asked for. */
const DAILY: RuleProfile = { name: '24h', limitRatio: 0.03, per: 'campaign', periodMs: DAY_MS, window: 'rolling' };

export const RULE_PROFILES: readonly RuleProfile[] = [TSR, DAILY];

/** The period that holds a moment, up to that moment. `beganMs`: when the campaign was loaded first; null: not yet. */
export function periodOf({ periodMs, window }: RuleProfile, beganMs: number | null, atMs: number): Period {
  if (window === 'rolling') return { fromMs: atMs - periodMs, toMs: atMs };
  if (beganMs === null || beganMs >= atMs) return { fromMs: atMs, toMs: atMs };
  return { fromMs: beganMs + Math.floor((atMs - beganMs) / periodMs) * periodMs, toMs: atMs };
}
