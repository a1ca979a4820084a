/** Figures of a group's calling lists, as its notifications said them last. */
import type { Evidence } from '../../apply/evidence.js';
import type { NewestFigures } from '../../reports/newest-list-figures.js';
import type { Connection } from '../database.js';

interface StoredList {
  readonly list_no: number;
  readonly name: string;
  readonly dbid: string;
  readonly said_at_ms: number | null;
  readonly said_received_ms: number | null;
  readonly hit_ratio: number | null;
  readonly time_to_complete_seconds: number | null;
}

type Said = Pick<NewestFigures, 'atMs' | 'hitRatio' | 'timeToCompleteSeconds'> & { readonly receivedMs: number };

export class ListReader {
  readonly #evidence: Evidence;
  readonly #lists;

  constructor(db: Connection, evidence: Evidence) {
    this.#evidence = evidence;
    this.#lists = db.prepare(`
      SELECT list_no, name, dbid, said_at_ms, said_received_ms, hit_ratio, time_to_complete_seconds FROM calling_lists
      WHERE group_no = ?`);
  }

  /** What was compacted is kept beside the lists; the journal has what came since, and late ones. */
  newestOf(groupNo: number): NewestFigures[] {
    const inJournal = this.#inJournal(groupNo);
    return (this.#lists.all(groupNo) as StoredList[]).flatMap((list) => {
      const said = laterOf(keptOf(list), inJournal.get(list.list_no) ?? null);
      if (said === null) return [];
      const { atMs, hitRatio, timeToCompleteSeconds } = said;
      const dbid = list.dbid === '' ? null : list.dbid;
      return [{ no: list.list_no, name: list.name, dbid, hitRatio, timeToCompleteSeconds, atMs }];
    });
  }

  #inJournal(groupNo: number): ReadonlyMap<number, Said> {
    const newest = new Map<number, Said>();
    for (const { atMs, receivedMs, lists } of this.#evidence.uncompacted(groupNo)) {
      for (const { listNo, hitRatio, timeToCompleteSeconds } of lists) {
        const said = laterOf(newest.get(listNo) ?? null, { atMs, receivedMs, hitRatio, timeToCompleteSeconds });
        if (said !== null) newest.set(listNo, said);
      }
    }
    return newest;
  }
}

function keptOf(list: StoredList): Said | null {
  const { said_at_ms: atMs, said_received_ms: receivedMs } = list;
  if (atMs === null || receivedMs === null) return null;
  return { atMs, receivedMs, hitRatio: list.hit_ratio, timeToCompleteSeconds: list.time_to_complete_seconds };
}

/** Of two, the one that tells of a later moment; of one moment the one received later. */
function laterOf(said: Said | null, other: Said | null): Said | null {
  if (said === null || other === null) return said ?? other;
  return (other.atMs - said.atMs || other.receivedMs - said.receivedMs) >= 0 ? other : said;
}
