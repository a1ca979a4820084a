/** Whether a figure grows over a long run: by linear regression, so that no single sample says so. */

/** A trend adds more than this share of the mean over the whole run … */
const LEAST_SHARE = 0.1;
/** … and is so many of its standard errors away from none. */
const LEAST_ERRORS = 3;

export interface Trend {
  /** What the line adds over the whole run, as a share of the mean. */
  readonly share: number;
  /** In standard errors of the slope. */
  readonly errors: number;
  /** Only growth counts: what shrinks needs no mending. */
  readonly isTrend: boolean;
}

/** Of samples that are equally far apart; at least three. */
export function trendOf(samples: readonly number[]): Trend {
  const count = samples.length;
  if (count < 3) throw new Error('a trend needs three samples');
  const middle = (count - 1) / 2;
  const mean = samples.reduce((sum, sample) => sum + sample, 0) / count;
  let [xx, xy] = [0, 0];
  for (const [x, y] of samples.entries()) {
    xx += (x - middle) ** 2;
    xy += (x - middle) * (y - mean);
  }
  const slope = xy / xx;
  const residuals = samples.reduce((sum, y, x) => sum + (y - mean - slope * (x - middle)) ** 2, 0);
  const error = Math.sqrt(residuals / (count - 2) / xx);
  const share = mean === 0 ? 0 : (slope * (count - 1)) / mean;
  const errors = slope === 0 ? 0 : slope / error;
  return { share, errors, isTrend: share > LEAST_SHARE && errors > LEAST_ERRORS };
}
