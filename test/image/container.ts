/**
 * An image in a container, as an engine runs it for `docker run --read-only --cap-drop ALL --security-opt no-new-privileges`:
 * by runc, in namespaces of its own, as the image's user, on a root that nobody may write. Needs root.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { chownSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Host } from '../faults/database/network.js';
import { eventually } from '../support/eventually.js';
import { command } from './command.js';
import type { Image } from './image.js';

export interface ContainerOptions {
  readonly name: string;
  readonly image: Image;
  readonly host: Host;
  /** For the bundle. */
  readonly folder: string;
  /** The volume: outlives the container. */
  readonly data: string;
  /** Files that are mounted below /run/secrets, each by itself. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string>>;
}

export interface Pids {
  readonly parent: number;
  readonly child: number;
}

interface Said {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

const STATE = '/run/ocm-image-test';
const RUNC = ['--root', STATE];
const READY_WITHIN_MS = 60_000;
const KEPT_CHARACTERS = 20_000;

export class Container {
  readonly url: string;
  readonly #options: ContainerOptions;
  #program: ChildProcess | null = null;
  #exited: Promise<number | null> = Promise.resolve(null);
  stderr = '';

  constructor(options: ContainerOptions) {
    this.#options = options;
    const [port = ''] = Object.keys(options.image.config.config.ExposedPorts)[0]?.split('/') ?? [];
    this.url = `http://${options.host.address}:${port}`;
  }

  /** Starts it and waits for nothing. */
  spawn(): void {
    const { name, folder } = this.#options;
    mkdirSync(STATE, { recursive: true });
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'config.json'), JSON.stringify(runtimeConfig(this.#options)));
    const program = spawn('runc', [...RUNC, 'run', '--bundle', folder, name], { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [program.stdout, program.stderr])
      stream.on('data', (data: Buffer) => (this.stderr = (this.stderr + data.toString()).slice(-KEPT_CHARACTERS)));
    this.#exited = new Promise((resolve) => program.once('close', resolve));
    this.#program = program;
  }

  async start(): Promise<Pids> {
    this.spawn();
    return this.ready();
  }

  /** The processes as they are numbered inside, when another than `before` serves. */
  async ready(before = 0): Promise<Pids> {
    const ended = this.#exited.then(() => Promise.reject(new Error(`it ended: ${this.stderr.slice(-2000)}`)));
    const ready = eventually(async () => {
      if (this.#program?.exitCode != null) return { parent: 0, child: 0 };
      const response = await fetch(`${this.url}/readyz`, { signal: AbortSignal.timeout(5000) });
      const { ready, pids } = (await response.json()) as { ready: boolean; pids: Pids };
      if (!ready || pids.child === before) throw new Error(`not ready: ${this.stderr.slice(-2000)}`);
      return pids;
    }, READY_WITHIN_MS);
    // What it says of its end comes with the end of its output, a moment after the end itself.
    const pids = await Promise.race([ready, ended]);
    return pids.parent === 0 ? ended : pids;
  }

  /** To process 1, as `docker kill --signal` sends it. */
  async signal(signal: NodeJS.Signals): Promise<void> {
    await command('runc', [...RUNC, 'kill', this.#options.name, signal]);
  }

  /** As `docker exec` runs it: with the user, the folder and the variables of the container. */
  exec(...args: readonly string[]): Promise<Said> {
    const child = spawn('runc', [...RUNC, 'exec', this.#options.name, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let [out, err] = ['', ''];
    child.stdout.on('data', (data: Buffer) => (out += data.toString()));
    child.stderr.on('data', (data: Buffer) => (err += data.toString()));
    return new Promise((resolve) => {
      child.once('close', (status) => {
        resolve({ status, out, err });
      });
    });
  }

  get exited(): Promise<number | null> {
    return this.#exited;
  }

  async remove(): Promise<void> {
    await command('runc', [...RUNC, 'delete', '--force', this.#options.name]).catch(() => '');
    await this.#exited;
  }
}

/** A volume as an engine makes it: whoever owns its place in the image owns it. */
export function makeVolume(image: Image, folder: string): string {
  mkdirSync(folder, { recursive: true });
  const { uid, gid } = statSync(join(image.root, Object.keys(image.config.config.Volumes)[0] ?? ''));
  chownSync(folder, uid, gid);
  return folder;
}

const NOTHING: readonly string[] = [];
/** Every engine mounts these. */
const USUAL = [
  { destination: '/proc', type: 'proc', source: 'proc', options: ['nosuid', 'noexec', 'nodev'] },
  {
    destination: '/dev',
    type: 'tmpfs',
    source: 'tmpfs',
    options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'],
  },
  {
    destination: '/dev/pts',
    type: 'devpts',
    source: 'devpts',
    options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620'],
  },
  {
    destination: '/dev/shm',
    type: 'tmpfs',
    source: 'shm',
    options: ['nosuid', 'noexec', 'nodev', 'mode=1777', 'size=65536k'],
  },
  { destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue', options: ['nosuid', 'noexec', 'nodev'] },
  { destination: '/sys', type: 'sysfs', source: 'sysfs', options: ['nosuid', 'noexec', 'nodev', 'ro'] },
];

/** What an engine hands to the runtime (OCI runtime specification 1.0). */
function runtimeConfig({ image, host, data, secrets, environment }: ContainerOptions): object {
  const { User, Env, Entrypoint, Cmd, WorkingDir, Volumes } = image.config.config;
  const [uid, gid] = User.split(':').map(Number);
  const bound = [
    ...Object.keys(Volumes).map((destination) => ({ destination, source: data, options: ['rbind', 'rw'] })),
    ...Object.entries(secrets).map(([name, source]) => {
      return { destination: `/run/secrets/${name}`, source, options: ['rbind', 'ro'] };
    }),
  ];
  const tmp = { destination: '/tmp', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'nodev', 'mode=1777'] };
  return {
    ociVersion: '1.0.2',
    root: { path: image.root, readonly: true },
    hostname: 'ocs-monitor',
    process: {
      terminal: false,
      user: { uid, gid },
      args: [...(Entrypoint ?? []), ...Cmd],
      env: [...Env, ...Object.entries(environment).map(([name, value]) => `${name}=${value}`)],
      cwd: WorkingDir,
      capabilities: {
        bounding: NOTHING,
        effective: NOTHING,
        inheritable: NOTHING,
        permitted: NOTHING,
        ambient: NOTHING,
      },
      noNewPrivileges: true,
    },
    mounts: [...USUAL, tmp, ...bound.map((mount) => ({ ...mount, type: 'bind' }))],
    linux: {
      namespaces: [
        ...['pid', 'ipc', 'uts', 'mount'].map((type) => ({ type })),
        { type: 'network', path: `/var/run/netns/${host.name}` },
      ],
      maskedPaths: ['/proc/kcore', '/proc/keys', '/proc/timer_list', '/sys/firmware'],
      readonlyPaths: ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'],
    },
  };
}
