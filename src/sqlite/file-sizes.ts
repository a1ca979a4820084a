import { statSync } from 'node:fs';

/** Bytes of a database and of its write-ahead log; 0 for a file that is not there. */
export function fileSizes(path: string): { readonly main: number; readonly wal: number } {
  const size = (file: string) => statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  return { main: size(path), wal: size(`${path}-wal`) };
}
