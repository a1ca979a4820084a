/** The conservation oracle: holds a database file against a ledger. It reads the file itself, whatever the service says. */
import type { CallbackRecord } from '../../src/domain/callback-record.js';
import { readBlock } from '../../src/evidence/block.js';
import type { TaggedSample } from '../../src/evidence/sample.js';
import { sha256Digest } from '../../src/node/digest.js';
import { listsContent, notificationId } from '../../src/domain/identity.js';
import { canonicalJson } from '../../src/domain/json.js';
import type { Notification } from '../../src/domain/notification.js';
import { recordOf, type Stored } from '../../src/gms/record-columns.js';
import { type Connection, openForReading } from '../../src/sqlite/database.js';
import { JournalTable } from '../../src/sqlite/journal-table.js';
import { type Entry, isCoalesced, isDebt, type Ledger } from './ledger.js';
import {
  type Bearing,
  callbackKey,
  campaignContent,
  campaignKey,
  eventContent,
  type ListFigures,
  POST_KEY,
} from './posts.js';

export const BREACHES = [
  /** Acknowledged and not held. */
  'missing',
  /** Held and never sent, or in quarantine although nothing faulty was sent. */
  'spurious',
  /** Held twice. */
  'doubled',
  /** Held with another content than was sent, or answered with another id than it has. */
  'different',
  /** History, or sums, that do not follow from what is held. */
  'history',
  /** What the API shows is not what is held, or a fresh post does not go through. */
  'not served',
  /** `PRAGMA integrity_check`, foreign keys. */
  'damaged',
] as const;

export interface Breach {
  readonly kind: (typeof BREACHES)[number];
  readonly what: string;
}

interface Held {
  readonly key: string;
  readonly content: string;
  readonly id: string;
}

interface Step {
  readonly atMs: number;
  readonly fromState: string | null;
  readonly toState: string;
  readonly inferred: number;
  readonly action: string | null;
}

/**
 * Everything that does not agree. The client must be at rest, or posts under way are not counted either way. `only`: a source
 * outside which nothing is looked at; null: all was posted by the ledger's client.
 */
export function findBreaches(path: string, ledger: Ledger, only: string | null = null): Breach[] {
  const db = openForReading(path);
  try {
    if (only !== null) lookOnlyAt(db, only);
    return db.transaction(() => [
      ...compare(ledger, [...heldNotifications(db), ...heldCallbackPosts(db)]),
      ...compareHistory(ledger, db),
      ...compareChunks(db),
      ...compareCallbacks(ledger, db),
      ...quarantined(db),
      ...integrity(db),
    ])();
  } finally {
    db.close();
  }
}

/** Temporary views stand before the tables of their names, on this connection; a copy where statements that write are prepared. */
function lookOnlyAt(db: Connection, source: string): void {
  const isOfSource = `source = '${source}'`;
  const ofGroup = `group_no IN (SELECT group_no FROM main.campaign_groups WHERE ${isOfSource})`;
  const ofCallback = `callback_no IN (SELECT callback_no FROM main.callbacks WHERE ${isOfSource})`;
  const views = {
    ...Object.fromEntries(
      ['campaign_groups', 'callbacks', 'quarantine', 'transitions'].map((name) => [name, isOfSource]),
    ),
    ...Object.fromEntries(['chunks', 'chunk_hours', 'quarter_hours'].map((name) => [name, ofGroup])),
    ...Object.fromEntries(
      ['callback_events', 'callback_attachments', 'callback_notifications'].map((name) => [name, ofCallback]),
    ),
  };
  for (const [name, condition] of Object.entries(views))
    db.exec(`CREATE TEMP VIEW ${name} AS SELECT * FROM main.${name} WHERE ${condition}`);
  db.exec(`CREATE TEMP TABLE journal AS SELECT * FROM main.journal WHERE ${ofGroup}`);
}

