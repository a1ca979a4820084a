/** A pooled client that never retries: persistent connections, one post after the other on each, everything in a ledger. */
import { Agent, request as httpRequest } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { type Entry, type Ledger, NO_ANSWER, type Told } from './ledger.js';
import { CallbackTeller, GroupTeller, type Post } from './posts.js';

export interface ClientOptions {
  readonly url: string;
  readonly ledger: Ledger;
  /** Connections that post for campaign groups, and as many that post for callbacks. */
  readonly connections: number;
  /** Groups behind each connection. */
  readonly groups: number;
  /** Connections that post for callbacks, where they are not as many. */
  readonly callbackConnections?: number;
  /** DBID of the first group; 1000 unless said. Those of a connection follow each other, and 1000 lie between two. */
  readonly firstDbid?: number;
  /** How many times as many posts lie between the changes of a group, by its place at its connection; 1 unless said. */
  readonly refreshes?: (group: number) => number;
  /** The address that a post comes from, by the place of its connection and its number there; the usual one unless said. */
  readonly from?: (place: number, turn: number) => string;
  /** After no answer or a refusal; 10 unless said. */
  readonly breathMs?: number;
}

const RESPONSE_TIMEOUT_MS = 20_000;
/** After no answer or a refusal, so that a dead receiver is not asked without end. */
const BREATH_MS = 10;
const MOST_BEHIND_MS = 1000;

/** Posts once over the agent's connection. Never rejects. */
export function postOnce(agent: Agent, url: string, post: Pick<Post, 'path' | 'text'>): Promise<Told> {
  return new Promise((resolve) => {
    const body = Buffer.from(post.text);
    const headers = { 'content-type': 'application/json', 'content-length': String(body.length) };
    const options = { method: 'POST', agent, headers, timeout: RESPONSE_TIMEOUT_MS };
    const request = httpRequest(url + post.path, options, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () => {
        resolve(toldBy(response.statusCode ?? 0, text));
      });
      response.on('error', () => {
        resolve(NO_ANSWER);
      });
      response.on('aborted', () => {
        resolve(NO_ANSWER);
      });
    });
    request.on('timeout', () => request.destroy(new Error('no answer in time')));
    request.on('error', (error: NodeJS.ErrnoException) => {
      resolve({ ...NO_ANSWER, unsent: error.code === 'ECONNREFUSED' });
    });
    request.end(body);
  });
}

function toldBy(status: number, text: string): Told {
  try {
    const answer = JSON.parse(text) as { outcome?: string; id?: string; service_id?: string };
    return { status, outcome: answer.outcome ?? null, id: answer.id ?? answer.service_id ?? null, unsent: false };
  } catch {
    return { status, outcome: text.slice(0, 100), id: null, unsent: false };
  }
}

interface Worker {
  readonly place: number;
  readonly what: 'groups' | 'callbacks';
}

export class PooledClient {
  readonly #options: ClientOptions;
  readonly #agents = new Map<string, Agent>();
  readonly #working: Promise<void>[] = [];
  #paused: { readonly until: Promise<void>; readonly end: () => void } | null = null;
  #pace: { readonly intervalMs: number; dueMs: number } | null = null;
  #resting = 0;
  #stopped = false;

  constructor(options: ClientOptions, name: string) {
    this.#options = options;
    const { connections, callbackConnections = connections, firstDbid = 1000 } = options;
    for (let at = 0; at < connections; at++) {
      const dbid = firstDbid + 1000 * at;
      const teller = (group: number) => new GroupTeller(String(dbid + group), options.refreshes?.(group));
      const groups = Array.from({ length: options.groups - 1 }, (_, group) => teller(group));
      const first = teller(groups.length);
      this.#working.push(
        this.#work({ place: at, what: 'groups' }, (turn) => (groups[turn % options.groups] ?? first).next()),
      );
    }
    for (let at = 0; at < callbackConnections; at++) {
      const callbacks = new CallbackTeller(`${name}-${String(at)}`);
      this.#working.push(this.#work({ place: at, what: 'callbacks' }, () => callbacks.next()));
    }
  }

  /** Resolves when no post is under way any more. */
  async pause(): Promise<void> {
    let end: () => void = () => undefined;
    const until = new Promise<void>((resolve) => (end = resolve));
    this.#paused = { until, end };
    while (this.#resting < this.#working.length) await pause(5);
  }

  resume(): void {
    this.#paused?.end();
    this.#paused = null;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.resume();
    await Promise.all(this.#working);
    for (const agent of this.#agents.values()) agent.destroy();
  }

  /** So many posts a second from here on, all together; null: each connection as fast as it is answered. */
  pace(postsPerSecond: number | null): void {
    this.#pace = postsPerSecond === null ? null : { intervalMs: 1000 / postsPerSecond, dueMs: performance.now() };
  }

  /** Resolves when the next post is due. */
  async #turn(): Promise<void> {
    if (this.#pace === null) return;
    const nowMs = performance.now();
    // What could not be posted in time is posted later, but not all at once.
    this.#pace.dueMs = Math.max(this.#pace.dueMs + this.#pace.intervalMs, nowMs - MOST_BEHIND_MS);
    await pause(Math.max(0, this.#pace.dueMs - nowMs));
  }

  /** One connection for each that posts, and for each address that it posts from. */
  #agentOf(who: string, localAddress: string | undefined): Agent {
    const name = `${who} ${localAddress ?? ''}`;
    const known = this.#agents.get(name);
    if (known) return known;
    const agent = new Agent({ keepAlive: true, maxSockets: 1, ...(localAddress !== undefined && { localAddress }) });
    this.#agents.set(name, agent);
    return agent;
  }

  async #work({ place, what }: Worker, next: (turn: number) => Post): Promise<void> {
    const { url, ledger, from, breathMs = BREATH_MS } = this.#options;
    for (let turn = 0; !this.#stopped; turn++) {
      if (this.#paused) {
        this.#resting++;
        await this.#paused.until;
        this.#resting--;
        continue;
      }
      await this.#turn();
      const entry: Entry = ledger.sending(next(turn));
      const sentMs = performance.now();
      const agent = this.#agentOf(`${what} ${String(place)}`, from?.(place, turn));
      ledger.answered(entry, await postOnce(agent, url, entry.post));
      ledger.tookMs?.push(performance.now() - sentMs);
      if (entry.told.status === null || entry.told.status === 503) await pause(breathMs);
    }
  }
}
