import { statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** Bytes of a database and of its write-ahead log; 0 for a file that is not there, null for one that may not be looked at. */
export function fileSizes(path: string): Readonly<Record<'main' | 'wal', number | null>> {
  const size = (file: string) => {
    try {
      return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
    } catch {
      return null;
    }
  };
  return { main: size(path), wal: size(`${path}-wal`) };
}

/** Bytes that an unprivileged process can still write on the disk of a database; null where the system does not say. */
export function freeBytes(path: string): number | null {
  try {
    const { bavail, bsize } = statfsSync(dirname(path));
    return bavail * bsize;
  } catch {
    return null;
  }
}
