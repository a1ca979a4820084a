/** Who reads on a connection of its own keeps samples of chunks in memory: whatever is done to these is seen all the same. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Evidence } from '../../../src/apply/evidence.js';
import { Thinning } from '../../../src/apply/thinning.js';
import { HOUR_MS } from '../../../src/evidence/quarter-hours.js';
import { campaignTables } from '../../../src/sqlite/campaign-tables.js';
import { type Connection, openForReading } from '../../../src/sqlite/database.js';
import { removeFolder } from '../../support/folders.js';
import { T0 } from '../../support/notifications.js';
import { sqliteStore, type TestStore } from '../../support/stores.js';
import { aGroup, aStatement, aTagged } from '../apply/contract-rows.js';

const folder = mkdtempSync(join(tmpdir(), 'ocm-evidence-readers-'));
afterAll(() => {
  removeFolder(folder);
});

const AT = [0, 10_000, 20_000].map((ms) => T0 + ms);
let opened = 0;

describe('evidence over two connections', () => {
  let store: TestStore;
  let reading: Connection;
  let reader: Evidence;
  let [groupNo, statementNo] = [0, 0];

  beforeEach(() => {
    const path = join(folder, `${String(opened++)}.db`);
    store = sqliteStore(path);
    groupNo = aGroup(store);
    statementNo = aStatement(store, groupNo);
    store.within(() => {
      const { evidence, compaction } = store.stores;
      for (const atMs of AT) evidence.append(groupNo, aTagged(atMs, { statementNo }));
      compaction.all(T0);
      // The last chunk stays as it is: numbers go on behind it.
      evidence.append(groupNo, aTagged(T0 + HOUR_MS, { statementNo }));
      compaction.all(T0);
    });
    reading = openForReading(path);
    reader = new Evidence(campaignTables(reading));
    expect(seen()).toEqual([AT, AT]);
  });
  afterEach(() => {
    reading.close();
    store.close();
  });

  /** What a question finds in the first hour, by its place and by its name. */
  function seen(): [number[], number[]] {
    reader.refresh();
    const placed = reader.inOrder.placed(groupNo, T0, T0 + HOUR_MS).map(({ atMs }) => atMs);
    return [placed, AT.filter((atMs) => reader.sample(groupNo, atMs, statementNo, 0) !== null)];
  }

  function firstChunk() {
    const chunk = store.tables.chunks.after(0);
    if (chunk === null) throw new Error('there is no chunk');
    return chunk;
  }

  it('samples that retention took are gone', () => {
    store.within((tables) => {
      const { evidence, campaigns } = store.stores;
      expect(new Thinning(tables, evidence, campaigns).thin(firstChunk()).samples).toBe(3);
    });
    expect(seen()).toEqual([[], []]);
  });

  it('a chunk that was replaced is read as it is now', () => {
    store.within(({ chunks }) => {
      const chunk = firstChunk();
      const next = chunks.after(chunk.chunkNo);
      if (next === null) throw new Error('there is one chunk only');
      chunks.replace({ ...chunk, count: 1, newestMs: T0 + HOUR_MS, block: next.block });
    });
    expect(seen()).toEqual([[], []]);
  });

  it('a chunk that was set aside is gone', () => {
    store.within(({ chunks }) => {
      chunks.setAside(firstChunk().chunkNo, 'the block ends too early', T0);
    });
    expect(seen()).toEqual([[], []]);
  });

  it('samples of a group that was forgotten are gone', () => {
    store.forget({ source: 'default' });
    expect(seen()).toEqual([[], []]);
  });
});
