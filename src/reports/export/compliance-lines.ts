/**
 * What is known of a day of a campaign group, for whoever has to show it later: its stays in states, for how much of them this
 * service listened, and the overdial rates that OCS said.
 */
import type { StatisticsRow, TimeRange } from '../../domain/store.js';
import { isoTime } from '../rows.js';
import type { NamedGroup } from './campaign-tables.js';

/** From entering a state to entering the next. */
export interface Stay extends NamedGroup {
  readonly state: string;
  readonly enteredMs: number;
  /** Null while it lasts. */
  readonly leftMs: number | null;
  /** No post tells when it was entered: it was by then. */
  readonly inferred: boolean;
}

export interface ComplianceDay {
  /** In order, of one group. */
  readonly stays: readonly Stay[];
  /** What samples of the day come to; null: none says a figure. */
  readonly statistics: StatisticsRow | null;
}

type Observed = (range: TimeRange) => number;

/** The lines of one group and day, without their ends; none where it was not loaded and nothing was said. */
export function complianceLines(day: TimeRange, { stays, statistics }: ComplianceDay, observedMs: Observed): string[] {
  const told = stays
    .map((stay) => ({ stay, range: within(day, stay) }))
    .filter(({ stay, range }) => stay.state !== 'not_loaded' && range.fromMs < range.toMs);
  const [first] = told;
  if (first === undefined) return [];
  const date = dayOf(day);
  const lines = told.map(({ stay, range }) => ({
    record: 'stay',
    day: date,
    ...groupCells(stay),
    state: stay.state,
    entered_at: isoTime(stay.enteredMs),
    left_at: isoTime(stay.leftMs),
    inferred: stay.inferred,
    ...durations([range], observedMs),
  }));
  const overdial = statistics?.overdialRatio ?? null;
  const group = {
    record: 'overdial',
    day: date,
    ...groupCells(first.stay),
    ...durations(
      told.map(({ range }) => range),
      observedMs,
    ),
    running_seconds:
      told.reduce((sum, { stay, range }) => sum + (stay.state === 'running' ? range.toMs - range.fromMs : 0), 0) / 1000,
    samples: statistics?.count ?? 0,
    overdial_ratio_min: overdial?.min ?? null,
    overdial_ratio_max: overdial?.max ?? null,
    overdial_ratio_last: overdial?.last ?? null,
  };
  return [...lines, group].map((line) => JSON.stringify(line));
}

export function dayOf({ fromMs }: TimeRange): string {
  return new Date(fromMs).toISOString().slice(0, 10);
}

function within(day: TimeRange, { enteredMs, leftMs }: Stay): TimeRange {
  return { fromMs: Math.max(day.fromMs, enteredMs), toMs: Math.min(day.toMs, leftMs ?? day.toMs) };
}

function groupCells({ campaignGroupId, source, dbid, tenant, campaignGroup, campaign }: NamedGroup) {
  return { campaign_group_id: campaignGroupId, source, dbid, tenant, campaign, campaign_group: campaignGroup };
}

/** Of the part that lies within the day. */
function durations(ranges: readonly TimeRange[], observedMs: Observed) {
  const ms = ranges.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
  const observed = ranges.reduce((sum, range) => sum + observedMs(range), 0);
  return {
    seconds: ms / 1000,
    observed_seconds: observed / 1000,
    observed_ratio: Math.round((observed / ms) * 10_000) / 10_000,
  };
}
