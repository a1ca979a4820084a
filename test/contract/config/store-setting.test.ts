/** What the setting `store` may name, in whatever command it is read. */
import { mkdtempSync, readdirSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCommand } from '../../../src/cli/run.js';
import { readConfig } from '../../../src/config/config.js';
import { connect } from '../../../src/sqlite/connection.js';
import { removeFolder } from '../../support/folders.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ocm-store-'));
});
afterEach(() => {
  removeFolder(folder);
});

/** The fault that is named beside another one; null when there is none. */
function faultOf(store: string): string | null {
  try {
    readConfig({ store, port: '99999' }, {}, null);
  } catch (error) {
    return /OCM_STORE.*$/m.exec((error as Error).message)?.[0] ?? null;
  }
  throw new Error('the port is faulty');
}

describe('the store', () => {
  it.each(['sqlite:./x.db', 'sqlite:x.db', 'sqlite:/var/lib/x.db', 'sqlite:///var/lib/x.db'])('can be %s', (store) => {
    expect(faultOf(store)).toBeNull();
  });

  it.each([
    ...['sqlite:', 'sqlite: ', 'sqlite::memory:', 'sqlite:file::memory:', 'sqlite:file:x.db?mode=memory'],
    ...['sqlite:x.db?cache=shared', 'sqlite://host/x.db', 'sqlite:///', 'sqlite:.', 'sqlite:..', 'sqlite:data/'],
    ...['sqlite:x\u0000.db', 'sqlite:x.db ', 'SQLITE:x.db', 'x.db', ':memory:', 'postgres', ' '],
  ])('cannot be %j, and that is named with every other fault', (store) => {
    expect(faultOf(store)).toContain('OCM_STORE should be sqlite: and a file');
  });

  it('cannot be a folder or a device, be it by a link', () => {
    symlinkSync(folder, join(folder, 'link'));
    for (const path of [folder, join(folder, 'link')]) expect(faultOf(`sqlite:${path}`)).toContain('it is a folder');
    expect(faultOf('sqlite:/dev/null')).toContain('it is not a file');
  });

  it.each([
    ...['serve', 'demo', 'migrate', 'check-config', 'healthcheck', 'reload', 'doctor', 'quarantine list'],
    ...['quarantine show 1', 'quarantine replay', 'forget --source x --yes', 'phone-hash 1', 'backup x.db'],
    ...['restore x.db', 'salvage x.db'],
  ])('in memory is a fault of the configuration in: %s', async (line) => {
    let said = '';
    const note = (text: string) => void (said += text);
    const [signal, clock] = [new AbortController().signal, { nowMs: () => 0 }];
    const io = { out: note, err: note, isTerminal: false, clock, signal };
    const status = await runCommand([...line.split(' '), '--store', 'sqlite::memory:'], io);
    expect([status, said]).toEqual([1, expect.stringMatching(/fault\(s\)[^]*OCM_STORE[^]*in memory/)]);
  });
});

describe('a file that is named to a command', () => {
  it.each(['backup', 'restore', 'salvage'])('is a file, not a database in memory: %s', async (command) => {
    let said = '';
    const note = (text: string) => void (said += text);
    const [signal, clock] = [new AbortController().signal, { nowMs: () => 0 }];
    const io = { out: () => undefined, err: note, isTerminal: false, clock, signal };
    for (const name of [':memory:', 'file:x.db?mode=memory', 'x.db ', '']) {
      said = '';
      expect([await runCommand([command, name], io), said]).toEqual([2, expect.stringContaining('names no file')]);
    }
  });
});

describe('a connection', () => {
  it('opens the file of that name, whatever else the name means to SQLite', () => {
    const here = process.cwd();
    process.chdir(folder);
    try {
      const db = connect('file:x.db?mode=memory');
      db.exec('CREATE TABLE t (a)');
      db.close();
      expect(readdirSync(folder)).toEqual(['file:x.db?mode=memory']);
    } finally {
      process.chdir(here);
    }
  });
});
