/** Telling a damaged database of ours from a sound one and from a foreign one, and moving it out of the way, whole. */
import {
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  linkSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { messageOf, MonitorError } from '../../domain/errors.js';
import { SqliteError } from '../connection.js';
import { removeMadeNote, isSuspect, wasMade } from '../notes.js';
import { keepToOwner, makeFile, stampOf, syncFile } from '../own-files.js';
import { inspectWal } from './wal-frames.js';

/** Marks our files ("OCSM"), so that a foreign database is never migrated by mistake. */
export const OURS = 0x4f43534d;
export const SQLITE_MAGIC = 'SQLite format 3\u0000';
/** How the first record of our schema lies in a page: type, name and table of `campaign_groups`, one after the other. */
const OUR_RECORD = 'tablecampaign_groupscampaign_groups';
/** The schema lies in the first pages of a file. */
const SCHEMA_BYTES = 1024 * 1024;
/** Schemas are numbered with four digits. A number beyond that is no newer version. */
const MOST_SCHEMAS = 9999;
/**
 * Up to this size a copy is made of a database whose log has lost commits. Of a larger one only where the file system
 * shares the bytes: posts wait meanwhile. Else the log alone is kept.
 */
const MOST_COPIED_BYTES = 64 * 1024 * 1024;
/** What a copy leaves free on the disk. */
const SPARE_BYTES = 64 * 1024 * 1024;
const SUFFIXES = ['-wal', '-shm', ''] as const;
const MARK = '.damaged-';

/** What happened to a database at this start. */
export interface SetAside {
  /** Where the database, or the copy of it, lies now. */
  readonly file: string;
  readonly why: string;
  /** `moved`: a new database took its place. `copied`: it went on, without commits that its log had lost. */
  readonly how: 'moved' | 'copied';
}

/** Whether an error says that the bytes of a database are not as SQLite wrote them. */
export function isDamage(error: unknown): boolean {
  if (error instanceof MonitorError) return error.code === 'OCM_DAMAGED';
  return error instanceof SqliteError && /^SQLITE_(CORRUPT|NOTADB)/.test(error.code);
}

export function damaged(path: string, why: string, cause?: unknown): MonitorError {
  return new MonitorError('OCM_DAMAGED', `${path} is damaged: ${why}`, { cause });
}

/** Whether a file that SQLite cannot read, or takes for somebody else's, is a database of ours all the same. */
export function wasOurs(path: string): boolean {
  // Of what another program has put into our file, nothing may be left that says so.
  if (isSuspect(path)) return true;
  const start = readStart(path, SCHEMA_BYTES);
  return (start.length >= 72 && start.readUInt32BE(68) === OURS) || start.includes(OUR_RECORD, 0, 'latin1');
}

export function hasMagic(path: string): boolean {
  return readStart(path, SQLITE_MAGIC.length).toString('latin1') === SQLITE_MAGIC;
}

/** What is wrong with the header of a database of ours; null for nothing, and for a file that is still empty. */
export function headerFault(path: string): string | null {
  const header = readStart(path, 100);
  if (header.length === 0) return null;
  if (header.length < 100) return 'it is shorter than its header';
  if (header.toString('latin1', 0, 16) !== SQLITE_MAGIC) return 'its first bytes are not those of a database';
  const pageBytes = header.readUInt16BE(16);
  if (pageBytes !== 1 && (pageBytes < 512 || (pageBytes & (pageBytes - 1)) !== 0)) return 'its page size is none';
  // What SQLite always writes there: format versions, payload fractions, reserved bytes, encoding (fileformat2, 1.3).
  const [write = 0, read = 0] = header.subarray(18, 20);
  if (write < 1 || write > 2 || read < 1 || read > 2) return 'its format versions are none';
  if (header.readUIntBE(21, 3) !== 0x402020) return 'its payload fractions are none';
  if (header.readUInt32BE(56) > 1) return 'its encoding is not UTF-8';
  if (header.readUInt32BE(60) > MOST_SCHEMAS) return 'its schema number is none';
  if (header.subarray(72, 92).some((byte) => byte !== 0)) return 'reserved bytes of its header are not empty';
  return null;
}

/** The schema number in the header of a file, 0 for none: read without SQLite, which would touch the log. */
export function schemaInHeader(path: string): number {
  const header = existsSync(path) ? readStart(path, 100) : Buffer.alloc(0);
  return header.length === 100 ? header.readUInt32BE(60) : 0;
}

/**
 * Moves a damaged database aside, its log with it; returns its new name. Nothing is ever deleted. The caller holds the
 * writer's lock and has closed its connection. Throws OCM_LOCKED while another process may write to the file: at its
 * end SQLite would remove the log of the new database, by name.
 */
export function moveAside(path: string, nowMs: number): string {
  refuseOtherWriters(path);
  const aside = freeName(path, nowMs);
  // First: what is not there any more was moved on purpose.
  removeMadeNote(path);
  moveWhole(path, aside);
  return aside;
}

/**
 * Moves aside a log whose main file is gone or empty, before SQLite removes it as nobody's; null when there is none, or
 * nothing in it. What its pages hold can be salvaged.
 */
export function keepLoneLog(path: string, nowMs: number): SetAside | null {
  const log = `${path}-wal`;
  if (!isLogAlone(path)) return null;
  const file = freeName(path, nowMs);
  makeFile(file, log);
  renameSync(log, `${file}-wal`);
  syncFile(dirname(resolve(path)));
  return { file, why: 'its main file is gone; its log, with the last commits, was kept', how: 'moved' };
}

/**
 * Gives a database and its log other names, so that a crash in between never parts them: both have their new names
 * before either loses its old one. The main file loses it first: without its log it would be opened as if nothing lacked,
 * while `finishMove` knows a log without its main file.
 */
export function moveWhole(path: string, aside: string): void {
  const folder = dirname(resolve(path));
  const pair = ['', '-wal'].filter((suffix) => existsSync(path + suffix));
  try {
    for (const suffix of pair) linkSync(path + suffix, aside + suffix);
  } catch {
    // A file system without links.
    for (const suffix of pair) rmSync(aside + suffix, { force: true });
    for (const suffix of pair) renameSync(path + suffix, aside + suffix);
    rmSync(`${path}-shm`, { force: true });
    syncFile(folder);
    return;
  }
  syncFile(folder);
  for (const suffix of ['', '-wal', '-shm']) {
    rmSync(path + suffix, { force: true });
    syncFile(folder);
  }
}

/**
 * Finishes a move that a crash cut off, before anything is opened; the caller holds the writer's lock. A file that has
 * its new name already loses the old one; a log that was left alone goes to the database it belongs to.
 */
export function finishMove(path: string): void {
  const asides = existsSync(dirname(resolve(path))) ? listAside(path) : [];
  const isMoved = (suffix: string) => asides.some((aside) => isSameFile(path + suffix, aside + suffix));
  const hasLog = existsSync(`${path}-wal`);
  const hasWhole = isMoved('') && (!hasLog || isMoved('-wal'));
  if (hasWhole || (hasLog && !existsSync(path) && isMoved('-wal'))) {
    for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true });
  } else if (isMoved('')) {
    // Its log has no other name yet: nothing of it was moved.
    for (const aside of asides) if (isSameFile(path, aside)) rmSync(aside);
  } else if (hasLog && !existsSync(path) && !wasMade(path)) {
    const parted = asides.findLast((aside) => existsSync(aside) && !existsSync(`${aside}-wal`));
    if (parted === undefined) return;
    renameSync(`${path}-wal`, `${parted}-wal`);
  } else return;
  syncFile(dirname(resolve(path)));
}

