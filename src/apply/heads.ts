/** Heads of groups as they stand: kept in memory, so many at most, and loaded when needed. */
import type { GroupSnapshot } from '../domain/campaign-group.js';
import { campaignGroupId, type Digest } from '../domain/identity.js';
import { isSameEnd, type RunEnd } from '../domain/run-end.js';
import type { JournalIndex } from '../evidence/journal-index.js';
import type { CallingLists } from './calling-lists.js';
import type { Evidence } from './evidence.js';
import { type GroupHead, type Newest, snapshotOf } from './group-head.js';
import { HeadLoader } from './head-loader.js';
import { LastSaid } from './last-said.js';
import { runEndIn } from './run-ends.js';
import { shownGroups } from './shown-groups.js';
import type { Statements } from './statements.js';
import type { CampaignTables, ShownGroups } from './tables.js';

/** Heads from before, in a store whose rows others change, too. */
export interface HeadMemory {
  /** The head of a group as it stands, which belongs to the caller; null: it is to be loaded. */
  recall(groupNo: number): GroupHead | null;
}

export interface HeadsOptions {
  /** Heads kept in memory; beyond it the one loaded first makes room, and is loaded again when needed. */
  readonly maxHeads: number;
  /** Left out: what is in memory is right until somebody drops it. */
  readonly kept?: HeadMemory;
  readonly digest: Digest;
}

/** Heads as they were read before, and the marks by which a later look knows whether they are still right. */
export interface KnownHeads {
  /** Of every group. */
  readonly marks: ReadonlyMap<number, string>;
  /** Keys of the journal as it was then: what is behind them is new. Whoever goes on from it takes it over. */
  readonly journal: JournalIndex;
  readonly journalNo: number;
  /** Of those that are shown. */
  readonly heads: ReadonlyMap<number, GroupHead>;
  /** Loaded groups that are not. */
  readonly leftOut: number;
}

interface Parts {
  readonly evidence: Evidence;
  readonly statements: Statements;
  readonly lists: CallingLists;
}

export class Heads {
  readonly #tables: CampaignTables;
  readonly #evidence: Evidence;
  readonly #options: HeadsOptions;
  readonly #loader: HeadLoader;
  readonly #byKey = new Map<string, GroupHead>();

  constructor(tables: CampaignTables, parts: Parts, options: HeadsOptions) {
    this.#tables = tables;
    this.#evidence = parts.evidence;
    this.#options = options;
    this.#loader = new HeadLoader(tables, parts);
  }

  /** Null: there is no such group. */
  find(source: string, dbid: string): GroupHead | null {
    const kept = this.#byKey.get(keyOf({ source, dbid }));
    if (kept) return kept;
    const group = this.#tables.groups.find(source, dbid);
    if (group === null) return null;
    const head = this.#options.kept?.recall(group.groupNo) ?? this.#loader.load(group);
    this.#keep(head);
    return head;
  }

