/**
 * The journal as one batch has it. Rows of a group have numbers of their own in the store; those that a batch has loaded are
 * numbered anew for it, one after the other, for so the logic of batches knows them. What is in a chunk is in no row.
 */
import type { JournalRows } from '../apply/evidence-rows.js';
import { journalCells, sampleOf as storedSample } from '../apply/stored/journal-row.js';
import type { JournalKey } from '../evidence/journal-index.js';
import type { TaggedSample } from '../evidence/sample.js';
import { partOf, type RowIn } from './row-sets.js';
import type { WorkingSet } from './working-set.js';

type Row = RowIn<'journal'>;

export class JournalTable implements JournalRows {
  readonly #set: WorkingSet;
  /** By their numbers in this batch. */
  #rows = new Map<number, Row>();
  #firstNo = 1;
  #nextNo = 1;
  /** The highest number that a row was given, also one that is taken back. */
  #usedNo = 0;

  constructor(set: WorkingSet) {
    this.#set = set;
  }

  /**
   * Numbers all that is loaded: to be called before a batch is run, with what was loaded for it. No number is given to a second
   * row: whoever remembers one that was taken back would take the other for it.
   */
  begin(): void {
    this.#rows = new Map();
    this.#firstNo = this.#nextNo = Math.max(this.#nextNo, this.#usedNo + 1);
    const rows = this.#set.sets.journal.all().sort((a, b) => a.group_no - b.group_no || a.entry_no - b.entry_no);
    for (const row of rows) this.#rows.set(this.#nextNo++, row);
  }

  bounds(): { readonly firstNo: number; readonly lastNo: number } {
    return { firstNo: this.#firstNo, lastNo: this.#nextNo - 1 };
  }

  *keysFrom(from: number): Generator<JournalKey> {
    for (const [entryNo, row] of this.#rows) {
      if (entryNo < from) continue;
      yield { entryNo, groupNo: row.group_no, atMs: row.at_ms, statementNo: row.statement_no, tag: row.tag };
    }
  }

  insert(entryNo: number, groupNo: number, sample: TaggedSample): void {
    const source = this.#set.sourceOf(groupNo) ?? '';
    const row: Row = {
      source,
      group_no: groupNo,
      entry_no: this.#nextOf(source, groupNo),
      ...journalCells(sample),
    };
    this.#set.sets.journal.put(row);
    this.#place(entryNo, row);
  }

  /** Behind all that its group has, and has had. */
  #nextOf(source: string, groupNo: number): number {
    this.#set.loaded('journal.last', source, groupNo);
    let lastNo = this.#set.sets.groups.get(source, groupNo)?.evidence_no ?? 0;
    for (const row of this.#set.sets.journal.of(partOf.group(groupNo))) lastNo = Math.max(lastNo, row.entry_no);
    return lastNo + 1;
  }

  #place(entryNo: number, row: Row): void {
    const nextNo = this.#nextNo;
    this.#set.log.note(() => {
      this.#rows.delete(entryNo);
      this.#nextNo = nextNo;
    });
    this.#rows.set(entryNo, row);
    this.#nextNo = Math.max(nextNo, entryNo + 1);
    this.#usedNo = Math.max(this.#usedNo, entryNo);
  }

  samples(entryNos: readonly number[]): TaggedSample[] {
    return entryNos.flatMap((entryNo) => {
      const row = this.#rows.get(entryNo);
      return row === undefined ? [] : [sampleOf(row)];
    });
  }

  blank(entryNos: readonly number[]): void {
    for (const entryNo of entryNos) this.#remove(entryNo);
  }

  removeUpTo(entryNo: number): void {
    for (const no of [...this.#rows.keys()]) if (no <= entryNo) this.#remove(no);
  }

  #remove(entryNo: number): void {
    const row = this.#rows.get(entryNo);
    if (row === undefined) return;
    this.#set.log.note(() => this.#rows.set(entryNo, row));
    this.#rows.delete(entryNo);
    this.#set.sets.journal.remove(row);
    const { groups } = this.#set.sets;
    const group = groups.get(row.source, row.group_no);
    if (group !== undefined && group.evidence_no < row.entry_no) groups.put({ ...group, evidence_no: row.entry_no });
  }
}

function sampleOf(row: Row): TaggedSample {
  const { busy_ratio: busy, hit_ratio: hit, overdial_ratio: overdial, time_to_complete_seconds: seconds } = row;
  return storedSample([row.at_ms, row.statement_no, row.tag, row.lag_ms, busy, hit, overdial, seconds, row.lists]);
}
