/** What a migration is between, whatever database each side is. */
import type { AuditEntry } from '../domain/audit.js';
import type { MovedStore, MoveTarget } from '../apply/migration/stores.js';

/** One that is only read. */
export interface SourceEnd {
  readonly store: MovedStore;
  /** Who writes to it now, for people; null: nobody does, nor can until it is closed. */
  readonly writers: string | null;
  close(): Promise<void>;
}

export interface TargetEnd {
  readonly store: MoveTarget;
  /** Ends the migration: services may start on it. Not to be used afterwards, but to be closed. */
  finish(entry: AuditEntry): Promise<void>;
  close(): Promise<void>;
}

/** How much a store holds. */
export interface HeldSizes {
  /** Rows by table, of the tables of which rows are moved. */
  readonly tables: ReadonlyMap<string, number>;
  readonly bytes: number;
}
