/** What becomes of a database whose files somebody else handles while it is in use, or before a start. */
import Database from 'better-sqlite3';
import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mustHaveOneName } from '../../../src/sqlite/one-name.js';
import { inspectWal } from '../../../src/sqlite/damage/wal-frames.js';
import { recover } from '../../../src/sqlite/damage/recover.js';
import type { Writer, WriterOptions } from '../../../src/sqlite/writer.js';
import type { CommitReport } from '../../../src/domain/store.js';
import { aBody } from '../../support/bodies.js';
import { aDelivery, eventPost, openCallbackWriter } from '../../support/callback-writer.js';
import { removeFolder } from '../../support/folders.js';
import { digest, T0 } from '../../support/notifications.js';
import { dateTime, STARTED, STOPPED } from '../../support/posts.js';

const PAGE = 4096;
const FRAME = PAGE + 24;
const LOST = expect.objectContaining({ code: 'OCM_STORE_LOST' }) as unknown as Error;
const REFUSED = expect.objectContaining({ code: 'OCM_UNAVAILABLE' }) as unknown as Error;

let folder: string;
let path: string;
const writers: Writer[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ocm-changed-'));
  path = join(folder, 'test.db');
});
afterEach(() => {
  for (const writer of writers.splice(0)) writer.close();
  removeFolder(folder);
});

function open(options: Partial<WriterOptions> = {}): Writer {
  const writer = openCallbackWriter(path, { keepsLedger: true, ...options });
  writers.push(writer);
  return writer;
}

function close(writer: Writer): void {
  writers.splice(writers.indexOf(writer), 1);
  writer.close();
}

const saying = (afterMs: number, state: object) =>
  aDelivery('campaign-group-state', { ...aBody(), GSW_DATE_TIME: dateTime(T0 + afterMs), ...state });
const post = (n: number) => eventPost({ _CB_SERVICE_ID: `service-${String(n)}`, _CB_CUSTOMER_ANI: '+43 1 234' });

function fill(writer: Writer, from: number, to: number): void {
  for (let n = from; n < to; n++) writer.commit([post(n)]);
}

function heldIn(file: string): number {
  const db = new Database(file, { readonly: true });
  const held = db.prepare('SELECT count(*) FROM callbacks').pluck().get() as number;
  db.close();
  return held;
}

function overwrite(file: string, at: number, bytes: Buffer): void {
  const handle = openSync(file, 'r+');
  writeSync(handle, bytes, 0, bytes.length, at);
  closeSync(handle);
}

/** As the service does it, though nothing comes between. */
function beat(writer: Writer): void {
  const parts = writer.inspectLog();
  while (parts.next().done !== true);
  writer.beat();
}

/** As `cp` does it: the file stays the same. */
function copyOver(from: string, to: string): void {
  const bytes = readFileSync(from);
  truncateSync(to, 0);
  overwrite(to, 0, bytes);
}

const names = (pattern: RegExp) => readdirSync(folder).filter((name) => pattern.test(name));
const asides = () => names(/\.damaged-\d+T\d+Z(-\d+)?$/);
const notes = () => names(/\.(changed|vanished)-/);

/** By the time the old copy is put over the database, all of it was written back. */
const CHANGES: readonly (readonly [string, () => void])[] = [
  [
    'its log cut off',
    () => {
      truncateSync(`${path}-wal`, 0);
    },
  ],
  [
    'its log cut short',
    () => {
      truncateSync(`${path}-wal`, 32 + 7 * FRAME + 100);
    },
  ],
  [
    'another file copied over its log',
    () => {
      copyOver(join(folder, 'old.db'), `${path}-wal`);
    },
  ],
  [
    'bytes of its log written over',
    () => {
      overwrite(`${path}-wal`, 32 + 5 * FRAME + 500, Buffer.alloc(100, 7));
    },
  ],
  [
    'a frame of its log written over',
    () => {
      overwrite(`${path}-wal`, 32 + 5 * FRAME, Buffer.alloc(FRAME));
    },
  ],
  [
    'its main file cut off',
    () => {
      truncateSync(path, 0);
    },
  ],
  [
    'an old copy over its main file',
    () => {
      copyOver(join(folder, 'old.db'), path);
    },
  ],
  [
    'bytes of its main file written over',
    () => {
      overwrite(path, 3 * PAGE, Buffer.alloc(PAGE, 7));
    },
  ],
  [
    'its main file replaced',
    () => {
      renameSync(join(folder, 'old.db'), path);
    },
  ],
  [
    'its main file removed',
    () => {
      rmSync(path);
    },
  ],
  [
    'its index removed',
    () => {
      rmSync(`${path}-shm`);
    },
  ],
  [
    'its lock removed',
    () => {
      rmSync(`${path}-lock`);
    },
  ],
];

