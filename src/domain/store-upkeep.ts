/** What the store does by itself beside taking posts. Where it fails no post is refused, so that it has to be told. */
export const UPKEEP_TASKS = ['compaction', 'set_aside', 'retention', 'forgetting'] as const;
/**
 * `compaction`: notifications of the journal become chunks. `set_aside`: so do chunks that cannot be read. `retention`: what
 * is older than it is kept goes. `forgetting`: a removal that a restart cut off is finished.
 */
export type UpkeepTask = (typeof UPKEEP_TASKS)[number];

/** Told whenever a task fails, and when it works again. */
export interface UpkeepReport {
  readonly task: UpkeepTask;
  /** Null: it works again. */
  readonly why: string | null;
}

/** Chunks that could not be read: their samples are lost to whoever asks. */
export interface DamagedChunks {
  readonly count: number;
  /** The one that was found last; null: there is none. */
  readonly newest: {
    readonly source: string | null;
    readonly dbid: string | null;
    readonly hourMs: number;
    readonly samples: number;
    readonly why: string;
  } | null;
}
