/** A file that gets its name when it is whole. */
import { closeSync, fsyncSync, existsSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { messageOf, MonitorError } from '../domain/errors.js';

export class NewFile {
  readonly #file: number;
  readonly #isPacked: boolean;
  #bytes = 0;

  private constructor(file: number, isPacked: boolean) {
    this.#file = file;
    this.#isPacked = isPacked;
  }

  /** Returns its bytes. Until `fill` has ended it is named `….unfinished`. Throws OCM_UNAVAILABLE, also where it is there. */
  static async write(path: string, fill: (file: NewFile) => Promise<void>): Promise<number> {
    if (existsSync(path)) throw new MonitorError('OCM_UNAVAILABLE', `${path} is there already: name a new file`);
    const unfinished = `${path}.unfinished`;
    const file = said(path, () => openSync(unfinished, 'w', 0o640));
    const made = new NewFile(file, path.endsWith('.gz'));
    try {
      await fill(made);
      said(path, () => {
        fsyncSync(file);
      });
    } catch (error) {
      closeSync(file);
      rmSync(unfinished, { force: true });
      throw error;
    }
    closeSync(file);
    said(path, () => {
      renameSync(unfinished, path);
    });
    return made.#bytes;
  }

  append(text: string): void {
    // A file of several packed parts is the text of all of them (RFC 1952, section 2.2).
    this.appendBytes(this.#isPacked ? gzipSync(text) : Buffer.from(text));
  }

  /** As they are, whatever the file is called. */
  appendBytes(bytes: Uint8Array): void {
    said('the file', () => {
      for (let at = 0; at < bytes.length;) at += writeSync(this.#file, bytes, at);
    });
    this.#bytes += bytes.length;
  }
}

/** Puts a text in the place of what a file says, as a whole or not at all. Throws OCM_UNAVAILABLE. */
export function replaceFile(path: string, text: string): void {
  const unfinished = `${path}.unfinished`;
  said(path, () => {
    const file = openSync(unfinished, 'w', 0o640);
    try {
      writeSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(unfinished, path);
  });
}

function said<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new MonitorError('OCM_UNAVAILABLE', `${path} cannot be written: ${messageOf(error)}`, { cause: error });
  }
}