function isSameFile(a: string, b: string): boolean {
  const one = statSync(a, { throwIfNoEntry: false });
  const other = statSync(b, { throwIfNoEntry: false });
  if (one === undefined || other === undefined) return false;
  return one.dev === other.dev && one.ino === other.ino;
}

/**
 * Looks into the log that an unclean end left behind, before SQLite does: what lies behind a broken frame would be
 * overwritten. Where commits lie there, database and log are copied aside; null when nothing is lost.
 */
export function keepLostCommits(path: string, nowMs: number): SetAside | null {
  // A log alone belongs to no database that could be opened.
  if (!existsSync(path)) return null;
  const { lostCommits, brokenFrame } = inspectWal(`${path}-wal`);
  if (lostCommits === 0) return null;
  const aside = freeName(path, nowMs);
  const bytes = statSync(path).size;
  const walBytes = statSync(`${path}-wal`).size;
  const { bavail, bsize } = statfsSync(dirname(resolve(path)));
  const fits = bytes <= MOST_COPIED_BYTES && bavail * bsize > bytes + walBytes + SPARE_BYTES;
  const how = fits ? constants.COPYFILE_FICLONE : constants.COPYFILE_FICLONE_FORCE;
  let isWhole: boolean;
  try {
    copyFileSync(`${path}-wal`, `${aside}-wal`, constants.COPYFILE_FICLONE);
    keepToOwner(`${aside}-wal`);
    syncFile(`${aside}-wal`);
    isWhole = copied(path, aside, how);
    syncFile(dirname(resolve(path)));
  } catch (error) {
    for (const suffix of SUFFIXES) rmSync(aside + suffix, { force: true });
    throw damaged(path, `its log has lost commits, and no copy can be kept (${messageOf(error)}); make room`, error);
  }
  const what = `frame ${brokenFrame} of its log is broken; ${lostCommits} commits lie in it and behind it`;
  return { file: aside, why: isWhole ? what : `${what}; only the log was kept`, how: 'copied' };
}

