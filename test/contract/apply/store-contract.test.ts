/** Every store keeps the same promises: the rows that it gives, and what is done with them. */
import { afterEach, describe, it } from 'vitest';
import { eachStore } from '../../support/each-store.js';
import type { TestStore } from '../../support/stores.js';
import type { ContractCase } from './contract-rows.js';
import { IMPORT_CONTRACT } from './import-behaviour.js';
import { ROW_CONTRACT } from './row-contract.js';
import { STORE_CONTRACT } from './store-behaviour.js';

const STORES = eachStore();

describe.each(Object.entries(STORES))('a store: %s', (name, open) => {
  const isShared = name.startsWith('PostgreSQL');
  let store: TestStore | null = null;
  afterEach(() => {
    store?.close();
    store = null;
  });

  const cases: readonly ContractCase[] = [...ROW_CONTRACT, ...STORE_CONTRACT, ...IMPORT_CONTRACT];
  it.for(cases)('$name', ({ run, ofOneWriter }, { skip }) => {
    if (isShared) skip(ofOneWriter !== undefined, ofOneWriter);
    store = open();
    run(store);
  });
});
