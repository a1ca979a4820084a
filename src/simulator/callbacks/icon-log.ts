/**
 * The log of an ICON at which user events arrive, and which stores them; with messages about calls and other DNs in between, and
 * transactions that never reach its database. Pure; equal options give equal logs.
 */
import { IconLogLines } from '../../gms/icon-log/encode-icon-log.js';
import { Random } from '../random.js';

export interface IconLogOptions {
  readonly seed: number;
  readonly timeZone: string;
  /** Of transactions: the probability that one is queued and not written. */
  readonly unwritten: number;
}

/** A user event that was distributed. */
export interface Distributed {
  readonly atMs: number;
  readonly dn: string;
}

export interface IconLog {
  readonly text: string;
  readonly queuedRecords: number;
  readonly writtenRecords: number;
}

/** Events that ICON commits together at most, records of each, and how long it waits. */
const [EVENTS_AT_ONCE, MOST_RECORDS, WAITS_MS] = [5, 12, 250];
const QUEUE = 'GUD';

/** One character a byte. */
export function iconLog(events: readonly Distributed[], { seed, timeZone, unwritten }: IconLogOptions): IconLog {
  const random = new Random(seed);
  const lines = new IconLogLines(timeZone);
  const sorted = [...events].sort((a, b) => a.atMs - b.atMs);
  const timed: { readonly atMs: number; readonly line: string }[] = [];
  let [queuedRecords, writtenRecords, no] = [0, 0, 10_000];
  for (let from = 0; from < sorted.length;) {
    const together = sorted.slice(from, from + random.integer(1, EVENTS_AT_ONCE));
    from += together.length;
    for (const { atMs, dn } of together) {
      timed.push({ atMs, line: lines.arrival(atMs, dn) });
      if (random.chance(0.3)) timed.push({ atMs, line: lines.arrival(atMs, dn, 'EventRinging') });
    }
    const records = together.reduce((sum) => sum + random.integer(1, MOST_RECORDS), 0);
    const atMs = (together.at(-1)?.atMs ?? 0) + WAITS_MS;
    const transaction = { queue: QUEUE, no: ++no, records };
    queuedRecords += records;
    timed.push({ atMs, line: lines.step(atMs, 'queued', transaction) });
    timed.push({ atMs, line: lines.step(atMs, 'begun', transaction) });
    if (random.chance(unwritten)) continue;
    writtenRecords += records;
    timed.push({ atMs: atMs + 14, line: lines.step(atMs + 14, 'written', transaction) });
  }
  timed.sort((a, b) => a.atMs - b.atMs);
  const head = lines.head(timed[0]?.atMs ?? 0);
  return { text: head + timed.map(({ line }) => line).join(''), queuedRecords, writtenRecords };
}
