/** What is done to an installation and asked of it, and the client that posts to it. */
import { Agent } from 'node:http';
import { cpSync } from 'node:fs';
import { basename } from 'node:path';
import { copies, freshPosts, moreDebts } from '../faults/check.js';
import { PooledClient } from '../faults/client.js';
import { Ledger } from '../faults/ledger.js';
import { findBreaches } from '../faults/oracle.js';
import { CallbackTeller, GroupTeller } from '../faults/posts.js';
import { eventually } from '../support/eventually.js';
import type { Machine, Said } from './machine.js';
import type { Parcels } from './parcels.js';

/** As the package is installed, nothing set. */
export const URL_OF_SERVICE = 'http://127.0.0.1:8080';
export const DATABASE = '/var/lib/ocs-monitor/ocs-monitor.db';
const PARCELS = '/root/parcels';
/** Enough that a hole would be seen, and not so much that two cores have no time for anything else. */
const POSTS_A_SECOND = 120;
/** Where systemd listens and nobody takes the connection, nothing comes. */
const ASKED_FOR_MS = 2000;
const READY_WITHIN_MS = 40_000;

export class Installation {
  readonly ledger = new Ledger();
  #client: PooledClient | null = null;
  readonly #machine: Machine;
  readonly #fresh = { freshGroup: new GroupTeller('999'), freshCallbacks: new CallbackTeller('deb-fresh') };
  readonly #agent = new Agent({ keepAlive: true });

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  beginPosting(): void {
    this.#client = new PooledClient({ url: URL_OF_SERVICE, ledger: this.ledger, connections: 4, groups: 3 }, 'deb');
    this.#client.pace(POSTS_A_SECOND);
  }

  async pause(): Promise<void> {
    await this.#client?.pause();
  }

  resume(): void {
    this.#client?.resume();
  }

  async bring({ present, earlier, node20, node24 }: Parcels): Promise<void> {
    await this.#machine.does('mkdir', '-p', PARCELS);
    for (const parcel of [present, earlier, node20, node24])
      cpSync(parcel, this.#machine.path(`${PARCELS}/${basename(parcel)}`));
  }

  dpkg(...args: readonly string[]): Promise<string> {
    return this.#machine.does('dpkg', ...args);
  }

  install(parcel: string): Promise<string> {
    return this.dpkg('--install', `${PARCELS}/${basename(parcel)}`);
  }

  does(...command: readonly string[]): Promise<string> {
    return this.#machine.does(...command);
  }

  run(...command: readonly string[]): Promise<Said> {
    return this.#machine.run(...command);
  }

  path(inside: string): string {
    return this.#machine.path(inside);
  }

  async ready(): Promise<void> {
    await eventually(async () => {
      const response = await fetch(`${URL_OF_SERVICE}/readyz`, { signal: AbortSignal.timeout(ASKED_FOR_MS) });
      if (!response.ok) throw new Error(`not ready: ${await response.text()}`);
    }, READY_WITHIN_MS);
  }

  async property(unit: string, name: string): Promise<string> {
    return (await this.does('systemctl', 'show', '--value', '-p', name, unit)).trim();
  }

  /** So many more posts of both sorts are answered. */
  traffic(campaigns = 40, callbacks = 20): Promise<void> {
    return moreDebts({ ledger: this.ledger, service: { stderr: '' } }, campaigns, callbacks);
  }

  /** The client rests meanwhile. Of `served`: the service is asked, too. */
  async faults(served: 'served' | 'not served'): Promise<string[]> {
    await this.pause();
    const asked = served === 'served' ? await this.#asked() : [];
    const breaches = findBreaches(this.path(DATABASE), this.ledger).map(({ kind, what }) => `${kind}: ${what}`);
    this.resume();
    return [...asked, ...breaches, ...this.ledger.strange.splice(0)];
  }

  async #asked(): Promise<string[]> {
    await this.ready();
    const fresh = await freshPosts({ ledger: this.ledger, ...this.#fresh }, URL_OF_SERVICE, this.#agent);
    return [...fresh, ...(await copies(this.ledger, URL_OF_SERVICE, this.#agent))];
  }

  async close(): Promise<void> {
    await this.#client?.stop();
    this.#agent.destroy();
  }
}
