/** The table `calling_lists`, as every database has it: what was said last of each list. */
import type { TaggedSample } from '../../evidence/sample.js';
import type { NewestFigures } from '../../reports/newest-list-figures.js';

export interface StoredList {
  readonly list_no: number;
  readonly name: string;
  readonly dbid: string;
  readonly said_at_ms: number | null;
  readonly said_received_ms: number | null;
  readonly hit_ratio: number | null;
  readonly time_to_complete_seconds: number | null;
}

type Said = Pick<NewestFigures, 'atMs' | 'hitRatio' | 'timeToCompleteSeconds'> & { readonly receivedMs: number };

/** Of what was compacted, which is kept beside the lists, and of what was not. `lists`: in the order in which they were named. */
export function newestOf(lists: readonly StoredList[], uncompacted: readonly TaggedSample[]): NewestFigures[] {
  const inJournal = newestIn(uncompacted);
  return lists.flatMap((list, no) => {
    const said = laterOf(keptOf(list), inJournal.get(list.list_no) ?? null);
    if (said === null) return [];
    const { atMs, hitRatio, timeToCompleteSeconds } = said;
    const dbid = list.dbid === '' ? null : list.dbid;
    return [{ no, name: list.name, dbid, hitRatio, timeToCompleteSeconds, atMs }];
  });
}

function newestIn(samples: readonly TaggedSample[]): ReadonlyMap<number, Said> {
  const newest = new Map<number, Said>();
  for (const { atMs, receivedMs, lists } of samples) {
    for (const { listNo, hitRatio, timeToCompleteSeconds } of lists) {
      const said = laterOf(newest.get(listNo) ?? null, { atMs, receivedMs, hitRatio, timeToCompleteSeconds });
      if (said !== null) newest.set(listNo, said);
    }
  }
  return newest;
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
