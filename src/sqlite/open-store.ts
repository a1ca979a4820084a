/** Opening a database as its writer: everything read at the start, so that damage met there is met in one place. */
import { existsSync, statSync } from 'node:fs';
import type { Clock } from '../domain/clock.js';
import { wasSetBack } from '../domain/clock-watch.js';
import { messageOf } from '../domain/errors.js';
import type { HandOver } from '../domain/hand-over.js';
import type { DamagedChunks } from '../domain/store-upkeep.js';
import { AuditLog } from './audit-log.js';
import { CallbackStore } from '../apply/callbacks.js';
import { CampaignStore, type CampaignStoreOptions } from '../apply/campaigns.js';
import { Compaction } from '../apply/compaction.js';
import { Evidence } from '../apply/evidence.js';
import type { JournalIndex } from '../evidence/journal-index.js';
import {
  damaged,
  finishMove,
  isDamage,
  keepLoneLog,
  keepLostCommits,
  moveAside,
  schemaInHeader,
  type SetAside,
} from './damage/damage.js';
import { convert, type ConversionProgress } from './convert.js';
import { type Connection, isStoreFailure, openForWriting } from './database.js';
import { damagedChunksIn } from './damaged-chunks.js';
import { endFutureMoments } from './future-moments.js';
import { createInfoMartViews } from './info-mart-views.js';
import { giveVendorKeys } from './vendor-keys.js';
import { knownSchema, migrate, schemaVersion } from './migrate.js';
import { isSuspect, leaveNote, noteMade, wasMade } from './notes.js';
import type { NumberHashing } from '../apply/customers/customer-search.js';
import { takeMarks } from './customers/removal-register.js';
import { numberKey } from './number-key.js';
import { mustHaveOneName } from './one-name.js';
import { QuarantineStore } from '../apply/quarantine.js';
import { lastAliveMs, UptimeLedger } from './uptime-ledger.js';
import { groupsUnderOtherWords, rememberWords } from './vocabulary-table.js';
import { startFollowersOver } from '../apply/change-log.js';
import type { Stores } from '../apply/stores.js';
import type { Tables } from '../apply/tables.js';
import { sqliteTables } from './tables.js';

/** Up to this size a database is read over after an unclean end; a larger one would keep posts waiting. */
const CHECKED_BYTES = 64 * 1024 * 1024;
/** And one whose files another program has changed: that would be read anew at every turn. */
const CHECKED_SUSPECT_BYTES = 1024 * 1024 * 1024;

export interface OpenStore {
  readonly db: Connection;
  readonly tables: Tables;
  readonly stores: Stores;
  readonly auditLog: AuditLog;
  readonly damagedChunks: () => DamagedChunks;
  readonly numbers: NumberHashing;
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
  /** Keys of the journal as they were read beside the predecessor, null: they are read now. */
  readonly journal?: JournalIndex | null;
  /** Told while evidence of an older version is converted. */
  readonly onConversion?: (progress: ConversionProgress) => void;
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
  mustHaveOneName(path);
  if (!options.keepsLedger) return build(path, options, null);
  const store = openOrReplace(path, options, setAsideBefore(path, options));
  noteMade(path);
  return store;
}

function openOrReplace(path: string, options: StoreOptions, setAside: SetAside | null): OpenStore {
  try {
    return build(path, options, setAside);
  } catch (error) {
    if (!isDamage(error)) throw error;
    return replaceDamaged(path, options, error);
  }
}

