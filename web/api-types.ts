/** What the API answers, as far as the page shows it (names as in JSON; times ISO 8601). */

export interface Statistics {
  readonly busy_ratio: number | null;
  readonly hit_ratio: number | null;
  readonly overdial_ratio: number | null;
  readonly time_to_complete_seconds: number | null;
}
export type Statistic = keyof Statistics;

export interface CampaignGroup {
  readonly id: string;
  readonly source: string;
  readonly tenant: string | null;
  readonly dbid: string;
  readonly name: string;
  readonly group: string | null;
  readonly campaign: string | null;
  readonly template: string | null;
  readonly queue: string | null;
  readonly state: string;
  /** Null when nobody knows: it was in this state when it was first heard of. */
  readonly state_since: string | null;
  /** Since when it is known to be in this state. */
  readonly state_seen_since: string;
  readonly dial_mode: string | null;
  readonly optimize_by: string | null;
  readonly optimize_goal: number | null;
  readonly last_actor: string | null;
  readonly ended: 'by_client' | 'completed' | 'by_itself' | 'attended' | 'untold' | null;
  readonly ended_at: string | null;
  readonly last_event_at: string;
  readonly last_heard_at: string;
  readonly silent: boolean;
  readonly silent_since: string | null;
  readonly source_silent: boolean;
  readonly sends_statistics: boolean;
  readonly statistics: Statistics;
}

export interface Transition {
  readonly id: string;
  readonly campaign_group_id: string;
  readonly campaign_group: string | null;
  readonly at: string;
  readonly from_state: string | null;
  readonly to_state: string;
  readonly from_dial_mode: string | null;
  readonly to_dial_mode: string | null;
  readonly from_optimize_by: string | null;
  readonly to_optimize_by: string | null;
  readonly from_optimize_goal: number | null;
  readonly to_optimize_goal: number | null;
  readonly action: string | null;
  readonly actor: string | null;
  readonly inferred: boolean;
  readonly unexpected: boolean;
  readonly implied_steps: readonly string[];
  readonly not_before: string | null;
  readonly sort_key: string;
  readonly withdrawn?: boolean;
}

export interface Sample extends Statistics {
  readonly at: string;
}

/** Of a step of time: its means, under the names of the statistics, with the least and the most. */
export type StatisticsStep = Sample & { readonly samples: number } & Readonly<
    Record<`${Statistic}_${'min' | 'max'}`, number | null>
  >;

export interface StatisticsPage extends Page<StatisticsStep> {
  /** What its steps are made of: samples as they were sent, or what quarters of an hour add up to. */
  readonly resolution: 'samples' | '15m';
}

export interface Session {
  readonly started_at: string | null;
  readonly ended_at: string | null;
  readonly first_seen_at: string;
  readonly duration_seconds: number | null;
  readonly observed_seconds: number | null;
  readonly silent_seconds: number | null;
  readonly active: boolean;
}

export interface Silence {
  readonly from: string;
  /** Null while it lasts. */
  readonly to: string | null;
  readonly duration_seconds: number;
  readonly at_least: boolean;
}

export interface SilencePage extends Page<Silence> {
  readonly first_at: string | null;
}

export interface CallingList {
  readonly name: string;
  readonly dbid: string | null;
  readonly at: string;
  readonly hit_ratio: number | null;
  readonly time_to_complete_seconds: number | null;
}

export interface Violation {
  readonly field: string;
  readonly rule: string;
  readonly found?: unknown;
}

export interface QuarantinedBody {
  readonly id: string;
  readonly source: string;
  readonly endpoint: string;
  readonly reason: string;
  readonly violations: readonly Violation[];
  readonly count: number;
  readonly first_received_at: string;
  readonly last_received_at: string;
  readonly size_bytes: number;
  readonly replayed_at: string | null;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly next_cursor: string | null;
}
