/** Files of a package in the folder from which dpkg-deb makes it: the same bytes, modes and times at every build. */
import { createHash } from 'node:crypto';
import { chmodSync, cpSync, lutimesSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';

export class LaidOut {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  write(path: string, content: string | Uint8Array, mode = 0o644): void {
    const file = join(this.folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    chmodSync(file, mode);
  }

  compressed(path: string, content: string): void {
    this.write(`${path}.gz`, gzipSync(content, { level: 9 }));
  }

  copy(from: string, path: string, wanted: (path: string) => boolean = () => true): void {
    cpSync(from, join(this.folder, path), {
      recursive: true,
      dereference: true,
      filter: (one) => wanted(relative(from, one)),
    });
  }

  /** Folders that came out empty; then modes and times. What was given a mode of its own keeps it. */
  finish(atMs: number, ownModes: ReadonlySet<string>): void {
    for (const path of this.paths().reverse()) {
      const file = join(this.folder, path);
      if (!ownModes.has(path)) chmodSync(file, statSync(file).isDirectory() ? 0o755 : 0o644);
      lutimesSync(file, atMs / 1000, atMs / 1000);
    }
  }

  /** All files and folders, a folder before what is in it. */
  paths(): string[] {
    return readdirSync(this.folder, { recursive: true, encoding: 'utf8' }).sort();
  }

  files(): string[] {
    return this.paths().filter((path) => statSync(join(this.folder, path)).isFile());
  }

  /** As `md5sum` prints them, which is what dpkg checks by. */
  md5sums(): string {
    const sum = (path: string) =>
      createHash('md5')
        .update(readFileSync(join(this.folder, path)))
        .digest('hex');
    return this.files()
      .map((path) => `${sum(path)}  ${path}\n`)
      .join('');
  }

  /** As Debian counts them: each file in whole kilobytes, and one for each folder. */
  kilobytes(): number {
    const sizes = this.paths().map((path) => statSync(join(this.folder, path)));
    return sizes.reduce((sum, stat) => sum + (stat.isFile() ? Math.ceil(stat.size / 1024) : 1), 0);
  }
}
