/**
 * Files with customers' data: made for their owner alone, whatever the umask says, and never opened wider than they were.
 * A site may let a group read or write the database; everybody else is shut out.
 */
import {
  chmodSync,
  closeSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

const OWNERS_FILE = 0o600;
const OWNERS_FOLDER = 0o700;
const GROUP = 0o060;
const OTHERS = 0o007;
/** What belongs to a database by its name, after that: log and lock, and what was moved aside. */
const BESIDE = /^(-wal|-shm|-journal|-lock|-made|\.forget-again|\.(damaged|before-restore|vanished|changed)-.*)?$/;
const PIECE_BYTES = 1024 * 1024;

/** Makes the folder of a file, for its owner alone; one that is there stays as it is. */
export function makeFolderOf(path: string): void {
  const folder = dirname(resolve(path));
  const made = mkdirSync(folder, { recursive: true, mode: OWNERS_FOLDER });
  if (made !== undefined) chmodSync(folder, OWNERS_FOLDER);
}

/**
 * Makes an empty file; for its owner alone, or for the owner and group that `like` is for. SQLite takes it for a new
 * database, and gives the log beside it the same mode. Throws when the name is taken.
 */
export function makeFile(path: string, like: string | null = null): void {
  const file = openSync(path, 'wx', OWNERS_FILE);
  try {
    const model = like === null ? undefined : statSync(like, { throwIfNoEntry: false });
    // Another group than that of the model must not get what the model's may do.
    const ofGroup = model !== undefined && gaveAway(file, model) ? model.mode & GROUP : 0;
    fchmodSync(file, OWNERS_FILE | ofGroup);
  } finally {
    closeSync(file);
  }
}

/** A copy has the mode of its original, but not its group. */
export function keepToOwner(path: string): void {
  chmodSync(path, OWNERS_FILE);
}

/** Shuts out everybody but owner and group from a database that an earlier version, or a copy, had made for all. */
export function shutOutOthers(path: string): void {
  const [folder, name] = [dirname(resolve(path)), basename(path)];
  const isOurs = (file: string) => file.startsWith(name) && BESIDE.test(file.slice(name.length));
  for (const file of readdirSync(folder)
    .filter(isOurs)
    .map((found) => join(folder, found))) {
    const found = statSync(file, { throwIfNoEntry: false });
    if (found === undefined || (found.mode & OTHERS) === 0) continue;
    try {
      chmodSync(file, found.mode & 0o770);
    } catch {
      // Somebody else's: he may open it as wide as he likes.
    }
  }
}

/** Copies the bytes of a file into one that is there: the system's own copying would take over the mode as well. */
export function copyInto(from: string, to: string): void {
  const [source, target] = [openSync(from, 'r'), openSync(to, 'r+')];
  const piece = Buffer.allocUnsafe(PIECE_BYTES);
  try {
    for (let bytes = readSync(source, piece); bytes > 0; bytes = readSync(source, piece)) {
      for (let written = 0; written < bytes;) written += writeSync(target, piece, written, bytes - written);
    }
  } finally {
    closeSync(source);
    closeSync(target);
  }
}

/** Gives a file the owner and group of another one, as far as this user may; whether the group is the same then. */
function gaveAway(file: number, { uid, gid }: { readonly uid: number; readonly gid: number }): boolean {
  for (const owner of [uid, fstatSync(file).uid]) {
    try {
      fchownSync(file, owner, gid);
      break;
    } catch {
      // Only root can give files away; to a group, whoever belongs to it.
    }
  }
  return fstatSync(file).gid === gid;
}

/** `20261121T093000Z`: times that sort, in names of files. */
export function stampOf(nowMs: number): string {
  return new Date(nowMs).toISOString().replace(/[-:]/g, '').replace(/\..*$/, 'Z');
}

/** A name or a file that is not synced may be gone after a power cut. */
export function syncFile(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Puts a file with this text in the place of one that may be there, durably. */
export function writeNewFile(path: string, text: string): void {
  const unfinished = `${path}.unfinished`;
  rmSync(unfinished, { force: true });
  makeFile(unfinished);
  const file = openSync(unfinished, 'r+');
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(unfinished, path);
  syncFile(dirname(resolve(path)));
}
