/** The tables of PostgreSQL's schema that are searched for a customer, and how their rows are told apart. */
import type { SearchedRow } from '../../apply/customers/customer-search.js';
import {
  NOT_SEARCHED as NOT_SEARCHED_ANYWHERE,
  OF_A_SITE,
  SEARCHED as SEARCHED_ANYWHERE,
  searchedTable,
  type SearchedTable,
} from '../../apply/customers/searched-tables.js';

export interface Question {
  readonly text: string;
  readonly values: readonly (string | number | null)[];
  /** Of the columns of its rows, in their order. */
  readonly names: readonly string[];
}

export type AskRows = (question: Question) => readonly SearchedRow[];

export interface OrderedTable extends SearchedTable {
  /** Columns by which its rows are taken in order. */
  readonly order: readonly string[];
  /** Columns that tell a row from the others. */
  readonly key: readonly string[];
  /** All columns, in their order. */
  readonly columns: readonly string[];
  readonly types: Readonly<Record<string, string>>;
}

const SEARCHED: typeof SEARCHED_ANYWHERE = {
  ...SEARCHED_ANYWHERE,
  // Names of callbacks, which are their service ids.
  lane_log: { receivedMs: 'recorded_ms', texts: ['changes'] },
};

const OF_A_CALLBACK = ['source', 'callback_no'];
const KEYS: Readonly<Record<string, readonly string[]>> = {
  callback_events: [...OF_A_CALLBACK, 'digest'],
  callback_attachments: [...OF_A_CALLBACK, 'digest'],
  callback_notifications: [...OF_A_CALLBACK, 'digest'],
  callbacks: OF_A_CALLBACK,
  callback_interactions: [...OF_A_CALLBACK, 'interaction_id', 'role'],
  callback_missing_keys: ['source', 'day', 'service', 'key'],
  legacy_callback_events: ['source', 'life', 'digest'],
  quarantine: ['source', 'quarantine_no'],
  statements: ['source', 'group_no', 'statement_no'],
  audit_log: ['audit_no'],
  holds: ['hold_no'],
  lane_log: ['lane', 'seq'],
};

/** Where what is cleaned is part of the key: rows stay in their places. */
const ORDERED_BY: Readonly<Record<string, readonly string[]>> = {
  callback_events: OF_A_CALLBACK,
  callback_attachments: OF_A_CALLBACK,
  callback_notifications: OF_A_CALLBACK,
  callback_interactions: OF_A_CALLBACK,
  callback_missing_keys: ['source', 'day'],
  legacy_callback_events: ['at_ms'],
};

export const NOT_SEARCHED: Readonly<Record<string, string>> = {
  ...NOT_SEARCHED_ANYWHERE,
  source_lives: OF_A_SITE,
  quarantine_tallies: 'figures, by sources and reasons',
  service_settings: 'the key of the hashes',
  leases: 'receivers',
  schema_version: 'a number',
};

/** Of the tables that are searched: as the standard has it. */
export const COLUMNS: Question = {
  text: `SELECT table_name::text AS "table", column_name::text AS "column", data_type::text AS type
    FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = ANY ($1::text[])
    ORDER BY table_name, ordinal_position`,
  values: [`{${Object.keys(SEARCHED).join(',')}}`],
  names: ['table', 'column', 'type'],
};

/** Tables that are searched, callbacks first, as the answer to `COLUMNS` has them. */
export function orderedTables(answer: readonly SearchedRow[]): readonly OrderedTable[] {
  return Object.entries(SEARCHED).map(([table, said]) => {
    const columns = answer.filter((row) => row['table'] === table);
    const names = columns.map((row) => String(row['column']));
    const types = Object.fromEntries(columns.map((row) => [String(row['column']), String(row['type'])]));
    const key = KEYS[table] ?? ['id'];
    const texts = () => names.filter((name) => types[name] === 'text');
    return { ...searchedTable(table, said, texts), columns: names, types, key, order: ORDERED_BY[table] ?? key };
  });
}

export function isEveryTable(tables: readonly OrderedTable[]): boolean {
  return tables.every(({ columns }) => columns.length > 0);
}
