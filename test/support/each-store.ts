/** Every kind of store, for tests that each has to pass. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { BlockingWires } from './blocking-wire.js';
import { removeFolder } from './folders.js';
import { memoryStore, postgresStore, sqliteStore, type TestStore } from './stores.js';

/** More than any case has. */
const ALL_ROWS = 1000;
/** So few that whatever looks around has to load more. */
const FEWEST_ROWS = 1;

/** Of stores that one program writes to, by name; to be called once in a file, at its top. Each opening is of a new store. */
export function eachOwnStore(): Readonly<Record<'memory' | 'SQLite', () => TestStore>> {
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

/** Of every store, in the same way. */
export function eachStore(): Readonly<Record<string, () => TestStore>> {
  const own = eachOwnStore();
  let wires: BlockingWires | null = null;
  beforeAll(async () => {
    wires = await BlockingWires.start();
  });
  afterAll(async () => {
    await wires?.stop();
  });
  const postgres = (rowsAtOnce: number) => {
    if (wires === null) throw new Error('PostgreSQL has not been started');
    return postgresStore(wires, wires.database(), rowsAtOnce);
  };
  return {
    ...own,
    PostgreSQL: () => postgres(ALL_ROWS),
    'PostgreSQL, loading little at once': () => postgres(FEWEST_ROWS),
  };
}
