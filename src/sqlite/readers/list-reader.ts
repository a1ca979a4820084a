/** Figures of a group's calling lists, as its notifications said them last. */
import type { Evidence } from '../../apply/evidence.js';
import { newestOf, type StoredList } from '../../apply/stored/list-row.js';
import type { NewestFigures } from '../../reports/newest-list-figures.js';
import type { Connection } from '../database.js';

export class ListReader {
  readonly #evidence: Evidence;
  readonly #lists;

  constructor(db: Connection, evidence: Evidence) {
    this.#evidence = evidence;
    this.#lists = db.prepare(`
      SELECT list_no, name, dbid, said_at_ms, said_received_ms, hit_ratio, time_to_complete_seconds FROM calling_lists
      WHERE group_no = ? ORDER BY list_no`);
  }

  /** What was compacted is kept beside the lists; the journal has what came since, and late ones. */
  newestOf(groupNo: number): NewestFigures[] {
    return newestOf(this.#lists.all(groupNo) as StoredList[], this.#evidence.uncompacted(groupNo));
  }
}
