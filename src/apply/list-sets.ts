/** Sets of calling-list figures: each content once per group, because most posts repeat the one before. */
import type { LabelledList } from '../domain/campaign-group.js';
import type { Digest } from '../domain/identity.js';
import type { CallingListFigures } from '../domain/notification.js';
import { ListLabels } from './list-labels.js';
import type { ListRows } from './tables.js';

/** The number of no set: a post that names no list. */
const NO_SET = 0;

export class ListSets {
  readonly #rows: ListRows;
  readonly #digest: Digest;
  readonly #labels: ListLabels;

  constructor(rows: ListRows, digest: Digest) {
    this.#rows = rows;
    this.#digest = digest;
    this.#labels = new ListLabels(rows);
  }

  dropMemory(): void {
    this.#labels.dropMemory();
  }

  /** The number of a set, stored now if it is new; `content` as `listsContent` has it. */
  numberOf(groupNo: number, content: string, lists: readonly CallingListFigures[]): number {
    if (lists.length === 0) return NO_SET;
    const digest = this.#digest(content);
    const found = this.#rows.findSet(groupNo, digest);
    if (found !== null) return found;
    const setNo = this.#rows.insertSet(groupNo, digest);
    for (const list of lists) this.#rows.insertFigures(setNo, this.#listNo(groupNo, list), list);
    return setNo;
  }

  /** The lists of a set, labelled. */
  listsOf(groupNo: number, setNo: number): readonly LabelledList[] {
    return setNo === NO_SET ? [] : this.labelled(groupNo, this.#rows.figures(setNo));
  }

  labelled(groupNo: number, lists: readonly CallingListFigures[]): readonly LabelledList[] {
    return this.#labels.labelled(groupNo, lists);
  }

  #listNo(groupNo: number, list: CallingListFigures): number {
    const found = this.#rows.findList(groupNo, list);
    if (found !== null) return found;
    this.#labels.dropGroup(groupNo);
    return this.#rows.insertList(groupNo, list);
  }
}
