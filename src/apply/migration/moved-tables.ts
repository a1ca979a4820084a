/**
 * What becomes of every table of either schema: it is moved row by row, or stands here with the reason. A test holds both
 * schemas against it.
 */

/** In units of a kind of their own. */
export const OF_GROUPS = [
  ...['campaign_groups', 'statements', 'calling_lists', 'steps', 'repeats', 'standing_samples', 'chunks'],
  ...['damaged_chunks', 'journal', 'quarter_hours', 'list_quarter_hours'],
] as const;
export const OF_CALLBACKS = [
  ...['callbacks', 'callback_events', 'callback_attachments', 'callback_notifications', 'callback_interactions'],
] as const;
/** Whole, as one unit each. Names come before what names them. */
export const WHOLE_TABLES = [
  ...['dimension_names', 'callback_resources', 'callback_dimensions_1', 'callback_dimensions_2'],
  ...[
    'callback_dimensions_3',
    'callback_dimensions_4',
    'callback_dialings',
    'callback_missing_keys',
    'holds',
    'customer_removals',
  ],
  ...['settings', 'vocabulary', 'source_rhythms', 'kept_numbers', 'audit_log', 'uptime'],
] as const;

/** Those that a receiver changes by its start and its end: after a migration they are no longer the same on both sides. */
export const CHANGED_BY_STARTS: readonly string[] = [
  'settings',
  'vocabulary',
  'source_rhythms',
  'kept_numbers',
  'audit_log',
  'uptime',
];

export const MOVED: readonly string[] = [
  ...OF_GROUPS,
  ...OF_CALLBACKS,
  ...['quarantine', 'legacy_callback_events'],
  ...WHOLE_TABLES.filter((table) => table !== 'settings'),
  // One of them, as it is named on either side.
  ...['callback_settings', 'service_settings'],
];

const OLDER = 'evidence of an older version: brought into chunks before a store is moved';

/** Tables of which no row is moved, and why nothing is lost by it. */
export const NOT_MOVED: Readonly<Record<string, string>> = {
  evidence: OLDER,
  list_sets: OLDER,
  list_figures: OLDER,
  chunk_hours: 'says where chunks lie: written with them',
  quarters: "the calendar of the vendor's facts: made with transitions",
  vendor_states: 'the same in every database',
  transition_changes: 'of the last minutes, for those who follow: they start over',
  lane_log: 'of the last minutes, for those who follow: they start over',
  withdrawn_transitions: 'for exports since a mark: whole ones begin anew',
  change_numbers: 'for exports since a mark: whole ones begin anew',
  removals: 'what is to go is not moved, so that nothing of it is left',
  source_lives: 'what is to go is not moved, so that every source lives its first life',
  quarantine_tallies: 'counted anew',
  wiped_pages: 'zeros',
  leases: 'of receivers that run',
  schema_version: 'the number of the schema: made with it',
};

/** Numbers that say how far something has come; others are made with what they count. */
export const MOVED_NUMBERS: readonly string[] = [
  ...['thinned', 'thinned_ms', 'history_chunk', 'history_ms', 'held_chunk', 'unthinned_chunk', 'swept_ms'],
];

/** Settings that the hashes of customers' numbers depend on. */
export const MOVED_SETTINGS: readonly string[] = ['number_key', 'number_key_fingerprint'];
