/** Commands of the built program that are stopped in the middle, and what stands between them and the service. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Ended {
  /** Null: a signal ended it. */
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

/** A command that goes on. */
export class Command {
  readonly #child: ChildProcess;
  readonly ended: Promise<Ended>;

  /** `input` is written to its standard input, which stays open. */
  constructor(args: readonly string[], { input = null as string | null, environment = {} } = {}) {
    const stdin = input === null ? 'ignore' : 'pipe';
    const env = { ...process.env, ...environment };
    this.#child = spawn(process.execPath, ['dist/main.js', ...args], { stdio: [stdin, 'pipe', 'pipe'], env });
    let [out, err] = ['', ''];
    this.#child.stdout?.on('data', (data: Buffer) => (out += data.toString()));
    this.#child.stderr?.on('data', (data: Buffer) => (err += data.toString()));
    this.ended = new Promise((resolve) => {
      this.#child.once('close', (status) => {
        resolve({ status, out, err });
      });
    });
    // It may be killed before it has read all.
    this.#child.stdin?.on('error', () => undefined).write(Buffer.from(input ?? '', 'latin1'));
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Resolves when it is gone. */
  async kill(): Promise<Ended> {
    this.#child.kill('SIGKILL');
    return this.ended;
  }
}

/** Of the batches of an import, from 1, before the service has one, and before the command has the answer. */
export interface Passing {
  readonly batch: number;
  readonly is: 'asked' | 'answered';
}

/** Hands everything on to a service, until `cutsAt` says that something is not: then nobody hears of it any more. */
export async function between(service: string, cutsAt: (passing: Passing) => boolean) {
  let batch = 0;
  const server = createServer((request, response) => {
    void (async () => {
      const body = await bytesOf(request);
      const isBatch = request.url?.endsWith('/items') === true;
      if (isBatch) batch++;
      const isCut = (is: Passing['is']) => isBatch && cutsAt({ batch, is });
      if (isCut('asked')) return void response.destroy();
      const { method = 'GET', url = '/' } = request;
      const headers = { 'Content-Type': 'application/json' };
      const answer = await fetch(`${service}${url}`, { method, headers, ...(method !== 'GET' && { body }) });
      const text = await answer.text();
      if (isCut('answered')) return void response.destroy();
      response.writeHead(answer.status, headers).end(text);
    })().catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${String(port)}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
  return Buffer.concat(parts);
}
