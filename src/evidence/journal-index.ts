/**
 * Where the journal's rows of each group are, in memory: the journal has no index by group, for that would cost what
 * keeping rows by group cost (docs/adr/0010). Some 20 bytes per row, in typed arrays that go round.
 *
 * @bound rows of the journal, by compaction
 * @beyond from twice as many on, compaction takes what it needs of each commit
 * @seen `ocs_monitor_store_upkeep_failures_total`, an alert
 */

/** What tells one row from another, and places it. */
export interface JournalKey {
  readonly entryNo: number;
  readonly groupNo: number;
  readonly atMs: number;
  readonly statementNo: number;
  readonly tag: number;
}

const FIRST_CAPACITY = 1024;
/** A group number that no group has. */
const NOBODY = 0;

/** What numbers of groups and statements are held in: those that are made of contents have 52 bits. */
export type NumberArray = Uint32ArrayConstructor | Float64ArrayConstructor;

export class JournalIndex {
  readonly #numbers: NumberArray;
  #capacity = FIRST_CAPACITY;
  #group: Uint32Array | Float64Array;
  #at = new Float64Array(FIRST_CAPACITY);
  #statement: Uint32Array | Float64Array;
  /** How many rows before it the group's previous one is; 0: it has none that is known. */
  #back = new Uint32Array(FIRST_CAPACITY);
  readonly #newest = new Map<number, number>();
  /** By number, of the few rows that have one. */
  readonly #tags = new Map<number, number>();
  #firstNo = 1;
  #nextNo = 1;

  constructor(numbers: NumberArray = Uint32Array) {
    this.#numbers = numbers;
    this.#group = new numbers(FIRST_CAPACITY);
    this.#statement = new numbers(FIRST_CAPACITY);
  }

  /** The number of the oldest row; that of the next one where there is none. */
  get firstNo(): number {
    return this.#firstNo;
  }

  /** The number that the next row gets. */
  get nextNo(): number {
    return this.#nextNo;
  }

  get size(): number {
    return this.#nextNo - this.#firstNo;
  }

  /** Groups that have rows. */
  get groupCount(): number {
    return this.#newest.size;
  }

