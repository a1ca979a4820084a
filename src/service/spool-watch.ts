/** How a store stands whose database may be away: for those who show it, and in the log when it changes. */
import type { Logger } from '../domain/log.js';
import type { SpoolStatus } from '../domain/spool.js';
import type { CommitReport } from '../domain/store.js';
import type { WriterState } from './threads/writer-client.js';

export class SpoolWatch {
  readonly #log: Logger;
  /** Null: a store that has no spool. */
  status: SpoolStatus | null = null;
  /** To be told what a database holds that was away at the start. */
  onOpened: (state: WriterState) => void = () => undefined;
  /** To be told of commits of posts that had waited. */
  onDrained: (report: CommitReport) => void = () => undefined;
  /** To be told that the database is away, and that it is back. */
  onAway: (isAway: boolean) => void = () => undefined;
  /** To be told when questions that wait for the database are to be given up. */
  onReading: () => void = () => undefined;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Whether the database is away, and was looked for in vain. */
  get isAway(): boolean {
    return this.status?.away?.isLasting === true;
  }

  note(status: SpoolStatus): void {
    const before = this.status;
    const wasAway = this.isAway;
    this.status = status;
    this.#say(status, before);
    if (this.isAway === wasAway) return;
    if (this.isAway) this.onReading();
    this.onAway(this.isAway);
  }

  #say({ away, items, bytes }: SpoolStatus, before: SpoolStatus | null): void {
    const why = before?.away?.why ?? null;
    if (away !== null && away.why !== why) {
      const next = 'bring the database back, or mend OCM_STORE; posts are kept on this disk until OCM_SPOOL_LIMIT';
      this.#log.error({ why: away.why, next }, 'the database is away: posts are kept in the spool');
    } else if (away === null && why !== null) {
      this.#log.info({ items, bytes }, 'the database is back: the spool is drained');
    } else if (away === null && items === 0 && before !== null && before.items > 0) {
      this.#log.info({}, 'the spool is empty');
    }
  }

  noteAside(file: string, why: string): void {
    const next = 'look at it with sqlite3 FILE .recover: posts that waited in it are not in the database';
    this.#log.error(
      { file, why, next },
      'the spool was damaged: it was moved aside whole, and a new one takes its place',
    );
  }
}
