/**
 * What is forgotten is found by nobody from then on: a group by a mark in its row, what a source has by the life that its
 * rows belong to, which is over. Newcomers have another number, or another life. The rows themselves go some at a time.
 */
import type { NotedRemoval, RemovalRows } from '../apply/tables.js';
import type { ForgetCounts, ForgetRequest } from '../domain/store.js';
import { type GroupTable, SHOWN } from './group-table.js';
import { removeBody } from './quarantine-table.js';
import { partOf, type RowIn, type SetName } from './row-sets.js';
import type { RowSet } from './row-set.js';
import type { Columns } from './shape.js';
import type { WorkingSet } from './working-set.js';
import { noteChunkChange } from './chunk-table.js';

/** Callbacks with all that belongs to them, bodies, and legacy events, removed in one transaction. */
const ROWS = 200;
const FORGOTTEN = 1;
/** Only the life of its newcomers is told by it any more. */
const EMPTIED = 2;
/** What a group has, in the order in which it goes. */
const OF_GROUP = [
  ...(['steps', 'chunks', 'repeats', 'standing', 'damaged', 'quarters', 'listQuarters'] as const),
  ...(['lists', 'statements'] as const),
];

export class RemovalTables implements RemovalRows {
  readonly #set: WorkingSet;
  readonly #groups: GroupTable;

  constructor(set: WorkingSet, groups: GroupTable) {
    this.#set = set;
    this.#groups = groups;
  }

  groupNos({ group, source }: ForgetRequest): number[] {
    return this.#groups
      .shown()
      .filter((row) => (group === null || row.id === group) && (source === null || row.source === source))
      .map((row) => row.group_no);
  }

  countGroup(groupNo: number): Partial<ForgetCounts> {
    const [row] = this.#set.asked('count group', this.#set.sourceOf(groupNo), groupNo);
    return { groups: 1, notifications: Number(row?.[0]), transitions: Number(row?.[1]) };
  }

  countSource(source: string): Partial<ForgetCounts> {
    const [row = []] = this.#set.asked('count source', source);
    const [
      callbacks = 0,
      callbackEvents = 0,
      attachedData = 0,
      statusNotifications = 0,
      quarantined = 0,
      legacyEvents = 0,
    ] = row.map(Number);
    return { callbacks, callbackEvents, attachedData, statusNotifications, quarantined, legacyEvents };
  }

