/**
 * Heads of groups as this receiver left them, so that a post in order needs nothing of its group but that nobody changed it.
 * Others write to the same groups: a head is right as long as the group's row and the last row of its journal say so.
 */
import { LRUCache } from 'lru-cache';
import type { GroupHead } from '../apply/group-head.js';
import type { Statement as Said } from '../domain/notification.js';
import { headClaims, lastClaims } from './neighbours.js';
import { type Claim, claimName } from './not-loaded.js';
import { partOf, type RowIn } from './row-sets.js';
import { type Statement, stillKept } from './statements.js';
import type { Value } from './values.js';
import type { WorkingSet } from './working-set.js';

/** Batches for which nothing is taken for right at the most, where it was wrong before: others write to the same groups. */
const MOST_DOUBTS = 64;

/**
 * Calling lists of a group of which the rows are kept with its head.
 * @bound calling lists of a group that a receiver keeps from batch to batch
 * @beyond they are read again with each batch
 */
const LISTS_KEPT = 20;

interface Kept {
  readonly head: GroupHead;
  /** The group's row; its `evidence_no` is that of the last row that its journal has or had. */
  readonly group: RowIn<'groups'>;
  /**
   * Rows of its calling lists, by which these have their numbers; null: they are not kept. What they say of figures, compaction
   * may have changed since: who writes to a group does not look at it.
   */
  readonly lists: readonly (readonly Value[])[] | null;
}

export class KeptHeads {
  readonly #set: WorkingSet;
  readonly #kept: LRUCache<number, Kept>;
  /** Heads that were given out in this transaction, and how much was done before. */
  readonly #given = new Map<number, number>();
  /** Rows of `kept_numbers`, as they were last. */
  #numbers: readonly (readonly Value[])[] = [];
  #isOn = false;
  #doubts = 0;
  #batchesInDoubt = 0;

  /** `max`: how many are kept; beyond it the one used longest ago makes room, and is loaded again when needed. */
  constructor(set: WorkingSet, max: number) {
    this.#set = set;
    this.#kept = new LRUCache({ max });
  }

  /** To be told that a transaction begins, and whether heads are asked for before anything of their groups is changed. */
  begin(isOn: boolean): void {
    this.#isOn = isOn;
    this.#given.clear();
  }

  /**
   * Begins a transaction with what is kept of the groups that it locks. Null: it looks at more than that. Otherwise with what
   * it has to go to the database, where it fails unless all of that is right.
   */
  assume(claims: Iterable<Claim>): readonly Statement[] | null {
    if (this.#batchesInDoubt > 0) {
      this.#batchesInDoubt--;
      return null;
    }
    const named = new Map<string, readonly [Claim, Kept]>();
    for (const claim of claims) {
      const kept = claim.kind === 'lock group' ? this.#keptOf(claim) : undefined;
      if (kept === undefined) return null;
      named.set(claimName(claim), [claim, kept]);
    }
    if (named.size === 0) return null;
    this.#set.clear();
    this.begin(true);
    this.#set.take({ kind: 'numbers', values: [] }, this.#numbers);
    for (const [claim, { group, lists }] of named.values()) {
      this.#set.assume(claim, group);
      if (lists !== null) this.#set.take(listsClaim(group.source, group.group_no), lists);
    }
    return stillKept(
      Array.from(named.values(), ([, { group }]) => group),
      this.#numbers,
      this.#set.perSource,
    );
  }

  /** To be told whether it was. */
  noteRight(isRight: boolean): void {
    this.#doubts = isRight ? 0 : Math.min(MOST_DOUBTS, 2 * this.#doubts + 1);
    this.#batchesInDoubt = this.#doubts;
  }

  #keptOf({ values: [source, dbid] }: Claim): Kept | undefined {
    const kept = this.#kept.get(this.#set.groupNo(String(source), String(dbid)));
    if (kept === undefined || kept.head.newest === null) return undefined;
    return kept.lists !== null || kept.head.newest.callingLists.length === 0 ? kept : undefined;
  }

  /** Whether a group was there when it was held last. */
  knows(groupNo: number): boolean {
    return this.#isOn && this.#kept.has(groupNo);
  }

  /** What a group said last, and when, as far as that is known. */
  newestOf(groupNo: number): { readonly atMs: number; readonly statement: Said } | undefined {
    const newest = this.#kept.get(groupNo)?.head.newest;
    return newest ? { atMs: newest.atMs, statement: newest.statement.statement } : undefined;
  }

  /** To be told that a group is not there any more. */
  forget(groupNo: number): void {
    this.#kept.delete(groupNo);
  }

  /** What has to be loaded of a group that is locked, so that its head is there. */
  claimsOf(source: string, groupNo: number): readonly Claim[] {
    const kept = this.#isOn ? this.#kept.get(groupNo) : undefined;
    if (kept === undefined) return headClaims(source, groupNo);
    const hasLists = (kept.head.newest?.callingLists.length ?? 0) > 0;
    return lastClaims(source, groupNo, hasLists);
  }

  /** A head that belongs to the caller, as it stood before this transaction; null: it is to be loaded. */
  recall(groupNo: number): GroupHead | null {
    const kept = this.#isOn ? this.#kept.get(groupNo) : undefined;
    if (kept === undefined) return null;
    const { head, group } = kept;
    const { length } = this.#set.log;
    const isChanged = length > (this.#given.get(groupNo) ?? length);
    if (!isChanged && isSame(group, this.#heldGroup(head))) {
      this.#given.set(groupNo, length);
      return { ...head, said: head.said.copy() };
    }
    if (!isChanged) this.#kept.delete(groupNo);
    this.#set.need(...headClaims(head.source, groupNo));
    return null;
  }

  /** Keeps heads as a transaction leaves them that is committed. They belong to this from now on. */
  keep(heads: Iterable<GroupHead>): void {
    if (!this.#isOn) return;
    this.#numbers = this.#set.loaded('numbers');
    for (const head of heads) {
      const group = this.#heldGroup(head);
      if (group !== null) this.#kept.set(head.groupNo, { head, group, lists: this.#listsOf(head) });
    }
  }

  /** As the transaction leaves them. */
  #listsOf({ source, groupNo }: GroupHead): Kept['lists'] {
    const before = this.#kept.get(groupNo)?.lists ?? null;
    if (!this.#set.has(listsClaim(source, groupNo))) return before;
    const { lists } = this.#set.sets;
    const rows = lists.of(partOf.group(groupNo));
    if (rows.length > LISTS_KEPT) return null;
    const { names } = lists.shape;
    const noAt = names.indexOf('list_no');
    if (before?.length === rows.length && rows.every((row, n) => before[n]?.[noAt] === row.list_no)) return before;
    return rows.map((row) => names.map((name) => (row as Readonly<Record<string, Value>>)[name] ?? null));
  }

  /** Its row as the transaction leaves it; null where it does not hold the group. */
  #heldGroup({ source, groupNo }: GroupHead): RowIn<'groups'> | null {
    const { groups, journal } = this.#set.sets;
    const row = this.#set.isHeld(groupNo) ? groups.get(source, groupNo) : undefined;
    if (row === undefined) return null;
    const lastNo = journal
      .of(partOf.group(groupNo))
      .reduce((no, { entry_no }) => Math.max(no, entry_no), row.evidence_no);
    return { ...row, evidence_no: lastNo };
  }
}

const listsClaim = (source: string, groupNo: number): Claim => ({ kind: 'lists', values: [source, groupNo] });

function isSame(group: RowIn<'groups'>, other: RowIn<'groups'> | null): boolean {
  return other !== null && group.changes === other.changes && group.evidence_no === other.evidence_no;
}
