import { JournalIndex } from '../evidence/journal-index.js';
import type { WorkingSet } from './working-set.js';

/** Keys of the journal's rows of the groups that are loaded; whoever asks for another group's has to load them first. */
export class LoadedJournal extends JournalIndex {
  readonly #set: WorkingSet;

  constructor(set: WorkingSet) {
    super(Float64Array);
    this.#set = set;
  }

  override entriesOf(groupNo: number, fromNo?: number): number[] {
    this.#need(groupNo);
    return super.entriesOf(groupNo, fromNo);
  }

  override newestOf(groupNo: number): number {
    this.#need(groupNo);
    return super.newestOf(groupNo);
  }

  override find(...asked: Parameters<JournalIndex['find']>): number | null {
    this.#need(asked[0]);
    return super.find(...asked);
  }

  #need(groupNo: number): void {
    const source = this.#set.sourceOf(groupNo);
    if (source !== null) this.#set.loaded('journal', source, groupNo);
  }
}
