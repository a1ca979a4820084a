/** Disks that fill up: file systems in memory, of a few megabytes. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeFolder } from './folders.js';

export interface SmallDisk {
  readonly path: string;
  /** Takes what is left, in ever smaller pieces. */
  readonly fill: () => void;
  readonly empty: () => void;
  readonly remove: () => void;
}

const FIRST_PIECE_KB = 2048;
const MOST_PIECES = 50;

/** Null where none can be mounted, which CI must be able to do: it throws there. */
export function smallDisk(megabytes: number): SmallDisk | null {
  const path = mkdtempSync(join(tmpdir(), 'ocm-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${String(megabytes)}m`, 'tmpfs', path], { stdio: 'pipe' });
  } catch (error) {
    if (process.env['CI'] === 'true') throw new Error('CI must be able to mount a small tmpfs', { cause: error });
    removeFolder(path);
    return null;
  }
  const fillers: string[] = [];
  return {
    path,
    fill: () => {
      for (let size = FIRST_PIECE_KB; size > 0; size = Math.floor(size / 2))
        for (let n = 0; n < MOST_PIECES; n++) {
          const filler = join(path, `filler-${String(size)}-${String(n)}`);
          fillers.push(filler);
          try {
            writeFileSync(filler, Buffer.alloc(size * 1024));
          } catch {
            break;
          }
        }
    },
    empty: () => {
      for (const filler of fillers.splice(0)) rmSync(filler, { force: true });
    },
    remove: () => {
      execFileSync('umount', ['-l', path]);
      removeFolder(path);
    },
  };
}
