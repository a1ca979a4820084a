/** Files that somebody names to be read, looked at before any of them is: why one cannot be, in words that say what to do. */
import { closeSync, openSync, readSync, statSync } from 'node:fs';

/** How files begin that are packed in a way which is not read here. */
const PACKED: readonly (readonly [string, readonly number[]])[] = [
  ['zip', [0x50, 0x4b, 0x03, 0x04]],
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a]],
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
  ['bzip2', [0x42, 0x5a, 0x68]],
  ['7z', [0x37, 0x7a, 0xbc, 0xaf]],
  ['compress', [0x1f, 0x9d]],
];
/** As long as the longest of them. */
export const PACKED_BYTES = 5;

/** Why a file that begins so cannot be read; null: nothing is known against it. */
export function faultOfBeginning(head: Uint8Array): string | null {
  const [packer] = PACKED.find(([, magic]) => magic.every((byte, index) => head[index] === byte)) ?? [];
  return packer === undefined ? null : `is packed by ${packer}: unpack it; only gzip is read as it is`;
}

/** Why a file cannot be read, to follow its name; null: it can. Of a pipe nothing is read. */
export function faultOfFile(path: string): string | null {
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined) return 'does not exist';
    if (found.isDirectory()) return 'is not a file but a folder: name the files in it';
    return found.isFile() ? faultOfBeginning(beginningOfFile(path)) : null;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    const next =
      code === 'EACCES' || code === 'EPERM' ? 'run this as a user who may read it' : 'is its disk all right?';
    return `cannot be read (${code}): ${next}`;
  }
}

/** Whether it can be read twice: pipes and devices cannot. */
export function isPlainFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function beginningOfFile(path: string): Uint8Array {
  const start = Buffer.alloc(PACKED_BYTES);
  const file = openSync(path, 'r');
  try {
    return start.subarray(0, readSync(file, start, 0, PACKED_BYTES, 0));
  } finally {
    closeSync(file);
  }
}
