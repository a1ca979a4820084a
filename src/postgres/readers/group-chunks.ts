/** Where the chunks of one group are, read at once; and chunks by the hour, more at once the longer somebody reads on. */
import type { ChunkRows, NumberedBlock } from '../../apply/evidence-rows.js';
import type { Rows } from '../blocking/blocking-connection.js';
import { type FoundGroup, OF_GROUP } from './found-group.js';
import { named } from './named-sql.js';
import { refuse } from './refuse.js';

/**
 * @bound hours of a group whose chunks are in memory for one question
 * @beyond those read before give way to those that follow them
 */
const CACHED_HOURS = 64;

interface HourRow {
  readonly hour: number;
  readonly newestMs: number;
}

type BlockRow = NumberedBlock & { readonly hour: number };

export class GroupChunks implements ChunkRows {
  readonly #db: Rows;
  readonly #group: FoundGroup;
  #known: { readonly hours: readonly number[]; readonly byHour: ReadonlyMap<number, HourRow> } | null = null;
  #blocks: ReadonlyMap<number, readonly NumberedBlock[]> = new Map();
  #hoursAtOnce = 1;

  readonly insert = refuse;
  readonly setAside = refuse;
  readonly replace = refuse;
  readonly remove = refuse;
  readonly after = refuse;
  readonly damaged = refuse;

  constructor(db: Rows, group: FoundGroup) {
    this.#db = db;
    this.#group = group;
  }

  /** What is read is of one moment: nothing changes in it. */
  lastNo(): number {
    return 0;
  }

  changes(): number {
    return 0;
  }

  blocks(_: number, hour: number): readonly NumberedBlock[] {
    if (!this.#hours.byHour.has(hour)) return [];
    const known = this.#blocks.get(hour);
    if (known !== undefined) return known;
    this.#blocks = this.#read(this.#window(hour));
    return this.#blocks.get(hour) ?? [];
  }

  hourBefore(_: number, hour: number): number | null {
    const { hours } = this.#hours;
    return hours[firstAt(hours, hour) - 1] ?? null;
  }

  hourAfter(_: number, hour: number): number | null {
    const { hours } = this.#hours;
    return hours[firstAt(hours, hour + 1)] ?? null;
  }

  newestMs(_: number, hour: number): number | null {
    return this.#hours.byHour.get(hour)?.newestMs ?? null;
  }

  /** What is in a chunk is in no row of the journal any more. */
  settledNo(): number {
    return 0;
  }

  /** Asked for by whoever goes on with the journal's numbers. */
  *writtenSince(): Generator<never> {
    // Nobody does: nothing is written.
  }

  get #hours() {
    if (this.#known !== null) return this.#known;
    const rows = this.#db.all<HourRow>(HOURS, this.#group);
    this.#known = { hours: rows.map(({ hour }) => hour), byHour: new Map(rows.map((row) => [row.hour, row])) };
    return this.#known;
  }

  /** From the hour on in the direction in which was read before: twice as many as the last time. */
  #window(hour: number): { readonly first: number; readonly last: number } {
    const { hours } = this.#hours;
    const at = firstAt(hours, hour);
    const [before = Infinity] = this.#blocks.keys();
    const isForwards = hour > before;
    const more = this.#hoursAtOnce - 1;
    this.#hoursAtOnce = Math.min(2 * this.#hoursAtOnce, CACHED_HOURS);
    if (isForwards) return { first: hour, last: hours[Math.min(at + more, hours.length - 1)] ?? hour };
    return { first: hours[Math.max(at - more, 0)] ?? hour, last: hour };
  }

  #read(window: { readonly first: number; readonly last: number }): ReadonlyMap<number, readonly NumberedBlock[]> {
    const blocks = new Map<number, NumberedBlock[]>();
    for (const { hour, ...block } of this.#db.all<BlockRow>(BLOCKS, { ...this.#group, ...window })) {
      const ofHour = blocks.get(hour) ?? [];
      ofHour.push(block);
      blocks.set(hour, ofHour);
    }
    return blocks;
  }
}

/** Of ascending numbers the place of the first that is not less. */
function firstAt(numbers: readonly number[], least: number): number {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((numbers[middle] ?? 0) < least) low = middle + 1;
    else high = middle;
  }
  return low;
}

const HOURS = named(`
  SELECT hour, max(newest_ms) AS "newestMs" FROM chunks WHERE ${OF_GROUP} GROUP BY hour ORDER BY hour`);

const BLOCKS = named(`
  SELECT hour, chunk_no AS "chunkNo", samples AS block FROM chunks
  WHERE ${OF_GROUP} AND hour >= @first AND hour <= @last ORDER BY hour, chunk_no`);