function compare({ entries }: Ledger, rows: readonly Held[]): Breach[] {
  const breaches: Breach[] = [];
  const held = new Map<string, Held>();
  const ids = new Set(rows.map(({ id }) => id));
  for (const row of rows) {
    const entry = entries.get(row.key);
    if (entry === undefined) breaches.push({ kind: 'spurious', what: row.key });
    else if (held.has(row.key)) breaches.push({ kind: 'doubled', what: row.key });
    else breaches.push(...contentBreaches(entry, row));
    held.set(row.key, row);
  }
  for (const entry of entries.values()) {
    if (!isDebt(entry)) continue;
    const paid = isCoalesced(entry) ? ids.has(entry.told.id ?? '') : held.has(entry.post.key);
    if (!paid) breaches.push({ kind: 'missing', what: `${entry.post.key} (${entry.told.outcome ?? 'no outcome'})` });
  }
  return breaches;
}

function contentBreaches(entry: Entry, row: Held): Breach[] {
  const { post, told } = entry;
  const breaches: Breach[] = [];
  if (row.content !== post.content) {
    breaches.push({ kind: 'different', what: `${row.key}: sent ${post.content}, held ${row.content}` });
  }
  if (isDebt(entry) && !isCoalesced(entry) && told.id !== null && told.id !== row.id) {
    breaches.push({ kind: 'different', what: `${row.key}: answered as ${told.id}, held as ${row.id}` });
  }
  return breaches;
}

type Row = Readonly<Record<string, number | string | null>>;

/** Of everything that the ledger may know of and that is held. */
export function heldKeys(db: Connection): Set<string> {
  return new Set([...heldNotifications(db), ...heldCallbackPosts(db)].map(({ key }) => key));
}

/** Of a sample of this dbid and moment there is one: posts of a group never share a moment. */
function heldNotifications(db: Connection): Held[] {
  const [groups, statements, lists] = [rowsBy(db, 'campaign_groups', 'group_no'), statementsOf(db), listsOf(db)];
  return heldSamples(db).map(({ groupNo, atMs, statementNo, statistics, lists: named }) => {
    const group = groups.get(groupNo) ?? {};
    const row = statements.get(statementNo) ?? {};
    const callingLists = named.map(({ listNo, hitRatio, timeToCompleteSeconds }): ListFigures => {
      const list = lists.get(listNo) ?? {};
      return { name: String(list['name']), dbid: String(list['dbid']), hitRatio, timeToCompleteSeconds };
    });
    const dbid = String(group['dbid']);
    const content = campaignContent({
      name: String(row['name']),
      stateCode: Number(row['state_code']),
      dialModeCode: numberIn(row['dial_mode_code']),
      optimizeByCode: numberIn(row['optimize_by_code']),
      optimizeGoal: numberIn(row['optimize_goal']),
      actionCode: numberIn(row['action_code']),
      actorCode: numberIn(row['actor_code']),
      ...statistics,
      lists: callingLists,
    });
    const identity = { source: String(group['source']), dbid, atMs, statistics } as Notification;
    const id = notificationId(identity, String(row['content_digest']), listsContent(callingLists), sha256Digest);
    return { key: campaignKey(dbid, atMs), content, id };
  });
}

const numberIn = (value: number | string | null | undefined): number | null => value as number | null;
const statementsOf = (db: Connection) => rowsBy(db, 'statements', 'statement_no');
const listsOf = (db: Connection) => rowsBy(db, 'calling_lists', 'list_no');

function rowsBy(db: Connection, table: string, key: string): Map<number, Row> {
  return new Map((db.prepare(`SELECT * FROM ${table}`).all() as Row[]).map((row) => [Number(row[key]), row]));
}

type GroupSample = TaggedSample & { readonly groupNo: number };

/** Samples of chunks, and those of the journal that no chunk has; what two chunks have comes twice. */
function heldSamples(db: Connection): GroupSample[] {
  const inChunks = compactedSamples(db);
  const compacted = new Map(inChunks.map((sample) => [nameOf(sample), sample]));
  const journal = new JournalTable(db);
  const inJournal: GroupSample[] = [];
  for (const { entryNo, groupNo } of journal.keysFrom(0)) {
    if (groupNo === 0) continue;
    for (const sample of journal.samples([entryNo])) {
      const row = { ...sample, groupNo };
      // What was moved stays in the journal for a while: there it must be the same.
      if (canonicalJson(compacted.get(nameOf(row)) ?? {}) !== canonicalJson(row)) inJournal.push(row);
    }
  }
  return [...inChunks, ...inJournal];
}

