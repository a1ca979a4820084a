/** How samples that are in no chunk yet are added to a quarter of an hour: the same by compaction and at reading. */
import { QUARTER_HOUR_MS, type QuarterHour, quarterOf } from '../evidence/quarter-hours.js';
import { placeMs, type TaggedSample } from '../evidence/sample.js';
import type { Evidence } from './evidence.js';

export type NonEmpty<T> = readonly [T, ...T[]];

/** What is to be added to what. */
export interface Addition {
  readonly base: QuarterHour | null;
  readonly samples: readonly TaggedSample[];
}

/** `stored`: what the quarter of the samples added up to before; these are in order, measured, and in no chunk. */
export function addition(
  evidence: Evidence,
  groupNo: number,
  stored: QuarterHour | null,
  ofQuarter: NonEmpty<TaggedSample>,
): Addition {
  const [first] = ofQuarter;
  if (stored === null || stored.newestMs < placeMs(first)) return { base: stored, samples: ofQuarter };
  // Late samples change which is the last, and how long others stand: then all of the quarter is added up anew.
  const startMs = quarterOf(placeMs(first));
  const all = evidence.measured(evidence.inOrder.compacted(groupNo, startMs, startMs + QUARTER_HOUR_MS, ofQuarter));
  // Where retention has taken the others away, what they added up to stays.
  const isWhole = all.length >= stored.count + ofQuarter.length;
  return isWhole ? { base: null, samples: all } : { base: stored, samples: ofQuarter };
}

/** Samples in order, cut where a key of their place changes. */
export function split(samples: readonly TaggedSample[], keyOf: (placeMs: number) => number): NonEmpty<TaggedSample>[] {
  const parts: [TaggedSample, ...TaggedSample[]][] = [];
  for (const sample of samples) {
    const part = parts.at(-1);
    if (part !== undefined && keyOf(placeMs(part[0])) === keyOf(placeMs(sample))) part.push(sample);
    else parts.push([sample]);
  }
  return parts;
}
