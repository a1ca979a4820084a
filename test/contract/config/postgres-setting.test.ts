/** What the setting `store` may say of a PostgreSQL; a password in it is shown nowhere. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCommand } from '../../../src/cli/run.js';
import { describeConfig, type Flags, readConfig } from '../../../src/config/config.js';
import { removeFolder } from '../../support/folders.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ocm-postgres-setting-'));
});
afterEach(() => {
  removeFolder(folder);
});

function addressOf(store: string, flags: Flags = {}) {
  const { postgres } = readConfig({ store, ...flags }, {}, null);
  if (postgres === null) throw new Error('it is a file');
  return postgres;
}

function faultOf(store: string, flags: Flags = {}): string {
  try {
    readConfig({ store, ...flags }, {}, null);
  } catch (error) {
    return (error as Error).message;
  }
  return '';
}

function written(text: string): string {
  const path = join(folder, 'written');
  writeFileSync(path, text);
  return path;
}

async function run(line: string, store: string): Promise<{ status: number; said: string }> {
  let said = '';
  const note = (text: string) => void (said += text);
  const [signal, clock] = [new AbortController().signal, { nowMs: () => 0 }];
  const io = { out: note, err: note, isTerminal: false, clock, signal };
  return { status: await runCommand([...line.split(' '), '--store', store], io), said };
}

describe('a store on PostgreSQL', () => {
  it('has a host, a port, a database and a user, and else what libpq takes', () => {
    expect(addressOf('postgres://monitor@db.example/history')).toEqual({
      hosts: [{ host: 'db.example', port: 5432 }],
      database: 'history',
      user: 'monitor',
      password: null,
      tlsMode: 'prefer',
      caPath: null,
      applicationName: 'ocs-monitor',
      shown: 'postgres://monitor@db.example/history',
    });
    expect(addressOf('postgresql://monitor@db.example').database).toBe('monitor');
  });

  it('can name several hosts, addresses in brackets, and the folder of a socket', () => {
    expect(addressOf('postgres://m@one:6000,two,[fd00::7]:6001/h').hosts).toEqual([
      { host: 'one', port: 6000 },
      { host: 'two', port: 5432 },
      { host: 'fd00::7', port: 6001 },
    ]);
    expect(addressOf('postgres://m@/h?host=/run/postgresql&port=6000').hosts).toEqual([
      { host: '/run/postgresql', port: 6000 },
    ]);
    expect(addressOf('postgres://m@/h?host=one,two&port=1,2').hosts).toEqual([
      { host: 'one', port: 1 },
      { host: 'two', port: 2 },
    ]);
  });

  it('says by sslmode and sslrootcert whom it trusts', () => {
    const ca = written('-----BEGIN CERTIFICATE-----\n');
    const { tlsMode, caPath } = addressOf(`postgres://m@one/h?sslmode=verify-full&sslrootcert=${ca}`);
    expect([tlsMode, caPath]).toEqual(['verify-full', ca]);
    expect(faultOf(`postgres://m@one/h?sslrootcert=${ca}`)).toContain('no effect without sslmode=verify-full');
    expect(faultOf('postgres://m@one/h?sslmode=verify-full&sslrootcert=/nowhere')).toContain('/nowhere cannot be read');
    expect(faultOf(`postgres://m@one/h?sslmode=verify-ca&sslrootcert=${written('x')}`)).toContain('no PEM file');
  });

  it('takes its password from the URL or from a file, whole but for the end of the line', () => {
    expect(addressOf('postgres://m:p%40ss%2F:1@one/h').password).toBe('p@ss/:1');
    const flags = { store_password_file: written(' a, b#\n') };
    expect(addressOf('postgres://m@one/h', flags).password).toBe(' a, b#');
    expect(faultOf('postgres://m:secret@one/h', flags)).toContain('its password is said twice');
    expect(faultOf('postgres://m@one/h', { store_password_file: written('\n') })).toContain('is empty');
    expect(faultOf('postgres://m@one/h', { store_password_file: join(folder, 'none') })).toContain('cannot be read');
    expect(faultOf('sqlite:x.db', flags)).toContain('OCM_STORE_PASSWORD_FILE belongs to PostgreSQL');
  });

  it.each([
    ['postgres:', 'should be like postgres://'],
    ['postgres://one/h', 'names no user'],
    ['postgres://m@/h', 'names no host'],
    ['postgres://m@one:0/h', 'port of one should be a number'],
    ['postgres://m@one:70000/h', 'port of one should be a number'],
    ['postgres://m@one/h?sslmode=yes', 'sslmode should be one of disable, prefer'],
    ['postgres://m@one/h?sslcert=x', 'unknown parameter sslcert'],
    ['postgres://m@one/h?target_session_attrs=standby', 'target_session_attrs should be left out'],
    ['postgres://m@one/h?host=two', 'not in both'],
    ['postgres://m@/h?host=a,b,c&port=1,2', 'as many as there are hosts'],
    ['postgres://m%@one/h', 'written %25'],
  ])('%s is a fault that says what should stand there', (store, fault) => {
    expect(faultOf(store)).toContain(fault);
  });

  it('has no settings of SQLite, and metrics of campaign groups apart', () => {
    expect(faultOf('postgres://m@one/h', { store_limit: '1gb' })).toContain('OCM_STORE_LIMIT belongs to SQLite');
    expect(readConfig({ store: 'postgres://m@one/h' }, {}, null).metricsDomain).toBe('separate');
    expect(readConfig({}, {}, null).metricsDomain).toBe('inline');
  });

  it('never shows a password, whatever it is made of and whatever is wrong', () => {
    const password = fc.string({ minLength: 12, unit: 'grapheme-ascii' }).map((text) => `s3cr3t${text}`);
    fc.assert(
      fc.property(password, fc.boolean(), (text, isEncoded) => {
        const inUrl = isEncoded ? encodeURIComponent(text) : text;
        const store = `postgres://m:${inUrl}@one:0/h`;
        expect(faultOf(store)).not.toContain('s3cr3t');
        expect(JSON.stringify(describeConfig({ store }, {}, null))).not.toContain('s3cr3t');
        expect(faultOf(`postgres://m@one/h?password=${inUrl}`)).not.toContain('s3cr3t');
      }),
    );
    expect(addressOf('postgres://m:s3cr3t@one/h').shown).toBe('postgres://m:***@one/h');
  });

  it.each([
    ['backup x.db', 'pg_dump'],
    ['restore x.db', 'pg_restore'],
    ['salvage x.db', 'tools of PostgreSQL'],
    ['migrate', 'start the service'],
    ['demo', 'makes one of its own'],
    ['retention --dry-run', 'SQLite'],
  ])('is no file: %s says what to do instead, and is a usage error', async (line, instead) => {
    const { status, said } = await run(line, 'postgres://m:s3cr3t@one/h');
    expect([status, said]).toEqual([2, expect.stringContaining(instead)]);
    expect(said).not.toContain('s3cr3t');
  });
});
