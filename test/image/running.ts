/** What the image does when it is run: as its user, on a root that nobody may write, with senders that never post twice. */
import { Agent } from 'node:http';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Host } from '../faults/database/network.js';
import { copies, moreDebts } from '../faults/check.js';
import { PooledClient } from '../faults/client.js';
import { Ledger } from '../faults/ledger.js';
import { findBreaches } from '../faults/oracle.js';
import { Container, type ContainerOptions, makeVolume, type Pids } from './container.js';
import type { Image } from './image.js';
import { must, mustBeNone, mustEqual, type Proof } from './proof.js';

/** Connections for campaigns, and as many for callbacks. */
const CONNECTIONS = 4;
const GROUPS = 5;
/** Debts of campaigns and of callbacks before whatever happens, and after it. */
const TRAFFIC = [60, 30] as const;
/** While nobody listens. */
const BREATH_MS = 50;
const DRAIN = '1s';
const TOKENS = { ingest: 'image-test-ingest-token-0123456789', read: 'image-test-read-token-0123456789' };

/** The service in its container, a volume that outlives it, and senders with pools of kept connections. */
export class Running {
  readonly image: Image;
  readonly ledger = new Ledger();
  readonly #folder: string;
  readonly #host: Host;
  #client: PooledClient | null = null;
  #container: Container;
  #no = 0;

