/**
 * The end of a service's answers: it stops accepting, and ends when everything in flight is answered, not after a fixed
 * time. A post in flight waits for its commit, and that for a disk of any speed; so the wait knows of commits under way.
 */
import { setTimeout as pause } from 'node:timers/promises';

/** Whoever is slow to send or to take gets so much more time when nothing is left to be committed. */
const GRACE_MS = 1500;
/** The same where haste is made: all of it may take two seconds. */
const HASTY_GRACE_MS = 1400;
/** … and so much when nobody waits for the end: whoever starts the service anew wants the database. */
const ORPHANS_GRACE_MS = 500;
/** What the writer was not given within this is refused: the connections behind it have waited long enough. */
const QUEUED_WITHIN_MS = 30_000;
/** A commit that takes so much longer hangs: nobody can say whether it will be kept. */
const COMMIT_WITHIN_MS = 30_000;
/** Answers are on their way for so long. */
const FLUSH_MS = 100;
const LOOK_MS = 20;

/** The longest a service takes to answer, or to refuse, what is in flight when it has stopped accepting. */
export const ANSWERED_WITHIN_MS = QUEUED_WITHIN_MS + COMMIT_WITHIN_MS;

export interface Commits {
  /** Posts that wait for a commit. */
  readonly waiting: number;
  refuseQueued(): void;
  refuseAll(): void;
}

export interface Hurry {
  /** When whoever ends the service lost patience, null: not yet. */
  readonly sinceMs: number | null;
  readonly isOrphaned: boolean;
}

type FinishingMove = 'wait' | 'refuse-queued' | 'refuse-all' | 'end';

/** What to do about requests in flight `sinceMs` after accepting stopped, and `hurriedMs` after somebody made haste. */
export function finishingMove(
  sinceMs: number,
  hurriedMs: number | null,
  waiting: number,
  isOrphaned = false,
): FinishingMove {
  const grace = isOrphaned ? ORPHANS_GRACE_MS : HASTY_GRACE_MS;
  if (hurriedMs !== null) return hurriedMs < grace ? 'wait' : waiting > 0 ? 'refuse-all' : 'end';
  if (sinceMs < GRACE_MS) return 'wait';
  if (waiting === 0) return 'end';
  if (sinceMs < QUEUED_WITHIN_MS) return 'wait';
  return sinceMs < ANSWERED_WITHIN_MS ? 'refuse-queued' : 'refuse-all';
}

/** Resolves when connections that are still open may be cut. `isClosed`: none is. */
export async function finished(commits: Commits, hurry: () => Hurry, isClosed: () => boolean): Promise<void> {
  const beganMs = performance.now();
  while (!isClosed()) {
    const nowMs = performance.now();
    const { sinceMs, isOrphaned } = hurry();
    const hurriedMs = sinceMs === null ? null : nowMs - sinceMs;
    const move = finishingMove(nowMs - beganMs, hurriedMs, commits.waiting, isOrphaned);
    if (move === 'refuse-queued') commits.refuseQueued();
    if (move === 'refuse-all') commits.refuseAll();
    if (move === 'refuse-all' || move === 'end') {
      await pause(FLUSH_MS);
      return;
    }
    await pause(LOOK_MS);
  }
}
