/** Where faults of a database take place: senders, HAProxy, two receivers, perhaps a pooler, a primary and its standby. */
import { chmodSync, mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeFolder } from '../../support/folders.js';
import { Haproxy } from '../../support/haproxy.js';
import { freePort } from '../../support/program.js';
import { PooledClient } from '../client.js';
import { Ledger } from '../ledger.js';
import { CallbackTeller, GroupTeller } from '../posts.js';
import { Service } from '../service.js';
import { Cluster } from './cluster.js';
import { Network } from './network.js';
import { Pooler } from './pooler.js';
import { Twin } from './twin.js';

/** `direct`: receivers name both servers and find out which takes writes. `pooled`: PgBouncer stands before the primary. */
export const WAYS = ['direct', 'pooled'] as const;
export type Way = (typeof WAYS)[number];

export interface DatabaseGroundOptions {
  readonly root: string;
  readonly way: Way;
  /** Makes the names of callbacks of this run unlike those of others. */
  readonly name: string;
  /** Connections that post for campaign groups, and as many for callbacks. */
  readonly connections: number;
  readonly diskMegabytes: number;
}

/** Groups behind each connection. */
const GROUPS = 5;
/** While nobody takes posts. */
const BREATH_MS = 100;
/** Of senders whose posts come to either receiver. */
const ADDRESSES = 8;
/**
 * As sites post: each group every ten seconds at 500 posts per second, each sender to one receiver, few callbacks, and about one
 * post in twenty a change: in an hour a group that runs posts 360 times.
 */
const SITES = {
  connections: 24,
  callbackConnections: 1,
  groups: 200,
  firstDbid: 100_000,
  refreshes: (group: number) => 6 + (group % 13),
};

type Receivers = readonly [Service, Service];

interface Parts {
  readonly folder: string;
  readonly network: Network;
  readonly cluster: Cluster;
  readonly pooler: Pooler | null;
  readonly receivers: Receivers;
  readonly proxy: Haproxy;
  readonly twin: Twin;
}

type Undo = () => Promise<void> | void;

export class DatabaseGround {
  readonly ledger = new Ledger();
  readonly client: PooledClient;
  readonly freshGroup = new GroupTeller('999');
  readonly freshCallbacks: CallbackTeller;
  readonly #parts: Parts;
  readonly #name: string;

  /** What ends and removes what was started, the last first. */
  readonly #undo: readonly Undo[];

  private constructor(parts: Parts, undo: readonly Undo[], { name, connections }: DatabaseGroundOptions) {
    this.#parts = parts;
    this.#name = name;
    this.#undo = undo;
    this.freshCallbacks = new CallbackTeller(`${name}-fresh`);
    const url = parts.proxy.url;
    this.client = new PooledClient(
      { url, ledger: this.ledger, connections, groups: GROUPS, breathMs: BREATH_MS, from: senderOf },
      name,
    );
  }

  static async open(options: DatabaseGroundOptions): Promise<DatabaseGround> {
    const undo: Undo[] = [];
    try {
      return new DatabaseGround(await start(options, undo), undo, options);
    } catch (error) {
      await undoAll(undo);
      throw error;
    }
  }

