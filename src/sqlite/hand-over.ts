/** What a successor can do before its predecessor has let go of the database: read. `writer.ts` goes on from there. */
import { existsSync } from 'node:fs';
import type { GroupSnapshot } from '../domain/campaign-group.js';
import { MonitorError } from '../domain/errors.js';
import { CampaignStore, type CampaignStoreOptions } from '../apply/campaigns.js';
import type { KnownHeads } from '../apply/heads.js';
import { Evidence } from '../apply/evidence.js';
import { campaignTables } from './campaign-tables.js';
import { rowsToConvert } from './convert.js';
import { canonicalPath, type Connection, openBesideWriter } from './database.js';
import { fileSizes, freeBytes } from './file-sizes.js';
import { snapshotOf } from '../apply/group-head.js';
import { hasKnownSchema, knownSchema, rehearseMigrations, schemaVersion } from './migrate.js';
import { isOtherKey } from './number-key.js';
import { groupsUnderOtherWords } from './vocabulary-table.js';

/** What was read beside a predecessor. */
export interface Prepared extends KnownHeads {
  /** When reading began, by the clock that all processes of a machine share. */
  readonly readAtMs: number;
  /**
   * Closes the database, which stays open until the take-over: so the predecessor's connection is not the last, and SQLite
   * does not write the whole log back, in syncs for which connections would wait.
   */
  readonly release: () => void;
}

/**
 * Reads the heads of a database that another process still writes to, in one read transaction. Null where there is no
 * database yet, or one that has to be migrated or converted first.
 * Throws what would keep the writer from opening it: OCM_NOT_OURS, OCM_NEWER_SCHEMA.
 */
export function prepareHandOver(path: string, options: CampaignStoreOptions): Prepared | null {
  const file = canonicalPath(path);
  if (!existsSync(file)) return null;
  const db = openBesideWriter(file);
  const release = () => {
    db.close();
  };
  try {
    if (hasKnownSchema(db) && rowsToConvert(db) === null) {
      const readAtMs = sharedClockMs();
      return {
        readAtMs,
        release,
        ...db.transaction(() => readHeads(db, options))(),
      };
    }
  } catch (error) {
    release();
    throw error;
  }
  release();
  return null;
}

function readHeads(db: Connection, options: CampaignStoreOptions): KnownHeads {
  const tables = campaignTables(db);
  return new CampaignStore(tables, new Evidence(tables), options).heads.loadMarked();
}

/** Milliseconds by a clock that nobody sets, and that all processes of a machine share. */
export function sharedClockMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}

/**
 * What has to be done at the take-over before posts are accepted again, in words; empty: nothing but reading again what
 * has changed. Throws OCM_UNAVAILABLE when the disk has no room for it, or something stands in a migration's way: then the
 * predecessor had better stay.
 */
export function pendingWork(
  path: string,
  { enumerations, digest, numberKey }: CampaignStoreOptions & { readonly numberKey: string | null },
): string[] {
  const file = canonicalPath(path);
  if (!existsSync(file)) return [];
  const db = openBesideWriter(file);
  try {
    const pending: string[] = [];
    if (hasKnownSchema(db)) {
      const retold = groupsUnderOtherWords(db, enumerations).length;
      if (retold > 0) pending.push(`history of campaign groups told in other words: ${retold}`);
      if (isOtherKey(db, numberKey, digest)) pending.push("customers' numbers hashed under another key");
    } else {
      rehearseMigrations(db);
      pending.push(`migrations: ${knownSchema() - schemaVersion(db)}`);
    }
    const rows = rowsToConvert(db);
    if (rows !== null && rows > 0) pending.push(`notifications brought into chunks: ${rows}`);
    if (pending.length > 0) mustHaveRoom(file, pending);
    return pending;
  } finally {
    db.close();
  }
}

/** What is rewritten lies in the log first: at worst all of the database. */
function mustHaveRoom(path: string, pending: readonly string[]): void {
  const [needed, free] = [fileSizes(path).main, freeBytes(path)];
  if (free === null || needed === null || free >= needed) return;
  const message = `${path}: ${pending.join(', ')} may take ${needed} bytes, and ${free} are free; make room, then reload`;
  throw new MonitorError('OCM_UNAVAILABLE', message);
}

export function* snapshotsOf({ heads }: KnownHeads): Generator<GroupSnapshot> {
  for (const head of heads.values()) {
    const snapshot = snapshotOf(head);
    if (snapshot) yield snapshot;
  }
}
