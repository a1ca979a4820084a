/**
 * Writes a database as the store would hold it after a given number of posts: running groups, each posting every ten seconds,
 * the last quarter of an hour of them in the journal. What is older is filed by compaction itself, without the journal.
 * Usage: npm run -s bench:generate -- --out FILE [--notifications 100000000] [--groups 1000] [--lists 0] [--walk]
 */
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Notification } from '../src/domain/notification.js';
import { HOUR_MS } from '../src/evidence/quarter-hours.js';
import type { ListSample, TaggedSample } from '../src/evidence/sample.js';
import type { CliIo } from '../src/cli/io.js';
import { workProgress } from '../src/cli/progress.js';
import { numberHasher, randomKey, sha256Digest } from '../src/node/digest.js';
import { ENUMERATIONS } from '../src/ocs/enumerations.js';
import { HeldStore } from '../src/sqlite/held-store.js';
import { Figures } from './generate/figures.js';
import { LOADED, RUNNING, statementOf } from './generate/statements.js';

const INTERVAL_MS = 10_000;
/** Posts of the last while stand in the journal, as they do when a service was killed. */
const IN_JOURNAL_MS = 900_000;
/** Up to 1,000 groups, the journal keeps the posts of twenty minutes. */
const COMPACTED_EVERY_MS = 1_200_000;

const { values } = parseArgs({
  options: {
    out: { type: 'string' },
    notifications: { type: 'string', default: '100000000' },
    groups: { type: 'string', default: '1000' },
    lists: { type: 'string', default: '0' },
    walk: { type: 'boolean', default: false },
  },
});
const { out, walk } = values;
const [notifications, groups, listCount] = [values.notifications, values.groups, values.lists].map(Number) as [
  number,
  number,
  number,
];
if (out === undefined || existsSync(out)) throw new Error('name a file that is not there yet: --out FILE');

const endMs = Date.now();
const spanMs = Math.ceil(notifications / groups) * INTERVAL_MS;
const startMs = Math.floor((endMs - spanMs) / HOUR_MS) * HOUR_MS;
const clock = { nowMs: () => startMs };
const held = new HeldStore({
  path: out,
  maxHeads: groups,
  quarantineLimitBytes: 1,
  enumerations: ENUMERATIONS,
  digest: sha256Digest,
  numberKey: null,
  keys: { random: randomKey, hasher: numberHasher },
  lockWaitMs: 0,
  keepsLedger: false,
  clock,
});
const { campaigns, compaction } = held.store.stores;
const { db } = held.store;
/** A file that is cut off is thrown away. */
db.pragma('synchronous = OFF');
const figures = new Figures(walk, groups, listCount);
const progress = workProgress(terminal(), 'notifications');
let done = 0;

const begun = begin();
inOneTransaction(() => {
  compaction.all(startMs);
});
for (let fromMs = startMs; fromMs < endMs - IN_JOURNAL_MS; fromMs += COMPACTED_EVERY_MS) {
  const toMs = Math.min(fromMs + COMPACTED_EVERY_MS, endMs - IN_JOURNAL_MS);
  inOneTransaction(() => {
    for (const group of begun) compaction.file(group.groupNo, samplesOf(group, fromMs, toMs), toMs);
  });
  done += (groups * (toMs - fromMs)) / INTERVAL_MS;
  progress.show(done, notifications);
}
campaigns.dropMemory();
for (let atMs = endMs - IN_JOURNAL_MS; atMs < endMs; atMs += INTERVAL_MS) {
  inOneTransaction(() => {
    for (let group = 0; group < groups; group++) campaigns.apply(notificationOf(group, atMs, RUNNING));
  });
}
progress.stop();
held.release();

interface Begun {
  readonly group: number;
  readonly groupNo: number;
  readonly statementNo: number;
  readonly listNos: readonly number[];
}

/** Loads and starts every group, a minute before its first periodic post. */
function begin(): Begun[] {
  const begun: Begun[] = [];
  inOneTransaction(() => {
    for (let group = 0; group < groups; group++) {
      campaigns.apply(notificationOf(group, startMs - 120_000, LOADED));
      const { head } = campaigns.apply(notificationOf(group, startMs - 60_000, RUNNING));
      const listNos = held.store.tables.lists.lists(head.groupNo).map(({ listNo }) => listNo);
      begun.push({ group, groupNo: head.groupNo, statementNo: head.newest?.statement.no ?? 0, listNos });
    }
  });
  return begun;
}

function samplesOf({ group, statementNo, listNos }: Begun, fromMs: number, toMs: number): TaggedSample[] {
  const samples: TaggedSample[] = [];
  for (let dueMs = fromMs; dueMs < toMs; dueMs += INTERVAL_MS) {
    const atMs = dueMs + ((group * 7919) % INTERVAL_MS);
    const lists = listNos.map((listNo, list): ListSample => ({ listNo, ...figures.ofList(group, list) }));
    const receivedMs = atMs + Math.floor(Math.random() * 20);
    samples.push({ atMs, receivedMs, statementNo, tag: 0, statistics: figures.of(group), lists });
  }
  return samples;
}

function notificationOf(group: number, dueMs: number, code: typeof LOADED): Notification {
  const atMs = dueMs + ((group * 7919) % INTERVAL_MS);
  const callingLists = Array.from({ length: listCount }, (_, list) => {
    return { name: `List ${list + 1}`, dbid: String(1000 + list), ...figures.ofList(group, list) };
  });
  const { source, dbid, statement } = statementOf(group, code);
  return { source, dbid, atMs, receivedAtMs: atMs + 5, statement, statistics: figures.of(group), callingLists };
}

function terminal(): CliIo {
  const write = (text: string) => void process.stderr.write(text);
  const isTerminal = process.stderr.isTTY;
  return { out: write, err: write, isTerminal, clock, signal: new AbortController().signal };
}

function inOneTransaction(work: () => void): void {
  db.transaction(work)();
  db.pragma('wal_checkpoint(PASSIVE)');
}
