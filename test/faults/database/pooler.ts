/** PgBouncer of Debian, in transaction mode, between receivers and the primary. */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../../support/eventually.js';
import { freePort } from '../../support/program.js';
import { DATABASE } from './cluster.js';
import type { Host } from './network.js';

const NOBODY = 65534;

export class Pooler {
  readonly port: number;
  readonly #folder: string;
  #child: ChildProcess | null = null;
  #log = '';

  private constructor(folder: string, port: number) {
    this.#folder = folder;
    this.port = port;
    mkdirSync(folder);
    chmodSync(folder, 0o755);
  }

  static async start(folder: string, primary: Host): Promise<Pooler> {
    const pooler = new Pooler(folder, await freePort());
    pooler.#write(primary);
    pooler.#spawn();
    await eventually(() => {
      if (!pooler.#log.includes('process up')) throw new Error(`PgBouncer does not start: ${pooler.#log}`);
    });
    return pooler;
  }

  /** As whoever looks after a cluster does when another server is the primary. */
  pointAt(primary: Host): void {
    this.#write(primary);
    this.#child?.kill('SIGHUP');
  }

  /** Ends it at once, and starts it anew. */
  async restart(): Promise<void> {
    await this.end();
    this.#log = '';
    this.#spawn();
    await eventually(() => {
      if (!this.#log.includes('process up')) throw new Error(`PgBouncer does not start: ${this.#log}`);
    });
  }

  async end(): Promise<void> {
    const child = this.#child;
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await exited;
  }

  #spawn(): void {
    // It refuses to be run by root, too.
    const who = { uid: NOBODY, gid: NOBODY };
    this.#child = spawn('pgbouncer', [this.#path], { ...who, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on('data', (data: Buffer) => (this.#log = (this.#log + data.toString()).slice(-20_000)));
  }

  get #path(): string {
    return join(this.#folder, 'pgbouncer.ini');
  }

  #write({ address }: Host): void {
    const users = join(this.#folder, 'users.txt');
    writeFileSync(users, '"ocm" ""\n');
    const lines = [
      '[databases]',
      `${DATABASE} = host=${address} port=5432 dbname=${DATABASE}`,
      '[pgbouncer]',
      'listen_addr = 127.0.0.1',
      `listen_port = ${String(this.port)}`,
      'unix_socket_dir =',
      'auth_type = trust',
      `auth_file = ${users}`,
      'pool_mode = transaction',
      'server_connect_timeout = 3',
      'server_login_retry = 1',
      'query_wait_timeout = 5',
    ];
    writeFileSync(this.#path, `${lines.join('\n')}\n`);
  }
}
