/** The table `journal`, as every database has it: from a sample's date-time on. */
import type { ListSample, TaggedSample } from '../../evidence/sample.js';

export type JournalRow = readonly [
  atMs: number,
  statementNo: number,
  tag: number,
  lagMs: number,
  busyRatio: number | null,
  hitRatio: number | null,
  overdialRatio: number | null,
  timeToCompleteSeconds: number | null,
  lists: Uint8Array | null,
];

export function sampleOf(row: JournalRow): TaggedSample {
  const [atMs, statementNo, tag, lagMs, busyRatio, hitRatio, overdialRatio, timeToCompleteSeconds, lists] = row;
  return {
    atMs,
    statementNo,
    tag,
    receivedMs: atMs + lagMs,
    statistics: { busyRatio, hitRatio, overdialRatio, timeToCompleteSeconds },
    lists: lists === null ? NO_LISTS : listsOf(lists),
  };
}

/** The columns of a sample by their names. */
export function journalCells({ atMs, statementNo, tag, receivedMs, statistics, lists }: TaggedSample) {
  return {
    at_ms: atMs,
    statement_no: statementNo,
    tag,
    lag_ms: receivedMs - atMs,
    busy_ratio: statistics.busyRatio,
    hit_ratio: statistics.hitRatio,
    overdial_ratio: statistics.overdialRatio,
    time_to_complete_seconds: statistics.timeToCompleteSeconds,
    lists: lists.length === 0 ? null : listBytes(lists),
  };
}

const NO_LISTS: readonly ListSample[] = [];
/** Doubles of a list in `lists`; NaN, which no sender can say, for null. */
const DOUBLES = 3;

export function listBytes(lists: readonly ListSample[]): Uint8Array {
  const bytes = Buffer.allocUnsafe(8 * DOUBLES * lists.length);
  lists.forEach(({ listNo, hitRatio, timeToCompleteSeconds }, n) => {
    const at = 8 * DOUBLES * n;
    bytes.writeDoubleLE(listNo, at);
    bytes.writeDoubleLE(hitRatio ?? NaN, at + 8);
    bytes.writeDoubleLE(timeToCompleteSeconds ?? NaN, at + 16);
  });
  return bytes;
}

function listsOf({ buffer, byteOffset, byteLength }: Uint8Array): ListSample[] {
  const bytes = Buffer.from(buffer, byteOffset, byteLength);
  const figure = (at: number) => {
    const value = bytes.readDoubleLE(at);
    return Number.isNaN(value) ? null : value;
  };
  return Array.from({ length: bytes.length / 8 / DOUBLES }, (_, n) => {
    const at = 8 * DOUBLES * n;
    return { listNo: bytes.readDoubleLE(at), hitRatio: figure(at + 8), timeToCompleteSeconds: figure(at + 16) };
  });
}
