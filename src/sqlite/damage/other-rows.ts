/**
 * What salvage brings beside notifications, callbacks and bodies, and what it leaves: every table of the schema is brought
 * by it, or stands here with the reason.
 */
import type { CampaignTables, KeptNumber } from '../../apply/tables.js';
import type { Stored } from '../../gms/record-columns.js';
import type { Connection } from '../database.js';

/** What became of a row. */
export type Fate = 'added' | 'held' | 'leftOut';

/** Tables whose rows are brought one by one, or as notifications, callbacks and bodies. */
export const BROUGHT: readonly string[] = [
  ...['chunks', 'journal', 'evidence', 'quarter_hours', 'list_quarter_hours', 'repeats', 'holds', 'source_rhythms'],
  ...['customer_removals'],
  ...['callback_events', 'callback_attachments', 'callback_notifications', 'callback_missing_keys'],
  ...['legacy_callback_events', 'quarantine', 'audit_log', 'uptime', 'kept_numbers'],
];

const WITH_NOTIFICATIONS = 'made of the notifications that name it';
const WITH_CALLBACKS = 'made of the events that name it';

/** Tables that are not copied row by row, and why nothing is lost by it. */
export const NOT_BROUGHT: Readonly<Record<string, string>> = {
  campaign_groups: `${WITH_NOTIFICATIONS}; when a group was heard of is brought`,
  statements: WITH_NOTIFICATIONS,
  calling_lists: WITH_NOTIFICATIONS,
  list_sets: WITH_NOTIFICATIONS,
  list_figures: WITH_NOTIFICATIONS,
  standing_samples: WITH_NOTIFICATIONS,
  steps: 'told again of the notifications',
  chunk_hours: 'says where chunks lie; these are written anew',
  vocabulary: 'the words of the present settings',
  dimension_names: `names in the vendor's dimensions: ${WITH_NOTIFICATIONS}`,
  quarters: "the calendar of the vendor's facts: made with them",
  vendor_states: 'the same in every database',
  transition_changes: 'of the last minutes, for those who follow: they start over',
  withdrawn_transitions: 'for exports since a mark: whole ones begin anew',
  change_numbers: 'numbers of the damaged database: whole exports begin anew',
  removals: 'numbers of the damaged database; what was to go is not brought',
  wiped_pages: 'zeros',
  callbacks: `${WITH_CALLBACKS}; calls that asked for it, and what was said last, are brought`,
  callback_settings: 'the key of the present database',
  callback_interactions: WITH_CALLBACKS,
  callback_resources: WITH_CALLBACKS,
  callback_dialings: WITH_CALLBACKS,
  callback_dimensions_1: WITH_CALLBACKS,
  callback_dimensions_2: WITH_CALLBACKS,
  callback_dimensions_3: WITH_CALLBACKS,
  callback_dimensions_4: WITH_CALLBACKS,
};

/** Of numbers that outlive their rows those that say what has gone; the others count chunks of the damaged database. */
const HORIZONS: readonly KeptNumber[] = ['thinned_ms', 'history_ms'];

interface OtherRows {
  readonly table: string;
  readonly rows: () => Iterable<Stored>;
  readonly keep: (row: Stored) => Fate;
}

interface Into {
  readonly db: Connection;
  readonly tables: Pick<CampaignTables, 'groups' | 'numbers'>;
}

