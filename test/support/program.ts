import { type ChildProcess, spawn } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { eventually } from './eventually.js';

/** A port nobody listens on just now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** The real program in a process of its own. */
export class Program {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #exited: Promise<number | null>;
  stderr = '';
  stdout = '';

  private constructor(
    port: number,
    database: string,
    { flags, environment, root }: { flags: readonly string[]; environment: NodeJS.ProcessEnv; root: string },
  ) {
    this.url = `http://127.0.0.1:${String(port)}`;
    const settings = ['--port', String(port), '--store', `sqlite:${database}`, ...flags];
    // One process: what is killed here is the one that serves.
    const args = [join(root, 'dist/main.js'), 'serve', '--unsupervised', ...settings];
    this.#child = spawn(process.execPath, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...environment },
    });
    this.#child.stdout?.on('data', (data: Buffer) => (this.stdout += data.toString()));
    this.#child.stderr?.on('data', (data: Buffer) => (this.stderr += data.toString()));
    this.#exited = new Promise((resolve) => this.#child.once('exit', resolve));
  }

  /** Starts it and waits until it is ready. `root`: where it was built. */
  static async start(
    port: number,
    database: string,
    flags: readonly string[] = [],
    environment: NodeJS.ProcessEnv = {},
    root = '.',
  ): Promise<Program> {
    const program = new Program(port, database, { flags, environment, root });
    await eventually(async () => {
      const response = await fetch(`${program.url}/readyz`).catch(() => null);
      if (!response?.ok) throw new Error(`not ready: ${program.stderr}`);
    });
    return program;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Sends a signal and resolves with the exit code (null when the signal killed it). */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    this.#child.kill(signal);
    return this.#exited;
  }
}

/** A command of the built program, to its end. */
export function ocsMonitor(...args: readonly string[]): Promise<{ status: number | null; out: string; err: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['dist/main.js', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let [out, err] = ['', ''];
    child.stdout.on('data', (data: Buffer) => (out += data.toString()));
    child.stderr.on('data', (data: Buffer) => (err += data.toString()));
    child.once('close', (status) => {
      resolve({ status, out, err });
    });
  });
}
