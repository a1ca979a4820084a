/**
 * A database must have one name and lie in one folder with its log: the lock and the log go by its name, what is written
 * by its file. Two names are two locks and two logs for one file.
 */
import { lstatSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { MonitorError } from '../domain/errors.js';

const MOUNTS = '/proc/self/mountinfo';

/**
 * `path` is canonical. Throws OCM_UNAVAILABLE when a file of the database has a second name, is mounted by itself or, of
 * those beside it, is a link.
 */
export function mustHaveOneName(path: string, mountInfo: string = mounts()): void {
  for (const file of [path, `${path}-wal`, `${path}-shm`]) {
    if (mountPoints(mountInfo).has(file)) throw isMounted(file);
    if (file !== path && lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() === true) throw isLink(file);
    const found = statSync(file, { throwIfNoEntry: false });
    if (found !== undefined && found.nlink > 1) throw hasOtherName(file);
  }
}

/** A hard link. */
export function hasOtherName(file: string): MonitorError {
  const message = `${file} has a second name (a hard link), under which another program would have a lock and a log of its own; find it with: find / -xdev -samefile ${file}, and remove one of the two names`;
  return new MonitorError('OCM_UNAVAILABLE', message);
}

function isMounted(file: string): MonitorError {
  const message = `${file} is mounted by itself, so that its log would lie elsewhere and be lost with the container; mount the folder instead: -v FOLDER:${dirname(file)}, with ${basename(file)} in it`;
  return new MonitorError('OCM_UNAVAILABLE', message);
}

function isLink(file: string): MonitorError {
  const message = `${file} is a symbolic link; the log must lie beside its database: move what it leads to here, or remove it`;
  return new MonitorError('OCM_UNAVAILABLE', message);
}

/** The fifth field of each line, in which blanks are written as octal numbers (proc_pid_mountinfo(5)). */
function mountPoints(mountInfo: string): ReadonlySet<string> {
  const plain = (text: string) => text.replace(/\\([0-7]{3})/g, (_, code: string) => fromOctal(code));
  return new Set(mountInfo.split('\n').map((line) => plain(line.split(' ')[4] ?? '')));
}

/** Bytes of UTF-8 are written as they are; only white space and the backslash are not. */
function fromOctal(code: string): string {
  return String.fromCharCode(Number.parseInt(code, 8));
}

/** Empty where the system does not say. */
function mounts(): string {
  try {
    return readFileSync(MOUNTS, 'utf8');
  } catch {
    return '';
  }
}
