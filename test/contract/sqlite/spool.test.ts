/** The spool on a real file: what was appended comes out as it went in, whatever happened to the process or to the file. */
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MonitorError } from '../../../src/domain/errors.js';
import { ENDPOINTS } from '../../../src/domain/quarantine.js';
import type { Delivery } from '../../../src/domain/store.js';
import { Spool } from '../../../src/sqlite/spool/spool.js';
import { removeFolder } from '../../support/folders.js';

const ROOM = 1024 * 1024;

let folder = '';
let open: Spool[] = [];
let aside: string[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ocm-spool-'));
  aside = [];
});
afterEach(() => {
  for (const spool of open) spool.close();
  open = [];
  removeFolder(folder);
});

const path = () => join(folder, 'state', 'spool');

function aSpool(limitBytes = ROOM): Spool {
  const spool = new Spool({
    path: path(),
    limitBytes,
    nowMs: () => 0,
    onAside: (file) => {
      aside.push(file);
    },
  });
  open.push(spool);
  return spool;
}

const post = (n: number): Delivery => ({
  endpoint: 'campaign-group-state',
  source: 'east',
  receivedAtMs: n,
  bytes: `{"n":${String(n)}}`,
});
const POSTS = [1, 2, 3].map(post);

const drained = (spool: Spool) => spool.take(1000).map(({ delivery }) => delivery);
const nosOf = (spool: Spool, limit = 1000) => spool.take(limit).map(({ no }) => no);

