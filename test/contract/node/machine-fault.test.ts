/** What a machine refuses, in words: of errors that the system and SQLite really give. */
import Database from 'better-sqlite3';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { machineFault } from '../../../src/node/machine-fault.js';

function thrownBy(work: () => void): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

describe('a fault of the machine', () => {
  it('says whose rights are missing', () => {
    const folder = mkdtempSync(join(tmpdir(), 'ocm-fault-'));
    const path = join(folder, 'x.db');
    new Database(path).exec('CREATE TABLE x (y)').close();
    const db = new Database(path, { readonly: true });
    const error = thrownBy(() => db.exec('INSERT INTO x VALUES (1)'));
    db.close();
    rmSync(folder, { recursive: true });
    expect(machineFault(error)).toMatchObject({
      code: 'OCM_UNAVAILABLE',
      message: expect.stringMatching(/readonly database: run this as the user of the service/) as unknown,
    });
    // As it comes from another thread.
    expect(machineFault(new Error((error as Error).message))?.code).toBe('OCM_UNAVAILABLE');
  });

  it('says that there is no room', () => {
    const error = thrownBy(() => {
      writeFileSync('/dev/full', 'x');
    });
    expect(machineFault(error)?.message).toMatch(/make room on that disk/);
  });

  it('is nothing else', () => {
    expect(machineFault(new TypeError('x is not a function'))).toBeNull();
    expect(machineFault('readonly database')).toBeNull();
  });
});
