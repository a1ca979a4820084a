/** Posts that are durable on the receiver's own disk while the database that it shares with others is away. */

/** How a store stands whose database may be away. */
export interface SpoolStatus {
  /** Why the database is not written to; null: it is. */
  readonly away: {
    readonly why: string;
    readonly sinceMs: number;
    /** Whether it was looked for since, in vain: an answer that took too long on a busy machine is no outage. */
    readonly isLasting: boolean;
  } | null;
  /** Posts that wait, and their bytes on the disk. */
  readonly items: number;
  readonly bytes: number;
  readonly limitBytes: number;
  /** When the oldest of them was received; null: none waits. */
  readonly oldestMs: number | null;
  /** Damaged spools that lie aside. */
  readonly aside: readonly string[];
}
