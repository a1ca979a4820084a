/** Where a run of faults takes place: a new database in a place of some kind, the service on it, the client against it. */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeFolder } from '../support/folders.js';
import { freePort } from '../support/program.js';
import { type ChangedRoot, eagerRoot } from './broken.js';
import { PooledClient } from './client.js';
import type { Way } from './database/ground.js';
import { DEBIAN_PROGRAMS } from './database/node.js';
import { Ledger } from './ledger.js';
import { CallbackTeller, GroupTeller } from './posts.js';
import { Service } from './service.js';
import { Shim } from './shim.js';

/**
 * `plain`: a folder on disk, one process. `young`: the same, with a database that the process has in memory as a whole. `supervised`: the same under the supervisor, as all that follow. `small`: a file system of a few megabytes. `steered`: a folder on disk behind the shim.
 * `power`: the same, and what was synced is kept beside it. `compacting`: as `plain`, of a build that compacts all the time.
 * `retaining`: the same build, on a database with months in it.
 */
export const GROUNDS = [
  'plain',
  'young',
  'compacting',
  'retaining',
  'supervised',
  'small',
  'steered',
  'power',
] as const;
export type GroundKind = (typeof GROUNDS)[number];

/** The programs from outside that a kind of place needs. */
export const TOOLS_OF: Readonly<Record<GroundKind, readonly Tool[]>> = {
  plain: [],
  young: [],
  compacting: [],
  retaining: [],
  supervised: [],
  small: ['mount'],
  steered: ['gcc'],
  power: ['gcc'],
};
export type Tool = 'mount' | 'gcc' | 'strace' | 'ip netns' | 'postgresql-15' | 'haproxy' | 'pgbouncer';

/** The same, of a database that two receivers share. */
export const TOOLS_OF_WAY: Readonly<Record<Way, readonly Tool[]>> = {
  direct: ['mount', 'ip netns', 'postgresql-15', 'haproxy'],
  pooled: ['mount', 'ip netns', 'postgresql-15', 'haproxy', 'pgbouncer'],
};

const UNSUPERVISED: ReadonlySet<GroundKind> = new Set(['plain', 'young', 'compacting', 'retaining']);
const EAGER: ReadonlySet<GroundKind> = new Set(['compacting', 'retaining']);
const SMALL_DISK = '40m';

export interface GroundOptions {
  readonly kind: GroundKind;
  readonly root: string;
  readonly connections: number;
  /** Makes the names of callbacks of this run unlike those of others. */
  readonly name: string;
  /** A database that is copied to where it begins. */
  readonly seed?: string;
  /** Further flags of the service. */
  readonly flags?: readonly string[];
}

export class Ground {
  readonly ledger = new Ledger();
  readonly service: Service;
  readonly client: PooledClient;
  readonly database: string;
  readonly port: number;
  readonly shim: Shim | null;
  /** Tell what is posted after each fault. */
  readonly freshGroup = new GroupTeller('999');
  readonly freshCallbacks: CallbackTeller;
  readonly #folder: string;
  readonly #kind: GroundKind;
  /** The build that runs here, where it is another one than that of the run. */
  readonly #changed: ChangedRoot | null;

