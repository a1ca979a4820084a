/** What the supervisor and the services it starts say to each other, over the channel Node opens between them. */

import type { Ending } from '../domain/ending.js';

/** From the supervisor. */
export type Order =
  /** To a successor: the predecessor has ended, the database is free. */
  | { readonly kind: 'take-over'; readonly by: 'signal' | null }
  | { readonly kind: 'end'; readonly how: Exclude<Ending, 'orphaned'> }
  /** The answer to `reload`. */
  | { readonly kind: 'reloading'; readonly successor: number; readonly drainMs: number }
  | { readonly kind: 'reload-failed'; readonly why: string }
  /** How many lines of its own log the supervisor had to drop that no earlier service shows: this one does. */
  | { readonly kind: 'log-dropped'; readonly count: number };

/** From a service. */
export type Report =
  /** A successor has read all that can be read beside its predecessor, and waits. */
  | { readonly kind: 'prepared' }
  /** It listens, and will drain for so long when it hands over. */
  | { readonly kind: 'ready'; readonly drainMs: number }
  /** It has let go of the database, and is about to end. */
  | { readonly kind: 'released' }
  | { readonly kind: 'reload' };