const nameOf = ({ groupNo, atMs, statementNo, tag }: GroupSample) => [groupNo, atMs, statementNo, tag].join(';');

function compactedSamples(db: Connection): GroupSample[] {
  const chunks = db.prepare('SELECT group_no AS groupNo, samples FROM chunks ORDER BY chunk_no').all();
  return (chunks as { groupNo: number; samples: Buffer }[]).flatMap(({ groupNo, samples }) =>
    readBlock(samples).map((sample) => ({ ...sample, groupNo })),
  );
}

/** What quarter hours and the index of chunks say of how much was compacted is what the chunks hold. */
function compareChunks(db: Connection): Breach[] {
  const held = new Map<number, number>();
  for (const { groupNo } of compactedSamples(db)) held.set(groupNo, (held.get(groupNo) ?? 0) + 1);
  const counted = (sql: string) => new Map(db.prepare(sql).raw().all() as [number, number][]);
  const told = {
    'quarter hours': counted('SELECT group_no, sum(count) FROM quarter_hours GROUP BY group_no'),
    chunks: counted('SELECT group_no, sum(count) FROM chunks GROUP BY group_no'),
    'chunks by their hours': counted(`
      SELECT h.group_no, sum(c.count) FROM chunk_hours AS h JOIN chunks AS c ON c.chunk_no = h.chunk_no
      GROUP BY h.group_no`),
  };
  return Object.entries(told).flatMap(([what, counts]) =>
    [...new Set([...held.keys(), ...counts.keys()])]
      .filter((groupNo) => held.get(groupNo) !== counts.get(groupNo))
      .map((groupNo): Breach => {
        const said = `${String(counts.get(groupNo))} notifications, held are ${String(held.get(groupNo))}`;
        return { kind: 'history', what: `group ${String(groupNo)}: ${what} tell of ${said}` };
      }),
  );
}

function heldCallbackPosts(db: Connection): Held[] {
  const events = db.prepare('SELECT * FROM callback_events').all() as Stored[];
  const beside = (table: string) =>
    db
      .prepare(
        `SELECT b.received, c.service_id FROM ${table} AS b JOIN callbacks AS c ON c.callback_no = b.callback_no`,
      )
      .all() as Stored[];
  return [
    ...events.map((row) => heldPost('event', row, (received) => eventContent(received, recordOf(row)))),
    ...beside('callback_attachments').map((row) => heldPost('attached', row, canonicalJson)),
    ...beside('callback_notifications').map((row) => heldPost('status', row, canonicalJson)),
  ];
}

type Keys = Readonly<Record<string, unknown>>;

function heldPost(kind: 'event' | 'attached' | 'status', row: Stored, contentOf: (received: Keys) => string): Held {
  const received = JSON.parse(String(row['received'])) as Keys;
  const name = received[POST_KEY];
  const key = callbackKey(kind, typeof name === 'string' ? name : String(row['received']));
  return { key, content: contentOf(received), id: String(row['service_id']) };
}

/** Entries that the database holds, of one kind, by owner, in the order in which they were sent. */
function heldByOwner(ledger: Ledger, isHeld: (entry: Entry) => boolean): Map<string, Entry[]> {
  const owners = new Map<string, Entry[]>();
  for (const entry of ledger.entries.values()) {
    if (!isHeld(entry)) continue;
    const entries = owners.get(entry.post.owner);
    if (entries === undefined) owners.set(entry.post.owner, [entry]);
    else entries.push(entry);
  }
  return owners;
}

/** A transition stands wherever two neighbours among what is held show another state or mode, and nowhere else. */
function compareHistory(ledger: Ledger, db: Connection): Breach[] {
  const dbids = rowsBy(db, 'campaign_groups', 'group_no');
  const held = new Set(
    heldSamples(db).map(({ groupNo, atMs }) => campaignKey(String(dbids.get(groupNo)?.['dbid']), atMs)),
  );
  const found = new Map<string, Map<number, Step>>();
  const steps = db.prepare(`
    SELECT dbid, at_ms AS atMs, from_state AS fromState, to_state AS toState, inferred, action FROM transitions`);
  for (const { dbid, ...step } of steps.all() as (Step & { dbid: string })[]) {
    const ofGroup = found.get(dbid) ?? new Map<number, Step>();
    found.set(dbid, ofGroup.set(step.atMs, step));
  }
  const breaches: Breach[] = [];
  const groups = heldByOwner(ledger, ({ post }) => post.kind === 'campaign' && held.has(post.key));
  for (const [dbid, entries] of groups) {
    const steps = found.get(dbid) ?? new Map<number, Step>();
    let before: Entry | null = null;
    for (const entry of entries) {
      breaches.push(...stepBreaches(before, entry, steps));
      before = entry;
    }
    for (const atMs of steps.keys()) breaches.push({ kind: 'history', what: `${campaignKey(dbid, atMs)}: made up` });
  }
  return breaches;
}

