/**
 * What an outage of PostgreSQL costs: nothing. Whatever was answered is a debt; after the server was frozen, stopped, away at a
 * start, and the receiver killed in the outage and in the drain, no debt is missing, and history is that of a receiver on SQLite
 * which was fed the same posts. Builds whose spool loses posts are caught.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { brokenSpools } from '../faults/broken.js';
import { eventually } from '../support/eventually.js';
import { removeFolder } from '../support/folders.js';
import { OwnPostgres } from '../support/own-postgres.js';
import { onDatabase, urlOf } from '../support/postgres-server.js';
import { aPost, dateTime, LOADED, STARTED, STOPPED } from '../support/posts.js';
import { freePort, Program } from '../support/program.js';

const ROUNDS = process.env['OCM_TEST_LONG'] === undefined ? 1 : 10;
const GROUPS = 4;
/** So that each part of a round, which takes half a second at least, has tens of posts. */
const BETWEEN_POSTS_MS = 10;
const STATES = [LOADED, STARTED, STARTED, STARTED, STOPPED];

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const undo of cleanUp.splice(0).reverse()) await undo();
});

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'ocm-outage-'));
  cleanUp.push(() => {
    removeFolder(path);
  });
  return path;
}

/** Of all cases, one after the other: each has a database of its own, and leaves the server running. */
let server: OwnPostgres;
let serverFolder: string;
beforeAll(async () => {
  serverFolder = mkdtempSync(join(tmpdir(), 'ocm-outage-server-'));
  server = await OwnPostgres.start(serverFolder);
});
afterAll(async () => {
  await server.end();
  removeFolder(serverFolder);
});

let databases = 0;
async function newDatabase(): Promise<string> {
  const name = `ocm_${String(++databases)}`;
  await onDatabase(server.server, 'postgres', (client) => client.query(`CREATE DATABASE ${name}`));
  return name;
}

async function start(store: string, state: string, root = '.'): Promise<Program> {
  const flags = ['--store', store, '--state-folder', state, '--log-level', 'info'];
  const program = await Program.start(await freePort(), '', flags, {}, root);
  cleanUp.push(() => program.end('SIGKILL'));
  return program;
}

interface Answer {
  readonly outcome: string;
  readonly id: string;
}

/** Null: there was no answer, and nobody knows what became of it. */
async function send(program: Program, body: string): Promise<Answer | null> {
  try {
    const response = await fetch(`${program.url}/ocs/campaign-group-state`, { method: 'POST', body });
    if (response.status !== 200) return null;
    return (await response.json()) as Answer;
  } catch {
    return null;
  }
}

/** Posts of some groups, each another. */
class Posts {
  readonly #startMs = new Date().getTime() - 600_000;
  #sent = 0;

  next(): string {
    const n = this.#sent++;
    const state = STATES[Math.floor(n / GROUPS) % STATES.length];
    const atMs = this.#startMs + n * 50;
    const group = String(100 + (n % GROUPS));
    return JSON.stringify(
      aPost({
        ...state,
        GSW_CAMPAIGN_GROUP_DBID: group,
        GSW_DATE_TIME: dateTime(atMs),
        GSW_STAT_HIT_RATIO: (n % 97) / 100,
      }),
    );
  }
}

/** What somebody posts all the time, to whichever receiver there is; every answer is a debt. */
class Sender {
  readonly debts = new Map<string, string>();
  readonly outcomes = new Map<string, number>();
  refused = 0;
  #posts = new Posts();
  #isEnded = false;
  #sending: Promise<void> = Promise.resolve();
  program: Program;

  constructor(program: Program) {
    this.program = program;
  }

  begin(): void {
    this.#sending = this.#run();
  }

  async end(): Promise<void> {
    this.#isEnded = true;
    await this.#sending;
  }

  async #run(): Promise<void> {
    while (!this.#isEnded) {
      const body = this.#posts.next();
      const answer = await this.#untilAnswered(body);
      this.debts.set(answer.id, body);
      this.outcomes.set(answer.outcome, (this.outcomes.get(answer.outcome) ?? 0) + 1);
      await sleep(BETWEEN_POSTS_MS);
    }
  }

  /** What a kill has left unanswered is sent again. */
  async #untilAnswered(body: string): Promise<Answer> {
    for (;;) {
      const answer = await send(this.program, body);
      if (answer !== null) return answer;
      this.refused++;
      await sleep(20);
    }
  }
}

async function metric(program: Program, name: string): Promise<number> {
  const text = await (await fetch(`${program.url}/metrics`)).text();
  const line = text.split('\n').find((one) => one.startsWith(`ocs_monitor_${name} `));
  return Number(line?.split(' ')[1]);
}

