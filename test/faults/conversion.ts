/** Kills the conversion of a database of the version before, again and again, and compares what is held before and after. */
import Database from 'better-sqlite3';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { canonicalJson } from '../../src/domain/json.js';
import type { Connection } from '../../src/sqlite/database.js';
import { removeFolder } from '../support/folders.js';
import { heldEvidence } from '../support/held-evidence.js';
import { addOldGroups, addOldSamples, listNo, oldDatabase, type OldSample } from '../support/old-databases.js';
import { type Account, newFaultAccount } from './account.js';
import { eagerRoot } from './broken.js';

export const CONVERSION = 'kill -9 in the middle of conversion';

export interface ConversionRun {
  readonly root: string;
  readonly isLong: boolean;
  readonly account: Account;
  readonly say: (text: string) => void;
  /** A number in [0, 1): when exactly it is killed. */
  readonly random: () => number;
}

const CYCLES = { default: 4, long: 60 };
const GROUPS = 20;
const ROWS_PER_GROUP = 1000;
const T0 = Date.UTC(2026, 10, 20, 8);
/** How long a slice and its commit may take: a kill comes within some of them. */
const WITHIN_MS = 60;

/** The account gets failures for what is not as it was. */
export async function runConversions({ root, isLong, account, say, random }: ConversionRun): Promise<void> {
  const own = newFaultAccount(CONVERSION);
  account.faults.push(own);
  const folder = mkdtempSync(join(tmpdir(), 'ocm-conversion-'));
  const build = await eagerRoot(root);
  const [old, path] = [join(folder, 'old.db'), join(folder, 'converted.db')];
  const all = samples(random);
  makeOld(old, all);
  try {
    const cycles = CYCLES[isLong ? 'long' : 'default'];
    let whole = 0;
    while (own.cycles < cycles) {
      for (const suffix of ['-wal', '-shm']) removeFolder(path + suffix);
      copyFileSync(old, path);
      while (await isKilled(build.root, path, own.cycles < cycles ? random() * WITHIN_MS : Infinity)) {
        own.cycles++;
        account.kills++;
        account.failures.push(...faultsBetween(path, all.length));
      }
      account.failures.push(...faultsAfter(path, all));
      whole++;
    }
    own.notes.push(`${String(whole)} conversions of ${String(all.length)} notifications`);
    say(`${CONVERSION}: ${String(own.cycles)} kills, ${own.notes.join()}`);
  } finally {
    build.remove();
    removeFolder(folder);
  }
}

/** Each group on a clock of its own, one of them standing still for a while; every other with lists. */
function samples(random: () => number): OldSample[] {
  return Array.from({ length: GROUPS * ROWS_PER_GROUP }, (_, n): OldSample => {
    const groupNo = 1 + (n % GROUPS);
    const place = Math.floor(n / GROUPS);
    const stands = groupNo === 3 && place > 500;
    const atMs = T0 + (stands ? 500 : place) * 10_000;
    const ratio = () => (random() < 0.1 ? null : random());
    const lists = [1, 2].map((list) => ({
      listNo: listNo(groupNo, list),
      hitRatio: ratio(),
      timeToCompleteSeconds: place,
    }));
    return {
      groupNo,
      atMs,
      statementNo: 2 * groupNo,
      tag: stands ? place : 0,
      receivedMs: T0 + place * 10_000 + 20,
      statistics: { busyRatio: ratio(), hitRatio: ratio(), overdialRatio: ratio(), timeToCompleteSeconds: ratio() },
      lists: groupNo % 2 === 0 ? lists : [],
    };
  });
}

function makeOld(path: string, all: readonly OldSample[]): void {
  const db = oldDatabase(path);
  addOldGroups(db, GROUPS, { atMs: T0, lists: 2 });
  addOldSamples(db, all);
  db.pragma('wal_checkpoint(TRUNCATE)');
  db.close();
}

/** Starts `migrate`, and kills it so long after a slice. Returns whether it was killed: else it came to its end before. */
async function isKilled(root: string, path: string, afterMs: number): Promise<boolean> {
  const args = [join(root, 'dist/main.js'), 'migrate', '--store', `sqlite:${path}`];
  const before = converted(path);
  const program = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  program.stderr.on('data', (data: Buffer) => (said += data.toString()));
  const ended = once(program, 'exit');
  if (afterMs < Infinity) {
    while (program.exitCode === null && converted(path) === before) await pause(1);
    await pause(afterMs);
    program.kill('SIGKILL');
  }
  const [code] = (await ended) as [number | null];
  if (code !== null && code !== 0) throw new Error(`migrate ended with ${String(code)}: ${said}`);
  return code === null;
}

/** How many rows are converted, as the database says; -1: it does not say. */
function converted(path: string): number {
  return look(path, (db) => {
    const has = db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'kept_numbers'").get() !== undefined;
    if (!has) return -1;
    const rows = db.prepare("SELECT value FROM kept_numbers WHERE name = 'conversion: rows'").pluck().get();
    return typeof rows === 'number' ? rows : -1;
  });
}

/** The old rows stay until the new are complete, and a slice is there as a whole or not at all. */
function faultsBetween(path: string, rows: number): string[] {
  return look(path, (db) => {
    const count = (sql: string) => Number(db.prepare(sql).pluck().get());
    const isOver = count("SELECT count(*) FROM sqlite_schema WHERE name = 'evidence'") === 0;
    const left = isOver ? rows : count('SELECT count(*) FROM evidence');
    const inChunks = converted(path) === -1 ? null : count('SELECT sum(count) FROM chunks');
    const faults: string[] = [];
    if (left !== rows) faults.push(`${String(rows - left)} old rows went too early`);
    if (inChunks !== null && inChunks !== converted(path)) faults.push(`${String(inChunks)} samples are in chunks`);
    return faults.map((what) => `${CONVERSION}: ${what}`);
  });
}

function faultsAfter(path: string, all: readonly OldSample[]): string[] {
  return look(path, (db) => {
    const [held, sent] = [textsOf(heldEvidence(db)), textsOf(all)];
    const faults: string[] = [];
    const lost = sent.filter((text, n) => text !== held[n]).length;
    if (lost > 0 || held.length !== sent.length) faults.push(`${String(lost)} samples are not what they were`);
    const check = db.pragma('integrity_check', { simple: true });
    if (check !== 'ok') faults.push(String(check));
    return faults.map((what) => `${CONVERSION}: ${what}`);
  });
}

const textsOf = (all: readonly OldSample[]) => all.map((sample) => canonicalJson({ ...sample })).sort();

function look<T>(path: string, read: (db: Connection) => T): T {
  const db = new Database(path, { readonly: true });
  try {
    return db.transaction(() => read(db))();
  } finally {
    db.close();
  }
}
