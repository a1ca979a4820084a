/** What a successor can do before its predecessor has let go of the database: read. */
import { existsSync } from 'node:fs';
import type { GroupSnapshot } from '../domain/campaign-group.js';
import { CampaignStore, type CampaignStoreOptions, type KnownHead } from './campaign-store.js';
import { canonicalPath, openForReading } from './database.js';
import { snapshotOf } from './group-head.js';
import { hasKnownSchema } from './migrate.js';

/**
 * Reads every head of a database that another process still writes to, in one read transaction. Nothing is read where
 * there is no database yet, or one that has to be migrated first.
 * Throws what would keep the writer from opening it: OCM_NOT_OURS, OCM_NEWER_SCHEMA.
 */
export function prepareSuccession(path: string, options: CampaignStoreOptions): ReadonlyMap<number, KnownHead> {
  const heads = new Map<number, KnownHead>();
  const file = canonicalPath(path);
  if (!existsSync(file)) return heads;
  const db = openForReading(file);
  try {
    if (!hasKnownSchema(db)) return heads;
    db.transaction(() => {
      for (const known of new CampaignStore(db, options).loadMarked()) heads.set(known.head.groupNo, known);
    })();
    return heads;
  } finally {
    db.close();
  }
}

export function* snapshotsOf(heads: ReadonlyMap<number, KnownHead>): Generator<GroupSnapshot> {
  for (const { head } of heads.values()) {
    const snapshot = snapshotOf(head);
    if (snapshot) yield snapshot;
  }
}