  hide(groupNos: readonly number[]): Partial<ForgetCounts> {
    let groups = 0;
    this.#lock(groupNos);
    for (const groupNo of groupNos) {
      if (this.#groups.byNo(groupNo) === null) continue;
      for (const row of this.#set.sets.groups.of(partOf.group(groupNo)))
        this.#set.sets.groups.put({ ...row, forgotten: FORGOTTEN });
      groups++;
    }
    return { groups };
  }

  /** All at once: with each lock that a batch finds missing it begins anew. */
  #lock(groupNos: readonly number[]): void {
    const ofGroup = (groupNo: number) => this.#set.sets.groups.of(partOf.group(groupNo));
    const unknown = groupNos.filter((groupNo) => ofGroup(groupNo).length === 0);
    this.#set.need(...unknown.map((groupNo) => ({ kind: 'group.no', values: [groupNo] })));
    const there = groupNos.flatMap(ofGroup);
    this.#set.need(...there.map((row) => ({ kind: 'lock group.no', values: [row.source, row.group_no] })));
  }

  hidden(): number | null {
    return this.#groups.first(FORGOTTEN)?.group_no ?? null;
  }

  removeHidden(groupNo: number, limit: number): { readonly rows: number; readonly counts: Partial<ForgetCounts> } {
    const counts = { transitions: 0, notifications: 0 };
    let left = limit;
    for (const name of OF_GROUP) {
      const rows = this.#set.some(name, groupNo, left);
      for (const row of rows) {
        const { transition_id: id, count = 0 } = row as Partial<RowIn<'steps'> & RowIn<'chunks'>>;
        if (name === 'steps' && id != null) counts.transitions++;
        if (name === 'chunks') counts.notifications += count;
        (this.#set.sets[name as SetName] as unknown as RowSet<Columns>).remove(row);
      }
      if (name === 'chunks' && rows.length > 0) noteChunkChange(this.#set);
      left -= rows.length;
    }
    if (left > 0) left -= this.#empty(groupNo);
    return { rows: limit - left, counts };
  }

  #empty(groupNo: number): number {
    const rows = this.#set.sets.groups.of(partOf.group(groupNo));
    for (const row of rows) {
      this.#set.sets.groups.put({ ...row, forgotten: EMPTIED });
      // Names stay while a group of their source does.
      const isLast = this.#groups.first(SHOWN, row.source) === null;
      if (isLast) this.#set.loaded('names.source', row.source);
      if (isLast)
        for (const name of this.#set.sets.names.all())
          if (name.source === row.source) this.#set.sets.names.remove(name);
    }
    return rows.length;
  }

  note(source: string): void {
    const life = this.#set.lifeOf(source);
    this.#set.lock('source.whole', source);
    this.#set.loaded('sources');
    const { sources, missingKeys } = this.#set.sets;
    const lastNo = Math.max(0, ...sources.all().map((row) => row.noted_no ?? 0));
    sources.put({ source, life: life + 1, noted_no: sources.get(source)?.noted_no ?? lastNo + 1 });
    // These have no life to tell later ones by.
    this.#set.loaded('missing.source', source);
    for (const row of missingKeys.all()) if (row.source === source) missingKeys.remove(row);
  }

  noted(): NotedRemoval[] {
    this.#set.loaded('sources');
    return this.#set.sets.sources
      .all()
      .flatMap(({ source, life, noted_no: removalNo }) => {
        const upTo = { callbackNo: life, quarantineNo: life, legacyNo: life };
        return removalNo === null ? [] : [{ removalNo, source, ...upTo }];
      })
      .sort((a, b) => a.removalNo - b.removalNo);
  }

  removeCallbacks({ source, callbackNo: life }: NotedRemoval): Partial<ForgetCounts> | null {
    this.#set.loaded('callbacks.forgotten', source, life, ROWS);
    const gone = this.#set.sets.callbacks.all().filter((row) => row.source === source && row.life < life);
    return gone.length === 0 ? null : removeCallbackRows(this.#set, gone);
  }

  removeBodies({ source, quarantineNo: life }: NotedRemoval): Partial<ForgetCounts> {
    const { legacy, bodies, sources } = this.#set.sets;
    this.#set.loaded('legacy.forgotten', source, life, ROWS);
    const events = legacy.all().filter((row) => row.source === source && row.life < life);
    for (const row of events) legacy.remove(row);
    if (events.length >= ROWS) return { legacyEvents: events.length };
    this.#set.loaded('bodies.forgotten', source, life, ROWS);
    const gone = bodies.all().filter((row) => row.source === source && row.life < life);
    for (const row of gone) removeBody(this.#set, row);
    if (gone.length < ROWS) {
      this.#set.lifeOf(source);
      const row = sources.get(source);
      if (row !== undefined) sources.put({ ...row, noted_no: null });
    }
    return { quarantined: gone.length, legacyEvents: events.length };
  }

  /** A newcomer has another life, and takes nobody his name. */
  removeNameless(): null {
    return null;
  }

  aroundHidden<T>(work: () => T): T {
    return work();
  }
}

/** Removes callbacks with all that belongs to them; they are held, so that nobody adds to them meanwhile. */
export function removeCallbackRows(set: WorkingSet, rows: readonly RowIn<'callbacks'>[]) {
  set.need(...rows.map(({ source, callback_no }) => ({ kind: 'lock callback.no', values: [source, callback_no] })));
  const kinds = ['events', 'attachments', 'notifications', 'interactions'] as const;
  set.need(...rows.flatMap((row) => kinds.map((kind) => ({ kind, values: [row.source, row.callback_no] }))));
  const [callbackEvents = 0, attachedData = 0, statusNotifications = 0] = kinds.map((kind) => {
    const ofKind = set.sets[kind] as unknown as RowSet<Columns>;
    const gone = rows.flatMap((row) => ofKind.of(partOf.callback(row.callback_no)));
    for (const row of gone) ofKind.remove(row);
    return gone.length;
  });
  for (const row of rows) set.sets.callbacks.remove(row);
  return { callbacks: rows.length, callbackEvents, attachedData, statusNotifications };
}
