/** An applied notification as evidence: when, what it states in words (by number), and its figures. */
import type { Statistics } from '../domain/notification.js';

/** Figures of one calling list in one notification; the list goes by the store's number. */
export interface ListSample {
  readonly listNo: number;
  readonly hitRatio: number | null;
  readonly timeToCompleteSeconds: number | null;
}

export interface Sample {
  /** GSW_DATE_TIME, UTC milliseconds. */
  readonly atMs: number;
  readonly statementNo: number;
  readonly receivedMs: number;
  readonly statistics: Statistics;
  /** Each list once, by number; empty: it names none. */
  readonly lists: readonly ListSample[];
}

/** `tag`: 0 for the first sample of a statement at a date-time; others, which a clock that stands still brings, have their own. */
export interface TaggedSample extends Sample {
  readonly tag: number;
}

/** Where a sample stands in time: at its date-time, or, if that was told before with other figures, where it was received. */
export function placeMs({ atMs, receivedMs, tag }: TaggedSample): number {
  return tag === 0 ? atMs : receivedMs;
}

/** The order within a chunk: by place, then by receipt; the rest only makes it one order. */
export function inPlace(a: TaggedSample, b: TaggedSample): number {
  return placeMs(a) - placeMs(b) || a.receivedMs - b.receivedMs || a.statementNo - b.statementNo || a.tag - b.tag;
}

/** Whether two samples are one: what was compacted may still stand in the journal, too. */
export function isSameSample(a: TaggedSample, b: TaggedSample): boolean {
  return a.atMs === b.atMs && a.statementNo === b.statementNo && a.tag === b.tag;
}

/** Sorts samples into their places; what was compacted may still stand in the journal. */
export function eachOnce(samples: TaggedSample[]): TaggedSample[] {
  samples.sort(inPlace);
  return samples.filter((sample, n) => {
    for (let other = n - 1; other >= 0; other--) {
      const before = samples[other];
      if (before === undefined || placeMs(before) !== placeMs(sample)) return true;
      if (isSameSample(before, sample)) return false;
    }
    return true;
  });
}
