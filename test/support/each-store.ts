/** Every kind of store, for tests that each has to pass. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { BlockingWires } from './blocking-wire.js';
import { removeFolder } from './folders.js';
import { type Major, OTHER_ENGINE } from './postgres-server.js';
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

/**
 * Of every store, in the same way; of the oldest PostgreSQL only in `npm run test:long`: test/contract/postgres/oldest.test.ts
 * is always run.
 */
export function eachStore(): Readonly<Record<string, () => TestStore>> {
  const own = eachOwnStore();
  const all = {
    ...own,
    PostgreSQL: postgresStores(ALL_ROWS),
    'PostgreSQL, loading little at once, as another engine takes it': postgresStores(FEWEST_ROWS, { isOther: true }),
  };
  if (process.env['OCM_TEST_LONG'] === undefined) return all;
  return { ...all, 'PostgreSQL 15': postgresStores(ALL_ROWS, { major: 15 }) };
}

interface ServerAsked {
  readonly major?: Major;
  /** With a schema and locks as engines have them that are only like PostgreSQL. */
  readonly isOther?: boolean;
}

function postgresStores(rowsAtOnce: number, { major, isOther = false }: ServerAsked = {}): () => TestStore {
  let wires: BlockingWires | null = null;
  beforeAll(async () => {
    wires = await BlockingWires.start(major, isOther);
  });
  afterAll(async () => {
    await wires?.stop();
  });
  return () => {
    if (wires === null) throw new Error('PostgreSQL has not been started');
    const parts = isOther ? { rowsAtOnce, dialect: OTHER_ENGINE } : { rowsAtOnce };
    return postgresStore(wires, wires.database(), parts);
  };
}
