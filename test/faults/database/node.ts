/** A PostgreSQL of Debian on a host of its own, on a disk of its own. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import { eventually } from '../../support/eventually.js';
import { onDatabase, type Server } from '../../support/postgres-server.js';
import type { Host } from './network.js';

export const DEBIAN_PROGRAMS = '/usr/lib/postgresql/15/bin';
const USER = 'ocm';
/** PostgreSQL refuses to be run by root; this is nobody. */
const NOBODY = 65534;
const PORT = 5432;
/** Small, so that a small disk is enough. */
const SETTINGS = [
  'min_wal_size=4MB',
  'max_wal_size=24MB',
  'shared_buffers=32MB',
  'max_connections=40',
  'wal_keep_size=8MB',
];

export interface NodeOptions {
  readonly folder: string;
  readonly host: Host;
  /** Whom it lets in. */
  readonly cidr: string;
  /** Of its disk. */
  readonly megabytes: number;
}

export class PostgresNode {
  readonly host: Host;
  /** For those who look, by a socket of this machine: whatever its network does. */
  readonly server: Server;
  readonly #folder: string;
  readonly #cidr: string;
  #child: ChildProcess | null = null;
  #exited: Promise<unknown> = Promise.resolve();

  constructor({ folder, host, cidr, megabytes }: NodeOptions) {
    this.host = host;
    this.#folder = folder;
    this.#cidr = cidr;
    this.server = { major: 15, host: folder, port: PORT, user: USER };
    mkdirSync(folder);
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${String(megabytes)}m`, 'tmpfs', folder], { stdio: 'pipe' });
    chownSync(folder, NOBODY, NOBODY);
  }

  get #data(): string {
    return join(this.#folder, 'data');
  }

  /** Makes an empty server. */
  create(): void {
    const how = ['-U', USER, '-A', 'trust', '-E', 'UTF8', '--locale=C', '--wal-segsize=1'];
    this.#run('initdb', ['-D', this.#data, ...how]);
    const rules = ['all', 'replication'].map((what) => `host ${what} all ${this.#cidr} trust\n`);
    appendFileSync(join(this.#data, 'pg_hba.conf'), rules.join(''));
  }

  /** Makes it the standby of a running server, and starts it. */
  async follow(primary: PostgresNode): Promise<void> {
    rmSync(this.#data, { recursive: true, force: true });
    mkdirSync(this.#data, { mode: 0o700 });
    chownSync(this.#data, NOBODY, NOBODY);
    const from = ['-h', primary.host.address, '-U', USER];
    // Behind a cable that was just plugged in again, it takes a moment until there is a route.
    await eventually(() => {
      this.#run('pg_isready', ['-q', '-h', primary.host.address]);
    }, 10_000);
    this.#run('pg_basebackup', ['-D', this.#data, ...from, '-c', 'fast', '-X', 'stream', '-R']);
    await this.start();
  }

  /** Resolves when it answers. */
  async start(): Promise<void> {
    const log = openSync(join(this.#folder, 'log'), 'a');
    const settings = [...SETTINGS, 'listen_addresses=*'].flatMap((setting) => ['-c', setting]);
    const [command, ...args] = this.#command('postgres', ['-D', this.#data, '-k', this.#folder, ...settings]);
    this.#child = spawn(command ?? '', args, { stdio: ['ignore', log, log], cwd: this.#folder });
    closeSync(log);
    this.#exited = new Promise((resolve) => this.#child?.once('exit', resolve));
    await eventually(async () => this.ask('SELECT 1'), 60_000).catch((error: unknown) => {
      throw new Error(`PostgreSQL does not start: ${this.log()}`, { cause: error });
    });
  }

  get isRunning(): boolean {
    return this.#child !== null && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Ends all its processes at once, as a power cut does. */
  async kill(): Promise<void> {
    const pids = this.#pids();
    for (const pid of pids) signal(pid, 'SIGKILL');
    await this.#exited;
    await eventually(() => {
      if (pids.some((pid) => existsSync(`/proc/${String(pid)}`))) throw new Error('PostgreSQL does not end');
    });
    rmSync(join(this.#data, 'postmaster.pid'), { force: true });
    rmSync(join(this.#folder, `.s.PGSQL.${String(PORT)}.lock`), { force: true });
  }

  /** SIGSTOP to all of it, until `thaw`. */
  freeze(): void {
    for (const pid of this.#pids()) signal(pid, 'SIGSTOP');
  }

  thaw(): void {
    for (const pid of this.#pids()) signal(pid, 'SIGCONT');
  }

  /** The process that takes what the primary has written. */
  walReceiver(): number {
    const pid = this.#pids().find((one) => commandOf(one).includes('walreceiver'));
    if (pid === undefined) throw new Error(`there is no walreceiver: ${this.log()}`);
    return pid;
  }

  /** Resolves when it is a primary. */
  async promote(): Promise<void> {
    await this.ask('SELECT pg_promote(true, 30)');
  }

  /** Whether commits wait for a standby from here on; resolves when it holds. */
  async waitForStandby(isWaiting: boolean): Promise<void> {
    await this.ask(`ALTER SYSTEM SET synchronous_standby_names = '${isWaiting ? '*' : ''}'`);
    await this.ask('SELECT pg_reload_conf()');
    if (!isWaiting) return;
    await eventually(async () => {
      const rows = await this.ask("SELECT 1 AS n FROM pg_stat_replication WHERE sync_state = 'sync'");
      if (rows.length === 0) throw new Error(`no standby is synchronous: ${this.log()}`);
    }, 30_000);
  }

  async ask(sql: string, database = 'postgres'): Promise<pg.QueryResultRow[]> {
    return onDatabase(this.server, database, async (client) => (await client.query<pg.QueryResultRow>(sql)).rows);
  }

  /** Takes what is left of the disk. */
  fillDisk(): void {
    for (let bytes = 4 * 1024 * 1024; bytes >= 4096; bytes /= 2) {
      for (let n = 0; ; n++) {
        try {
          writeFileSync(join(this.#folder, `filler-${String(bytes)}-${String(n)}`), Buffer.alloc(bytes));
        } catch {
          break;
        }
      }
    }
  }

  emptyDisk(): void {
    for (const name of readdirSync(this.#folder).filter((one) => one.startsWith('filler-')))
      rmSync(join(this.#folder, name));
  }

  log(): string {
    const path = join(this.#folder, 'log');
    return existsSync(path) ? readFileSync(path, 'utf8').slice(-2000) : '';
  }

  async remove(): Promise<void> {
    if (this.isRunning) await this.kill();
    for (let n = 0; n < 50; n++) {
      try {
        execFileSync('umount', ['-l', this.#folder], { stdio: 'pipe' });
        return;
      } catch {
        await pause(50);
      }
    }
  }

  #run(program: string, args: readonly string[]): void {
    const [command = '', ...all] = this.#command(program, args);
    execFileSync(command, all, { stdio: 'pipe', cwd: this.#folder });
  }

  /** By nobody, on its host. */
  #command(program: string, args: readonly string[]): string[] {
    const nobody = ['setpriv', `--reuid=${String(NOBODY)}`, `--regid=${String(NOBODY)}`, '--clear-groups'];
    return ['ip', 'netns', 'exec', this.host.name, ...nobody, join(DEBIAN_PROGRAMS, program), ...args];
  }

  /** Its first process and those that this one has started. */
  #pids(): number[] {
    const first = this.#child?.pid;
    if (first === undefined || !this.isRunning) return [];
    return [first, ...childrenOf(first)];
  }
}

function childrenOf(pid: number): number[] {
  const { stdout } = spawnSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' });
  return stdout.split('\n').filter(Boolean).map(Number);
}

function commandOf(pid: number): string {
  const path = `/proc/${String(pid)}/cmdline`;
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended by itself.
  }
}
