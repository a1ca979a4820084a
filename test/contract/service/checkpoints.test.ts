/** The way from the write-ahead log back into the database, on a real one. */
import Database from 'better-sqlite3';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { CheckpointWatch } from '../../../src/service/sqlite/checkpoint-watch.js';
import { type CheckpointReport, Checkpoints } from '../../../src/sqlite/checkpoints.js';
import { removeFolder } from '../../support/folders.js';

const cleanUp: (() => void)[] = [];
afterEach(() => {
  for (const undo of cleanUp.splice(0).reverse()) undo();
});

function aDatabase() {
  const folder = mkdtempSync(join(tmpdir(), 'ocm-checkpoints-'));
  const db = new Database(join(folder, 'test.db'));
  cleanUp.push(() => {
    db.close();
    removeFolder(folder);
  });
  db.pragma('journal_mode = WAL');
  db.exec('CREATE TABLE filler (bytes)');
  const reports: CheckpointReport[] = [];
  let elapsedMs = 0;
  let attempts = 0;
  let fault: string | null = null;
  const checkpoints = new Checkpoints({ elapsedMs: () => elapsedMs, onReport: (report) => void reports.push(report) });
  /** The same database, on a disk that says no when its main file is written. */
  const onDisk = new Proxy(db, {
    get: (target, name) => {
      if (name !== 'pragma') return Reflect.get(target, name, target) as unknown;
      return (text: string) => {
        if (text.includes('PASSIVE')) {
          attempts++;
          if (fault !== null) throw new Error(fault);
        }
        return target.pragma(text);
      };
    },
  });
  const frames = () => (db.pragma('wal_checkpoint(NOOP)') as { log: number; checkpointed: number }[])[0];
  return {
    reports,
    frames,
    attempts: () => attempts,
    fail: (why: string | null) => (fault = why),
    pass: (ms: number) => (elapsedMs += ms),
    commit: (bytes: number) => {
      db.prepare('INSERT INTO filler VALUES (zeroblob(?))').run(bytes);
      checkpoints.afterCommit(onDisk);
    },
  };
}

const MUCH = 9 * 1024 * 1024;

describe('checkpoints', () => {
  it('are made when the log holds two thousand pages, not before, and say nothing when they work', () => {
    const { commit, frames, attempts, reports } = aDatabase();
    for (let n = 0; n < 10; n++) commit(100);
    expect(attempts()).toBe(0);
    commit(MUCH);
    expect([attempts(), frames()?.log]).toEqual([1, frames()?.checkpointed]);
    commit(100);
    expect(frames()?.log).toBeLessThan(100);
    expect(reports).toEqual([]);
  });

  it('that fail are told, and tried again after pauses that double up to a minute, not at every commit', () => {
    const { commit, attempts, fail, pass, reports } = aDatabase();
    commit(100);
    fail('disk I/O error');
    commit(MUCH);
    for (let n = 0; n < 500; n++) commit(100);
    expect(attempts()).toBe(1);
    expect(reports).toEqual([{ failures: 1, why: 'disk I/O error' }]);
    for (let second = 0; second < 300; second++) {
      pass(1000);
      commit(100);
    }
    // At 0, 1, 3, 7, 15, 31 and 63 seconds, and then every 60.
    expect(attempts()).toBe(10);
    fail(null);
    pass(60_000);
    commit(100);
    expect(reports.at(-1)).toEqual({ failures: 10, why: null });
    fail('disk I/O error');
    commit(MUCH);
    commit(100);
    expect(reports.at(-1)).toEqual({ failures: 11, why: 'disk I/O error' });
  });
});

describe('the watch over checkpoints', () => {
  it('says that they fail, again after ten minutes, and that they work', () => {
    const said: string[] = [];
    const note = (level: string) => (_fields: object, message: string) => void said.push(`${level} ${message}`);
    const watch = new CheckpointWatch({
      error: note('error'),
      warn: note('warn'),
      info: note('info'),
      debug: note('debug'),
    });
    watch.note(0, { failures: 1, why: 'EIO' });
    watch.note(1000, { failures: 2, why: 'EIO' });
    expect([said.length, watch.failures]).toEqual([1, 2]);
    watch.note(600_000, { failures: 12, why: 'EIO' });
    watch.note(601_000, { failures: 12, why: null });
    watch.note(602_000, { failures: 12, why: null });
    expect(said).toEqual([
      'error the write-ahead log cannot be written back into the database',
      'error the write-ahead log cannot be written back into the database',
      'info the write-ahead log is written back again',
    ]);
  });
});
