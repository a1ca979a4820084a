/** Opening a database as its writer: everything read at the start, so that damage met there is met in one place. */
import { statSync } from 'node:fs';
import type { Clock } from '../domain/clock.js';
import { messageOf } from '../domain/errors.js';
import type { HandOver } from '../domain/succession.js';
import { AuditLog } from './audit-log.js';
import { CallbackStore } from './callback-store.js';
import { CampaignStore, type CampaignStoreOptions } from './campaign-store.js';
import { damaged, finishMove, isDamage, keepLostCommits, moveAside, schemaInHeader, type SetAside } from './damage.js';
import { ChangeLog } from './change-log.js';
import { type Connection, openForWriting, storeIdentity } from './database.js';
import { createInfoMartViews } from './info-mart-views.js';
import { knownSchema, migrate, schemaVersion } from './migrate.js';
import { MissingKeyTable } from './missing-keys.js';
import { numberKey } from './number-key.js';
import { QuarantineStore } from './quarantine-store.js';
import { UptimeLedger } from './uptime-ledger.js';
import { groupsUnderOtherWords, rememberWords } from './vocabulary-table.js';
import type { Stores } from './batch.js';

/** Up to this size a database is read over after an unclean end; a larger one would keep posts waiting. */
const CHECKED_BYTES = 64 * 1024 * 1024;

export interface OpenStore {
  readonly db: Connection;
  /** Of the file and its log, see `storeIdentity`. */
  readonly identity: string | null;
  readonly stores: Stores;
  readonly changeLog: ChangeLog;
  readonly auditLog: AuditLog;
  readonly ledger: UptimeLedger | null;
  readonly retoldGroups: number;
  readonly setAside: SetAside | null;
}

export interface StoreOptions extends CampaignStoreOptions {
  /** Key for the hashes of customers' numbers; null: one made for this database. */
  readonly numberKey: string | null;
  readonly keys: NumberKeys;
  readonly quarantineLimitBytes: number;
  readonly clock: Clock;
  /** Whether this is the service, whose up-time is written down and which replaces a damaged database, and not a command. */
  readonly keepsLedger: boolean;
  /** Whether connections waited in a socket while nobody held the database. */
  readonly socketOutlived?: boolean;
  /** A predecessor has let go of the database a moment ago, null: none has. What it leaves in the log is no unclean end. */
  readonly handOver?: HandOver | null;
}

/** How keys for hashes are made and used; the domain and the store know no cryptography. */
interface NumberKeys {
  readonly random: () => string;
  readonly hasher: (key: string) => (number: string) => string;
}

/**
 * Opens and migrates; the caller holds the writer's lock. For the service a damaged database makes room for a new one,
 * and what its log lost is kept; a command is told OCM_DAMAGED.
 */
export function openStore(path: string, options: StoreOptions): OpenStore {
  finishMove(path);
  if (!options.keepsLedger) return build(path, options, null);
  const isNewer = schemaInHeader(path) > knownSchema();
  const copied = isNewer || options.handOver ? null : keepLostCommits(path, options.clock.nowMs());
  try {
    return build(path, options, copied);
  } catch (error) {
    if (!isDamage(error)) throw error;
    return replaceDamaged(path, options, error);
  }
}

/** Moves the database aside and opens a new one in its place. */
export function replaceDamaged(path: string, options: StoreOptions, damage: unknown): OpenStore {
  const file = moveAside(path, options.clock.nowMs());
  return build(path, options, { file, why: messageOf(damage), how: 'moved' });
}

function build(path: string, options: StoreOptions, setAside: SetAside | null): OpenStore {
  // What a clean end leaves is in the main file alone.
  const endedUncleanly = !options.handOver && bytesOf(`${path}-wal`) > 0;
  const db = openForWriting(path);
  try {
    refuseNewer(db);
    if (endedUncleanly) checkAfterUncleanEnd(db, path);
    migrate(db);
    createInfoMartViews(db);
    const stores = {
      campaigns: new CampaignStore(db, options),
      callbacks: openCallbacks(db, options),
      missingKeys: new MissingKeyTable(db),
      quarantine: new QuarantineStore(db, options.quarantineLimitBytes, options.digest),
    };
    const changeLog = new ChangeLog(db);
    const auditLog = new AuditLog(db);
    const ledger = options.keepsLedger ? openLedger(db, options) : null;
    const retoldGroups = retell(db, { campaigns: stores.campaigns, changeLog }, options);
    // Something was written by now, so that the log is there.
    return { db, identity: storeIdentity(path), stores, changeLog, auditLog, ledger, retoldGroups, setAside };
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Before anything is written or looked into: a newer version's database is none of our business. */
function refuseNewer(db: Connection): void {
  if (schemaVersion(db) > knownSchema()) migrate(db);
}

/** A power cut is when disks lie. What the log holds goes into the main file, so that what it had lost is not met again. */
function checkAfterUncleanEnd(db: Connection, path: string): void {
  db.pragma('wal_checkpoint(TRUNCATE)');
  if (bytesOf(path) > CHECKED_BYTES) return;
  const faults = db.prepare('PRAGMA quick_check(3)').pluck().all() as string[];
  if (faults.join() !== 'ok') throw damaged(path, faults.join('; '));
}

function openLedger(db: Connection, { clock, socketOutlived = false, handOver = null }: StoreOptions): UptimeLedger {
  const nowMs = clock.nowMs();
  if (handOver === null) return new UptimeLedger(db, nowMs, socketOutlived);
  // Connections wait: what is written here is synced with the first post, and acknowledged to nobody.
  db.pragma('synchronous = NORMAL');
  try {
    return new UptimeLedger(db, nowMs, socketOutlived, nowMs - handOver.waitedMs);
  } finally {
    db.pragma('synchronous = FULL');
  }
}

function retell(
  db: Connection,
  { campaigns, changeLog }: { readonly campaigns: CampaignStore; readonly changeLog: ChangeLog },
  { enumerations, clock }: StoreOptions,
): number {
  return db.transaction(() => {
    const groupNos = groupsUnderOtherWords(db, enumerations);
    campaigns.retell(groupNos);
    rememberWords(db, enumerations);
    if (groupNos.length > 0) changeLog.startOver(clock.nowMs());
    return groupNos.length;
  })();
}

/** Numbers hashed under another key are found by nobody: a new key hashes them all anew. */
function openCallbacks(db: Connection, { digest, numberKey: configured, keys }: StoreOptions): CallbackStore {
  return db.transaction(() => {
    const { key, changed } = numberKey(db, configured, keys.random, digest);
    const callbacks = new CallbackStore(db, { digest, hashNumber: keys.hasher(key) });
    if (changed) callbacks.rehash();
    return callbacks;
  })();
}

function bytesOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
