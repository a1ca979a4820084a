/** A client stopped in the middle of an answer: its kernel takes what fits, then the service has to wait. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { eventually } from '../support/eventually.js';

/** More than the kernel takes for both sides of a connection (tcp_rmem and tcp_wmem: 6 and 4 MB unless raised). */
const ENOUGH_BYTES = 14_000_000;
/** The reader's thread takes 500 questions at most. */
const MOST_TIMES = 400;

export class StoppedClient {
  readonly #process: ChildProcess;
  readonly #servicePort: number;
  #port = 0;

  private constructor(servicePort: number, path: string, times: number) {
    this.#servicePort = servicePort;
    const script = new URL('slow-client.ts', import.meta.url).pathname;
    const args = ['--import', 'tsx', script, String(servicePort), path, String(times)];
    this.#process = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  }

  /** Resolves when it is stopped and the service has bytes for it that nobody takes. */
  static async start(servicePort: number, path: string): Promise<StoppedClient> {
    const answer = await (await fetch(`http://127.0.0.1:${String(servicePort)}${path}`)).arrayBuffer();
    const times = Math.min(MOST_TIMES, Math.ceil(ENOUGH_BYTES / answer.byteLength));
    const client = new StoppedClient(servicePort, path, times);
    try {
      await client.#stopInTheMiddle();
    } catch (error) {
      client.end();
      throw new Error(`${path}: the service never had to wait for its stopped reader`, { cause: error });
    }
    return client;
  }

  async #stopInTheMiddle(): Promise<void> {
    const { stdout } = this.#process;
    if (stdout === null) throw new Error('the slow client has no output');
    const [said] = (await once(stdout, 'data')) as [Buffer];
    this.#port = Number(said.toString());
    this.#process.kill('SIGSTOP');
    await eventually(() => {
      if (this.waitingBytes() === 0) throw new Error('all bytes are taken');
    }, 30_000);
  }

  /** Bytes in the service's socket that the client's kernel does not take any more. */
  waitingBytes(): number {
    const hex = (port: number) => port.toString(16).toUpperCase().padStart(4, '0');
    for (const line of readFileSync('/proc/net/tcp', 'utf8').split('\n')) {
      const [, local = '', remote = '', , queues = ''] = line.trim().split(/\s+/);
      if (!local.endsWith(`:${hex(this.#servicePort)}`) || !remote.endsWith(`:${hex(this.#port)}`)) continue;
      return parseInt(queues.split(':')[0] ?? '0', 16);
    }
    return 0;
  }

  /** Lets it go on, and ends it. */
  end(): void {
    this.#process.kill('SIGCONT');
    this.#process.kill('SIGKILL');
  }
}
