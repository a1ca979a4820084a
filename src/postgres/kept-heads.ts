/**
 * Heads of groups as this receiver left them, so that a post in order needs no more of its group than its row. Others write to
 * the same groups: a head is right as long as the group's row and the last row of its journal say that nothing was changed.
 */
import { LRUCache } from 'lru-cache';
import type { GroupHead } from '../apply/group-head.js';
import { headClaims, lastClaims } from './neighbours.js';
import type { Claim } from './not-loaded.js';
import { partOf } from './row-sets.js';
import type { WorkingSet } from './working-set.js';

interface Kept {
  readonly head: GroupHead;
  readonly version: string;
}

export class KeptHeads {
  readonly #set: WorkingSet;
  readonly #kept: LRUCache<number, Kept>;
  /** Heads that were given out in this transaction, and how much was done before. */
  readonly #given = new Map<number, number>();
  #isOn = false;

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

  /** Whether a group was there when it was held last. */
  knows(groupNo: number): boolean {
    return this.#isOn && this.#kept.has(groupNo);
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
    const { head, version } = kept;
    const { length } = this.#set.log;
    const isChanged = length > (this.#given.get(groupNo) ?? length);
    if (!isChanged && version === this.#versionOf(head)) {
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
    for (const head of heads) {
      const version = this.#versionOf(head);
      if (version !== null) this.#kept.set(head.groupNo, { head, version });
    }
  }

  /** Null: this transaction does not hold the group. */
  #versionOf({ source, groupNo }: GroupHead): string | null {
    const { groups, journal } = this.#set.sets;
    const row = this.#set.isHeld(groupNo) ? groups.get(source, groupNo) : undefined;
    if (row === undefined) return null;
    const lastNo = journal.of(partOf.group(groupNo)).reduce((no, row) => Math.max(no, row.entry_no), row.evidence_no);
    return `${row.changes};${lastNo}`;
  }
}
