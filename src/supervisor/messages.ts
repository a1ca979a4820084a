/** What the supervisor and the services it starts say to each other, over the channel Node opens between them. */

import type { Ending, EndingStage } from '../domain/ending.js';
import type { HandOver, Touched } from '../domain/hand-over.js';

/** From the supervisor. */
export type Order =
  /** To a service: a successor is about to read; what is changed from now on is for it to read again. */
  | { readonly kind: 'note-changes' }
  /** To a successor: the predecessor has ended, the database is free. `handOver` is null when it did not by itself. */
  | { readonly kind: 'take-over'; readonly by: 'signal' | null; readonly handOver: HandOver | null }
  | { readonly kind: 'end'; readonly how: Exclude<Ending, 'orphaned'> }
  /** The answer to `reload`. */
  | { readonly kind: 'reloading'; readonly successor: number; readonly drainMs: number }
  | { readonly kind: 'reload-failed'; readonly why: string }
  /** To a service that goes on as it was, because its successor did not come up. `by`: as in `take-over`. */
  | { readonly kind: 'not-replaced'; readonly by: 'signal' | null; readonly why: string }
  /** How many lines of its own log the supervisor had to drop that no earlier service shows: this one does. */
  | { readonly kind: 'log-dropped'; readonly count: number };

/** From a service. */
export type Report =
  /** A successor has read all that can be read beside its predecessor, and waits. */
  | { readonly kind: 'prepared' }
  /** It listens, and will drain for so long when it hands over. */
  | { readonly kind: 'ready'; readonly drainMs: number }
  /** How far its end has come; said again and again, as a sign of life: a slow disk can take long. */
  | { readonly kind: 'ending'; readonly stage: EndingStage }
  /** It has let go of the database, and is about to end. */
  | { readonly kind: 'released'; readonly touched?: Touched | null }
  | { readonly kind: 'reload' };
