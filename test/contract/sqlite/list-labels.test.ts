/** Calling lists of one name are a series each, whichever of them come and go. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { CampaignStore } from '../../../src/apply/campaigns.js';
import { type Connection, openForWriting } from '../../../src/sqlite/database.js';
import { migrate } from '../../../src/sqlite/migrate.js';
import { openCampaigns } from '../../support/campaign-stores.js';
import { removeFolder } from '../../support/folders.js';
import { aNotification, T0 } from '../../support/notifications.js';

let folder: string;
let db: Connection;
let store: CampaignStore;
let seconds: number;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ocm-labels-'));
  db = openForWriting(join(folder, 'test.db'));
  migrate(db);
  seconds = 0;
  reopen();
});
afterEach(() => {
  db.close();
  removeFolder(folder);
});

function reopen(): void {
  store = openCampaigns(db);
}

type List = readonly [name: string, dbid: string | null];

/** Labels and DBIDs of the lists that are shown after a post that names these. */
function post(...lists: List[]): string[] {
  seconds += 10;
  const callingLists = lists.map(([name, dbid]) => ({ name, dbid, hitRatio: seconds, timeToCompleteSeconds: null }));
  store.apply(aNotification({ atMs: T0 + seconds * 1000, callingLists }));
  return shown();
}

function shown(): string[] {
  const lists = store.heads.snapshot('default', '101')?.callingLists ?? [];
  return lists.map(({ label, name, dbid }) => `${label ?? name} = ${dbid ?? ''}`).sort();
}

it('the one known first has the name to itself; the other keeps its label when that goes, and when it is back', () => {
  expect(post(['Dup', '7'])).toEqual(['Dup = 7']);
  expect(post(['Dup', '2'], ['Dup', '7'])).toEqual(['Dup (2) = 2', 'Dup = 7']);
  expect(post(['Dup', '2'])).toEqual(['Dup (2) = 2']);
  reopen();
  expect(shown()).toEqual(['Dup (2) = 2']);
  expect(post(['Dup', '2'], ['Dup', '7'])).toEqual(['Dup (2) = 2', 'Dup = 7']);
  expect(post(['Dup', '7'], ['Dup', '9'])).toEqual(['Dup (9) = 9', 'Dup = 7']);
});

it('one without a DBID is another list than those with one', () => {
  expect(post(['Dup', '7'], ['Dup', null])).toEqual(['Dup (no DBID) = ', 'Dup = 7']);
  expect(post(['Dup', null])).toEqual(['Dup (no DBID) = ']);
});

it('one that is called as another is labelled gets a label of its own', () => {
  expect(post(['Dup', '7'], ['Dup', '2'], ['Dup (2)', '3'])).toEqual(['Dup (2) (3) = 3', 'Dup (2) = 2', 'Dup = 7']);
  expect(post(['Dup (2)', '3'], ['Dup', '2'])).toEqual(['Dup (2) (3) = 3', 'Dup (2) = 2']);
});

it('lists of other groups have no part in it, nor do the figures of an earlier post', () => {
  store.apply(
    aNotification({
      dbid: '102',
      callingLists: [{ name: 'Dup', dbid: '1', hitRatio: 0, timeToCompleteSeconds: null }],
    }),
  );
  expect(post(['Dup', '2'])).toEqual(['Dup = 2']);
  expect(post(['Dup', '2'], ['Dup', '3'])).toEqual(['Dup (3) = 3', 'Dup = 2']);
  expect(post(['Dup', '2'], ['Dup', '3'])).toEqual(['Dup (3) = 3', 'Dup = 2']);
});
