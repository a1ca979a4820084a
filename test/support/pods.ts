/** Receivers as deploy/kubernetes starts and ends them, and a Service before them, as far as a sender can tell it from kube-proxy. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { dockerfile } from './dockerfile.js';
import type { Deployed } from './deployed.js';
import { eventually } from './eventually.js';
import { freePort } from './program.js';

export const TOKEN = 'a-token-of-the-test';

export interface PodPlace {
  /** What it has as volume and secrets. */
  readonly folder: string;
  /** Instead of the store that the manifests name; null: theirs, on the volume. */
  readonly store: string | null;
}

/** The settings that the program gets: those of the image, and over them those of the ConfigMap. */
export function environmentOf(deployed: Deployed): Readonly<Record<string, string>> {
  const image = dockerfile('ENV')
    .join(' ')
    .matchAll(/(OCM_\w+)=(\S+)/g);
  const ofImage = Array.from(image, ([, name = '', value = '']): [string, string] => [name, value]);
  return { ...Object.fromEntries(ofImage), ...deployed.settings };
}

/** One container: the supervisor and its service, in a group of their own. */
export class Pod {
  readonly port: number;
  readonly #deployed: Deployed;
  readonly #child: ChildProcess;
  readonly #exited: Promise<number | null>;
  log = '';

  private constructor(deployed: Deployed, port: number, env: NodeJS.ProcessEnv) {
    this.port = port;
    this.#deployed = deployed;
    const args = ['dist/main.js', 'serve'];
    this.#child = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'pipe'], detached: true });
    this.#child.stderr?.on('data', (data: Buffer) => (this.log = (this.log + data.toString()).slice(-20_000)));
    this.#exited = new Promise((resolve) => this.#child.once('exit', resolve));
  }

  /** Resolves when its readiness probe would succeed. */
  static async start(deployed: Deployed, place: PodPlace): Promise<Pod> {
    const [port, readPort] = [await freePort(), await freePort()];
    const more = { OCM_HOST: '127.0.0.1', OCM_PORT: String(port), OCM_READ_PORT: String(readPort) };
    const pod = new Pod(deployed, port, { PATH: process.env['PATH'], ...settingsAt(deployed, place), ...more });
    const { path } = deployed.container.readinessProbe.httpGet;
    await eventually(async () => {
      if ((await probed(port, path)) !== 200) throw new Error(`not ready: ${pod.log}`);
    });
    return pod;
  }

  /** As kubelet ends it, with the wait before the signal `shorter` times as short; resolves with the exit status. */
  async end(shorter: number): Promise<number | null> {
    const { seconds } = this.#deployed.container.lifecycle.preStop.sleep;
    await pause((seconds * 1000) / shorter);
    return this.endAtOnce();
  }

  endAtOnce(): Promise<number | null> {
    this.#child.kill('SIGTERM');
    return this.#exited;
  }

  /** Its machine hangs: connections stay, and nobody answers. */
  freeze(): void {
    process.kill(-this.#pid, 'SIGSTOP');
  }

  /** Its machine is gone, and everybody knows. */
  async kill(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) process.kill(-this.#pid, 'SIGKILL');
    await this.#exited;
  }

  get #pid(): number {
    if (this.#child.pid === undefined) throw new Error('it did not start');
    return this.#child.pid;
  }
}

/** As kubelet asks: over a connection of its own, or a drain would wait for it. The status; null: no answer. */
function probed(port: number, path: string): Promise<number | null> {
  return new Promise((resolve) => {
    const asking = get({ host: '127.0.0.1', port, path, agent: false, timeout: 4000 }, (response) => {
      response.resume().on('end', () => {
        resolve(response.statusCode ?? null);
      });
    });
    asking.on('timeout', () => asking.destroy());
    asking.on('error', () => {
      resolve(null);
    });
  });
}

/** Paths of the container become paths of this machine; the secrets are there. */
function settingsAt(deployed: Deployed, { folder, store }: PodPlace): Record<string, string> {
  for (const file of deployed.secretFiles()) {
    mkdirSync(join(folder, file, '..'), { recursive: true });
    writeFileSync(join(folder, file), TOKEN);
  }
  const volume = deployed.mountOf('state') ?? '';
  mkdirSync(join(folder, volume), { recursive: true });
  const here = Object.entries(environmentOf(deployed)).map(([name, value]): [string, string] => [
    name,
    value.replace(/^(sqlite:)?(?=\/)/, (scheme) => scheme + folder),
  ]);
  const settings = Object.fromEntries(here);
  if (store !== null) settings['OCM_STORE'] = store;
  return settings;
}

/** Balances connections, one after the other: each stays where it is until one side ends it, whatever becomes of the list. */
export class ClusterService {
  /** Ports of the pods that get new connections. */
  endpoints: readonly number[];
  /** How many connections each port got. */
  readonly taken = new Map<number, number>();
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #turn = 0;

  private constructor(endpoints: readonly number[]) {
    this.endpoints = endpoints;
    this.#server = createServer({ allowHalfOpen: true }, (client) => {
      this.#lead(client);
    });
  }

  static async start(endpoints: readonly number[]): Promise<ClusterService> {
    const service = new ClusterService(endpoints);
    await new Promise<void>((resolve) => service.#server.listen(0, '127.0.0.1', resolve));
    return service;
  }

  /** With a token in the path, as OCS has it. */
  get url(): string {
    return `http://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}/t/${TOKEN}`;
  }

  end(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #lead(client: Socket): void {
    const port = this.endpoints[this.#turn++ % this.endpoints.length];
    // Nobody is there: kube-proxy has the connection refused.
    if (port === undefined) {
      client.resetAndDestroy();
      return;
    }
    this.taken.set(port, (this.taken.get(port) ?? 0) + 1);
    const pod = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    for (const [one, other] of [
      [client, pod],
      [pod, client],
    ] as const) {
      this.#sockets.add(one);
      one.pipe(other);
      one.on('error', () => other.resetAndDestroy());
      one.on('close', () => {
        this.#sockets.delete(one);
        other.destroy();
      });
    }
  }
}
