/** Figures of a group's calling lists, as its notifications said them last. */
import type { Evidence } from '../../apply/evidence.js';
import { newestOf, type StoredList } from '../../apply/stored/list-row.js';
import type { NewestFigures } from '../../reports/newest-list-figures.js';
import type { Rows } from '../blocking/blocking-connection.js';
import { type FoundGroup, OF_GROUP } from './found-group.js';
import { named } from './named-sql.js';

/** What was compacted is kept beside the lists; the journal has what came since, and late ones. */
export function newestListFigures(db: Rows, evidence: Evidence, group: FoundGroup): NewestFigures[] {
  return newestOf(db.all<StoredList>(LISTS, group), evidence.uncompacted(group.groupNo));
}

const LISTS = named(`
  SELECT list_no, name, dbid, said_at_ms, said_received_ms, hit_ratio, time_to_complete_seconds FROM calling_lists
  WHERE ${OF_GROUP} ORDER BY place`);
