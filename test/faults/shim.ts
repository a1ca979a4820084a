/** Builds the preloaded shim and steers it while the service runs. */
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** `struct control` of shim.c: 64-bit numbers in this order. */
const FIELDS = [
  'syncDelayMs',
  'clockOffsetMs',
  'readOnly',
  'syncs',
  'refusedWrites',
  'mainBroken',
  'mainFaults',
] as const;
type Field = (typeof FIELDS)[number];

export class Shim {
  readonly environment: Readonly<Record<string, string>>;
  readonly #file: number;

  /** Compiles it into `folder`; `shadow` is where files are kept as of their last sync, null for not at all. */
  constructor(folder: string, databaseFolder: string, shadow: string | null) {
    const library = join(folder, 'shim.so');
    const source = new URL('shim.c', import.meta.url).pathname;
    execFileSync('gcc', ['-shared', '-fPIC', '-O2', '-Wall', '-Werror', '-o', library, source, '-ldl']);
    const control = join(folder, 'control');
    writeFileSync(control, Buffer.alloc(FIELDS.length * 8));
    this.#file = openSync(control, 'r+');
    this.environment = {
      LD_PRELOAD: library,
      FAULTS_CONTROL: control,
      FAULTS_FOLDER: databaseFolder,
      ...(shadow !== null && { FAULTS_SHADOW: shadow }),
    };
  }

  set(field: Field, value: number): void {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(value));
    writeSync(this.#file, bytes, 0, 8, FIELDS.indexOf(field) * 8);
  }

  get(field: Field): number {
    const bytes = Buffer.alloc(8);
    readSync(this.#file, bytes, 0, 8, FIELDS.indexOf(field) * 8);
    return Number(bytes.readBigInt64LE());
  }

  close(): void {
    closeSync(this.#file);
  }
}