/** In this order, when notifications have been brought. What is held is not made less: a second run adds nothing. */
export function* otherRows(from: Connection, into: Into): Generator<OtherRows> {
  const all = (sql: string) => () => from.prepare(sql).iterate() as Iterable<Stored>;
  const fateOf = ({ changes }: { readonly changes: number }): Fate => (changes > 0 ? 'added' : 'held');
  const repeat = into.db.prepare(`
    INSERT INTO repeats (group_no, from_ms, to_ms) VALUES (?, ?, ?)
    ON CONFLICT DO UPDATE SET to_ms = excluded.to_ms WHERE excluded.to_ms > to_ms`);
  yield {
    table: 'repeats',
    rows: all(`SELECT g.source, g.dbid, r.from_ms, r.to_ms FROM repeats AS r
      LEFT JOIN campaign_groups AS g ON g.group_no = r.group_no`),
    keep: ({ source, dbid, from_ms, to_ms }) => {
      const isLost = typeof source !== 'string' || typeof dbid !== 'string';
      const group = isLost ? null : into.tables.groups.find(source, dbid);
      return group === null ? 'leftOut' : fateOf(repeat.run(group.groupNo, from_ms, to_ms));
    },
  };
  const hold = into.db.prepare(`
    INSERT INTO holds (source, group_id, until_ms, why, made_ms) SELECT @source, @group_id, @until_ms, @why, @made_ms
    WHERE NOT EXISTS (SELECT 1 FROM holds WHERE source IS @source AND group_id IS @group_id AND until_ms = @until_ms
      AND why = @why AND made_ms = @made_ms)`);
  yield { table: 'holds', rows: all('SELECT * FROM holds'), keep: (row) => fateOf(hold.run(row)) };
  // What is brought may say a customer who was forgotten: they go again.
  const forgotten = into.db.prepare(`
    INSERT INTO customer_removals (number_hash, key_fingerprint, digits, asked_ms, counts)
    VALUES (@number_hash, @key_fingerprint, @digits, @asked_ms, '{}')
    ON CONFLICT DO UPDATE SET asked_ms = max(asked_ms, excluded.asked_ms), at_table = NULL, at_row = NULL, counts = '{}',
      done_ms = NULL
    WHERE done_ms IS NOT NULL OR excluded.asked_ms > asked_ms`);
  yield {
    table: 'customer_removals',
    rows: all('SELECT number_hash, key_fingerprint, digits, asked_ms FROM customer_removals'),
    keep: (row) => fateOf(forgotten.run(row)),
  };
  const rhythm = into.db.prepare(`
    INSERT INTO source_rhythms (source, interval_ms, kept_ms) VALUES (@source, @interval_ms, @kept_ms)
    ON CONFLICT DO UPDATE SET interval_ms = excluded.interval_ms, kept_ms = excluded.kept_ms
    WHERE excluded.kept_ms > kept_ms`);
  yield {
    table: 'source_rhythms',
    rows: all('SELECT * FROM source_rhythms'),
    keep: (row) => fateOf(rhythm.run(row)),
  };
  yield {
    table: 'kept_numbers',
    rows: all('SELECT * FROM kept_numbers'),
    keep: ({ name, value }) => {
      const horizon = HORIZONS.find((one) => one === name);
      if (horizon === undefined || Number(value) <= (into.tables.numbers.kept(horizon) ?? -Infinity)) return 'held';
      into.tables.numbers.keep(horizon, Number(value));
      return 'added';
    },
  };
}

/** When groups were heard of, which no notification has: by copies, and by a clock that was ahead and set back. */
export function keepHeard(from: Connection, into: Connection): void {
  const heard = into.prepare('UPDATE campaign_groups SET heard_ms = ? WHERE source = ? AND dbid = ? AND heard_ms < ?');
  const limit = into.prepare(`
    UPDATE campaign_groups SET heard_limit_at_ms = @at, heard_limit_ms = @limit
    WHERE source = @source AND dbid = @dbid AND coalesce(heard_limit_at_ms, @at - 1) < @at`);
  into.transaction(() => {
    for (const row of from.prepare('SELECT * FROM campaign_groups').all() as Stored[]) {
      heard.run(row['heard_ms'], row['source'], row['dbid'], row['heard_ms']);
      // A database of an older version has none.
      const at = row['heard_limit_at_ms'] ?? null;
      if (at !== null) limit.run({ at, limit: row['heard_limit_ms'], source: row['source'], dbid: row['dbid'] });
    }
  })();
}
