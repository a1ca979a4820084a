/** What the store does beside posts, and does not get done: for those who show it, and in the log. */
import type { Logger } from '../domain/log.js';
import { type DamagedChunks, UPKEEP_TASKS, type UpkeepReport, type UpkeepTask } from '../domain/store-upkeep.js';

/** While it fails for the same reason it is said again after this. */
const AGAIN_MS = 600_000;

const WORDS: Readonly<Record<UpkeepTask, { readonly fails: string; readonly next: string }>> = {
  compaction: {
    fails: 'notifications cannot be brought from the journal into chunks',
    next: 'the journal and the memory for its keys grow meanwhile: take a backup, and report this line',
  },
  set_aside: {
    fails: 'samples that cannot be read cannot be set aside',
    next: 'they are met again and again: take a backup, and report this line',
  },
  retention: {
    fails: 'what is older than it is kept cannot be removed',
    next: 'it is tried again every ten minutes: check the disk, or report this line',
  },
  forgetting: {
    fails: 'what was asked to be forgotten cannot be removed',
    next: 'it is tried again every ten minutes: check the disk, or report this line',
  },
};

export class UpkeepWatch {
  readonly #log: Logger;
  readonly #failing = new Map<UpkeepTask, { readonly why: string; readonly saidMs: number }>();
  readonly #failures = new Map<UpkeepTask, number>();
  /** Chunks that could not be read. */
  damagedChunks = 0;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** How often each task has failed since the start. */
  get failures(): Readonly<Record<UpkeepTask, number>> {
    const counts = UPKEEP_TASKS.map((task) => [task, this.#failures.get(task) ?? 0]);
    return Object.fromEntries(counts) as Record<UpkeepTask, number>;
  }

  /** Tasks that failed when they were last tried. */
  get failing(): readonly { readonly task: UpkeepTask; readonly why: string }[] {
    return UPKEEP_TASKS.flatMap((task) => {
      const fault = this.#failing.get(task);
      return fault === undefined ? [] : [{ task, why: fault.why }];
    });
  }

  /** To be told how it went, and when, by a clock that nobody sets. */
  note(elapsedMs: number, { task, why }: UpkeepReport): void {
    const said = this.#failing.get(task);
    if (why === null) {
      this.#failing.delete(task);
      if (said !== undefined) this.#log.info({ task, failures: this.#failures.get(task) ?? 0 }, 'upkeep works again');
      return;
    }
    const failures = (this.#failures.get(task) ?? 0) + 1;
    this.#failures.set(task, failures);
    if (said?.why === why && elapsedMs - said.saidMs < AGAIN_MS) return;
    this.#failing.set(task, { why, saidMs: elapsedMs });
    const { fails, next } = WORDS[task];
    this.#log.error({ task, why, failures, next }, fails);
  }

  noteDamaged({ count, newest }: DamagedChunks): void {
    const before = this.damagedChunks;
    this.damagedChunks = count;
    if (count <= before || newest === null) return;
    const { source, dbid, hourMs, samples, why } = newest;
    const next = 'check the disk; restore a backup, or go on without: quarters of an hour and transitions stay';
    this.#log.error(
      { chunks: count, source, dbid, hour: new Date(hourMs).toISOString(), samples, why, next },
      'samples that cannot be read were set aside',
    );
  }
}
