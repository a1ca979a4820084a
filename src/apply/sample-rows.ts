/** A group's samples, as they were sent, for reports. */
import type { Evidence } from './evidence.js';
import type { StatisticsSample } from '../domain/aggregate.js';
import { saysFigures } from '../evidence/quarter-hours.js';
import { placeMs, type TaggedSample } from '../evidence/sample.js';
import type { GroupSampleRows, PlacedSample, SamplePlace } from '../reports/group-reports.js';

/**
 * A sample's time is its place: its date-time, or, of one that repeats a date-time, when it was received. Those of one time
 * come as they were received, as the figures that are shown now do.
 */
export function sampleRowsOf(evidence: Evidence, groupNo: number): GroupSampleRows {
  return {
    before: ({ fromMs, toMs }, place, limit) => {
      const placed: PlacedSample[] = [];
      for (const sample of evidence.inOrder.backwards(groupNo, fromMs, Math.min(toMs, place.atMs + 1))) {
        if (!saysFigures(sample.statistics) || !isBefore(sample, place)) continue;
        placed.push(placedOf(sample));
        if (placed.length === limit) break;
      }
      return placed;
    },
    between: ({ fromMs, toMs }) => evidence.inOrder.figures(groupNo, fromMs, toMs),
    newestMs: ({ fromMs, toMs }) => {
      for (const sample of evidence.inOrder.backwards(groupNo, fromMs, toMs))
        if (saysFigures(sample.statistics)) return placeMs(sample);
      return null;
    },
  };
}

function isBefore(sample: TaggedSample, { atMs, receivedMs, statementNo, tag }: SamplePlace): boolean {
  const order =
    placeMs(sample) - atMs || sample.receivedMs - receivedMs || sample.statementNo - statementNo || sample.tag - tag;
  return order < 0;
}

function placedOf(sample: TaggedSample): PlacedSample {
  const { receivedMs, statementNo, tag } = sample;
  return { atMs: placeMs(sample), receivedMs, statementNo, tag, sample: sampleOf(sample) };
}

function sampleOf(sample: TaggedSample): StatisticsSample {
  return { atMs: placeMs(sample), ...sample.statistics };
}
