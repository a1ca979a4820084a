import { type ChildProcess, spawn } from 'node:child_process';
import { eventually } from './eventually.js';

interface Ready {
  readonly ready: boolean;
  readonly pids: { readonly parent: number | null; readonly child: number };
}

/** The program as somebody starts it by hand: a supervisor and its service. */
export class Supervised {
  readonly url: string;
  readonly pid: number;
  readonly #process: ChildProcess;
  readonly #exited: Promise<number | null>;
  stderr = '';

  /** Starts it and waits for nothing. `program` is the folder it was built in. */
  constructor(port: number, database: string, flags: readonly string[] = [], program = '.') {
    this.url = `http://127.0.0.1:${String(port)}`;
    const args = [
      `${program}/dist/main.js`,
      'serve',
      '--port',
      String(port),
      '--store',
      `sqlite:${database}`,
      ...flags,
    ];
    // A group of its own, so that `destroy` reaches the service too.
    this.#process = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'], detached: true });
    this.pid = this.#process.pid ?? 0;
    this.#process.stderr?.on('data', (data: Buffer) => (this.stderr += data.toString()));
    this.#exited = new Promise((resolve) => this.#process.once('exit', resolve));
  }

  static async start(...args: ConstructorParameters<typeof Supervised>): Promise<Supervised> {
    const supervised = new Supervised(...args);
    await supervised.service();
    return supervised;
  }

  /** The id of the process that serves, once it is ready and another one than `before`. */
  service(before = 0): Promise<number> {
    return eventually(async () => {
      const response = await fetch(`${this.url}/readyz`);
      const { ready, pids } = (await response.json()) as Ready;
      if (!ready || pids.child === before) throw new Error(`not ready: ${this.stderr}`);
      if (pids.parent !== this.pid) throw new Error(`a stranger's service: ${JSON.stringify(pids)}`);
      return pids.child;
    });
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  exited(): Promise<number | null> {
    return this.#exited;
  }

  /** Ends it and its service, and waits until neither writes any more. */
  async destroy(): Promise<void> {
    if (isAlive(-this.pid)) process.kill(-this.pid, 'SIGKILL');
    await eventually(() => {
      if (isAlive(-this.pid)) throw new Error('not dead yet');
    });
  }

  end(signal: NodeJS.Signals): Promise<number | null> {
    this.signal(signal);
    return this.#exited;
  }
}

/** `pid` below 0: of a group. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
