/** What is held of a group as the notifications it was received as: applied elsewhere, they are the same evidence. */
import { LRUCache } from 'lru-cache';
import type { CallingListFigures, Notification } from '../domain/notification.js';
import type { TimeRange } from '../domain/store.js';
import { type ListSample, placeMs, type TaggedSample } from '../evidence/sample.js';
import type { Evidence } from './evidence.js';
import type { ListRows, StatementRow, StatementRows } from './evidence-rows.js';
import type { GroupRow } from './tables.js';

/** Samples of a page, and those that stand at the same moment as its last. */
const PAGE = 2000;
/**
 * @bound statements that an export keeps in memory
 * @beyond the one used longest ago makes room; read again when needed
 */
const CACHED = 1000;

interface HeldTables {
  readonly statements: Pick<StatementRows, 'byNo'>;
  readonly lists: Pick<ListRows, 'lists'>;
}

type NamedGroup = Pick<GroupRow, 'groupNo' | 'source' | 'dbid'>;

export interface HeldPage {
  readonly notifications: readonly Notification[];
  /** Where the next page begins; null: this is the last. */
  readonly nextMs: number | null;
}

export class HeldNotifications {
  readonly #tables: HeldTables;
  readonly #evidence: Evidence;
  readonly #statements = new LRUCache<number, StatementRow>({ max: CACHED });

  constructor(tables: HeldTables, evidence: Evidence) {
    this.#tables = tables;
    this.#evidence = evidence;
  }

  /** In the order of their places (see `placeMs`); the range is half-open. Within a transaction. */
  page(group: NamedGroup, { fromMs, toMs }: TimeRange): HeldPage {
    const named = this.#tables.lists
      .lists(group.groupNo)
      .map((list, place) => [list.listNo, { ...list, place }] as const);
    const lists = new Map(named);
    const notifications: Notification[] = [];
    let lastMs = -Infinity;
    for (const sample of this.#evidence.inOrder.forwards(group.groupNo, fromMs, toMs)) {
      if (notifications.length >= PAGE && placeMs(sample) > lastMs) return { notifications, nextMs: placeMs(sample) };
      lastMs = placeMs(sample);
      // In the order in which the group named them: their numbers have none in every store.
      const placeOf = ({ listNo }: ListSample) => lists.get(listNo)?.place ?? lists.size;
      const inOrder = [...sample.lists].sort((a, b) => placeOf(a) - placeOf(b));
      const callingLists = inOrder.map(({ listNo, hitRatio, timeToCompleteSeconds }): CallingListFigures => {
        const { name, dbid } = lists.get(listNo) ?? { name: 'Unknown', dbid: null };
        return { name, dbid, hitRatio, timeToCompleteSeconds };
      });
      notifications.push(this.#notification(group, sample, callingLists));
    }
    return { notifications, nextMs: null };
  }

  #notification(
    { source, dbid }: NamedGroup,
    { atMs, receivedMs: receivedAtMs, statistics, statementNo }: TaggedSample,
    callingLists: readonly CallingListFigures[],
  ): Notification {
    const known = this.#statements.get(statementNo) ?? this.#tables.statements.byNo(statementNo);
    this.#statements.set(statementNo, known);
    return { source, dbid, atMs, receivedAtMs, statement: known.statement, statistics, callingLists };
  }
}
