/** Every kind of store, for tests that each has to pass. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { removeFolder } from './folders.js';
import { memoryStore, sqliteStore, type TestStore } from './stores.js';

/** By name; to be called once in a file, at its top. Each opening is of a new store. */
export function eachStore(): Readonly<Record<'memory' | 'SQLite', () => TestStore>> {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'ocm-stores-'));
  });
  afterAll(() => {
    removeFolder(folder);
  });
  let opened = 0;
  return {
    memory: () => memoryStore(),
    SQLite: () => sqliteStore(join(folder, `${String(opened++)}.db`)),
  };
}
