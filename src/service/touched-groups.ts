/** Which groups commits touch while a successor reads: it reads those again, and no others. */
import type { CommitReport, ForgetSlice } from '../domain/store.js';
import type { Touched } from '../domain/hand-over.js';
import { sharedClockMs } from '../sqlite/hand-over.js';

/**
 * @bound groups noted for a successor
 * @beyond it looks at all groups again
 * @seen how long a reload takes, in the log
 */
const MAX_TOUCHED = 100_000;

export class TouchedGroups {
  #since: { readonly sinceMs: number; readonly groupNos: Set<number> } | null = null;

  /** From now on, for a successor that has not begun to read. */
  begin(): void {
    this.#since = { sinceMs: sharedClockMs(), groupNos: new Set() };
  }

  note({ heard, snapshots }: Pick<CommitReport, 'heard' | 'snapshots'>): void {
    if (this.#since === null) return;
    for (const { groupNo } of heard) this.#since.groupNos.add(groupNo);
    for (const { groupNo } of snapshots) this.#since.groupNos.add(groupNo);
    if (this.#since.groupNos.size > MAX_TOUCHED) this.lose();
  }

  noteRemoved({ groupNos }: Pick<ForgetSlice, 'groupNos'>): void {
    for (const groupNo of groupNos) this.#since?.groupNos.add(groupNo);
  }

  /** Something was changed that nobody here can name. */
  lose(): void {
    this.#since = null;
  }

  /** Null: it has to be found out. */
  get all(): Touched | null {
    return this.#since && { sinceMs: this.#since.sinceMs, groupNos: [...this.#since.groupNos] };
  }
}