/** Takes the step that belongs to the entry out of `steps`. */
function stepBreaches(before: Entry | null, { post }: Entry, steps: Map<number, Step>): Breach[] {
  const now = post.bearing;
  if (now === null || !changes(before?.post.bearing ?? null, now)) return [];
  const step = steps.get(now.atMs);
  steps.delete(now.atMs);
  if (step === undefined) return [{ kind: 'history', what: `${post.key}: a transition to ${now.state} is not told` }];
  if (isRight(step, before, now)) return [];
  return [{ kind: 'history', what: `${post.key}: told as ${JSON.stringify(step)}` }];
}

function changes(before: Bearing | null, now: Bearing): boolean {
  if (before === null) return now.state !== 'not_loaded';
  return before.state !== now.state || (now.state === 'running' && before.dialMode !== now.dialMode);
}

/** With nothing lost between, the post's own action explains the change; else only the states are known for sure. */
function isRight(step: Step, before: Entry | null, now: Bearing): boolean {
  const follows = now.previous === (before ? before.post.key : null);
  const unknown = follows ? 'not_loaded' : step.fromState;
  const from = before?.post.bearing ? before.post.bearing.state : unknown;
  if (step.fromState !== from || step.toState !== now.state) return false;
  return !follows || (step.inferred === 0 && step.action === now.action);
}

/** The row of every callback says what its held events say together, and how many there are. */
function compareCallbacks(ledger: Ledger, db: Connection): Breach[] {
  const held = new Set(heldCallbackPosts(db).map(({ key }) => key));
  const owners = heldByOwner(ledger, ({ post }) => post.kind !== 'campaign' && held.has(post.key));
  const breaches: Breach[] = [];
  for (const row of db.prepare('SELECT * FROM callbacks').all() as Stored[]) {
    const serviceId = String(row['service_id']);
    const posts = (owners.get(serviceId) ?? []).map(({ post }) => post);
    const said = posts.reduce<Partial<CallbackRecord>>((sum, { record }) => ({ ...sum, ...record }), { serviceId });
    const counts = ['event', 'attached'].map((kind) => posts.filter((post) => post.kind === kind).length);
    const expected = [eventContent({}, said), ...counts, 'finalRecord' in said ? 1 : 0];
    const merged = [eventContent({}, recordOf(row)), row['events'], row['attachments'], row['is_final']];
    if (canonicalJson(merged) !== canonicalJson(expected)) {
      const what = `callback ${serviceId}: merged as ${canonicalJson(merged)}, events say ${canonicalJson(expected)}`;
      breaches.push({ kind: 'history', what });
    }
    owners.delete(serviceId);
  }
  for (const serviceId of owners.keys()) breaches.push({ kind: 'history', what: `callback ${serviceId}: has no row` });
  return breaches;
}

/** Nothing faulty is ever sent. */
function quarantined(db: Connection): Breach[] {
  const rows = db.prepare('SELECT endpoint, reason, violations FROM quarantine LIMIT 20').all() as Row[];
  return rows.map((row) => ({ kind: 'spurious', what: `in quarantine: ${JSON.stringify(row)}` }));
}

function integrity(db: Connection): Breach[] {
  const found = db.pragma('integrity_check', { simple: true }) as string;
  const foreign = db.pragma('foreign_key_check') as unknown[];
  return [
    ...(found === 'ok' ? [] : [{ kind: 'damaged' as const, what: found }]),
    ...foreign.slice(0, 10).map((row) => ({ kind: 'damaged' as const, what: `foreign key: ${JSON.stringify(row)}` })),
  ];
}