  private constructor(folder: string, port: number, changed: ChangedRoot | null, options: GroundOptions) {
    const { kind, root, connections, name, seed, flags = [] } = options;
    this.#changed = changed;
    this.#folder = folder;
    this.#kind = kind;
    this.freshCallbacks = new CallbackTeller(`${name}-fresh`);
    this.port = port;
    for (const part of ['data', 'shadow']) mkdirSync(join(folder, part));
    if (kind === 'small') this.#mount();
    this.database = join(this.dataFolder, 'faults.db');
    if (seed !== undefined) cpSync(seed, this.database);
    const steered = kind === 'steered' || kind === 'power';
    this.shim = steered ? new Shim(folder, this.dataFolder, kind === 'power' ? this.#shadow : null) : null;
    const environment = this.shim?.environment ?? {};
    this.service = new Service({
      root: changed?.root ?? root,
      port,
      store: `sqlite:${this.database}`,
      environment,
      flags: UNSUPERVISED.has(kind) ? ['--unsupervised', ...flags] : flags,
    });
    this.client = new PooledClient({ url: this.service.url, ledger: this.ledger, connections, groups: 5 }, name);
  }

  static async open(options: GroundOptions): Promise<Ground> {
    const folder = mkdtempSync(join(tmpdir(), 'ocm-faults-'));
    const changed = EAGER.has(options.kind) ? await eagerRoot(options.root) : null;
    const ground = new Ground(folder, await freePort(), changed, options);
    await ground.service.start();
    return ground;
  }

  /** The one source that is posted to where the database held others before; null: all that it holds was posted here. */
  get onlySource(): string | null {
    return this.#kind === 'retaining' ? 'default' : null;
  }

  get dataFolder(): string {
    return join(this.#folder, 'data');
  }

  get #shadow(): string {
    return join(this.#folder, 'shadow');
  }

  /** Takes what is left of a small disk, in ever smaller pieces. */
  fillDisk(): void {
    for (let size = 4096; size > 0; size = Math.floor(size / 2)) {
      for (let n = 0; n < 50; n++) {
        try {
          writeFileSync(join(this.dataFolder, `filler-${String(size)}-${String(n)}`), Buffer.alloc(size * 1024));
        } catch {
          break;
        }
      }
    }
  }

  emptyDisk(): void {
    for (const name of readdirSync(this.dataFolder)) {
      if (name.startsWith('filler-')) rmSync(join(this.dataFolder, name));
    }
  }

  remount(how: 'ro' | 'rw'): void {
    execFileSync('mount', ['-o', `remount,${how}`, this.dataFolder], { stdio: 'pipe' });
  }

  /** The folder as a power cut leaves it: every file as of its own last sync, none that was never synced. */
  restoreSynced(): void {
    for (const name of readdirSync(this.dataFolder)) rmSync(join(this.dataFolder, name));
    for (const name of readdirSync(this.#shadow)) {
      if (!name.endsWith('.new')) cpSync(join(this.#shadow, name), join(this.dataFolder, name));
    }
  }

  /** Stops the client and the service, if they still run, and removes every trace. */
  async close(): Promise<void> {
    await this.service.killAll();
    await this.client.stop();
    this.shim?.close();
    if (this.#kind === 'small') execFileSync('umount', ['-l', this.dataFolder]);
    this.#changed?.remove();
    removeFolder(this.#folder);
  }

  #mount(): void {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SMALL_DISK}`, 'tmpfs', this.dataFolder], { stdio: 'pipe' });
  }
}

/** Tools that cannot be used here, and why. */
export function missingTools(): Map<Tool, string> {
  const missing = new Map<Tool, string>();
  const trial = mkdtempSync(join(tmpdir(), 'ocm-faults-'));
  const trials: Readonly<Record<Tool, () => unknown>> = {
    mount: () => {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', trial], { stdio: 'pipe' });
      execFileSync('umount', [trial]);
    },
    gcc: () => execFileSync('gcc', ['--version'], { stdio: 'pipe' }),
    strace: () => execFileSync('strace', ['-f', '-o', '/dev/null', 'true'], { stdio: 'pipe' }),
    'ip netns': () => {
      execFileSync('ip', ['netns', 'add', 'ocm-trial'], { stdio: 'pipe' });
      execFileSync('ip', ['netns', 'del', 'ocm-trial'], { stdio: 'pipe' });
    },
    'postgresql-15': () => execFileSync(`${DEBIAN_PROGRAMS}/postgres`, ['--version'], { stdio: 'pipe' }),
    haproxy: () => execFileSync('haproxy', ['-v'], { stdio: 'pipe' }),
    pgbouncer: () => execFileSync('pgbouncer', ['--version'], { stdio: 'pipe' }),
  };
  for (const [tool, attempt] of Object.entries(trials) as [Tool, () => unknown][]) {
    try {
      attempt();
    } catch (error) {
      missing.set(tool, error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error));
    }
  }
  if (existsSync(trial)) removeFolder(trial);
  return missing;
}
