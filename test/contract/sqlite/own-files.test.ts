/** Who may open the files that hold customers' data: whatever the umask says, and whatever stood there before. */
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConfig, type SqliteConfig } from '../../../src/config/config.js';
import { backUpStore, migrateStore, restoreStore, salvageStore } from '../../../src/service/sqlite/commands.js';
import { openForWriting } from '../../../src/sqlite/database.js';
import { migrate } from '../../../src/sqlite/migrate.js';
import { takeWriterLock } from '../../../src/sqlite/writer-lock.js';
import { eventPost, openCallbackWriter } from '../../support/callback-writer.js';
import { removeFolder } from '../../support/folders.js';
import { T0 } from '../../support/notifications.js';

let umask: number;
let folder: string;
let path: string;
beforeEach(() => {
  umask = process.umask(0o022);
  folder = mkdtempSync(join(tmpdir(), 'ocm-files-'));
  path = join(folder, 'made', 'deep', 'test.db');
});
afterEach(() => {
  process.umask(umask);
  removeFolder(folder);
});

const modeOf = (file: string) => (statSync(file).mode & 0o777).toString(8);
/** Name to mode, of all that lies beside the database. */
const modes = () => {
  const names = readdirSync(dirname(path)).sort();
  return Object.fromEntries(names.map((name) => [name, modeOf(join(dirname(path), name))]));
};
/** The lock is a transaction of SQLite's, which has a journal. */
const allOf = (mode: string) => {
  const suffixes = ['', '-wal', '-shm', '-lock', '-lock-journal'];
  return Object.fromEntries(suffixes.map((suffix) => [`test.db${suffix}`, mode]));
};
function configOf(): SqliteConfig {
  const config = readConfig({ store: `sqlite:${path}` }, {}, null);
  if (config.postgres !== null) throw new Error('it is a file');
  return config;
}
const clock = { nowMs: () => T0 };

function makeDatabase(mode: number, at = path): void {
  mkdirSync(dirname(at), { recursive: true });
  const db = openForWriting(at);
  migrate(db);
  db.close();
  chmodSync(at, mode);
}

describe.each([0o000, 0o022, 0o077])('under the umask %o', (mask) => {
  beforeEach(() => {
    process.umask(mask);
  });

  it('a new database and all beside it are for their owner alone, and so are the folders that are made', () => {
    const writer = openCallbackWriter(path);
    writer.commit([eventPost()]);
    expect(modes()).toEqual(allOf('600'));
    expect([dirname(path), dirname(dirname(path))].map(modeOf)).toEqual(['700', '700']);
    writer.close();
  });

  it('a backup is for its owner alone, whoever may read the database', () => {
    makeDatabase(0o640);
    backUpStore(configOf(), join(folder, 'copy.db'), T0);
    expect(modeOf(join(folder, 'copy.db'))).toBe('600');
  });

  it.each([
    [0o600, '600'],
    [0o640, '640'],
    [0o660, '660'],
    [0o644, '640'],
    [0o666, '660'],
    [null, '600'],
  ])('a restore over a file of mode %o makes one of %s, whatever that of the copy is', (before, after) => {
    const copy = join(folder, 'copy.db');
    makeDatabase(0o666, copy);
    if (before === null) mkdirSync(dirname(path), { recursive: true });
    else makeDatabase(before);
    const { aside } = restoreStore(configOf(), copy, T0);
    expect(modes()['test.db']).toBe(after);
    if (aside !== null) expect(modeOf(aside)).toBe(after);
    expect(modes()['test.db-lock']).toBe(after);
  });

  it('what is kept of a log that lost commits, and what a salvage reads into, is for its owner alone', () => {
    const damaged = join(folder, 'damaged.db');
    const writer = openCallbackWriter(damaged);
    for (let n = 0; n < 20; n++) writer.commit([eventPost({ _CB_SERVICE_ID: String(n) })]);
    mkdirSync(dirname(path), { recursive: true });
    for (const suffix of ['', '-wal']) copyFileSync(damaged + suffix, path + suffix);
    writer.close();
    const size = statSync(`${path}-wal`).size;
    writeSync(openSync(`${path}-wal`, 'r+'), 'torn', Math.floor(size / 2));
    for (const suffix of ['', '-wal']) chmodSync(path + suffix, 0o644);

    const again = openCallbackWriter(path, { keepsLedger: true });
    expect(again.setAside).toMatchObject({ how: 'copied' });
    again.close();
    const kept = Object.entries(modes()).filter(([name]) => name.includes('.damaged-'));
    expect(kept.map(([, mode]) => mode)).toEqual(['600', '600']);
    let during: string | undefined;
    const reading = () => void (during ??= modes()['test.db.salvage-unfinished']);
    salvageStore(configOf(), damaged, clock, { reading, applying: () => undefined });
    expect(during).toBe('600');
  });
});

describe('a database that is there', () => {
  it.each([
    [0o600, '600'],
    [0o640, '640'],
    [0o660, '660'],
    [0o644, '640'],
  ])('of mode %o has %s afterwards, and its log and lock too; its folder stays as it is', (before, after) => {
    process.umask(0);
    makeDatabase(before);
    chmodSync(dirname(path), 0o755);
    writeFileSync(`${path}-lock`, '', { mode: before });
    const writer = openCallbackWriter(path);
    writer.commit([eventPost()]);
    expect(modes()).toEqual(allOf(after));
    expect(modeOf(dirname(path))).toBe('755');
    writer.close();
  });

  it('is shut to others by a command as well, and so is what lies aside, but nothing else', () => {
    makeDatabase(0o644);
    const beside = ['.damaged-20261121T093000Z', '.before-restore-20261121T093000Z-wal', '.mine'];
    for (const name of beside) writeFileSync(path + name, '', { mode: 0o644 });
    migrateStore(configOf(), T0, () => undefined);
    expect(modes()['test.db']).toBe('640');
    expect(beside.map((name) => modeOf(path + name))).toEqual(['640', '640', '644']);
  });

  it('is not made behind a link that leads nowhere', () => {
    mkdirSync(dirname(path), { recursive: true });
    symlinkSync(join(folder, 'elsewhere.db'), path);
    expect(() => openCallbackWriter(path)).toThrow(expect.objectContaining({ code: 'OCM_UNAVAILABLE' }) as Error);
    expect(existsSync(join(folder, 'elsewhere.db'))).toBe(false);
  });

  it.runIf(process.getuid?.() === 0)(
    'keeps its owner and group when root restores it, and its lock has the same',
    () => {
      const copy = join(folder, 'copy.db');
      makeDatabase(0o600, copy);
      makeDatabase(0o640);
      chownSync(path, 12_345, 12_346);
      restoreStore(configOf(), copy, T0);
      takeWriterLock(path, 0).release();
      for (const file of [path, `${path}-lock`]) {
        const { uid, gid } = statSync(file);
        expect([uid, gid, modeOf(file)]).toEqual([12_345, 12_346, '640']);
      }
    },
  );
});