const DELIVERY: fc.Arbitrary<Delivery> = fc.record(
  {
    endpoint: fc.constantFrom(...ENDPOINTS),
    source: fc.string({ minLength: 1 }),
    receivedAtMs: fc.nat(),
    bytes: fc.uint8Array({ maxLength: 50 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
    oversize: fc.record({ size: fc.nat(), digest: fc.string() }),
    coalesced: fc.array(fc.nat(), { maxLength: 3 }),
  },
  { requiredKeys: ['endpoint', 'source', 'receivedAtMs', 'bytes'], noNullPrototype: true },
);

describe('a spool', () => {
  it('gives out every delivery as it came, in their order, and counts what waits', () => {
    fc.assert(
      fc.property(fc.array(fc.array(DELIVERY, { maxLength: 5 }), { maxLength: 5 }), (batches) => {
        rmSync(join(folder, 'state'), { recursive: true, force: true });
        const spool = aSpool();
        for (const batch of batches) spool.append(batch);
        const all = batches.flat();
        expect(drained(spool)).toEqual(all);
        expect(spool.status()).toMatchObject({ items: all.length, oldestMs: all[0]?.receivedAtMs ?? null });
        spool.remove(nosOf(spool));
        expect(spool.status()).toMatchObject({ items: 0, bytes: 0, oldestMs: null });
      }),
      { numRuns: 50 },
    );
  });

  it('gives out what tells of the same together, the oldest first, and nobody waits for ever', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('a', 'b', 'c', null), { maxLength: 30 }),
        fc.integer({ min: 1, max: 8 }),
        (subjects, limit) => {
          rmSync(join(folder, 'state'), { recursive: true, force: true });
          const spool = aSpool();
          const deliveries = subjects.map((_, n) => post(n));
          spool.append(deliveries, null, subjects);
          let waiting = subjects.map((subject, n) => ({ subject, n }));
          while (waiting.length > 0) {
            const [oldest] = waiting;
            const taken = spool.take(limit);
            const places = taken.map(({ delivery }) => delivery.receivedAtMs);
            expect(places[0]).toBe(oldest?.n);
            expect(places.length).toBe(Math.min(limit, waiting.length));
            const isTaken = ({ n }: { n: number }) => places.includes(n);
            // Of one subject those that wait are younger, and of the last taken alone any do.
            for (const subject of new Set(waiting.filter(isTaken).map((one) => one.subject))) {
              const own = waiting.filter((one) => one.subject === subject);
              expect(own.slice(0, own.filter(isTaken).length).every(isTaken)).toBe(true);
              const isWhole = own.every(isTaken);
              if (subject !== null && !isWhole) expect(subject).toBe(subjects[places.at(-1) ?? 0]);
            }
            spool.remove(taken.map(({ no }) => no));
            waiting = waiting.filter((one) => !isTaken(one));
          }
          expect(spool.take(limit)).toEqual([]);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('takes on a file of a version that did not say of what posts tell', () => {
    const before = aSpool();
    before.append(POSTS, null, ['a', 'b', 'a']);
    before.close();
    const db = new Database(path());
    db.exec('DROP INDEX posts_of_subject; ALTER TABLE posts DROP COLUMN subject');
    db.close();
    const spool = aSpool();
    expect(drained(spool)).toEqual(POSTS);
    spool.append([post(4), post(5)], null, ['b', 'b']);
    expect([drained(spool), aside]).toEqual([[...POSTS, post(4), post(5)], []]);
  });

  it('is for its owner alone', () => {
    aSpool().append(POSTS);
    expect(statSync(path()).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'state')).mode & 0o777).toBe(0o700);
  });

  it('has what was appended when it is opened again, by somebody else too', () => {
    const first = aSpool();
    first.append(POSTS);
    const second = aSpool();
    second.append([post(4)]);
    expect(drained(second)).toEqual([...POSTS, post(4)]);
    first.remove(nosOf(first, 2));
    expect(drained(second)).toEqual([post(3), post(4)]);
    expect(second.status().items).toBe(2);
  });

  it('gives no number twice: who removes what it has drained removes nothing else', () => {
    const [slow, other] = [aSpool(), aSpool()];
    slow.append(POSTS);
    const nos = nosOf(slow);
    other.remove(nosOf(other));
    other.append([post(4)]);
    slow.remove(nos);
    expect(drained(slow)).toEqual([post(4)]);
    expect(slow.status().items).toBe(1);
  });

  it('refuses what goes beyond its bound, keeps nothing of it, and takes posts again when there is room', () => {
    const spool = aSpool(600);
    spool.append(POSTS);
    expect(() => {
      spool.append([post(4), post(5)]);
    }).toThrow('OCM_SPOOL_LIMIT');
    expect(drained(spool)).toEqual(POSTS);
    spool.probe();
    spool.remove(nosOf(spool));
    spool.append([post(4), post(5)]);
    expect(drained(spool)).toEqual([post(4), post(5)]);
  });

  it('holds back what is in doubt until that is settled', () => {
    const spool = aSpool();
    spool.append([post(1)], { lane: 'a', seq: 1 });
    spool.append([post(2)], { lane: 'a', seq: 2 });
    spool.append([post(3)]);
    expect(drained(spool)).toEqual([post(3)]);
    expect(spool.doubts()).toEqual([
      { lane: 'a', seq: 1 },
      { lane: 'a', seq: 2 },
    ]);
    spool.settle({ lane: 'a', seq: 1 }, true);
    spool.settle({ lane: 'a', seq: 2 }, false);
    expect(drained(spool)).toEqual([post(2), post(3)]);
    expect([spool.doubts(), spool.status().items]).toEqual([[], 2]);
    spool.doubt(nosOf(spool), { lane: 'b', seq: 1 });
    expect(drained(spool)).toEqual([]);
  });

  it('gives out what has failed after all others, and one at a time', () => {
    const spool = aSpool();
    spool.append(POSTS);
    spool.putBehind(nosOf(spool, 2));
    expect(drained(spool)).toEqual([post(3)]);
    spool.remove(nosOf(spool));
    expect(spool.take(1000)).toMatchObject([{ tries: 1, delivery: post(1) }]);
  });

  it.each([
    ['is no database', 'this is no database'.repeat(500)],
    ['is a torn page', `SQLite format 3\u0000${'\u0001'.repeat(5000)}`],
  ])('moves a file aside that %s, says so, and goes on with a new one', (_, text) => {
    aSpool().close();
    aSpool().append([]);
    for (const spool of open) spool.close();
    for (const suffix of ['-wal', '-shm']) rmSync(path() + suffix, { force: true });
    writeFileSync(path(), text, 'latin1');
    const spool = aSpool();
    spool.append(POSTS);
    expect(drained(spool)).toEqual(POSTS);
    expect(aside).toEqual(spool.status().aside);
    expect(aside.map((file) => existsSync(file))).toEqual([true]);
  });

  it('does not write into a file that somebody has removed', () => {
    const spool = aSpool();
    spool.append(POSTS);
    for (const name of readdirSync(join(folder, 'state'))) rmSync(join(folder, 'state', name));
    spool.append([post(4)]);
    expect(drained(aSpool())).toEqual([post(4)]);
  });

  it('says what is wrong with its disk, and keeps nothing', () => {
    writeFileSync(join(folder, 'state'), '');
    const refused = () => {
      aSpool().append(POSTS);
    };
    expect(refused).toThrow(MonitorError);
    expect(refused).toThrow('OCM_STATE_FOLDER');
  });

  it('gives the room back on the disk when it is empty', () => {
    const spool = aSpool(100 * ROOM);
    const large = 'x'.repeat(256 * 1024);
    spool.append(Array.from({ length: 80 }, (__, n) => ({ ...post(n), bytes: large })));
    spool.remove(nosOf(spool));
    spool.close();
    expect(statSync(path()).size).toBeLessThan(ROOM);
  });
});
