/** Commits of work beside posts of which nobody knew whether they were done: whoever asked for it was told that it failed. */
import type { CommitReport } from '../domain/store.js';
import type { LanePlace } from './fence.js';

/**
 * Reports of commits in doubt, of work beside posts.
 * @bound reports of commits in doubt, of work beside posts
 * @beyond what such a commit changed is shown with the next change of its groups
 */
const REPORTS_KEPT = 100;

export class Unsettled {
  readonly #commits: { readonly place: LanePlace; readonly report: CommitReport }[] = [];

  note(place: LanePlace, report: CommitReport): void {
    if (this.#commits.push({ place, report }) > REPORTS_KEPT) this.#commits.shift();
  }

  /** What those changed that were done all the same. `momentOf`: see `PostgresWriter`; what it throws leaves the rest in doubt. */
  *settled(momentOf: (place: LanePlace) => number | null): Generator<CommitReport> {
    for (let [first] = this.#commits; first !== undefined; [first] = this.#commits) {
      const no = momentOf(first.place);
      this.#commits.shift();
      if (no !== null) yield { ...first.report, no, receipts: [] };
    }
  }
}
