/** Thousands of sets of keys that no strategy would send: each is stored or held, and everything stays readable. */
import Database from 'better-sqlite3';
import { afterEach, expect, it } from 'vitest';
import { RANDOM_BODIES } from '../support/random-bodies.js';
import { KEYS } from '../support/callback-keys.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { notHeldAgainstDocument } from '../support/documented.js';
import { type Answer, answerTo, EVENTS, list, type Item, seconds, textOf } from '../support/callback-posts.js';
import { parseExposition } from '../support/exposition.js';

const running: TestApp[] = [];
afterEach(async () => {
  for (const app of running.splice(0)) await app.remove();
});

/** mulberry32: the same bodies in every run. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const WILD = [
  ...[
    '0',
    '1',
    '-1',
    '2',
    '2147483648',
    '1e400',
    '-0',
    '0.5',
    '1e-7',
    '99999999999999999999999',
    'true',
    'false',
    'null',
  ],
  ...[
    '""',
    '" "',
    '"undefined"',
    '"null"',
    '"NaN"',
    '"007"',
    '"+5"',
    '"-3"',
    '"1e3"',
    '"\\u0000"',
    '"\\ud800"',
    '"\\uffff"',
  ],
  ...[
    '"=1+1"',
    '"\'; DROP TABLE callbacks --"',
    '"COMPLETED.AGENT"',
    '"completed.cancelled"',
    '"QUEUED"',
    '"..."',
    '"a.b.c"',
  ],
  ...[
    '"Zürich 🜁"',
    '[]',
    '{}',
    '[[1,[2]]]',
    '{"a":{"b":null}}',
    '[null,"x"]',
    '{"__proto__":{"x":1}}',
    '"1700000000000"',
  ],
];
const ODD_NAMES = [
  ...[
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'valueOf',
    '',
    ' ',
    'UserData',
    '_CB_',
    '_cb_x',
    'ключ',
  ],
  ...['_service_name', '_originating_interaction_id', 'length', '0', '_CB_SERVICE_ID ', 'a\u0000b'],
];

/** A body as text: JSON.stringify could write neither a key twice nor `1e400`. */
class Bodies {
  readonly #random: () => number;
  readonly #now = seconds();

  constructor(seed: number) {
    this.#random = randomOf(seed);
  }

  pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.#random() * from.length)] as T;
  }

  chance(share: number): boolean {
    return this.#random() < share;
  }

  #time(): string {
    const at = this.#now - Math.floor(this.#random() * 90_000);
    return this.pick([String(at), String(at), `"${String(at)}"`, String(at * 1000), `"${String(at)}.0"`]);
  }

  #value(key: string): string {
    if (this.chance(0.4)) return this.pick(WILD);
    if (key.includes('_T_')) return this.#time();
    if (key.includes('FINAL_RECORD')) return this.pick(['0', '1', '"1"']);
    return this.pick([
      String(Math.floor(this.#random() * 500)),
      '"PERSON"',
      '"IVR"',
      `"t${String(Math.floor(this.#random() * 50))}"`,
    ]);
  }

  next(): string {
    if (this.chance(0.01)) return this.pick(WILD.filter((value) => !value.startsWith('[')));
    const members: string[] = [];
    if (this.chance(0.8)) {
      members.push(`"_CB_SERVICE_ID":"s${String(Math.floor(this.#random() * 0.3 * RANDOM_BODIES))}"`);
      members.push(`"_CB_T_SERVICE_START":${this.#time()}`, `"_CB_T_CALLBACK_OFFERED":${this.#time()}`);
      members.push('"_CB_D_CALLBACK_OFFER":0', '"_CB_N_CALLBACK_OFFERED":"1"');
    }
    for (let keys = Math.floor(this.#random() * 12); keys > 0; keys--) {
      const known = this.pick(KEYS);
      const key = this.chance(0.85) ? (this.chance(0.1) ? known.toLowerCase() : known) : this.pick(ODD_NAMES);
      members.push(`${JSON.stringify(key)}:${this.#value(key)}`);
    }
    if (this.chance(0.3)) members.reverse();
    const body = `{${members.join(',')}}`;
    return this.chance(0.05) ? `{"UserData":${this.chance(0.5) ? body : JSON.stringify(body)}}` : body;
  }
}

async function walk(app: TestApp, path: string, keyOf: (item: Item) => string): Promise<Set<string>> {
  const seen = new Set<string>();
  let cursor: string | null = null;
  do {
    const at = `${path}${path.includes('?') ? '&' : '?'}limit=1000${cursor === null ? '' : `&cursor=${cursor}`}`;
    const page = await list(app, at);
    for (const item of page.items) {
      expect(seen.has(keyOf(item))).toBe(false);
      seen.add(keyOf(item));
    }
    cursor = page.next_cursor;
  } while (cursor !== null);
  return seen;
}

it(
  `${RANDOM_BODIES} wild events are each stored or held, and leave a whole database`,
  { timeout: 900_000 },
  async () => {
    const app = await startTestApp({ body_limit: '4mb' });
    notHeldAgainstDocument(app.app.port);
    running.push(app);
    const bodies = new Bodies(20_261_121);
    const outcomes = new Map<string, number>();
    const ids = new Set<string>();
    const held = new Set<string>();
    const note = (answer: Answer) => {
      const outcome = answer.outcome ?? 'quarantined';
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      if (outcome === 'quarantined') held.add(String(answer.quarantine_id));
      else ids.add(String(answer.service_id));
    };
    let sent = 0;
    const post = async (count: number) => {
      const texts = Array.from({ length: count }, () => bodies.next());
      sent += count;
      const answer = await answerTo(app, EVENTS, count === 1 ? (texts[0] ?? '') : `[${texts.join(',')}]`);
      expect([200, 400, 422]).toContain(answer.status);
      if (count === 1) {
        note(answer);
        return;
      }
      expect(answer.items).toHaveLength(count);
      for (const item of answer.items ?? []) note(item);
    };
    while (sent < RANDOM_BODIES - 2000) await Promise.all([1000, 1000, 700].map(post));
    while (sent < RANDOM_BODIES) await Promise.all(Array.from({ length: 50 }, () => post(1)));
    expect([...outcomes.values()].reduce((sum, count) => sum + count, 0)).toBe(sent);
    for (const outcome of ['recorded', 'after-final', 'quarantined'])
      expect(outcomes.get(outcome)).toBeGreaterThan(RANDOM_BODIES / 200);

    const db = new Database(app.database, { readonly: true });
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
    const count = (sql: string) => db.prepare(sql).pluck().get() as number;
    const stored = (outcomes.get('recorded') ?? 0) + (outcomes.get('after-final') ?? 0);
    expect(count('SELECT count(*) FROM callback_events')).toBe(stored);
    expect(db.prepare('SELECT * FROM CALLBACK_FACT').all()).toHaveLength(stored);
    expect(count("SELECT count(*) FROM quarantine WHERE reason = 'internal'")).toBe(0);
    const strange = `SELECT count(*) FROM callback_events WHERE typeof(attempts) NOT IN ('integer', 'null')
    OR typeof(offer_seconds) NOT IN ('integer', 'null') OR typeof(tenant_dbid) NOT IN ('integer', 'null')`;
    expect(count(strange)).toBe(0);
    db.close();

    const shown = await walk(app, '/callbacks', (item) => String(item['service_id']));
    expect(shown).toEqual(ids);
    expect(await walk(app, '/quarantine', (item) => String(item['id']))).toEqual(held);
    const range = 'from=2000-01-01&to=2099-01-01';
    const finished = await walk(app, `/callbacks/details?${range}`, (item) => String(item['service_id']));
    expect(finished.size).toBeGreaterThan(RANDOM_BODIES / 200);
    const { items } = await list(app, `/callbacks/summary?${range}&by=source`);
    expect(items).toHaveLength(1);
    await walk(app, `/callbacks/missing-keys?${range}`, ({ day, service, key }) => JSON.stringify([day, service, key]));
    for (const id of [...shown].slice(0, 300)) {
      expect((await fetch(`${app.url}/api/v1/callbacks/${encodeURIComponent(id)}`)).status).toBe(200);
    }
    for (const id of [...held].slice(0, 300))
      expect((await fetch(`${app.url}/api/v1/quarantine/${id}`)).status).toBe(200);
    expect(parseExposition(await textOf(app, '/metrics')).length).toBeGreaterThan(100);
    expect(app.log.filter(({ level }) => level === 'error')).toEqual([]);
  },
);