  findOrCreate(source: string, dbid: string, receivedAtMs: number): GroupHead {
    const found = this.find(source, dbid);
    if (found) return found;
    const id = campaignGroupId(source, dbid, this.#options.digest);
    const groupNo = this.#tables.groups.insert({ id, source, dbid, heardMs: receivedAtMs });
    const head = { groupNo, id, source, dbid, newest: null, said: new LastSaid(), ended: null, heardMs: receivedAtMs };
    this.#keep(head);
    return head;
  }

  /** Of a group whose newest date-time is known. */
  newest(groupNo: number, atMs: number): Newest | null {
    return this.#loader.newest(groupNo, atMs);
  }

  /** How its dialing ended, derived anew. */
  endOf({ groupNo, newest, said }: GroupHead): RunEnd | null {
    return newest && runEndIn({ steps: this.#tables.steps, evidence: this.#evidence }, groupNo, newest, said);
  }

  /** The group of this key as it stands, null when there is none. */
  snapshot(source: string, dbid: string): GroupSnapshot | null {
    const head = this.find(source, dbid);
    return head && snapshotOf(head);
  }

  /** Groups as their evidence shows them now, loaded from the store: these, or all. */
  *load(groupNos: readonly number[] | null = null): Generator<GroupHead> {
    for (const head of this.#loader.loadMany(groupNos)) {
      this.#keep(head);
      yield head;
    }
  }

  /** Every group with its mark, and the heads of those that are shown. For somebody else to go on from: see `loadChanged`. */
  loadMarked(): KnownHeads {
    const marks = this.#tables.heads.marks();
    const journal = this.#evidence.journal();
    const { groupNos, leftOut } = this.shown();
    const heads = new Map<number, GroupHead>();
    for (const head of this.load(groupNos)) heads.set(head.groupNo, head);
    return { marks, journal, journalNo: journal.nextNo - 1, heads, leftOut };
  }

  /** Which groups are shown, of those that are stored. */
  shown(): ShownGroups {
    return shownGroups(this.#tables.heads, this.#evidence, this.#options.maxHeads);
  }

  /**
   * Takes over the heads that were read before and still hold; loads and yields the others. How dialing ended is looked up
   * even where the mark is the same: late evidence of long before the newest tells it too.
   */
  *loadChanged(known: KnownHeads): Generator<GroupHead> {
    const changed: number[] = [];
    const journal = this.#evidence.journal();
    // What came since may have left the journal already.
    const compacted = new Set<number>();
    for (const { groupNo } of this.#tables.chunks.writtenSince(known.journalNo + 1)) compacted.add(groupNo);
    for (const [groupNo, mark] of this.#tables.heads.marks()) {
      const head = known.heads.get(groupNo);
      const isTold = journal.newestOf(groupNo) > known.journalNo || compacted.has(groupNo);
      const isNew = isTold || mark !== known.marks.get(groupNo);
      if (isNew || (head && !isSameEnd(head.ended, this.endOf(head)))) changed.push(groupNo);
    }
    yield* this.loadTouched(known, changed);
  }

  /** The same where it is known which groups may have changed: no other is looked at. */
  *loadTouched({ heads, leftOut }: KnownHeads, groupNos: readonly number[]): Generator<GroupHead> {
    const touched = new Set(groupNos);
    for (const [groupNo, head] of heads) if (!touched.has(groupNo)) this.#keep(head);
    // There is no room for others where loaded groups are left out already.
    yield* this.load(leftOut === 0 ? groupNos : groupNos.filter((groupNo) => heads.has(groupNo)));
  }

  /** Which of these groups are not there any more. */
  gone(groupNos: Iterable<number>): number[] {
    return [...groupNos].filter((groupNo) => this.#tables.groups.byNo(groupNo) === null);
  }

  /** All as they are stored; none is kept. */
  read(): Generator<GroupHead> {
    return this.#loader.loadMany(null);
  }

  /** Those that were asked for since memory was dropped. */
  inUse(): Iterable<GroupHead> {
    return this.#byKey.values();
  }

  /** To be told that groups have lost their names: a post that says one of these begins anew. */
  drop(groupNos: ReadonlySet<number>): void {
    for (const [key, { groupNo }] of this.#byKey) if (groupNos.has(groupNo)) this.#byKey.delete(key);
  }

  /** To be told that evidence of a group went that its head may be made of: it is loaded again. */
  dropOne(group: { readonly source: string; readonly dbid: string }): void {
    this.#byKey.delete(keyOf(group));
  }

  dropMemory(): void {
    this.#byKey.clear();
  }

  #keep(head: GroupHead): void {
    if (this.#byKey.size >= this.#options.maxHeads) {
      const oldest = this.#byKey.keys().next().value;
      if (oldest !== undefined) this.#byKey.delete(oldest);
    }
    this.#byKey.set(keyOf(head), head);
  }
}

const keyOf = ({ source, dbid }: { readonly source: string; readonly dbid: string }) => `${source};${dbid}`;
