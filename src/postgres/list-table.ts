import type { ListName, ListRows, NumberedList } from '../apply/evidence-rows.js';
import type { ListSample } from '../evidence/sample.js';
import { listKey } from './keys.js';
import { partOf, type RowIn } from './row-sets.js';
import type { WorkingSet } from './working-set.js';

/** A list for which no DBID is sent has '' in its place: so it is in every store. */
export class ListTable implements ListRows {
  readonly #set: WorkingSet;

  constructor(set: WorkingSet) {
    this.#set = set;
  }

  insert(groupNo: number, { name, dbid }: ListName): number {
    const source = this.#set.sourceOf(groupNo) ?? '';
    const listNo = listKey(this.#set.digest, groupNo, name, dbid ?? '');
    this.#set.sets.lists.put({
      source,
      group_no: groupNo,
      list_no: listNo,
      place: this.#rows(groupNo).length,
      name,
      dbid: dbid ?? '',
      said_at_ms: null,
      said_received_ms: null,
      hit_ratio: null,
      time_to_complete_seconds: null,
    });
    return listNo;
  }

  #rows(groupNo: number): RowIn<'lists'>[] {
    const source = this.#set.sourceOf(groupNo);
    if (source === null) return [];
    this.#set.loaded('lists', source, groupNo);
    return this.#set.sets.lists.of(partOf.group(groupNo)).sort((a, b) => a.place - b.place || a.list_no - b.list_no);
  }

  lists(groupNo: number): NumberedList[] {
    return this.#rows(groupNo).map(({ list_no: listNo, name, dbid }) => {
      return { listNo, name, dbid: dbid === '' ? null : dbid };
    });
  }

  keepNewest(
    { listNo, hitRatio, timeToCompleteSeconds }: ListSample,
    { atMs, receivedMs }: { readonly atMs: number; readonly receivedMs: number },
  ): void {
    const row = listRow(this.#set, listNo);
    if (row === null) return;
    const isOlder = row.said_at_ms !== null && (row.said_at_ms - atMs || (row.said_received_ms ?? 0) - receivedMs) > 0;
    if (isOlder) return;
    this.#set.sets.lists.put({
      ...row,
      said_at_ms: atMs,
      said_received_ms: receivedMs,
      hit_ratio: hitRatio,
      time_to_complete_seconds: timeToCompleteSeconds,
    });
  }
}

/** Null: there is no such list. */
export function listRow(set: WorkingSet, listNo: number): RowIn<'lists'> | null {
  const [known] = set.sets.lists.of(partOf.list(listNo));
  if (known !== undefined) return known;
  set.loaded('list.no', listNo);
  return set.sets.lists.of(partOf.list(listNo))[0] ?? null;
}
