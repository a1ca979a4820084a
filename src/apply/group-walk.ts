/** Long work that looks at each group. */
import type { RetentionRows } from './retention-rows.js';

/** Groups that are looked at in one slice, where nothing is to be done. */
const GROUPS_AT_ONCE = 8;

/**
 * A walk over all groups, in slices. A store may run a slice again that looked at what was not loaded: it goes on with the group
 * that it was at.
 */
export class GroupWalk {
  readonly #rows: Pick<RetentionRows, 'groupNosAfter'>;
  #lastNo = 0;
  #ahead: readonly number[] = [];

  constructor(rows: Pick<RetentionRows, 'groupNosAfter'>) {
    this.#rows = rows;
  }

  /** Looks at some groups, up to one of which `look` says that it is not done with it. False: there are no more. */
  some(look: (groupNo: number) => boolean): boolean {
    if (this.#ahead.length === 0) this.#ahead = this.#rows.groupNosAfter(this.#lastNo, GROUPS_AT_ONCE);
    const isMore = this.#ahead.length > 0;
    for (const groupNo of this.#ahead) {
      if (!look(groupNo)) return true;
      this.#lastNo = groupNo;
      this.#ahead = this.#ahead.slice(1);
    }
    return isMore;
  }
}