  /** Another client, which posts from now on; whoever asked for it stops it. */
  sites(): PooledClient {
    const from = (place: number) => `127.0.3.${String(1 + place)}`;
    const options = { url: this.#parts.proxy.url, ledger: this.ledger, breathMs: BREATH_MS, from, ...SITES };
    return new PooledClient(options, `${this.#name}-sites`);
  }

  get cluster(): Cluster {
    return this.#parts.cluster;
  }

  get network(): Network {
    return this.#parts.network;
  }

  get receivers(): Receivers {
    return this.#parts.receivers;
  }

  get twin(): Twin {
    return this.#parts.twin;
  }

  get pooler(): Pooler {
    if (this.#parts.pooler === null) throw new Error('there is no pooler here');
    return this.#parts.pooler;
  }

  /** A file for what the database holds. */
  get snapshot(): string {
    return join(this.#parts.folder, 'snapshot.db');
  }

  /** What receivers and proxy said at last. */
  get service(): { readonly stderr: string } {
    const { receivers, proxy } = this.#parts;
    return { stderr: [...receivers.map(({ stderr }) => stderr), proxy.log].map((text) => text.slice(-700)).join('\n') };
  }

  /** The standby takes over, and who stands before the primary is told. */
  async failOver(): Promise<void> {
    const { cluster, pooler } = this.#parts;
    await cluster.failOver();
    pooler?.pointAt(cluster.primary.host);
  }

  /** Posts that each receiver has answered 200, as HAProxy counted them. */
  async answered(): Promise<readonly number[]> {
    const metrics = await (await fetch(`http://127.0.0.1:${String(this.#parts.proxy.statusPort)}/metrics`)).text();
    const sums = metrics.matchAll(
      /^haproxy_server_http_responses_total{proxy="posts",server="[ab]",code="2xx"} (\d+)/gm,
    );
    return [...sums].map(([, count]) => Number(count));
  }

  /** Starts receivers that have ended; resolves when both are ready. */
  async receiversReady(): Promise<void> {
    for (const one of this.receivers) {
      const hasEnded = await Promise.race([one.exited.then(() => true), one.ready().then(() => false)]);
      if (hasEnded) await one.start();
    }
  }

  async close(): Promise<void> {
    for (const one of this.receivers) await one.killAll();
    await this.client.stop();
    await undoAll(this.#undo);
  }
}

async function undoAll(undo: readonly Undo[]): Promise<void> {
  for (const one of [...undo].reverse()) await one();
}

async function start({ root, way, diskMegabytes }: DatabaseGroundOptions, undo: Undo[]): Promise<Parts> {
  const folder = mkdtempSync(join(tmpdir(), 'ocm-faults-'));
  // Servers are run by another user.
  chmodSync(folder, 0o711);
  undo.push(() => {
    removeFolder(folder);
  });
  const network = new Network(2 * process.pid + WAYS.indexOf(way));
  undo.push(() => {
    network.remove();
  });
  const cluster = new Cluster(folder, network, diskMegabytes);
  undo.push(() => cluster.remove());
  await cluster.start();
  const pooler = way === 'pooled' ? await Pooler.start(join(folder, 'pooler'), cluster.primary.host) : null;
  undo.push(async () => pooler?.end());
  const store = pooler === null ? cluster.store : Cluster.storeAt({ address: '127.0.0.1' }, pooler.port);
  const ports = [await freePort(), await freePort()] as const;
  const receiverAt = (port: number) => receiver({ root, folder, port, store });
  const receivers: Receivers = [receiverAt(ports[0]), receiverAt(ports[1])];
  for (const one of receivers) {
    undo.push(() => one.killAll());
    await one.start();
  }
  const proxy = await Haproxy.start({ receivers: [addressOf(ports[0]), addressOf(ports[1])] });
  undo.push(() => proxy.end());
  const twin = await Twin.start(root, folder);
  undo.push(() => twin.end());
  return { folder, network, cluster, pooler, receivers, proxy, twin };
}

const addressOf = (port: number) => `127.0.0.1:${String(port)}`;

/** Half of the senders have one address each, so that one receiver gets their posts; the others' come to either. */
function senderOf(place: number, turn: number): string {
  return place % 2 === 0 ? `127.0.1.${String(1 + place)}` : `127.0.2.${String(1 + ((place + turn) % ADDRESSES))}`;
}

interface ReceiverOptions {
  readonly root: string;
  readonly folder: string;
  readonly port: number;
  readonly store: string;
}

function receiver({ root, folder, port, store }: ReceiverOptions): Service {
  const state = join(folder, `receiver-${String(port)}`);
  mkdirSync(state);
  const flags = ['--unsupervised', '--state-folder', state, '--trusted-proxies', '127.0.0.1'];
  return new Service({ root, port, store, environment: {}, flags });
}
