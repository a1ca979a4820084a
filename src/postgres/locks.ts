/**
 * What a batch holds to itself until it commits. All is locked before anything else is done, kind by kind in this order and
 * by key within each, so that two receivers never wait for each other in a ring: who needs one more begins anew with all.
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
  /** The same where all of them are there already, and nothing is put. */
  readonly takeKnown?: string;
}

/** Locks rows that are there, and changes none. */
const TOUCH = 'WHERE false';

export const LOCKS = {
  /** A row of `kept_numbers`. */
  number: { set: 'numbers', params: { name: 'text' }, take: 't.name = k.name ORDER BY t.name FOR UPDATE OF t' },
  /** Against being forgotten meanwhile; receivers do not wait for each other. */
  source: {
    set: 'sources',
    params: { source: 'text' },
    put: `INSERT INTO source_lives (source, life) SELECT k.source, 0 FROM k WHERE NOT EXISTS (
        SELECT 1 FROM source_lives AS s WHERE s.source = k.source)
      ON CONFLICT (source) DO NOTHING`,
    take: 't.source = k.source ORDER BY t.source FOR SHARE OF t',
  },
  /** To forget it. */
  'source.whole': {
    set: 'sources',
    params: { source: 'text' },
    take: 't.source = k.source ORDER BY t.source FOR UPDATE OF t',
  },
  group: {
    set: 'groups',
    params: { source: 'text', group_no: 'bigint', dbid: 'text', life: 'bigint' },
    put: `INSERT INTO campaign_groups (source, group_no, id, dbid, life, heard_ms)
      SELECT k.source, k.group_no, '', k.dbid, k.life, 0 FROM k
      ON CONFLICT (source, group_no) DO UPDATE SET heard_ms = excluded.heard_ms ${TOUCH}`,
    blank: { column: 'id', value: '' },
    take: 't.source = k.source AND t.group_no = k.group_no',
    takeKnown: 't.source = k.source AND t.group_no = k.group_no ORDER BY t.source, t.group_no FOR UPDATE OF t',
  },
  'group.no': {
    set: 'groups',
    params: { group_no: 'bigint' },
    take: 't.group_no = k.group_no ORDER BY t.source, t.group_no FOR UPDATE OF t',
  },
  callback: {
    set: 'callbacks',
    params: { source: 'text', callback_no: 'bigint', service_id: 'text', life: 'bigint' },
    put: `INSERT INTO callbacks (source, callback_no, service_id, life, first_received_ms, alive_until_ms)
      SELECT k.source, k.callback_no, k.service_id, k.life, 0, 0 FROM k
      ON CONFLICT (source, callback_no) DO UPDATE SET life = excluded.life ${TOUCH}`,
    blank: { column: 'first_received_ms', value: 0 },
    take: 't.source = k.source AND t.callback_no = k.callback_no',
  },
  'callback.no': {
    set: 'callbacks',
    params: { callback_no: 'bigint' },
    take: 't.callback_no = k.callback_no ORDER BY t.source, t.callback_no FOR UPDATE OF t',
  },
} as const satisfies Readonly<Record<string, LockKind>>;

export type LockName = keyof typeof LOCKS;
