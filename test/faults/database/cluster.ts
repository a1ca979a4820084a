/** A primary and a standby that it waits for; whichever of the two is which. */
import { join } from 'node:path';
import type { Host, Network } from './network.js';
import { PostgresNode } from './node.js';

export const DATABASE = 'ocm';
const USER = 'ocm';
const PORT = 5432;

export class Cluster {
  readonly #nodes: readonly [PostgresNode, PostgresNode];
  #primary: PostgresNode;

  constructor(folder: string, network: Network, megabytes: number) {
    const nodeAt = (name: string) =>
      new PostgresNode({ folder: join(folder, name), host: network.addHost(), cidr: network.cidr, megabytes });
    this.#nodes = [nodeAt('a'), nodeAt('b')];
    this.#primary = this.#nodes[0];
  }

  /** Resolves when commits wait for the standby. */
  async start(): Promise<void> {
    this.primary.create();
    await this.primary.start();
    await this.primary.ask(`CREATE DATABASE ${DATABASE}`);
    await this.makeWhole();
  }

  get primary(): PostgresNode {
    return this.#primary;
  }

  get standby(): PostgresNode {
    const [a, b] = this.#nodes;
    return this.#primary === a ? b : a;
  }

  /** As the setting `store` of a receiver names both. */
  get store(): string {
    const hosts = this.#nodes.map(({ host }) => `${host.address}:${String(PORT)}`);
    return `postgres://${USER}@${hosts.join(',')}/${DATABASE}?sslmode=disable`;
  }

  /** As the setting names what stands before it. */
  static storeAt({ address }: Pick<Host, 'address'>, port: number): string {
    return `postgres://${USER}@${address}:${String(port)}/${DATABASE}?sslmode=disable`;
  }

  /** The standby takes over; what was the primary may not write any more: it has ended, or nobody reaches it. */
  async failOver(): Promise<void> {
    const heir = this.standby;
    await heir.promote();
    this.#primary = heir;
    // It has taken over that it waits for a standby, and has none.
    await heir.waitForStandby(false);
  }

  /** Starts what has ended, makes the standby anew where it has not followed, and lets commits wait for it. */
  async makeWhole(): Promise<void> {
    if (!this.primary.isRunning) await this.primary.start();
    const followers = await this.primary.ask('SELECT 1 AS n FROM pg_stat_replication');
    if (!this.standby.isRunning || followers.length === 0) {
      if (this.standby.isRunning) await this.standby.kill();
      await this.primary.waitForStandby(false);
      await this.standby.follow(this.primary);
    }
    await this.primary.waitForStandby(true);
  }

  async remove(): Promise<void> {
    for (const node of this.#nodes) await node.remove();
  }
}
