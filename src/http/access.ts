/** The rules of access in force. They can be exchanged while requests come in; each is looked up when it is needed. */
import type { BlockList } from 'node:net';
import { OwnNames } from './own-names.js';
import { Secrets } from './secrets.js';

export interface AccessRules {
  readonly ingestTokens: readonly string[];
  readonly readTokens: readonly string[];
  readonly adminTokens: readonly string[];
  readonly metricsAuth: boolean;
  /** Null: every address may post. */
  readonly ingestNetworks: BlockList | null;
  readonly trustedProxies: BlockList;
  /** Names, with or without a port, by which browsers reach the service. */
  readonly publicNames: readonly string[];
}

/** What the rules come to. */
interface Doors {
  readonly ingest: Secrets;
  readonly ingestNetworks: BlockList | null;
  readonly readers: Secrets;
  readonly metricsReaders: Secrets;
  readonly admins: Secrets;
  readonly trustedProxies: BlockList;
  readonly names: OwnNames;
}

export class Access {
  #doors: Doors;

  constructor(rules: AccessRules) {
    this.#doors = doorsOf(rules);
  }

  get doors(): Doors {
    return this.#doors;
  }

  /** From the next request on. */
  exchange(rules: AccessRules): void {
    this.#doors = doorsOf(rules);
  }
}

function doorsOf(rules: AccessRules): Doors {
  const { ingestTokens, readTokens, adminTokens, metricsAuth, ingestNetworks, trustedProxies, publicNames } = rules;
  // Whoever may administer may read; without read tokens everybody may.
  const readers = new Secrets(readTokens.length === 0 ? [] : [...readTokens, ...adminTokens]);
  return {
    ingest: new Secrets(ingestTokens),
    ingestNetworks,
    readers,
    metricsReaders: metricsAuth ? readers : new Secrets([]),
    admins: new Secrets(adminTokens.length > 0 ? adminTokens : readTokens),
    trustedProxies,
    names: new OwnNames(publicNames),
  };
}
