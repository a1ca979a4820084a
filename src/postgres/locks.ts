/**
 * What a batch holds to itself until it commits, and the one order of it: numbers, sources, groups, callbacks; within each by
 * key; then rows, table by table and by key (`row-sets.ts`). Two receivers that keep to it never wait for each other in a ring.
 *
 * - All is locked before anything else is done: who needs one more begins anew with all.
 * - One statement locks all of a family, in the order of its keys, and in the strongest way that any of them needs: nothing is
 *   locked twice. Where rows of sources lie apart (`dialect.ts`) it is one for each source, in their order, which is the same.
 *   `ORDER BY` stands under `FOR UPDATE`, so rows are locked as they are sorted.
 * - What is not there is put before: by `ON CONFLICT DO NOTHING`, which names no key and waits while it holds nothing but new
 *   rows. An index that it did not look at (`ON CONFLICT (key)` beside another unique one) made it wait with a row half put,
 *   for which the other waited when it wrote to the same key: the ring of `same-groups.test.ts`.
 * - Forgetting a customer holds rows of any table, one by one (`customers/`): it, or whoever meets it, is tried again.
 * - What somebody puts without a lock (names, dimensions) is put last, in its order, and nothing is locked behind it.
 */
import type { SetName } from './row-sets.js';
import type { ColumnType, Value } from './values.js';

export interface LockKind {
  readonly set: SetName;
  /** What is asked for, as columns of `k`. */
  readonly params: Readonly<Record<string, ColumnType>>;
  /** SQL that puts rows where there are none, so that there is something to lock. */
  readonly put?: string;
  /**
   * By which rows are told of which there is nothing but the lock. It stands in the row: a server that refused `BEGIN` has
   * committed what was sent behind it, and one that is put a second time is no longer new.
   */
  readonly blank?: { readonly column: string; readonly value: Value };
  /** SQL that gives the rows: condition, order and lock. */
  readonly take: string;
}

const PUT_SOURCES = `INSERT INTO source_lives (source, life) SELECT k.source, 0 FROM k
  WHERE NOT EXISTS (SELECT 1 FROM source_lives AS s WHERE s.source = k.source)
  ORDER BY k.source ON CONFLICT DO NOTHING`;
const TAKE_GROUPS = 't.source = k.source AND t.group_no = k.group_no ORDER BY t.source, t.group_no FOR UPDATE OF t';
const TAKE_CALLBACKS =
  't.source = k.source AND t.callback_no = k.callback_no ORDER BY t.source, t.callback_no FOR UPDATE OF t';

export const LOCKS = {
  /** A row of `kept_numbers`. */
  number: { set: 'numbers', params: { name: 'text' }, take: 't.name = k.name ORDER BY t.name FOR UPDATE OF t' },
  /** Against being forgotten meanwhile; receivers do not wait for each other. */
  source: {
    set: 'sources',
    params: { source: 'text' },
    put: PUT_SOURCES,
    take: 't.source = k.source ORDER BY t.source FOR SHARE OF t',
  },
  /** To forget it. */
  'source.whole': {
    set: 'sources',
    params: { source: 'text' },
    put: PUT_SOURCES,
    take: 't.source = k.source ORDER BY t.source FOR UPDATE OF t',
  },
  group: {
    set: 'groups',
    params: { source: 'text', group_no: 'bigint', dbid: 'text', life: 'bigint' },
    put: `INSERT INTO campaign_groups (source, group_no, id, dbid, life, heard_ms)
      SELECT k.source, k.group_no, '', k.dbid, k.life, 0 FROM k
      WHERE NOT EXISTS (SELECT 1 FROM campaign_groups AS u WHERE u.source = k.source AND u.group_no = k.group_no)
      ORDER BY k.group_no ON CONFLICT DO NOTHING`,
    blank: { column: 'id', value: '' },
    take: TAKE_GROUPS,
  },
  /** One that is there. */
  'group.no': {
    set: 'groups',
    params: { source: 'text', group_no: 'bigint' },
    take: TAKE_GROUPS,
  },
  callback: {
    set: 'callbacks',
    params: { source: 'text', callback_no: 'bigint', service_id: 'text', life: 'bigint' },
    put: `INSERT INTO callbacks (source, callback_no, service_id, life, first_received_ms, alive_until_ms)
      SELECT k.source, k.callback_no, k.service_id, k.life, 0, 0 FROM k
      WHERE NOT EXISTS (SELECT 1 FROM callbacks AS u WHERE u.source = k.source AND u.callback_no = k.callback_no)
      ORDER BY k.callback_no ON CONFLICT DO NOTHING`,
    blank: { column: 'first_received_ms', value: 0 },
    take: TAKE_CALLBACKS,
  },
  'callback.no': {
    set: 'callbacks',
    params: { source: 'text', callback_no: 'bigint' },
    take: TAKE_CALLBACKS,
  },
} as const satisfies Readonly<Record<string, LockKind>>;

export type LockName = keyof typeof LOCKS;

/** In the order in which they are locked; where a batch needs both of one, all of them are locked as the second. */
export const LOCK_FAMILIES: readonly (readonly LockName[])[] = [
  ['number'],
  ['source', 'source.whole'],
  ['group', 'group.no'],
  ['callback', 'callback.no'],
];
