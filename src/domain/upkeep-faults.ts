import { messageOf } from './errors.js';
import type { UpkeepReport, UpkeepTask } from './store-upkeep.js';

/** Which work beside posts fails at present. */
export class UpkeepFaults {
  readonly #onReport: (report: UpkeepReport) => void;
  readonly #failing = new Set<UpkeepTask>();

  constructor(onReport: (report: UpkeepReport) => void) {
    this.#onReport = onReport;
  }

  has(task: UpkeepTask): boolean {
    return this.#failing.has(task);
  }

  failed(task: UpkeepTask, error: unknown): void {
    this.#failing.add(task);
    this.#onReport({ task, why: messageOf(error) });
  }

  worked(task: UpkeepTask): void {
    if (this.#failing.delete(task)) this.#onReport({ task, why: null });
  }
}
