/** A PostgreSQL of a test's own, for what is done to a server: it is stopped in its tracks, ended, and started again. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { runServer, type SpawnedServer, spawnServer, untilUp } from './postgres-server.js';

const SETTINGS = ['fsync=off', 'full_page_writes=off', 'shared_buffers=32MB'];

export class OwnPostgres {
  readonly #folder: string;
  #server: SpawnedServer;

  private constructor(folder: string, server: SpawnedServer) {
    this.#folder = folder;
    this.#server = server;
  }

  /** In a folder that another user may enter. */
  static async start(parent: string): Promise<OwnPostgres> {
    chmodSync(parent, 0o711);
    const folder = join(parent, 'server');
    mkdirSync(folder);
    const server = spawnServer(folder, SETTINGS);
    await untilUp(server);
    return new OwnPostgres(folder, server);
  }

  get server(): SpawnedServer {
    return this.#server;
  }

  /** All of its processes stop: it takes connections, by the kernel, and answers nothing. */
  freeze(): void {
    this.#signal('-STOP');
  }

  thaw(): void {
    this.#signal('-CONT');
  }

  /** Sessions are ended, and nobody is let in. */
  async stop(): Promise<void> {
    const ended = once(this.#server.child, 'exit');
    this.#server.child.kill('SIGINT');
    await ended;
  }

  async startAgain(): Promise<void> {
    this.#server = runServer(this.#folder, SETTINGS);
    await untilUp(this.#server);
  }

  /** Whatever state it is in. */
  async end(): Promise<void> {
    if (this.#server.child.exitCode !== null) return;
    this.thaw();
    const ended = once(this.#server.child, 'exit');
    this.#server.child.kill('SIGQUIT');
    await ended;
  }

  #signal(signal: '-STOP' | '-CONT'): void {
    const { pid = 0 } = this.#server.child;
    const children = readFileSync(`/proc/${String(pid)}/task/${String(pid)}/children`, 'utf8')
      .trim()
      .split(' ');
    spawnSync('kill', [signal, String(pid), ...children]);
  }
}
