/** The tables of SQLite's schema that are searched for a customer, and how their rows are told apart. */
import {
  NOT_SEARCHED as NOT_SEARCHED_ANYWHERE,
  OF_A_SITE,
  SEARCHED,
  searchedTable,
  type SearchedTable,
} from '../../apply/customers/searched-tables.js';
import type { Connection } from '../database.js';
import { prepared } from '../prepared.js';

export interface OrderedTable extends SearchedTable {
  /** Column by which its rows are taken in order. */
  readonly order: string;
  /** Columns that tell a row from the others. */
  readonly key: readonly string[];
}

const ORDERED_BY: Readonly<Record<string, string>> = {
  callback_events: 'event_no',
  callback_attachments: 'attachment_no',
  callback_notifications: 'notification_no',
  callbacks: 'callback_no',
  callback_interactions: 'callback_no',
  callback_missing_keys: 'day',
  legacy_callback_events: 'legacy_no',
  quarantine: 'quarantine_no',
  statements: 'statement_no',
  audit_log: 'audit_no',
  holds: 'hold_no',
};

const KEYS: Readonly<Record<string, readonly string[]>> = {
  callback_interactions: ['interaction_id', 'callback_no', 'role'],
  callback_missing_keys: ['day', 'source', 'service', 'key'],
};

export const NOT_SEARCHED: Readonly<Record<string, string>> = {
  ...NOT_SEARCHED_ANYWHERE,
  vendor_states: "the vendor's words",
  chunk_hours: 'figures and times alone',
  transition_changes: 'states, actions and times of a group',
  quarters: 'figures and times alone',
  removals: OF_A_SITE,
  callback_settings: 'the key of the hashes',
  wiped_pages: 'zeros',
  withdrawn_transitions: 'times of a group',
  change_numbers: 'numbers of changes',
};

/** Tables of this database that are searched, callbacks first. */
export function searchedTables(db: Connection): readonly OrderedTable[] {
  const columns = prepared(db, 'SELECT name FROM pragma_table_info(?) WHERE type = ?').pluck();
  return Object.entries(SEARCHED).map(([table, said]) => {
    const order = ORDERED_BY[table] ?? 'id';
    const columnsOf = () => columns.all(table, 'TEXT') as string[];
    return { ...searchedTable(table, said, columnsOf), order, key: KEYS[table] ?? [order] };
  });
}