describe('a database in use', () => {
  function used(options: Partial<WriterOptions> = {}): Writer {
    const writer = open(options);
    fill(writer, 0, 10);
    const db = new Database(path);
    db.prepare('VACUUM INTO ?').run(join(folder, 'old.db'));
    db.pragma('wal_checkpoint(PASSIVE)');
    db.close();
    fill(writer, 10, 20);
    return writer;
  }

  it.each(CHANGES)('with %s acknowledges nothing more, and what was is kept', (_, change) => {
    const writer = used();
    change();
    expect(() => writer.commit([post(20)])).toThrow(LOST);
    expect(() => writer.commit([post(21)])).toThrow(LOST);
    expect(notes()).toEqual([expect.stringMatching(/^test\.db\.changed-/)]);
    const [copy = ''] = asides();
    // A commit that was refused may be in it.
    expect(heldIn(join(folder, copy))).toBeGreaterThanOrEqual(20);
    close(writer);
    const next = open();
    fill(next, 30, 31);
    expect(heldIn(path)).toBeGreaterThan(0);
  });

  function usedThatCommits(change: () => void): Writer {
    let changes = false;
    const writer = used({
      // Numbers are hashed within the transaction; nothing else of a commit can be interposed.
      keys: {
        random: () => 'key',
        hasher: () => (number) => {
          if (changes) change();
          changes = false;
          return number;
        },
      },
    });
    changes = true;
    return writer;
  }

  it.each(CHANGES.filter(([what]) => !what.includes('of its log written over') && what !== 'its lock removed'))(
    'with %s while it commits does not acknowledge that commit',
    (_, change) => {
      const writer = usedThatCommits(change);
      expect(() => writer.commit([post(20)])).toThrow(LOST);
      expect(heldIn(join(folder, asides()[0] ?? ''))).toBeGreaterThanOrEqual(20);
    },
  );

  it.each(CHANGES.filter(([what]) => what.includes('of its log written over')))(
    'with %s while it commits is noticed by the next beat, and all of it is kept',
    (_, change) => {
      const writer = usedThatCommits(change);
      writer.commit([post(20)]);
      expect(() => {
        beat(writer);
      }).toThrow(LOST);
      expect(heldIn(join(folder, asides()[0] ?? ''))).toBe(21);
    },
  );

  /** A writer under whose main file, most of which it never read, somebody has put an old copy. */
  const oldCopyOver = () => {
    const first = open();
    fill(first, 0, 300);
    close(first);
    const writer = open();
    const db = new Database(path, { readonly: true });
    db.prepare('VACUUM INTO ?').run(join(folder, 'old.db'));
    db.close();
    fill(writer, 300, 310);
    copyOver(join(folder, 'old.db'), path);
    return writer;
  };

  it('with an old copy over pages that it never read is kept in parts, and those bring all of it back', () => {
    const writer = oldCopyOver();
    expect(() => writer.commit([post(310)])).toThrow(/malformed.*main file and log were kept, each by itself/);
    close(writer);
    const [log = ''] = names(/\.damaged-\d+T\d+Z-log$/);
    const found = new Set(recoveredOf(join(folder, log)));
    expect(Array.from({ length: 310 }, (_, n) => `service-${String(n)}`).filter((id) => !found.has(id))).toEqual([]);
  });

  it('says which part was kept, where the main file that was put there is too large for a copy', () => {
    const writer = oldCopyOver();
    truncateSync(path, 65 * 1024 * 1024);
    expect(() => writer.commit([post(310)])).toThrow(LOST);
    const [note = ''] = notes();
    const said = readFileSync(join(folder, note), 'utf8');
    // Where the file system shares bytes it is kept all the same.
    const hasMain = names(/\.damaged-\d+T\d+Z$/).length > 0;
    expect(said).toContain(hasMain ? 'main file and log were kept, each by itself: ' : 'only the log was kept: ');
    expect(names(/\.damaged-\d+T\d+Z-log-wal$/)).toHaveLength(1);
  });

  function recoveredOf(file: string): string[] {
    const { db } = recover(file, join(folder, 'recovered'), digest, () => undefined);
    const ids = db.prepare('SELECT service_id FROM callbacks').pluck().all() as string[];
    db.close();
    return ids;
  }

  it('whose log was changed is not written back by the end of the process', () => {
    const writer = used();
    truncateSync(`${path}-wal`, 0);
    expect(() => writer.commit([post(20)])).toThrow(LOST);
    close(writer);
    const db = new Database(path);
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
    db.close();
    expect(heldIn(path)).toBe(10);
  });

  it('is noticed by a beat, when nobody posts', () => {
    const writer = used();
    truncateSync(path, 0);
    expect(() => {
      beat(writer);
    }).toThrow(LOST);
  });

  it('goes on beside other clients of SQLite, whatever they do, and takes up what they wrote', () => {
    const writer = used();
    const other = new Database(path);
    const works: readonly (() => void)[] = [
      () => other.prepare('SELECT count(*) FROM callbacks').get(),
      ...['PASSIVE', 'FULL', 'RESTART', 'TRUNCATE'].map((mode) => () => void other.pragma(`wal_checkpoint(${mode})`)),
      () => other.exec('CREATE TABLE notes_of_others (a)'),
      () => {
        // So much that it lies in the log before it is taken back.
        other.pragma('cache_size = 1');
        other.exec('BEGIN; INSERT INTO notes_of_others SELECT randomblob(20000) FROM callbacks; ROLLBACK');
      },
      () => other.exec('DELETE FROM callback_events'),
      () => other.exec('VACUUM'),
      () => {
        expect(() => other.pragma('journal_mode = DELETE')).toThrow('locked');
      },
      () => {
        other.close();
      },
    ];
    works.forEach((work, n) => {
      work();
      writer.commit([post(100 + n)]);
      beat(writer);
      writer.commit([post(200 + n)]);
    });
    expect([notes(), asides()]).toEqual([[], []]);
    expect(heldIn(path)).toBe(20 + 2 * works.length);
  });

  it('goes on where posts are committed, and the log is begun anew, between two parts of a look at all of it', () => {
    const writer = used();
    let no = 0;
    for (; inspectWal(`${path}-wal`).frames < 200; no++) writer.commit([post(1000 + no)]);
    const parts = writer.inspectLog();
    expect(parts.next().done).toBe(false);
    writer.commit([post(1000 + no++)]);
    expect(parts.next().done).toBe(true);
    const others = writer.inspectLog();
    others.next();
    const other = new Database(path);
    other.pragma('wal_checkpoint(RESTART)');
    other.close();
    for (const before = no; no < before + 5; no++) writer.commit([post(1000 + no)]);
    while (others.next().done !== true);
    beat(writer);
    expect([notes(), asides()]).toEqual([[], []]);
  });

  it('goes on when modes are changed, or the times of its log', () => {
    const writer = used();
    chmodSync(path, 0o640);
    utimesSync(`${path}-wal`, 1, 1);
    writer.commit([post(20)]);
    expect(heldIn(path)).toBe(21);
  });

  it.each(['', '-wal'])('refuses posts while its file%s has a second name, and recovers by itself', (suffix) => {
    const writer = used();
    linkSync(path + suffix, join(folder, 'other'));
    expect(() => writer.commit([post(20)])).toThrow(REFUSED);
    rmSync(join(folder, 'other'));
    writer.commit([post(21)]);
    expect(heldIn(path)).toBe(21);
  });
});

