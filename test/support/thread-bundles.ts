/**
 * The store's threads as they were built, each in one file. A thread loads some two hundred files otherwise, which takes
 * longer than the rest of a service's start; services in a process of their own load them as they are shipped.
 */
import { build } from 'esbuild';
import { existsSync, mkdtempSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { TestProject } from 'vitest/node';
import { removeFolder } from './folders.js';

const BUILT = resolve('dist/service/sqlite');
/** Found from the place of a built file: in the folder above the one that it is in. */
const BESIDE = ['migrations', 'schemas', 'package.json', 'node_modules'];
/** What some packages ask for that are no modules. */
const REQUIRE = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

declare module 'vitest' {
  export interface ProvidedContext {
    /** Folder of the entry points of the store's threads. */
    readonly threads: string;
  }
}

let folder: string | null = null;

/** Once for all files of tests. What needs no build is tested without one. */
export async function setup({ provide }: TestProject): Promise<void> {
  if (!existsSync(BUILT)) {
    provide('threads', BUILT);
    return;
  }
  folder = mkdtempSync(join(tmpdir(), 'ocm-threads-'));
  for (const name of BESIDE) symlinkSync(resolve(name), join(folder, name));
  const outdir = join(folder, 'dist/threads');
  await build({
    entryPoints: ['writer-thread.js', 'reader-thread.js'].map((entry) => join(BUILT, entry)),
    outdir,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: ['better-sqlite3'],
    banner: { js: REQUIRE },
  });
  provide('threads', outdir);
}

export function teardown(): void {
  if (folder !== null) removeFolder(folder);
}