/** False where a clone is demanded that the file system cannot make. */
export function copied(path: string, copy: string, how: number): boolean {
  try {
    copyFileSync(path, copy, how);
  } catch (error) {
    rmSync(copy, { force: true });
    if (how === constants.COPYFILE_FICLONE_FORCE) return false;
    throw error;
  }
  keepToOwner(copy);
  syncFile(copy);
  return true;
}

/** Whether all that there is of a database is its log. */
export function isLogAlone(path: string): boolean {
  return (!existsSync(path) || statSync(path).size === 0) && inspectWal(`${path}-wal`).frames > 0;
}

/** Databases, or logs of them, that lie aside beside this one, oldest first. */
export function listAside(path: string): string[] {
  const folder = dirname(resolve(path));
  const start = `${basename(path)}${MARK}`;
  const names = readdirSync(folder).filter((name) => name.startsWith(start));
  const files = names.filter((name) => !/-(?:shm|lock)$/.test(name)).map((name) => name.replace(/-wal$/, ''));
  return [...new Set(files)].sort().map((name) => join(folder, name));
}

/** A name for what is put aside, that no file has yet. */
export function freeName(path: string, nowMs: number): string {
  const name = `${path}${MARK}${stampOf(nowMs)}`;
  const isTaken = (file: string) => SUFFIXES.some((suffix) => existsSync(file + suffix));
  for (let n = 1; ; n++) {
    const candidate = n === 1 ? name : `${name}-${n}`;
    if (!isTaken(candidate)) return candidate;
  }
}

/** Found where the system lists open files (Linux); elsewhere the writer's lock alone speaks for it. */
function refuseOtherWriters(path: string): void {
  if (!existsSync('/proc/self/fd')) return;
  const others = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && Number(pid) !== process.pid);
  const pids = others.filter((pid) => hasOpenForWriting(pid, path));
  if (pids.length === 0) return;
  const message = `${path} is damaged, and process ${pids.join(', ')} may still write to it: close it, then start again`;
  throw new MonitorError('OCM_LOCKED', message);
}

function hasOpenForWriting(pid: string, path: string): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => {
      if (readlinkSync(`/proc/${pid}/fd/${fd}`) !== path) return false;
      const [, flags = '0'] = /^flags:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8')) ?? [];
      return (Number.parseInt(flags, 8) & 3) !== constants.O_RDONLY;
    });
  } catch {
    // Ended meanwhile, or somebody else's.
    return false;
  }
}

function readStart(path: string, bytes: number): Buffer {
  const start = Buffer.alloc(bytes);
  const file = openSync(path, 'r');
  try {
    return start.subarray(0, readSync(file, start, 0, bytes, 0));
  } finally {
    closeSync(file);
  }
}
