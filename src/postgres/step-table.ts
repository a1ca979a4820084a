import { entersState, stepColumns, stepOf } from '../apply/stored/step-row.js';
import type { DatedStep, StateSince, StepRows, StoredStep, TieBreak } from '../apply/tables.js';
import { partOf, type RowIn } from './row-sets.js';
import type { WorkingSet } from './working-set.js';

export type StepRow = RowIn<'steps'>;

export class StepTable implements StepRows {
  readonly #set: WorkingSet;

  constructor(set: WorkingSet) {
    this.#set = set;
  }

  at(groupNo: number, atMs: number, tie: TieBreak): StoredStep | null {
    const row = this.#row(groupNo, atMs, tie);
    return row === undefined ? null : stepOf(row);
  }

  #row(groupNo: number, atMs: number, tie: TieBreak): StepRow | undefined {
    return this.#set.at('steps', groupNo, atMs).find((row) => place(row, tie) === 0);
  }

  lastBefore(groupNo: number, atMs: number, tie: TieBreak): StoredStep | null {
    const beside = inHistory(this.#set.at('steps', groupNo, atMs)).findLast((row) => place(row, tie) < 0);
    const row = beside ?? inHistory(this.#set.below('steps', groupNo, atMs)).at(-1);
    return row === undefined ? null : stepOf(row);
  }

  last(groupNo: number): (DatedStep & Pick<TieBreak, 'contentDigest'>) | null {
    const row = inHistory(this.#set.below('steps', groupNo, Infinity)).at(-1);
    return row === undefined ? null : { ...datedOf(row), contentDigest: row.content_digest };
  }

  stateSince(groupNo: number): StateSince | null {
    for (const row of this.#newestFirst(groupNo))
      if (entersState(row)) return { atMs: row.at_ms, isKnown: row.from_state !== null };
    return null;
  }

  *newestFirst(groupNo: number, limit: number): Generator<DatedStep> {
    let given = 0;
    for (const row of this.#newestFirst(groupNo)) {
      if (++given > limit) return;
      yield datedOf(row);
    }
  }

  *#newestFirst(groupNo: number): Generator<StepRow> {
    let rows = this.#set.below('steps', groupNo, Infinity);
    for (; rows[0] !== undefined; rows = this.#set.below('steps', groupNo, rows[0].at_ms))
      yield* inHistory(rows).reverse();
  }

  firstAfter(groupNo: number, atMs: number): DatedStep | null {
    const [row] = inHistory(this.#set.above('steps', groupNo, atMs));
    return row === undefined ? null : datedOf(row);
  }

  put(groupNo: number, atMs: number, tie: TieBreak, step: StoredStep): void {
    const source = this.#set.sourceOf(groupNo);
    if (source === null) return;
    // What stands there already has to be known, to be taken back.
    this.#row(groupNo, atMs, tie);
    const groupId = this.#set.sets.groups.get(source, groupNo)?.id ?? '';
    this.#set.sets.steps.put({ source, group_no: groupNo, ...stepColumns(groupId, atMs, tie, step) });
  }

  remove(groupNo: number, atMs: number, tie: TieBreak): void {
    const row = this.#row(groupNo, atMs, tie);
    if (row !== undefined) this.#set.sets.steps.remove(row);
  }

  removeAll(groupNo: number): void {
    // Down to the first.
    for (const row of [...this.#newestFirst(groupNo)]) this.#set.sets.steps.remove(row);
    for (const row of this.#set.sets.steps.of(partOf.group(groupNo))) this.#set.sets.steps.remove(row);
  }
}

function place({ action_rank: rank, content_digest: digest }: StepRow, tie: TieBreak): number {
  return rank - tie.rank || (digest < tie.contentDigest ? -1 : digest > tie.contentDigest ? 1 : 0);
}

/** Rows of one group in the order of its history. */
export function inHistory(rows: readonly StepRow[]): StepRow[] {
  return [...rows].sort(
    (a, b) => a.at_ms - b.at_ms || place(a, { rank: b.action_rank, contentDigest: b.content_digest }),
  );
}

function datedOf(row: StepRow): DatedStep {
  return { ...stepOf(row), atMs: row.at_ms };
}