  constructor(image: Image, host: Host, folder: string) {
    this.image = image;
    this.#folder = folder;
    this.#host = host;
    makeVolume(image, this.#data);
    const secrets = join(folder, 'secrets');
    // As scripts/compose-secrets.sh does: nobody else may enter the folder; the files are mounted.
    mkdirSync(secrets, { recursive: true, mode: 0o700 });
    for (const [name, token] of Object.entries(TOKENS))
      writeFileSync(join(secrets, name), `${token}\n`, { mode: 0o644 });
    this.#container = this.another();
  }

  get #data(): string {
    return join(this.#folder, 'data');
  }

  get container(): Container {
    return this.#container;
  }

  /** On the same volume, under the same address; not started. */
  another(): Container {
    this.#container = this.#make(`ocs-${String(process.pid)}-${String(this.#no++)}`, {
      data: this.#data,
      secrets: Object.fromEntries(Object.keys(TOKENS).map((name) => [name, join(this.#folder, 'secrets', name)])),
      environment: {
        OCM_INGEST_TOKENS_FILE: '/run/secrets/ingest',
        OCM_READ_TOKENS_FILE: '/run/secrets/read',
        OCM_DRAIN_TIMEOUT: DRAIN,
      },
    });
    return this.#container;
  }

  /** As the image is without any setting; on a volume of its own. */
  bare(): { container: Container; data: string } {
    const data = makeVolume(this.image, join(this.#folder, 'bare-data'));
    const container = this.#make(`ocs-${String(process.pid)}-bare`, { data, secrets: {}, environment: {} });
    return { container, data };
  }

  #make(name: string, own: Pick<ContainerOptions, 'data' | 'secrets' | 'environment'>): Container {
    return new Container({ name, image: this.image, host: this.#host, folder: join(this.#folder, name), ...own });
  }

  get #postUrl(): string {
    return `${this.#container.url}/t/${TOKENS.ingest}`;
  }

  /** Posts without a pause while `what` happens, and some more after it; then the senders rest. */
  async underPosts<T>(what: () => Promise<T>): Promise<T> {
    const options = {
      url: this.#postUrl,
      ledger: this.ledger,
      connections: CONNECTIONS,
      groups: GROUPS,
      breathMs: BREATH_MS,
    };
    this.#client ??= new PooledClient(options, 'image');
    this.#client.resume();
    await moreDebts({ ledger: this.ledger, service: this.#container }, ...TRAFFIC);
    const result = await what();
    await moreDebts({ ledger: this.ledger, service: this.#container }, ...TRAFFIC);
    await this.#client.pause();
    return result;
  }

  /** Throws unless every acknowledged post is in the database, once, and is known as a copy when it comes again. */
  async mustHoldAll(): Promise<void> {
    mustBeNone(this.ledger.strange.splice(0), 'answers that no good post should get');
    const breaches = findBreaches(join(this.#data, 'ocs-monitor.db'), this.ledger);
    mustBeNone(
      breaches.map(({ kind, what }) => `${kind}: ${what}`),
      'breaches',
    );
    const agent = new Agent({ keepAlive: true });
    try {
      mustBeNone(await copies(this.ledger, this.#postUrl, agent), 'copies');
    } finally {
      agent.destroy();
    }
  }

  async close(): Promise<void> {
    await this.#client?.stop();
    await this.#container.remove();
  }
}

export const RUNNING: readonly Proof<Running>[] = [
  {
    name: 'refuses to start bare: off loopback without tokens, and says what to set',
    async prove(running) {
      const { container, data } = running.bare();
      container.spawn();
      const status = await container.exited;
      mustEqual(status, 1, `its status (${container.stderr})`);
      must(container.stderr.includes('OCM_INGEST_TOKENS'), `it said ${container.stderr}`);
      mustEqual(readdirSync(data), [], 'what it left in its volume');
    },
  },
  {
    name: 'starts as process 1 with no capability, and serves at the port that it exposes',
    async prove({ container, image }) {
      const pids = await container.start();
      mustEqual(pids.parent, 1, 'the supervisor');
      const status = (await container.exec('cat', '/proc/1/status')).out;
      const field = (name: string) => new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1]?.replaceAll(/\s+/g, ' ');
      const [uid = '', gid = ''] = image.config.config.User.split(':');
      mustEqual(field('Uid'), Array.from({ length: 4 }, () => uid).join(' '), 'its user');
      mustEqual(field('Gid'), Array.from({ length: 4 }, () => gid).join(' '), 'its group');
      mustEqual(
        [field('CapEff'), field('CapBnd'), field('NoNewPrivs')],
        [NO_CAPABILITY, NO_CAPABILITY, '1'],
        'its rights',
      );
      const version = (await container.exec('node', '--version')).out.trim();
      return `Node ${version}, user ${uid}`;
    },
  },
  {
    name: 'can write nowhere but in /data and /tmp, and in what every engine mounts',
    async prove({ container }) {
      const { out, err } = await container.exec('node', '-e', WRITABLE);
      must(out !== '', `no list: ${err}`);
      mustEqual(JSON.parse(out), ['/data', '/dev/mqueue', '/dev/shm', '/tmp'], 'the folders');
    },
  },
  {
    name: 'is healthy by the health check of the image, and not while it does not answer',
    async prove({ container, image }) {
      const [, ...check] = image.config.config.Healthcheck.Test;
      const well = await container.exec(...check);
      mustEqual([well.status, well.out], [0, 'ready\n'], `the health check (${well.err})`);
      const { child } = await container.ready();
      const send = (signal: string) => container.exec('node', '-e', `process.kill(${String(child)}, '${signal}')`);
      await send('SIGSTOP');
      const startedMs = performance.now();
      const ill = await container.exec(...check).finally(() => send('SIGCONT'));
      const tookMs = performance.now() - startedMs;
      mustEqual(ill.status, 1, `its status while the service stands still (${ill.err})`);
      return `tells of a service that stands still after ${(tookMs / 1000).toFixed(1)} s`;
    },
  },
  {
    name: 'is replaced on HUP, and again by `reload`, without losing a post of pooled senders',
    async prove(running) {
      const { container, ledger } = running;
      const { lost } = ledger;
      const children = await running.underPosts(async () => {
        const first = await container.ready();
        await container.signal('SIGHUP');
        const second = await container.ready(first.child);
        const reload = await container.exec('node', 'dist/main.js', 'reload');
        mustEqual(reload.status, 0, `reload (${reload.err})`);
        return [first, second, await container.ready(second.child)];
      });
      mustEqual(new Set(children.map(({ child }: Pids) => child)).size, 3, 'processes that served');
      mustEqual(ledger.lost - lost, 0, 'posts refused or not answered');
      await running.mustHoldAll();
      return `${String(ledger.total)} posts acknowledged and held, processes ${children.map(({ child }) => child).join(', ')}`;
    },
  },
  {
    name: 'starts its service anew when that is killed, with every acknowledged post',
    async prove(running) {
      const { container, ledger } = running;
      await running.underPosts(async () => {
        const { child } = await container.ready();
        await container.exec('node', '-e', `process.kill(${String(child)}, 'SIGKILL')`);
        return container.ready(child);
      });
      await running.mustHoldAll();
      return `${String(ledger.total)} posts acknowledged and held`;
    },
  },
  {
    name: 'drains on TERM and exits 0; the next container on its volume has every acknowledged post',
    async prove(running) {
      const { ledger } = running;
      const { unanswered, refused, unsent } = ledger;
      const drained = await running.underPosts(async () => {
        const { container } = running;
        const [startedMs, before] = [performance.now(), ledger.total];
        await container.signal('SIGTERM');
        const status = await container.exited;
        const drain = { tookMs: performance.now() - startedMs, posts: ledger.total - before };
        mustEqual(status, 0, `its status (${container.stderr.slice(-1000)})`);
        await container.remove();
        await running.another().start();
        return drain;
      });
      must(drained.posts > 0, 'no post was acknowledged while it drained');
      mustEqual(ledger.refused - refused, 0, 'posts refused');
      // What waits in the kernel goes with the socket: docs/deployment.md. No sender has more than one post under way.
      const waited = ledger.unanswered - unanswered;
      must(
        waited <= 2 * CONNECTIONS,
        `${String(waited)} posts of ${String(2 * CONNECTIONS)} connections were not answered`,
      );
      await running.mustHoldAll();
      const nobody = `${String(waited)} waited in the kernel when it ended, ${String(ledger.unsent - unsent)} found nobody`;
      return `${String(drained.posts)} posts acknowledged in ${(drained.tookMs / 1000).toFixed(1)} s of draining; ${nobody}`;
    },
  },
  {
    name: 'makes haste on a second TERM, and leaves nothing in /tmp',
    async prove(running) {
      const { container } = running;
      const { out } = await container.exec('ls', '-A', '/tmp', '/dev/shm');
      mustEqual(out.trim().split('\n'), ['/dev/shm:', '', '/tmp:'], 'what is there');
      await container.signal('SIGTERM');
      await container.signal('SIGTERM');
      mustEqual(await container.exited, 0, `its status (${container.stderr.slice(-1000)})`);
    },
  },
];

const NO_CAPABILITY = '0'.repeat(16);
/** Run inside: the folders that this user may write in, without those below them, and files elsewhere. */
const WRITABLE = `
  const { accessSync, constants, readdirSync } = require('node:fs');
  const found = [];
  const may = (path) => { try { accessSync(path, constants.W_OK); return true; } catch { return false; } };
  const look = (folder) => {
    if (may(folder)) return void found.push(folder);
    let entries = [];
    try { entries = readdirSync(folder, { withFileTypes: true }); } catch { return; }
    for (const entry of entries) {
      const path = folder === '/' ? '/' + entry.name : folder + '/' + entry.name;
      if (path === '/proc' || path === '/sys') continue;
      if (entry.isDirectory()) look(path);
      else if (entry.isFile() && may(path)) found.push(path);
    }
  };
  look('/');
  process.stdout.write(JSON.stringify(found.sort()));
`;