  /** Adds a row behind all others. Numbers that are left out count as rows of nobody. */
  add({ entryNo, groupNo, atMs, statementNo, tag }: JournalKey): void {
    if (entryNo < this.#nextNo) throw new Error(`entry ${entryNo} of the journal is not behind the others`);
    if (this.size === 0) this.clear(entryNo);
    while (this.#nextNo < entryNo) this.#put(NOBODY, 0, 0, 0);
    this.#put(groupNo, atMs, statementNo, tag);
  }

  /** The group of a row. */
  groupNo(entryNo: number): number {
    return this.#group[this.#slot(entryNo)] ?? NOBODY;
  }

  atMs(entryNo: number): number {
    return this.#at[this.#slot(entryNo)] ?? NaN;
  }

  statementNo(entryNo: number): number {
    return this.#statement[this.#slot(entryNo)] ?? NaN;
  }

  tag(entryNo: number): number {
    return this.#tags.get(entryNo) ?? 0;
  }

  /** Numbers of a group's rows, newest first, down to `fromNo`. */
  entriesOf(groupNo: number, fromNo = this.firstNo): number[] {
    const entries: number[] = [];
    for (let entryNo = this.#newest.get(groupNo) ?? 0; entryNo >= fromNo && entryNo >= this.#firstNo;) {
      entries.push(entryNo);
      const back = this.#back[this.#slot(entryNo)] ?? 0;
      if (back === 0) break;
      entryNo -= back;
    }
    return entries;
  }

  /** The newest of a group's rows that is asked for. */
  find(
    groupNo: number,
    isIt: (key: { readonly atMs: number; readonly statementNo: number; readonly tag: number }) => boolean,
  ) {
    for (let entryNo = this.newestOf(groupNo); entryNo >= this.#firstNo;) {
      const slot = this.#slot(entryNo);
      const key = {
        atMs: this.#at[slot] ?? NaN,
        statementNo: this.#statement[slot] ?? NaN,
        tag: this.tag(entryNo),
      };
      if (isIt(key)) return entryNo;
      const back = this.#back[slot] ?? 0;
      if (back === 0) return null;
      entryNo -= back;
    }
    return null;
  }

  /** The number of a group's newest row; 0: it has none. */
  newestOf(groupNo: number): number {
    return this.#newest.get(groupNo) ?? 0;
  }

  /** Makes these rows of a group rows of nobody; quickly, where they are its newest. */
  blank(groupNo: number, entryNos: readonly number[]): void {
    for (const entryNo of entryNos) {
      const slot = this.#slot(entryNo);
      const back = this.#back[slot] ?? 0;
      const isFirst = back === 0 || entryNo - back < this.#firstNo;
      this.#group[slot] = NOBODY;
      this.#back[slot] = 0;
      const newestNo = this.newestOf(groupNo);
      if (newestNo !== entryNo) this.#passOver(newestNo, entryNo, isFirst ? 0 : entryNo - back);
      else if (isFirst) this.#newest.delete(groupNo);
      else this.#newest.set(groupNo, entryNo - back);
    }
  }

  /** Has the row that follows one of the same group follow the one before it; `beforeNo` 0: there is none. */
  #passOver(newestNo: number, entryNo: number, beforeNo: number): void {
    for (let laterNo = newestNo; laterNo > entryNo;) {
      const slot = this.#slot(laterNo);
      const back = this.#back[slot] ?? 0;
      if (back === 0) return;
      if (laterNo - back === entryNo) this.#back[slot] = beforeNo === 0 ? 0 : laterNo - beforeNo;
      laterNo -= back;
    }
  }

  /** Forgets the rows up to a number. */
  dropUpTo(entryNo: number): void {
    const endNo = Math.min(entryNo + 1, this.#nextNo);
    for (let no = this.#firstNo; no < endNo; no++) {
      const groupNo = this.groupNo(no);
      if (this.#newest.get(groupNo) === no) this.#newest.delete(groupNo);
      if (this.#tags.size > 0) this.#tags.delete(no);
    }
    this.#firstNo = Math.max(this.#firstNo, endNo);
  }

  /** Takes back the rows from a number on: a transaction was undone. */
  rewindTo(nextNo: number): void {
    while (this.#nextNo > Math.max(nextNo, this.#firstNo)) {
      const entryNo = --this.#nextNo;
      const groupNo = this.groupNo(entryNo);
      this.#tags.delete(entryNo);
      if (this.#newest.get(groupNo) !== entryNo) continue;
      const back = this.#back[this.#slot(entryNo)] ?? 0;
      if (back === 0 || entryNo - back < this.#firstNo) this.#newest.delete(groupNo);
      else this.#newest.set(groupNo, entryNo - back);
    }
  }

  /** Forgets all rows; the next one gets this number. */
  clear(nextNo: number): void {
    this.#newest.clear();
    this.#tags.clear();
    this.#firstNo = this.#nextNo = nextNo;
  }

  #put(groupNo: number, atMs: number, statementNo: number, tag: number): void {
    if (this.size === this.#capacity) this.#grow();
    const entryNo = this.#nextNo++;
    const slot = this.#slot(entryNo);
    this.#group[slot] = groupNo;
    this.#at[slot] = atMs;
    this.#statement[slot] = statementNo;
    if (tag !== 0) this.#tags.set(entryNo, tag);
    const before = groupNo === NOBODY ? undefined : this.#newest.get(groupNo);
    this.#back[slot] = before === undefined ? 0 : entryNo - before;
    if (groupNo !== NOBODY) this.#newest.set(groupNo, entryNo);
  }

  #slot(entryNo: number): number {
    return entryNo % this.#capacity;
  }

  #grow(): void {
    const before = { group: this.#group, at: this.#at, statement: this.#statement, back: this.#back };
    const old = this.#capacity;
    this.#capacity = Math.ceil(1.5 * old);
    this.#group = new this.#numbers(this.#capacity);
    this.#at = new Float64Array(this.#capacity);
    this.#statement = new this.#numbers(this.#capacity);
    this.#back = new Uint32Array(this.#capacity);
    for (let no = this.#firstNo; no < this.#nextNo; no++) {
      const [from, to] = [no % old, no % this.#capacity];
      this.#group[to] = before.group[from] ?? 0;
      this.#at[to] = before.at[from] ?? 0;
      this.#statement[to] = before.statement[from] ?? 0;
      this.#back[to] = before.back[from] ?? 0;
    }
  }
}