const isAway = (program: Program) =>
  eventually(async () => {
    expect(await metric(program, 'store_up')).toBe(0);
  });

const isDrained = (program: Program) =>
  eventually(async () => {
    expect([await metric(program, 'store_up'), await metric(program, 'spool_items')]).toEqual([1, 0]);
  });

async function history(program: Program): Promise<unknown[]> {
  const items: unknown[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const next: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const response = await fetch(`${program.url}/api/v1/transitions?from=2020-01-01T00:00:00Z&limit=1000${next}`);
    expect(response.status).toBe(200);
    const page = (await response.json()) as { items: Record<string, unknown>[]; next_cursor: string | null };
    for (const item of page.items)
      items.push([
        item['id'],
        item['campaign_group_id'],
        item['at'],
        item['from_state'],
        item['to_state'],
        item['inferred'],
      ]);
    cursor = page.next_cursor;
  }
  return items;
}

/** Those of the debts that the receiver does not know. */
async function missing(program: Program, debts: Iterable<string>): Promise<number> {
  let count = 0;
  for (const body of debts) if ((await send(program, body))?.outcome !== 'duplicate') count++;
  return count;
}

describe('an outage of PostgreSQL', () => {
  it(
    'loses nothing, whatever happens to the server and to the receiver, and history is that of SQLite',
    async () => {
      const store = urlOf(server.server, await newDatabase());
      const state = folder();
      let program = await start(store, state);
      const sender = new Sender(program);
      const startAgain = async () => {
        await program.end('SIGKILL');
        program = await start(store, state);
        sender.program = program;
      };
      sender.begin();
      await eventually(() => {
        expect(sender.outcomes.get('transition')).toBeGreaterThan(GROUPS);
      });
      for (let round = 0; round < ROUNDS; round++) {
        server.freeze();
        await isAway(program);
        await sleep(500);
        server.thaw();
        await isDrained(program);

        await server.stop();
        await isAway(program);
        await sleep(500);
        // In the outage, and away at the start.
        await startAgain();
        await sleep(1000);
        await server.startAgain();
        await eventually(async () => {
          expect(await metric(program, 'store_up')).toBe(1);
        });
        // In the drain, or soon after.
        await startAgain();
        await isDrained(program);
      }
      await sender.end();
      await isDrained(program);
      expect(sender.outcomes.get('spooled')).toBeGreaterThan(GROUPS);
      expect(sender.outcomes.get('transition')).toBeGreaterThan(GROUPS);
      const told = await history(program);
      expect(await missing(program, sender.debts.values())).toBe(0);

      const sqlite = await start(`sqlite:${join(folder(), 'store.db')}`, state);
      for (const body of sender.debts.values()) expect(await send(sqlite, body)).not.toBeNull();
      expect(told).toEqual(await history(sqlite));
      expect(told.length).toBeGreaterThan(GROUPS * 3);
    },
    ROUNDS * 120_000,
  );

  /** Posts in an outage, a receiver that is killed at once, and a server whose tables are locked when it is back. */
  async function lostBy(root: string): Promise<{ lost: number; upWhileLocked: number }> {
    const database = await newDatabase();
    const store = urlOf(server.server, database);
    const state = folder();
    const posts = new Posts();
    const bodies = Array.from({ length: 8 }, () => posts.next());
    const before = await start(store, state, root);
    expect(await send(before, posts.next())).not.toBeNull();
    await server.stop();
    for (const body of bodies) expect(await send(before, body)).toMatchObject({ outcome: 'spooled' });
    await before.end('SIGKILL');
    await server.startAgain();
    const { host, port, user } = server.server;
    const locking = new pg.Client({ host, port, user, database });
    locking.on('error', () => undefined);
    await locking.connect();
    await locking.query('BEGIN; LOCK TABLE journal IN EXCLUSIVE MODE');
    const after = await start(store, state, root);
    await sleep(3500);
    const upWhileLocked = await metric(after, 'store_up');
    await locking.end();
    await isDrained(after);
    return { lost: await missing(after, bodies), upWhileLocked };
  }

  it('loses nothing of it when the tables are locked as it drains', async () => {
    expect(await lostBy('.')).toEqual({ lost: 0, upWhileLocked: 0 });
  });

  it('is seen to lose posts where a build is broken', async () => {
    for await (const { name, root, remove } of brokenSpools(resolve('.'))) {
      cleanUp.push(remove);
      expect((await lostBy(root)).lost, name).toBeGreaterThan(0);
    }
  });
});
