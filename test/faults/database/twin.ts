/** A single receiver on SQLite that is fed the same posts: what several have made of them has to be equal to what it makes. */
import { Agent } from 'node:http';
import { join } from 'node:path';
import { canonicalJson } from '../../../src/domain/json.js';
import { type Connection, openForReading } from '../../../src/sqlite/database.js';
import { freePort } from '../../support/program.js';
import { postOnce } from '../client.js';
import { type Entry, isDebt, type Ledger } from '../ledger.js';
import { type Breach, heldKeys } from '../oracle.js';
import { Service } from '../service.js';

/** Posts that are under way at once, each of another group or callback. */
const SIDE_BY_SIDE = 16;
/** Told of as examples. */
const MOST_TOLD = 20;
/** Depends on when a post came, or on the order in which posts came, or names a row within its database. */
const OF_ITS_OWN = new Set([
  ...['group_no', 'callback_no', 'source', 'life', 'forgotten'],
  ...['first_received_ms', 'last_event_ms', 'alive_until_ms', 'attached_received_ms', 'desired_received_ms'],
  ...['late_events', 'live_ms', 'phone_hash', 'ani_hash'],
]);

export class Twin {
  readonly #service: Service;
  readonly #path: string;
  readonly #fed = new Set<string>();

  private constructor(service: Service, path: string) {
    this.#service = service;
    this.#path = path;
  }

  static async start(root: string, folder: string): Promise<Twin> {
    const path = join(folder, 'twin.db');
    const options = { root, port: await freePort(), store: `sqlite:${path}`, environment: {} };
    const service = new Service({ ...options, flags: ['--unsupervised'] });
    await service.start();
    return new Twin(service, path);
  }

  /** Feeds it what the others hold, as far as it has not got it, and compares. */
  async differences(snapshot: string, ledger: Ledger): Promise<Breach[]> {
    const held = looking(snapshot, heldKeys);
    const news = [...ledger.entries.values()].filter(({ post: { key } }) => held.has(key) && !this.#fed.has(key));
    await this.#feed(news);
    return looking(snapshot, (several) => looking(this.#path, (one) => compared(several, one)));
  }

  async end(): Promise<void> {
    await this.#service.killAll();
  }

  async #feed(entries: readonly Entry[]): Promise<void> {
    const owners = new Map<string, Entry[]>();
    for (const entry of entries) owners.set(entry.post.owner, [...(owners.get(entry.post.owner) ?? []), entry]);
    const waiting = [...owners.values()];
    const agent = new Agent({ keepAlive: true, maxSockets: SIDE_BY_SIDE });
    const feedNext = async () => {
      for (let ofOwner = waiting.pop(); ofOwner !== undefined; ofOwner = waiting.pop())
        for (const { post } of ofOwner) {
          const told = await postOnce(agent, this.#service.url, post);
          if (!isDebt({ post, told })) throw new Error(`the twin answers ${post.key} with ${JSON.stringify(told)}`);
          this.#fed.add(post.key);
        }
    };
    await Promise.all(Array.from({ length: SIDE_BY_SIDE }, feedNext));
    agent.destroy();
  }
}

function looking<T>(path: string, look: (db: Connection) => T): T {
  const db = openForReading(path);
  try {
    return db.transaction(() => look(db))();
  } finally {
    db.close();
  }
}

interface Comparison {
  readonly sql: string;
  /** Columns by which a row of one is found in the other. */
  readonly key: readonly string[];
}

const COMPARED: Readonly<Record<string, Comparison>> = {
  'campaign group': { sql: 'SELECT id, dbid FROM campaign_groups', key: ['dbid'] },
  step: {
    sql: 'SELECT g.dbid, g.id, s.* FROM steps AS s JOIN campaign_groups AS g ON g.group_no = s.group_no',
    key: ['dbid', 'at_ms', 'action_rank', 'content_digest'],
  },
  callback: { sql: 'SELECT * FROM callbacks', key: ['service_id'] },
};

type Row = Readonly<Record<string, unknown>>;

function compared(several: Connection, one: Connection): Breach[] {
  return Object.entries(COMPARED).flatMap(([what, { sql, key }]) => {
    const [ours, its] = [rowsOf(several, sql, key), rowsOf(one, sql, key)];
    const names = [...new Set([...ours.keys(), ...its.keys()])];
    const unlike = names.flatMap((name) => {
      const difference = differenceOf(ours.get(name), its.get(name));
      return difference === null ? [] : [{ kind: 'history' as const, what: `${what} ${name}: ${difference}` }];
    });
    return unlike.slice(0, MOST_TOLD);
  });
}

function differenceOf(ours: Row | undefined, its: Row | undefined): string | null {
  if (ours === undefined) return `is not there, a single receiver has ${canonicalJson(its)}`;
  if (its === undefined) return `a single receiver has none`;
  const columns = Object.keys(ours).filter((name) => ours[name] !== its[name]);
  if (columns.length === 0) return null;
  return columns.map((name) => `${name} ${String(ours[name])}, of a single receiver ${String(its[name])}`).join('; ');
}

/** By their names, without what is of a database's own. */
function rowsOf(db: Connection, sql: string, key: readonly string[]): ReadonlyMap<string, Row> {
  const rows = db.prepare(sql).all() as Row[];
  return new Map(
    rows.map((row) => [
      key.map((name) => String(row[name])).join(' '),
      Object.fromEntries(Object.entries(row).filter(([name]) => !OF_ITS_OWN.has(name))),
    ]),
  );
}
