/** Which things that are shown a batch has changed, told by the rows that it has put. */
import type { RowSets } from './row-sets.js';
import type { Written } from './row-set.js';

export interface Touched {
  readonly callbacks: readonly (readonly [source: string, serviceId: string])[];
  /** Public ids of bodies that were put into quarantine, or replayed. */
  readonly bodies: readonly string[];
  /** Whether it holds more or fewer bodies than before. */
  readonly isHolding: boolean;
  /** Groups that are shown no more, and sources of which nothing is. */
  readonly gone: readonly number[];
  readonly forgotten: readonly string[];
}

export function touchedIn({ groups, callbacks, bodies, tallies, sources }: RowSets): Touched {
  const put = (set: { written(): Written }) => set.written().put;
  const held = tallies.written();
  return {
    callbacks: put(callbacks).map((row) => [String(row['source']), String(row['service_id'])] as const),
    bodies: put(bodies).map((row) => String(row['id'])),
    isHolding: held.put.length + held.removed.length > 0,
    gone: put(groups).flatMap((row) => (row['forgotten'] === 0 ? [] : [Number(row['group_no'])])),
    forgotten: put(sources).flatMap((row) => (row['noted_no'] === null ? [] : [String(row['source'])])),
  };
}
