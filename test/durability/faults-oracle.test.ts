import Database from 'better-sqlite3';
import { mkdtempSync } from 'node:fs';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Compaction } from '../../src/apply/compaction.js';
import { Evidence } from '../../src/apply/evidence.js';
import { campaignTables } from '../../src/sqlite/campaign-tables.js';
import { checkChanges } from '../faults/broken.js';
import { postOnce } from '../faults/client.js';
import { Ledger } from '../faults/ledger.js';
import { type Breach, findBreaches } from '../faults/oracle.js';
import { CallbackTeller, GroupTeller } from '../faults/posts.js';
import { orderFaults } from '../faults/sync-order.js';
import { callsIn } from '../faults/trace.js';
import { startTestApp } from '../support/app.js';
import { removeFolder } from '../support/folders.js';

const folder = mkdtempSync(join(tmpdir(), 'ocm-oracle-'));
const whole = join(folder, 'whole.db');
const ledger = new Ledger();
/** One life of a group and two callbacks; more than one of each row there is. */
const GROUP_POSTS = 12;
const CALLBACK_POSTS = 10;

beforeAll(async () => {
  const app = await startTestApp({}, { database: whole });
  const agent = new Agent({ keepAlive: true });
  const [group, callbacks] = [new GroupTeller('7'), new CallbackTeller('service')];
  for (const [teller, posts] of [[group, GROUP_POSTS] as const, [callbacks, CALLBACK_POSTS] as const]) {
    for (let n = 0; n < posts; n++) {
      const entry = ledger.sending(teller.next());
      ledger.answered(entry, await postOnce(agent, app.url, entry.post));
    }
  }
  agent.destroy();
  await app.remove();
});
afterAll(() => {
  removeFolder(folder);
});

let copies = 0;

/** What the oracle says of a copy of the database in which somebody changed something, its journal compacted first, or not. */
async function breachesAfter(sql: string, isCompacted = false): Promise<Breach[]> {
  const path = join(folder, `copy-${String(copies++)}.db`);
  const original = new Database(whole, { readonly: true });
  await original.backup(path);
  original.close();
  const db = new Database(path);
  db.pragma('foreign_keys = OFF');
  if (isCompacted) {
    const tables = campaignTables(db);
    const compaction = new Compaction(tables, new Evidence(tables));
    db.transaction(() => {
      compaction.all(0);
    })();
  }
  db.exec(sql);
  db.close();
  return findBreaches(path, ledger);
}

const kinds = (breaches: readonly Breach[]) => [...new Set(breaches.map(({ kind }) => kind))].sort();

