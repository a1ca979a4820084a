/** Quarters of an hour that stored ones do not tell, at the moment of a question. */
import { addToQuarter, QUARTER_HOUR_MS, type QuarterHour, quarterOf } from '../evidence/quarter-hours.js';
import { placeMs } from '../evidence/sample.js';
import { addition, split } from './addition.js';
import type { Evidence } from './evidence.js';
import type { CampaignTables } from './tables.js';

export interface FreshQuarter {
  readonly startMs: number;
  /** Null: the range has no sample of it. */
  readonly quarter: QuarterHour | null;
}

/**
 * Those with samples that are in no chunk yet, and those that the half-open range cuts, of which only the samples within it
 * count. Where these have gone, a cut quarter counts as a whole. By time.
 */
export function freshQuarters(
  { quarters }: Pick<CampaignTables, 'quarters'>,
  evidence: Evidence,
  groupNo: number,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): FreshQuarter[] {
  if (toMs <= fromMs) return [];
  const fresh = new Map<number, QuarterHour | null>();
  const endMs = quarterOf(toMs - 1) + QUARTER_HOUR_MS;
  const unsettled = evidence.measured(evidence.inOrder.unsettled(groupNo, quarterOf(fromMs), endMs));
  for (const ofQuarter of split(unsettled, quarterOf)) {
    const startMs = quarterOf(placeMs(ofQuarter[0]));
    const { base, samples } = addition(evidence, groupNo, quarters.quarter(groupNo, startMs), ofQuarter);
    fresh.set(startMs, addToQuarter(base, samples));
  }
  for (const startMs of new Set([quarterOf(fromMs), quarterOf(toMs - 1)])) {
    if (startMs >= fromMs && startMs + QUARTER_HOUR_MS <= toMs) continue;
    const all = evidence.measured(evidence.inOrder.placed(groupNo, startMs, startMs + QUARTER_HOUR_MS));
    const whole = fresh.get(startMs) ?? quarters.quarter(groupNo, startMs);
    if (whole !== null && all.length < whole.count) continue;
    const within = all.filter((sample) => placeMs(sample) >= fromMs && placeMs(sample) < toMs);
    fresh.set(startMs, within.length === 0 ? null : addToQuarter(null, within));
  }
  return [...fresh].map(([startMs, quarter]) => ({ startMs, quarter })).sort((a, b) => a.startMs - b.startMs);
}
