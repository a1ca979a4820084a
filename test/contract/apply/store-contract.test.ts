/** Every store keeps the same promises: the rows that it gives, and what is done with them. */
import { afterEach, describe, it } from 'vitest';
import { eachStore } from '../../support/each-store.js';
import type { TestStore } from '../../support/stores.js';
import { IMPORT_CONTRACT } from './import-behaviour.js';
import { ROW_CONTRACT } from './row-contract.js';
import { STORE_CONTRACT } from './store-behaviour.js';

const STORES = eachStore();

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