describe('the conservation oracle', () => {
  it('finds nothing in a store that holds what was acknowledged', () => {
    expect(ledger.total).toBe(GROUP_POSTS + CALLBACK_POSTS);
    expect(ledger.strange).toEqual([]);
    expect(findBreaches(whole, ledger)).toEqual([]);
  });

  it.each([
    ['a notification', 'DELETE FROM journal WHERE at_ms = (SELECT max(at_ms) FROM journal)'],
    ['a callback event', 'DELETE FROM callback_events WHERE event_no = 2'],
    ['attached data', 'DELETE FROM callback_attachments WHERE attachment_no = 1'],
    ['a status notification', 'DELETE FROM callback_notifications WHERE notification_no = 1'],
  ])('finds %s missing', async (_, sql) => {
    expect(kinds(await breachesAfter(sql))).toContain('missing');
  });

  it.each([
    [
      'a notification',
      `INSERT INTO journal SELECT 1000, group_no, at_ms, statement_no, 5, lag_ms, busy_ratio, hit_ratio,
         overdial_ratio, time_to_complete_seconds, lists FROM journal ORDER BY at_ms LIMIT 1`,
    ],
    [
      'attached data',
      `INSERT INTO callback_attachments (callback_no, interaction_id, received_ms, digest, received)
       SELECT callback_no, interaction_id, received_ms, 'other', received FROM callback_attachments LIMIT 1`,
    ],
  ])('finds %s held twice', async (_, sql) => {
    expect(kinds(await breachesAfter(sql))).toEqual(['doubled']);
  });

  it.each([
    ['a figure', 'UPDATE journal SET busy_ratio = busy_ratio + 0.001 WHERE busy_ratio > 0'],
    ['figures of calling lists', 'UPDATE journal SET lists = NULL'],
    ['a calling list', "UPDATE calling_lists SET name = name || '!'"],
    ['a state', 'UPDATE statements SET state_code = 3 WHERE state_code = 4'],
    ['a key of a callback', `UPDATE callback_events SET priority_at_end_of_wait = 901 WHERE final_record = 1`],
    ['a key as received', `UPDATE callback_events SET received = json_set(received, '$._CB_VQ', 'other')`],
  ])('finds %s changed', async (_, sql) => {
    expect(kinds(await breachesAfter(sql))).toContain('different');
  });

  it.each([
    [
      'a transition not told',
      'DELETE FROM steps WHERE from_state IS NOT state AND at_ms > (SELECT min(at_ms) FROM steps)',
    ],
    ['a transition to another state', `UPDATE steps SET state = 'inactive' WHERE state = 'active'`],
    ['a transition called inferred', 'UPDATE steps SET inferred = 1, action = NULL WHERE transition_id IS NOT NULL'],
    ['a merged record that does not follow', 'UPDATE callbacks SET attempts = 12345'],
    ['a callback that is not over', 'UPDATE callbacks SET is_final = 0'],
  ])('finds %s', async (_, sql) => {
    expect(kinds(await breachesAfter(sql))).toEqual(['history']);
  });

  it('finds nothing in a store whose journal was compacted', async () => {
    expect(await breachesAfter('SELECT 1 WHERE (SELECT count(*) FROM journal) > 0', true)).toEqual([]);
  });

  it.each([
    ['a chunk lost', 'DELETE FROM chunks WHERE chunk_no = 1', ['history', 'missing']],
    [
      'a chunk written twice',
      `INSERT INTO chunks SELECT 1000, group_no, hour, count, journal_no, written_ms, samples FROM chunks LIMIT 1`,
      ['doubled', 'history'],
    ],
    ['a chunk that its hour does not lead to', 'DELETE FROM chunk_hours WHERE chunk_no = 1', ['history']],
    ['a quarter of an hour added up twice', 'UPDATE quarter_hours SET count = 2 * count', ['history']],
  ])('finds %s', async (_, sql, found) => {
    expect(kinds(await breachesAfter(sql, true))).toEqual(expect.arrayContaining(found));
  });

  it('finds what nobody sent, and what stands in quarantine', async () => {
    expect(kinds(await breachesAfter('UPDATE journal SET at_ms = at_ms + 1 WHERE busy_ratio = 0.919'))).toContain(
      'missing',
    );
    const stray = `INSERT INTO quarantine (id, source, endpoint, reason, violations, schema_version, body, size, count,
      first_received_ms, last_received_ms) VALUES ('q', 'default', 'callback-events', 'schema', '[]', '1', '', 0, 1, 1, 1)`;
    expect(kinds(await breachesAfter(stray))).toEqual(['spurious']);
  });

  it('takes a coalesced post for paid when the row with the answered id is there', () => {
    const [successor] = ledger.entries.values();
    if (successor === undefined) throw new Error('no posts');
    const owed = new Ledger();
    for (const { post, told } of ledger.entries.values()) owed.answered(owed.sending(post), told);
    const gone = owed.sending({ ...successor.post, key: 'campaign 7 1' });
    owed.answered(gone, { ...successor.told, outcome: 'coalesced' });
    expect(findBreaches(whole, owed)).toEqual([]);
    gone.told = { ...gone.told, id: 'another' };
    expect(findBreaches(whole, owed)).toMatchObject([{ kind: 'missing', what: 'campaign 7 1 (coalesced)' }]);
  });
});

describe('the order of sync and answer', () => {
  const WATCHED = [{ mark: 'mark-1', answer: '\\"id\\":\\"one\\"' }];
  const written = '10 pwrite64(5</d/a.db-wal>, "..mark-1..", 8192, 56) = 8192';
  const synced = '10 fdatasync(5</d/a.db-wal>) = 0';
  const answered = '9 write(20<socket:[1]>, "HTTP/1.1 200 OK..{\\"id\\":\\"one\\"}", 99) = 99';
  const faultsIn = (...lines: string[]) => orderFaults(callsIn(lines.join('\n')), WATCHED);

  it('is right when a sync of the log lies between the write and the answer', () => {
    expect(faultsIn(written, synced, answered)).toEqual([]);
  });

  it.each([
    ['no sync', [written, answered]],
    ['a sync before the write', [synced, written, answered]],
    ['a sync after the answer', [written, answered, synced]],
    ['an answer before the write', [answered, written, synced]],
    ['a sync of another file', [written, synced.replace('-wal', ''), answered]],
    ['a sync that failed', [written, synced.replace('= 0', '= -1 EIO (Input/output error)'), answered]],
    [
      'a sync that ended after the answer',
      [written, '10 fdatasync(5</d/a.db-wal> <unfinished ...>', answered, '10 <... fdatasync resumed>) = 0'],
    ],
  ])('is wrong with %s', (_, lines) => {
    expect(faultsIn(...lines)).toHaveLength(1);
  });
});

describe('the builds that are broken on purpose', () => {
  it('can be made of this one, as the one that compacts all the time: what they change is still there', () => {
    expect(checkChanges(process.cwd()).length).toBeGreaterThan(8);
  });
});