describe('a commit that stands, though its file has a second name when it is looked at', () => {
  /** What is committed next is looked at while the file has another name. */
  const namedTwice = (work: () => void) => {
    isNamedTwice = true;
    expect(work).toThrow(REFUSED);
    isNamedTwice = false;
    rmSync(join(folder, 'other'));
  };
  let isNamedTwice = false;
  let told: CommitReport[] = [];
  const opened = () => {
    told = [];
    return open({
      // Asked for in each transaction, before COMMIT.
      elapsedMs: () => {
        if (isNamedTwice && names(/^other$/).length === 0) linkSync(path, join(folder, 'other'));
        return performance.now();
      },
      onUnconfirmed: (report) => told.push(report),
    });
  };

  it('is refused, and told to those who show what is held', () => {
    const writer = opened();
    writer.commit([saying(0, STARTED)]);
    namedTwice(() => writer.commit([saying(10_000, STOPPED)]));
    expect(told).toMatchObject([{ no: 2, receipts: [], snapshots: [{ state: 'active' }], made: [{}], removed: null }]);
    expect(writer.commit([saying(20_000, STOPPED)])).toMatchObject({ no: 3, made: [] });
  });

  it('is told where it is that of a removal', () => {
    const writer = opened();
    const [{ id: group, groupNo } = { id: '', groupNo: 0 }] = writer.commit([saying(0, STARTED)]).snapshots;
    namedTwice(() => [...writer.forget({ group, source: null, dryRun: false })]);
    expect(told).toMatchObject([{ removed: { groupNos: [groupNo], source: null } }]);
  });
});

