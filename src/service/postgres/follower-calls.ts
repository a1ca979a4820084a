/** What the follower's thread is asked. */
import type { Callback } from '../../domain/callback.js';
import type { GroupSnapshot } from '../../domain/campaign-group.js';
import type { HeldAnew, Polled } from '../../domain/followed.js';

/** Some of what is held: no message is too large. */
export interface HeldPiece {
  readonly snapshots: readonly GroupSnapshot[];
  readonly openCallbacks: readonly Callback[];
}

export interface FollowerCalls {
  poll(): Polled;
  /** Everything anew; the next poll goes on from there. */
  reload(): AsyncGenerator<HeldPiece, Omit<HeldAnew, keyof HeldPiece>>;
}
