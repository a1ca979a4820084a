/** Where in a database a customer's number may stand: every table of the schema is searched, or stands here with the reason. */
import type { Connection } from '../database.js';
import { prepared } from '../prepared.js';

export interface SearchedTable {
  readonly table: string;
  /** Column by which its rows are taken in order. */
  readonly order: string;
  /** Columns that tell a row from the others. */
  readonly key: readonly string[];
  /** SQL: when a row was received; null: it is searched whenever it was. */
  readonly receivedMs: string | null;
  readonly texts: readonly string[];
  /** Column of bytes. */
  readonly bytes: string | null;
}

type Said = Pick<SearchedTable, 'order'> & Partial<Pick<SearchedTable, 'key' | 'receivedMs' | 'texts' | 'bytes'>>;

/** Rows of a callback, which is cleaned as a whole. */
export const OF_CALLBACKS: readonly string[] = [
  'callback_events',
  'callback_attachments',
  'callback_notifications',
  'callbacks',
];

const SEARCHED: Readonly<Record<string, Said>> = {
  callback_events: { order: 'event_no', receivedMs: 'received_ms' },
  callback_attachments: { order: 'attachment_no', receivedMs: 'received_ms' },
  callback_notifications: { order: 'notification_no', receivedMs: 'received_ms' },
  callbacks: { order: 'callback_no', receivedMs: 'first_received_ms' },
  callback_interactions: {
    order: 'callback_no',
    key: ['interaction_id', 'callback_no', 'role'],
    receivedMs: 'first_received_ms',
  },
  callback_missing_keys: { order: 'day', key: ['day', 'source', 'service', 'key'] },
  callback_resources: { order: 'id' },
  callback_dialings: { order: 'id' },
  callback_dimensions_1: { order: 'id' },
  callback_dimensions_2: { order: 'id' },
  callback_dimensions_3: { order: 'id' },
  legacy_callback_events: { order: 'legacy_no', receivedMs: 'at_ms' },
  quarantine: { order: 'quarantine_no', receivedMs: 'first_received_ms', bytes: 'body' },
  statements: { order: 'statement_no', texts: ['extras'] },
  audit_log: { order: 'audit_no', receivedMs: 'at_ms' },
  holds: { order: 'hold_no', receivedMs: 'made_ms' },
};

const FIGURES = 'figures and times alone';
const OF_A_SITE = 'what a site named';

export const NOT_SEARCHED: Readonly<Record<string, string>> = {
  campaign_groups: OF_A_SITE,
  calling_lists: OF_A_SITE,
  dimension_names: OF_A_SITE,
  source_rhythms: OF_A_SITE,
  vocabulary: OF_A_SITE,
  vendor_states: "the vendor's words",
  callback_dimensions_4: FIGURES,
  journal: FIGURES,
  chunks: FIGURES,
  chunk_hours: FIGURES,
  damaged_chunks: FIGURES,
  standing_samples: FIGURES,
  quarter_hours: FIGURES,
  list_quarter_hours: FIGURES,
  steps: 'states, actions and times of a group',
  transition_changes: 'states, actions and times of a group',
  repeats: FIGURES,
  uptime: FIGURES,
  quarters: FIGURES,
  kept_numbers: FIGURES,
  removals: OF_A_SITE,
  callback_settings: 'the key of the hashes',
  customer_removals: 'hashes of those who were forgotten',
  wiped_pages: 'zeros',
  withdrawn_transitions: 'times of a group',
  change_numbers: 'numbers of changes',
};

/** Digests and hashes are no texts; a source is named by the site, and the state of a callback is the vendor's word. */
const NO_TEXTS: ReadonlySet<string> = new Set([
  ...['digest', 'content_digest', 'final_digest', 'phone_hash', 'ani_hash', 'id', 'applied_id'],
  ...['source', 'origin', 'endpoint', 'reason', 'schema_version', 'state', 'sub_state', 'live_state', 'role', 'day'],
]);

/** Tables of this database that are searched, callbacks first. */
export function searchedTables(db: Connection): SearchedTable[] {
  const columns = prepared(db, 'SELECT name FROM pragma_table_info(?) WHERE type = ?').pluck();
  return Object.entries(SEARCHED).map(([table, said]) => {
    const texts = said.texts ?? (columns.all(table, 'TEXT') as string[]).filter((column) => !NO_TEXTS.has(column));
    return { table, key: [said.order], receivedMs: null, bytes: null, ...said, texts };
  });
}
