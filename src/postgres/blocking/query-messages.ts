/** What the threads of a blocking connection say to each other. */
import type { MessagePort } from 'node:worker_threads';
import type { DatabaseServer } from '../server.js';
import type { Value } from '../readers/named-sql.js';

/** What the thread is started with. */
export interface QueryThreadData {
  readonly server: DatabaseServer;
  /** Counts answers: the asking thread sleeps until it changes. */
  readonly answers: Int32Array;
  readonly port: MessagePort;
}

export interface Asked {
  readonly text: string;
  readonly values: readonly Value[];
}

export interface QueryFault {
  readonly message: string;
  /** SQLSTATE; null: the connection failed, not the statement. */
  readonly sqlState: string | null;
}

export type Told =
  { readonly kind: 'rows'; readonly rows: readonly object[] } | { readonly kind: 'fault'; readonly fault: QueryFault };
