/** Where in a store a customer's number may stand: every table of its schema is searched, or stands here with the reason. */

export interface SearchedTable {
  readonly table: string;
  /** SQL: when a row was received; null: it is searched whenever it was. */
  readonly receivedMs: string | null;
  readonly texts: readonly string[];
  /** Column of bytes. */
  readonly bytes: string | null;
}

type Said = Partial<Pick<SearchedTable, 'receivedMs' | 'texts' | 'bytes'>>;

/** Rows of a callback, which is cleaned as a whole. */
export const OF_CALLBACKS: readonly string[] = [
  'callback_events',
  'callback_attachments',
  'callback_notifications',
  'callbacks',
];

/** Callbacks first. Where the texts are not said, all columns of text are searched. */
export const SEARCHED: Readonly<Record<string, Said>> = {
  callback_events: { receivedMs: 'received_ms' },
  callback_attachments: { receivedMs: 'received_ms' },
  callback_notifications: { receivedMs: 'received_ms' },
  callbacks: { receivedMs: 'first_received_ms' },
  callback_interactions: { receivedMs: 'first_received_ms' },
  callback_missing_keys: {},
  callback_resources: {},
  callback_dialings: {},
  callback_dimensions_1: {},
  callback_dimensions_2: {},
  callback_dimensions_3: {},
  legacy_callback_events: { receivedMs: 'at_ms' },
  quarantine: { receivedMs: 'first_received_ms', bytes: 'body' },
  statements: { texts: ['extras'] },
  audit_log: { receivedMs: 'at_ms' },
  holds: { receivedMs: 'made_ms' },
};

const FIGURES = 'figures and times alone';
export const OF_A_SITE = 'what a site named';

export const NOT_SEARCHED: Readonly<Record<string, string>> = {
  campaign_groups: OF_A_SITE,
  calling_lists: OF_A_SITE,
  dimension_names: OF_A_SITE,
  source_rhythms: OF_A_SITE,
  vocabulary: OF_A_SITE,
  callback_dimensions_4: FIGURES,
  journal: FIGURES,
  chunks: FIGURES,
  damaged_chunks: FIGURES,
  standing_samples: FIGURES,
  quarter_hours: FIGURES,
  list_quarter_hours: FIGURES,
  steps: 'states, actions and times of a group',
  repeats: FIGURES,
  uptime: FIGURES,
  kept_numbers: FIGURES,
  customer_removals: 'hashes of those who were forgotten',
};

/** Digests and hashes are no texts; a source is named by the site, and the state of a callback is the vendor's word. */
const NO_TEXTS: ReadonlySet<string> = new Set([
  ...['digest', 'content_digest', 'final_digest', 'phone_hash', 'ani_hash', 'id', 'applied_id'],
  ...['source', 'origin', 'endpoint', 'reason', 'schema_version', 'state', 'sub_state', 'live_state', 'role', 'day'],
]);

/** `columnsOf`: all columns of text of a table. */
export function searchedTable(
  table: string,
  said: Said,
  columnsOf: (table: string) => readonly string[],
): SearchedTable {
  const texts = said.texts ?? columnsOf(table).filter((column) => !NO_TEXTS.has(column));
  return { table, receivedMs: null, bytes: null, ...said, texts };
}