/** Before anything is opened: keeps what SQLite would overwrite or remove, and tells of a database that is not there any more. */
function setAsideBefore(path: string, { clock, handOver }: StoreOptions): SetAside | null {
  const nowMs = clock.nowMs();
  if (bytesOf(path) === 0 && wasMade(path)) {
    const what = `${path} was ${existsSync(path) ? 'empty' : 'not there'} at a start, and begun anew: its history is missing`;
    leaveNote(path, 'vanished', nowMs, `${what}. Look for it, or restore a backup: ocs-monitor restore FILE`);
  }
  if (schemaInHeader(path) > knownSchema()) return null;
  // The predecessor has left its log on purpose.
  return keepLoneLog(path, nowMs) ?? (handOver ? null : keepLostCommits(path, nowMs));
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
    if (endedUncleanly || isSuspect(path)) checkAfterUncleanEnd(db, path);
    migrate(db);
    const { clock, onConversion = () => undefined } = options;
    convert(db, { nowMs: clock.nowMs(), elapsedMs: () => performance.now(), onProgress: onConversion });
    giveVendorKeys(db);
    createInfoMartViews(db);
    takeMarks(db, path);
    const tables = sqliteTables(db);
    const evidence = new Evidence(tables, options.journal ?? undefined);
    const campaigns = new CampaignStore(tables, evidence, options);
    const { callbacks, numbers } = openCallbacks(db, tables, options);
    const quarantine = new QuarantineStore(tables.quarantine, options.quarantineLimitBytes, options.digest);
    // Whether it can be read is to be known before anybody posts.
    quarantine.counts();
    const stores = {
      evidence,
      compaction: new Compaction(tables, evidence),
      campaigns,
      callbacks,
      legacyEvents: tables.legacyEvents,
      missingKeys: tables.missingKeys,
      quarantine,
    };
    const auditLog = new AuditLog(db);
    const damagedChunks = damagedChunksIn(db);
    const ledger = options.keepsLedger ? openLedger(db, campaigns, options) : null;
    const retoldGroups = retell(db, { tables, campaigns: stores.campaigns }, options);
    return { db, tables, stores, auditLog, damagedChunks, numbers, ledger, retoldGroups, setAside };
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
  try {
    db.pragma('wal_checkpoint(TRUNCATE)');
  } catch (error) {
    // Whatever else keeps it from being written back: what the log holds is read from there, and new posts fit into it.
    if (isDamage(error) || !isStoreFailure(error)) throw error;
  }
  const isOtherwise = isSuspect(path);
  if (bytesOf(path) > (isOtherwise ? CHECKED_SUSPECT_BYTES : CHECKED_BYTES)) return;
  // Pages of two times may each be sound, and their indexes not agree with them.
  const check = isOtherwise ? 'integrity_check(3)' : 'quick_check(3)';
  const faults = db.prepare(`PRAGMA ${check}`).pluck().all() as string[];
  if (faults.join() !== 'ok') throw damaged(path, faults.join('; '));
}

function openLedger(
  db: Connection,
  campaigns: CampaignStore,
  { clock, socketOutlived = false, handOver = null }: StoreOptions,
): UptimeLedger {
  const nowMs = clock.nowMs();
  const lastMs = lastAliveMs(db);
  if (lastMs !== null && wasSetBack(lastMs, nowMs)) db.transaction(endFutureMoments)(db, campaigns, nowMs);
  const beginning = { nowMs, lastMs, socketOutlived };
  if (handOver === null) return new UptimeLedger(db, beginning);
  // Connections wait: what is written here is synced with the first post, and acknowledged to nobody.
  db.pragma('synchronous = NORMAL');
  try {
    return new UptimeLedger(db, { ...beginning, handedOverMs: nowMs - handOver.waitedMs });
  } finally {
    db.pragma('synchronous = FULL');
  }
}

function retell(
  db: Connection,
  { tables, campaigns }: { readonly tables: Tables; readonly campaigns: CampaignStore },
  { enumerations, clock }: StoreOptions,
): number {
  return db.transaction(() => {
    const groupNos = groupsUnderOtherWords(db, enumerations);
    campaigns.retell(groupNos);
    rememberWords(db, enumerations);
    if (groupNos.length > 0) startFollowersOver(tables.changes, clock.nowMs());
    return groupNos.length;
  })();
}

/** Numbers hashed under another key are found by nobody: a new key hashes them all anew. */
function openCallbacks(
  db: Connection,
  tables: Tables,
  { digest, numberKey: configured, keys }: StoreOptions,
): { readonly callbacks: CallbackStore; readonly numbers: NumberHashing } {
  return db.transaction(() => {
    const { key, changed } = numberKey(db, configured, keys.random, digest);
    const hash = keys.hasher(key);
    const callbacks = new CallbackStore(tables, { digest, hashNumber: hash });
    if (changed) callbacks.rehash();
    return { callbacks, numbers: { hash, key: digest(key) } };
  })();
}

function bytesOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