describe('a start', () => {
  const left = (n: number) => {
    const writer = open();
    fill(writer, 0, n);
    close(writer);
  };

  it.each(['the other name', 'the first name'])('refuses a database with a second name, by %s', (which) => {
    left(1);
    const other = join(folder, 'other.db');
    linkSync(path, other);
    if (which === 'the other name') path = other;
    expect(() => open()).toThrow(REFUSED);
    expect(() => open()).toThrow('second name');
    rmSync(other);
  });

  it('refuses a log that is a link', () => {
    left(1);
    symlinkSync(join(folder, 'elsewhere'), `${path}-wal`);
    expect(() => open()).toThrow('symbolic link');
  });

  it('refuses a database that is mounted by itself, whatever its name', () => {
    const at = (name: string) => `36 35 98:0 /m.db ${name} rw,noatime master:1 - ext4 /dev/root rw`;
    for (const suffix of ['', '-wal', '-shm']) {
      expect(() => {
        mustHaveOneName('/data/my db', at(`/data/my\\040db${suffix}`));
      }).toThrow(/mounted by itself.*-v FOLDER:\/data, with my db/);
    }
    mustHaveOneName('/data/my db', at('/data'));
  });

  it.each(['missing', 'empty'])('that finds it %s leaves a note until somebody removes it', (how) => {
    left(3);
    expect(notes()).toEqual([]);
    if (how === 'missing') rmSync(path);
    else truncateSync(path, 0);
    close(open());
    close(open());
    const [note = '', ...more] = notes();
    expect([note, more]).toEqual([expect.stringMatching(/^test\.db\.vanished-/), []]);
    expect(readFileSync(join(folder, note), 'utf8')).toContain('begun anew');
    rmSync(join(folder, note));
    close(open());
    expect(notes()).toEqual([]);
  });

  it('of a new database leaves none, nor one after a damaged one was moved aside', () => {
    writeFileSync(path, '');
    left(3);
    overwrite(path, 0, Buffer.alloc(100, 7));
    close(open());
    expect([notes(), asides().length]).toEqual([[], 1]);
  });

  it('that finds a log alone keeps it: SQLite would remove it', () => {
    const writer = open();
    fill(writer, 0, 3);
    copyFileSync(`${path}-wal`, join(folder, 'kept'));
    close(writer);
    rmSync(path);
    renameSync(join(folder, 'kept'), `${path}-wal`);
    const { frames } = inspectWal(`${path}-wal`);
    const next = open();
    expect(next.setAside).toMatchObject({ how: 'moved', why: expect.stringContaining('its log') as string });
    const [aside = ''] = asides();
    expect(inspectWal(join(folder, `${aside}-wal`)).frames).toBe(frames);
    expect(existsSync(join(folder, aside))).toBe(true);
  });

  it('sees commits behind a frame of which nothing is left', () => {
    const writer = open();
    fill(writer, 0, 5);
    const log = join(folder, 'copy-wal');
    copyFileSync(`${path}-wal`, log);
    const { frames, lostCommits } = inspectWal(log);
    expect(lostCommits).toBe(0);
    overwrite(log, 32 + FRAME, Buffer.alloc(FRAME));
    expect(inspectWal(log)).toMatchObject({ frames, brokenFrame: 2 });
    expect(inspectWal(log).lostCommits).toBeGreaterThanOrEqual(5);
  });
});
