/**
 * One pass over all units of a store: what is not yet the same in the other one is moved. It may be broken off at any time,
 * and run as often as one likes: what was moved, and has not changed since, is only read.
 */
import type { Digest } from '../../domain/identity.js';
import { type Mark, Marking } from './mark.js';
import { type MovedRow, type Unit, unitName } from './moved-row.js';
import type { MovedStore, MoveTarget } from './stores.js';

export interface PassOptions {
  readonly digest: Digest;
  /** Told before each unit. Throws what breaks the pass off. */
  readonly onUnit: (done: number, of: number) => void;
}

export interface Passed {
  readonly units: number;
  /** Units that were not the same. */
  readonly moved: number;
}

/** `marks`: of the target, kept up to date. */
export async function pass(
  from: MovedStore,
  to: MoveTarget,
  marks: Map<string, Mark>,
  { digest, onUnit }: PassOptions,
): Promise<Passed> {
  const units = await from.units();
  const isNew = marks.size === 0;
  let moved = 0;
  for (const [done, unit] of units.entries()) {
    onUnit(done, units.length);
    const name = unitName(unit);
    const before = marks.get(name);
    if (before !== undefined && (await isAsBefore(from, unit, { before, digest }))) continue;
    const marking = new Marking(digest);
    await to.replace(unit, marked(from.rows(unit), marking), { markOf: () => marking.mark, isNew });
    marks.set(name, marking.mark);
    moved++;
  }
  moved += await removeGone(to, marks, new Set(units.map(unitName)));
  onUnit(units.length, units.length);
  return { units: units.length, moved };
}

async function isAsBefore(
  from: MovedStore,
  unit: Unit,
  { before, digest }: { readonly before: Mark; readonly digest: Digest },
): Promise<boolean> {
  return before.digest === (await markOf(from, unit, digest)).digest;
}

/** What the source has no more. */
async function removeGone(to: MoveTarget, marks: Map<string, Mark>, there: ReadonlySet<string>): Promise<number> {
  const gone = (await to.units()).filter((unit) => !there.has(unitName(unit)));
  for (const unit of gone) {
    await to.replace(unit, nothing(), { markOf: () => null, isNew: false });
    marks.delete(unitName(unit));
  }
  for (const name of [...marks.keys()]) if (!there.has(name)) marks.delete(name);
  return gone.length;
}

// eslint-disable-next-line @typescript-eslint/require-await -- what it stands for waits
async function* nothing(): AsyncGenerator<readonly MovedRow[]> {
  yield [];
}

async function* marked(
  rows: AsyncIterable<readonly MovedRow[]>,
  marking: Marking,
): AsyncGenerator<readonly MovedRow[]> {
  for await (const some of rows) {
    for (const row of some) marking.take(row);
    yield some;
  }
}

export async function markOf(store: MovedStore, unit: Unit, digest: Digest): Promise<Mark> {
  const marking = new Marking(digest);
  for await (const some of store.rows(unit)) for (const row of some) marking.take(row);
  return marking.mark;
}
