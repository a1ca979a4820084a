import type { ChangeRows } from '../apply/tables.js';
import type { RecordedTransition } from '../domain/campaign-group.js';
import type { UndoLog } from './undo-log.js';

/** A transition that was made or withdrawn; null: history was told again, whoever follows starts over. */
export interface NotedChange {
  readonly no: number;
  readonly groupNo: number;
  readonly isWithdrawn: boolean;
  readonly transition: RecordedTransition | null;
}

/** Changes of a batch, which go into the log of its lane as one row. How long that is kept is a matter of time. */
export class ChangeTable implements ChangeRows {
  readonly #log: UndoLog;
  #noted: readonly NotedChange[] = [];
  #lastNo = 0;

  constructor(log: UndoLog) {
    this.#log = log;
  }

  insert(_recordedMs: number, groupNo: number, isWithdrawn: boolean, transition: RecordedTransition | null): number {
    const no = ++this.#lastNo;
    this.#set([...this.#noted, { no, groupNo, isWithdrawn, transition }]);
    return no;
  }

  prune(upToNo: number): void {
    this.#set(this.#noted.filter(({ no }) => no > upToNo));
  }

  #set(noted: readonly NotedChange[]): void {
    const before = this.#noted;
    this.#log.note(() => {
      this.#noted = before;
    });
    this.#noted = noted;
  }

  /** Of the batch that is being committed. */
  take(): readonly NotedChange[] {
    const noted = this.#noted;
    this.#noted = [];
    return noted;
  }
}
