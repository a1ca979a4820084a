/** The goal a predictive group is held to, by the statistic that shows whether it is met. */
import type { CampaignGroup, Statistic } from './api-types.js';
import { NOT_KNOWN, words } from './format.js';

type Goaled = Pick<CampaignGroup, 'optimize_by' | 'optimize_goal'>;

/** As a ratio; null when the statistic is not what is optimised. */
export function goalOf({ optimize_by, optimize_goal }: Goaled, statistic: Statistic): number | null {
  if (optimize_goal === null) return null;
  if (statistic === 'busy_ratio' && optimize_by === 'busy_factor') return optimize_goal / 100;
  if (statistic === 'overdial_ratio' && optimize_by === 'overdial_rate') return optimize_goal / 100;
  return null;
}

/** `Busy factor, goal 85%`; goals of times are in seconds. */
export function goalWords({ optimize_by, optimize_goal }: Goaled): string {
  if (optimize_by === null || optimize_by === 'none') return NOT_KNOWN;
  const unit = optimize_by.endsWith('_time') ? ' s' : optimize_by === 'maximum_gain' ? '' : '%';
  return optimize_goal === null ? words(optimize_by) : `${words(optimize_by)}, goal ${optimize_goal}${unit}`;
}
