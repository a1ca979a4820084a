/** What the service says of abandoned calls over a period. */
export interface Verdict {
  readonly profile: string;
  readonly limit_ratio: number;
  readonly per: 'campaign' | 'campaign_group';
  readonly from: string;
  readonly to: string;
  readonly verdict: 'within' | 'over' | 'undecided';
  readonly low: number | null;
  readonly high: number | null;
  readonly estimated_ratio: number | null;
}

export interface ComplianceRow extends Verdict {
  readonly campaign_group_id: string;
  readonly campaign_group: string;
  readonly campaign: string;
  readonly sessions: number;
  readonly undecided_sessions: number;
  readonly why: readonly string[];
}

export interface ComplianceSession {
  readonly campaign_group_id: string;
  readonly campaign_group: string | null;
  readonly started_at: string | null;
  readonly ended_at: string | null;
  readonly first_seen_at: string;
  readonly running_seconds: number;
  readonly last_ratio: number | null;
  readonly final_ratio: number | null;
  readonly why: string | null;
}

export interface Compliance extends Verdict {
  readonly sessions: readonly ComplianceSession[];
  readonly unobserved: readonly { readonly from: string; readonly to: string; readonly campaign_group_id: string }[];
  readonly left_out: number;
}
