/** The real program under fault: started, found by its pids, killed, started anew. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { eventually } from '../support/eventually.js';

export interface ServiceOptions {
  /** Folder that holds `dist/`. */
  readonly root: string;
  readonly port: number;
  /** As the setting names it. */
  readonly store: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly flags: readonly string[];
  /** What the program is run by, such as strace. */
  readonly wrapper?: readonly string[];
}

export interface Spawning {
  readonly log?: number;
  readonly environment?: Readonly<Record<string, string>>;
}

export interface Pids {
  /** The supervisor, null when the program runs plain. */
  readonly parent: number | null;
  /** The process that receives. */
  readonly child: number;
}

const READY_WITHIN_MS = 20_000;
const ENDED_WITHIN_MS = 20_000;

export class Service {
  readonly url: string;
  readonly #options: ServiceOptions;
  #program: ChildProcess | null = null;
  #exited: Promise<number | null> = Promise.resolve(null);
  /** The end of what it wrote on stderr. */
  stderr = '';

  constructor(options: ServiceOptions) {
    this.#options = options;
    this.url = `http://127.0.0.1:${String(options.port)}`;
  }

  /** Starts it; resolves when it is ready, rejects when it is not in time. */
  async start(): Promise<void> {
    this.spawn();
    await this.ready();
  }

  /** Its log is kept as `stderr`, unless it goes to the descriptor `log`. */
  spawn({ log, environment: more }: Spawning = {}): void {
    const { root, port, store, environment, flags, wrapper = [] } = this.#options;
    const serve = [join(root, 'dist/main.js'), 'serve', '--port', String(port), '--store', store];
    const [command = '', ...args] = [...wrapper, process.execPath, ...serve, '--drain-timeout', '1s', ...flags];
    const program = spawn(command, args, {
      env: { ...process.env, ...environment, ...more },
      stdio: ['ignore', 'ignore', log ?? 'pipe'],
    });
    program.stderr?.on('data', (data: Buffer) => (this.stderr = (this.stderr + data.toString()).slice(-20_000)));
    this.#exited = new Promise((resolve) => program.once('exit', resolve));
    this.#program = program;
  }

  async ready(): Promise<Pids> {
    return eventually(async () => {
      const response = await this.#readyz();
      if (response?.ready !== true) throw new Error(`not ready: ${response?.why ?? this.stderr.slice(-2000)}`);
      return response.pids;
    }, READY_WITHIN_MS);
  }

  /** Null when nothing answers. */
  async pids(): Promise<Pids | null> {
    return (await this.#readyz())?.pids ?? null;
  }

  /** Ends the receiving process without a warning; somebody starts another: its parent, or we. */
  async kill(): Promise<void> {
    const pids = await this.ready();
    process.kill(pids.child, 'SIGKILL');
    if (pids.parent === null) {
      await this.#exited;
      await this.start();
      return;
    }
    await this.otherChild(pids.child);
  }

  /** Ends everything at once, as a power cut does. */
  async killAll(): Promise<void> {
    const pids = await this.pids();
    if (pids?.parent != null) process.kill(pids.parent, 'SIGKILL');
    if (pids) process.kill(pids.child, 'SIGKILL');
    else this.#program?.kill('SIGKILL');
    await this.#exited;
    if (pids) await gone(pids.child);
  }

  /** Resolves when another process than `before` receives. */
  async otherChild(before: number): Promise<void> {
    await eventually(async () => {
      const { child } = await this.ready();
      if (child === before) throw new Error(`process ${String(before)} still receives`);
    }, READY_WITHIN_MS);
  }

  /** Sends a signal to the program started and resolves with its exit code. */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    this.#program?.kill(signal);
    const late = AbortSignal.timeout(ENDED_WITHIN_MS);
    const isLate = once(late, 'abort').then(() => {
      throw new Error(`${signal}: it does not end: ${this.stderr.slice(-1500)}`);
    });
    return Promise.race([this.#exited, isLate]);
  }

  signal(signal: NodeJS.Signals): void {
    this.#program?.kill(signal);
  }

  /** Resolves with the exit code of the program as it ends by itself. */
  get exited(): Promise<number | null> {
    return this.#exited;
  }

  async #readyz(): Promise<{ ready: boolean; why?: string; pids: Pids } | null> {
    const response = await fetch(`${this.url}/readyz`, { signal: AbortSignal.timeout(5000) }).catch(() => null);
    return response === null ? null : ((await response.json()) as { ready: boolean; pids: Pids });
  }
}

async function gone(pid: number): Promise<void> {
  await eventually(() => {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    throw new Error(`process ${String(pid)} is still there`);
  });
}
