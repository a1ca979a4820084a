/** The real HAProxy with the configuration that ships in deploy/haproxy. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from './eventually.js';
import { freePort } from './program.js';
import { toolIsHere } from './tools.js';

const FOLDER = fileURLToPath(new URL('../../deploy/haproxy', import.meta.url));

export const haproxyIsHere = (): boolean => toolIsHere('haproxy', 'haproxy', '-v');

export interface HaproxyOptions {
  /** host:port of both receivers. */
  readonly receivers: readonly [string, string];
  /** PEM file with certificate and key: then it takes TLS, too. */
  readonly certificate?: string;
}

/** What the configuration takes from the environment. */
interface Places {
  readonly port: number;
  readonly statusPort: number;
  readonly tlsPort: number;
}

export class Haproxy implements Places {
  readonly port: number;
  readonly statusPort: number;
  readonly tlsPort: number;
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  /** The end of what it said. */
  log = '';

  private constructor(options: HaproxyOptions, places: Places) {
    ({ port: this.port, statusPort: this.statusPort, tlsPort: this.tlsPort } = places);
    const env = environmentOf(options, places);
    this.#child = spawn('haproxy', ['-db', ...filesOf(options)], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#exited = new Promise((resolve) => this.#child.once('exit', resolve));
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on('data', (data: Buffer) => (this.log = (this.log + data.toString()).slice(-20_000)));
  }

  /** Resolves when it takes connections. */
  static async start(options: HaproxyOptions): Promise<Haproxy> {
    const places = { port: await freePort(), statusPort: await freePort(), tlsPort: await freePort() };
    const proxy = new Haproxy(options, places);
    await eventually(async () => {
      if (!(await isOpen(proxy.port))) throw new Error(`HAProxy does not listen: ${proxy.log}`);
    });
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${String(this.port)}`;
  }

  async end(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exited;
  }
}

/** What `haproxy -c` says of the files; null: they are valid. */
export function faultOfHaproxy(options: HaproxyOptions): string | null {
  const env = environmentOf(options, { port: 8080, statusPort: 8404, tlsPort: 8443 });
  const { status, stdout, stderr } = spawnSync('haproxy', ['-c', ...filesOf(options)], { env, encoding: 'utf8' });
  return status === 0 && !stderr.includes('WARNING') ? null : stdout + stderr;
}

function filesOf({ certificate }: HaproxyOptions): string[] {
  const names = certificate === undefined ? ['haproxy.cfg'] : ['haproxy.cfg', 'haproxy-tls.cfg'];
  return names.flatMap((name) => ['-f', join(FOLDER, name)]);
}

function environmentOf({ receivers, certificate = '' }: HaproxyOptions, places: Places): NodeJS.ProcessEnv {
  return {
    ...process.env,
    OCM_RECEIVER_A: receivers[0],
    OCM_RECEIVER_B: receivers[1],
    OCM_PROXY_ADDRESS: `127.0.0.1:${String(places.port)}`,
    OCM_PROXY_STATUS: `127.0.0.1:${String(places.statusPort)}`,
    OCM_PROXY_TLS_ADDRESS: `127.0.0.1:${String(places.tlsPort)}`,
    OCM_PROXY_CERTIFICATE: certificate,
  };
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = new Socket();
    const end = (isSo: boolean) => {
      socket.destroy();
      resolve(isSo);
    };
    socket.once('error', () => {
      end(false);
    });
    socket.connect(port, '127.0.0.1', () => {
      end(true);
    });
  });
}
