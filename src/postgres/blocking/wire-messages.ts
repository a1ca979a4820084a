/** What the threads of a blocking wire say to each other. */
import type { MessagePort } from 'node:worker_threads';
import type { Answer } from '../exchange.js';
import type { DatabaseServer } from '../server.js';
import type { Statement } from '../statements.js';

/** How long what is done first may take: a primary may wait for its standby, which comes back later than it does. */
export const FIRST_MS = 10_000;

/** What the thread is started with. */
export interface WireThreadData {
  readonly server: DatabaseServer;
  /** Counts answers: the asking thread sleeps until it changes. */
  readonly answers: Int32Array;
  readonly port: MessagePort;
}

export type WireTold =
  | { readonly kind: 'answers'; readonly answers: readonly Answer[] }
  /** `sqlState` null: what became of the statements is not known. */
  | { readonly kind: 'failed'; readonly message: string; readonly sqlState: string | null };

export type WireAsked =
  | { readonly kind: 'exchange'; readonly statements: readonly Statement[]; readonly deadlineMs: number }
  /** Connects anew, does this, and says on a port of its own whether it could: nobody waits for it. */
  | { readonly kind: 'connect'; readonly first: readonly Statement[]; readonly reply: MessagePort }
  | { readonly kind: 'end' };

/** Null: there is a connection. */
export type WireConnected = Extract<WireTold, { readonly kind: 'failed' }> | null;
