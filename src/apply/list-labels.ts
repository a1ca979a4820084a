/**
 * Calling lists of a group that share a name are told apart in labels. The one known first has the name to itself, the
 * others have their DBID beside it; that stays, whichever of them come and go, because lists keep their numbers.
 */
import type { LabelledList } from '../domain/campaign-group.js';
import type { CallingListFigures } from '../domain/notification.js';
import type { ListRows } from './tables.js';

/** Groups whose labels are kept in memory; at the bound all are dropped and looked up again. */
const CACHED_GROUPS = 20_000;

/** Labels of the lists of a group that are not their names. */
type Labels = ReadonlyMap<string, string>;
const ALL_BY_NAME: Labels = new Map();

export class ListLabels {
  readonly #byGroup = new Map<number, Labels>();
  readonly #rows: ListRows;

  constructor(rows: ListRows) {
    this.#rows = rows;
  }

  /** The lists with their labels; where all go by their names, the same array. */
  labelled(groupNo: number, lists: readonly CallingListFigures[]): readonly LabelledList[] {
    if (lists.length === 0) return lists;
    const labels = this.#byGroup.get(groupNo) ?? this.#load(groupNo);
    if (labels.size === 0) return lists;
    return lists.map((list) => {
      const label = labels.get(keyOf(list.name, list.dbid ?? ''));
      return label === undefined ? list : { ...list, label };
    });
  }

  /** To be told of each new list. */
  dropGroup(groupNo: number): void {
    this.#byGroup.delete(groupNo);
  }

  dropMemory(): void {
    this.#byGroup.clear();
  }

  #load(groupNo: number): Labels {
    if (this.#byGroup.size >= CACHED_GROUPS) this.#byGroup.clear();
    const taken = new Set<string>();
    const labels = new Map<string, string>();
    for (const { name, dbid } of this.#rows.names(groupNo)) {
      const label = freeLabel(name, dbid ?? '', taken);
      taken.add(label);
      if (label !== name) labels.set(keyOf(name, dbid ?? ''), label);
    }
    const known = labels.size === 0 ? ALL_BY_NAME : labels;
    this.#byGroup.set(groupNo, known);
    return known;
  }
}

function freeLabel(name: string, dbid: string, taken: ReadonlySet<string>): string {
  if (!taken.has(name)) return name;
  const withDbid = `${name} (${dbid === '' ? 'no DBID' : dbid})`;
  let label = withDbid;
  for (let n = 2; taken.has(label); n++) label = `${withDbid} #${n}`;
  return label;
}

function keyOf(name: string, dbid: string): string {
  return `${dbid.length}:${dbid}${name}`;
}
