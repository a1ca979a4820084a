/** Calling lists of groups: their numbers, by which evidence names them, and the labels by which they are told apart. */
import type { LabelledList } from '../domain/campaign-group.js';
import type { CallingListFigures } from '../domain/notification.js';
import type { ListSample } from '../evidence/sample.js';
import type { ListName, ListRows, NumberedList } from './evidence-rows.js';

/**
 * @bound groups whose calling lists the writer keeps in memory
 * @beyond all are dropped, and read again when needed
 */
const CACHED_GROUPS = 20_000;

interface KnownList extends NumberedList {
  readonly label: string;
}

interface ListsOfGroup {
  readonly byKey: Map<string, KnownList>;
  readonly byNo: Map<number, KnownList>;
  /** Whether any list has a label other than its name. */
  hasLabels: boolean;
}

/**
 * Lists of a group that share a name are told apart in labels. The one known first has the name to itself, the others have
 * their DBID beside it; that stays, whichever of them come and go, because lists keep their numbers.
 */
export class CallingLists {
  readonly #byGroup = new Map<number, ListsOfGroup>();
  readonly #rows: ListRows;

  constructor(rows: ListRows) {
    this.#rows = rows;
  }

  dropMemory(): void {
    this.#byGroup.clear();
  }

  /** Figures under the numbers of their lists, in the order of these; a list is stored now if it is new to the group. */
  numbered(groupNo: number, lists: readonly CallingListFigures[]): readonly ListSample[] {
    if (lists.length === 0) return NONE;
    return lists
      .map((list) => {
        const { hitRatio, timeToCompleteSeconds } = list;
        return { listNo: this.#listNo(groupNo, list), hitRatio, timeToCompleteSeconds };
      })
      .sort((a, b) => a.listNo - b.listNo);
  }

  /** The lists that samples name by numbers, by name and DBID, labelled. */
  named(groupNo: number, samples: readonly ListSample[]): readonly LabelledList[] {
    if (samples.length === 0) return [];
    const { byNo } = this.#of(groupNo);
    const lists = samples.flatMap(({ listNo, hitRatio, timeToCompleteSeconds }) => {
      const list = byNo.get(listNo);
      return list === undefined ? [] : [{ name: list.name, dbid: list.dbid, hitRatio, timeToCompleteSeconds }];
    });
    return this.labelled(groupNo, lists);
  }

  /** The lists with their labels, by name: in whatever order they were sent, as they are read again. */
  labelled(groupNo: number, sent: readonly CallingListFigures[]): readonly LabelledList[] {
    if (sent.length === 0) return sent;
    const lists = [...sent].sort((a, b) => compare(a.name, b.name) || compare(a.dbid ?? '', b.dbid ?? ''));
    const { byKey, hasLabels } = this.#of(groupNo);
    if (!hasLabels) return lists;
    return lists.map((list) => {
      const label = byKey.get(keyOf(list))?.label ?? list.name;
      return label === list.name ? list : { ...list, label };
    });
  }

  #listNo(groupNo: number, list: ListName): number {
    const found = this.#of(groupNo).byKey.get(keyOf(list));
    if (found !== undefined) return found.listNo;
    this.#byGroup.delete(groupNo);
    return this.#rows.insert(groupNo, { name: list.name, dbid: list.dbid });
  }

  #of(groupNo: number): ListsOfGroup {
    const known = this.#byGroup.get(groupNo);
    if (known) return known;
    if (this.#byGroup.size >= CACHED_GROUPS) this.#byGroup.clear();
    const lists: ListsOfGroup = { byKey: new Map(), byNo: new Map(), hasLabels: false };
    const taken = new Set<string>();
    for (const list of this.#rows.lists(groupNo)) {
      const label = freeLabel(list, taken);
      taken.add(label);
      const labelled = { ...list, label };
      lists.byKey.set(keyOf(list), labelled);
      lists.byNo.set(list.listNo, labelled);
      lists.hasLabels ||= label !== list.name;
    }
    this.#byGroup.set(groupNo, lists);
    return lists;
  }
}

const NONE: readonly ListSample[] = [];

function freeLabel({ name, dbid }: ListName, taken: ReadonlySet<string>): string {
  if (!taken.has(name)) return name;
  const withDbid = `${name} (${dbid ?? 'no DBID'})`;
  let label = withDbid;
  for (let n = 2; taken.has(label); n++) label = `${withDbid} #${n}`;
  return label;
}

function keyOf({ name, dbid }: ListName): string {
  const text = dbid ?? '';
  return `${text.length}:${text}${name}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
