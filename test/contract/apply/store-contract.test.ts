/** Every store keeps the same promises: the rows that it gives, and what is done with them. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, it } from 'vitest';
import { removeFolder } from '../../support/folders.js';
import { memoryStore, sqliteStore, type TestStore } from '../../support/stores.js';
import { IMPORT_CONTRACT } from './import-behaviour.js';
import { ROW_CONTRACT } from './row-contract.js';
import { STORE_CONTRACT } from './store-behaviour.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ocm-contract-'));
});
afterAll(() => {
  removeFolder(folder);
});

let opened = 0;
const STORES: Readonly<Record<string, () => TestStore>> = {
  memory: () => memoryStore(),
  SQLite: () => sqliteStore(join(folder, `${String(opened++)}.db`)),
};

describe.each(Object.entries(STORES))('a store: %s', (_, open) => {
  let store: TestStore | null = null;
  afterEach(() => {
    store?.close();
    store = null;
  });

  it.each([...ROW_CONTRACT, ...STORE_CONTRACT, ...IMPORT_CONTRACT])('$name', ({ run }) => {
    store = open();
    run(store);
  });
});
