/** Rows that the cases of the contract put. */
import type { Chunk } from '../../../src/apply/evidence-rows.js';
import { hourOf, type ListQuarterHour, type QuarterHour } from '../../../src/evidence/quarter-hours.js';
import type { TaggedSample } from '../../../src/evidence/sample.js';
import { aNotification, T0 } from '../../support/notifications.js';
import type { TestStore } from '../../support/stores.js';

export interface ContractCase {
  readonly name: string;
  /** Why a store that several programs write to does not promise it; left out: it does. */
  readonly ofOneWriter?: string;
  readonly run: (store: TestStore) => void;
}

/** Rows of the journal are numbered for each transaction: nobody knows what is stored until it is loaded (`JournalRows`). */
export const NO_NUMBERS = 'a row of the journal has a number within one transaction';
/** What goes into a chunk leaves the journal with the same commit: no chunk settles a row, and none is in use by one. */
export const NOTHING_SETTLED = 'what is in a chunk is in no row of the journal, so that no chunk settles one';
export const NOTHING_KNOWN = 'others may have changed a group since: what is kept of it is asked for with each batch';

export const NO_STATISTICS = { busyRatio: null, hitRatio: null, overdialRatio: null, timeToCompleteSeconds: null };

export const aGroup = (store: TestStore, dbid = '101', source = 'default') =>
  store.within(({ groups }) => groups.insert({ id: `${source} ${dbid}`, source, dbid, heardMs: T0 }));

export const aStatement = (store: TestStore, groupNo: number, contentDigest = 'content') =>
  store.within(({ statements }) => statements.insert(groupNo, contentDigest, aNotification().statement));

export const aTagged = (atMs: number, parts: Partial<TaggedSample> = {}): TaggedSample => {
  return { atMs, receivedMs: atMs + 20, statementNo: 1, tag: 0, statistics: NO_STATISTICS, lists: [], ...parts };
};

export const aChunk = (parts: Partial<Chunk>): Chunk => {
  const block = new Uint8Array([parts.chunkNo ?? 1, 0, 255]);
  const times = { hour: hourOf(T0), newestMs: T0, writtenMs: T0 + 9000 };
  return { chunkNo: 1, groupNo: 1, count: 1, journalNo: 1, ...times, block, ...parts };
};

/** Sums that no rounding leaves as they are, and a figure that nobody said. */
export const aQuarter = (startMs: number, parts: Partial<QuarterHour> = {}): QuarterHour => {
  const figures = {
    busyRatio: { count: 2, min: 0.1, max: 0.2, sum: 0.1 + 0.2, last: 5e-324 },
    hitRatio: null,
    overdialRatio: { count: 1, min: -0.5, max: -0.5, sum: -0.5, last: -0.5 },
    timeToCompleteSeconds: { count: 3, min: 0, max: 1e15, sum: 1e15, last: 0 },
  };
  return { startMs, count: 3, figuresCount: 3, observedMs: 20_000, newestMs: startMs + 30_000, figures, ...parts };
};

export const aListQuarter = (
  listNo: number,
  startMs: number,
  parts: Partial<ListQuarterHour> = {},
): ListQuarterHour => {
  const hitRatio = { count: 2, min: 0.1, max: 0.2, sum: 0.3, last: 0.2 };
  return { listNo, startMs, newestMs: startMs + 10_000, hitRatio, timeToCompleteSeconds: null, ...parts };
};
