/** What SQLite has beside campaign groups, as every store tells it. */
import {
  BODIES_OF_PART,
  DAY_MS,
  flooredSql,
  HOUR_MS,
  type MovedRow,
  type Unit,
  without,
} from '../../apply/migration/moved-row.js';
import type { WHOLE_TABLES } from '../../apply/migration/moved-tables.js';
import { MOVED_NUMBERS, MOVED_SETTINGS } from '../../apply/migration/moved-tables.js';
import { type MovedRun, unionOfRuns } from '../../apply/migration/runs.js';
import type { Connection } from '../database.js';
import { FORGOTTEN, isKept } from '../removal-tables.js';

type Row = Readonly<Record<string, unknown>>;
type OtherUnit = Exclude<Unit, { readonly kind: 'group' }>;

const OF_CALLBACK = 'c.source AS of_source, c.service_id AS of_service_id';
const IN_HOUR = `c.first_received_ms >= ? AND c.first_received_ms < ? AND ${isKept('callbacks', 'c')}`;
const CHILDREN = {
  callback_events: { order: 'digest', own: ['event_no', 'callback_no'] },
  callback_attachments: { order: 'digest', own: ['attachment_no', 'callback_no'] },
  callback_notifications: { order: 'digest', own: ['notification_no', 'callback_no'] },
  callback_interactions: { order: 'interaction_id, t.role', own: ['callback_no'] },
} as const;
/** Columns that are no more used, and numbers that this database has given. */
const OWN_OF_CALLBACKS = ['callback_no', 'change_no', 'final_received_ms'];

const quoted = (names: readonly string[]) => names.map((name) => `'${name}'`).join(', ');

/** How a table is read as a whole, where `SELECT *` in the order of its key is not it. */
const WHOLE: Readonly<Record<(typeof WHOLE_TABLES)[number], string>> = {
  dimension_names: 'SELECT * FROM dimension_names ORDER BY dimension, dimension_key',
  callback_resources: 'SELECT * FROM callback_resources ORDER BY id',
  callback_dimensions_1: 'SELECT * FROM callback_dimensions_1 ORDER BY id',
  callback_dimensions_2: 'SELECT * FROM callback_dimensions_2 ORDER BY id',
  callback_dimensions_3: 'SELECT * FROM callback_dimensions_3 ORDER BY id',
  callback_dimensions_4: 'SELECT * FROM callback_dimensions_4 ORDER BY id',
  callback_dialings: 'SELECT * FROM callback_dialings ORDER BY id',
  callback_missing_keys: 'SELECT * FROM callback_missing_keys ORDER BY source, day, service, key',
  holds: 'SELECT * FROM holds ORDER BY hold_no',
  customer_removals: `SELECT removal_no, number_hash, key_fingerprint, digits, asked_ms, counts, done_ms FROM customer_removals
    ORDER BY removal_no`,
  settings: `SELECT name, value FROM callback_settings WHERE name IN (${quoted(MOVED_SETTINGS)}) ORDER BY name`,
  vocabulary: 'SELECT tables FROM vocabulary',
  source_rhythms: 'SELECT * FROM source_rhythms ORDER BY source',
  kept_numbers: `SELECT name, value FROM kept_numbers WHERE name IN (${quoted(MOVED_NUMBERS)}) ORDER BY name`,
  audit_log: 'SELECT * FROM audit_log ORDER BY audit_no',
  uptime: 'SELECT started_ms, alive_ms, ended FROM uptime',
};

export class OtherUnits {
  readonly #db: Connection;
  readonly #sql;

  constructor(db: Connection) {
    this.#db = db;
    this.#sql = prepare(db);
  }

  units(): Unit[] {
    const numbers = (statement: { all(): unknown[] }) => statement.all() as number[];
    return [
      ...numbers(this.#sql.hours).map((hour) => ({ kind: 'callbacks', hour }) as const),
      ...numbers(this.#sql.parts).map((part) => ({ kind: 'bodies', part }) as const),
      ...numbers(this.#sql.days).map((day) => ({ kind: 'legacy', day }) as const),
    ];
  }

  groups(): Unit[] {
    const named = this.#sql.groups.all(FORGOTTEN) as { readonly source: string; readonly dbid: string }[];
    return named.map(({ source, dbid }) => ({ kind: 'group', source, dbid }));
  }

  /** Within a transaction. */
  *rows(unit: OtherUnit): Generator<MovedRow, void> {
    switch (unit.kind) {
      case 'callbacks':
        return yield* this.#callbacks(unit.hour * HOUR_MS);
      case 'bodies':
        return yield* this.#plain('quarantine', this.#sql.bodies, [
          unit.part * BODIES_OF_PART,
          (unit.part + 1) * BODIES_OF_PART,
        ]);
      case 'legacy':
        return yield* this.#plain(
          'legacy_callback_events',
          this.#sql.legacy,
          [unit.day * DAY_MS, (unit.day + 1) * DAY_MS],
          ['legacy_no'],
        );
      case 'table':
        return yield* this.#whole(unit.table as (typeof WHOLE_TABLES)[number]);
    }
  }

  *#plain(
    table: string,
    statement: { iterate(...values: number[]): IterableIterator<unknown> },
    values: readonly number[],
    own: readonly string[] = [],
  ): Generator<MovedRow, void> {
    for (const row of statement.iterate(...values) as Iterable<Row>) yield { table, values: without(row, own) };
  }

  *#callbacks(fromMs: number): Generator<MovedRow, void> {
    const range = [fromMs, fromMs + HOUR_MS];
    yield* this.#plain('callbacks', this.#sql.callbacks, range, OWN_OF_CALLBACKS);
    for (const { table, own, rows } of this.#sql.children) yield* this.#plain(table, rows, range, own);
  }

  *#whole(table: (typeof WHOLE_TABLES)[number]): Generator<MovedRow, void> {
    const rows = this.#db.prepare(WHOLE[table]);
    if (table !== 'uptime') return yield* this.#plain(table, rows, []);
    for (const run of unionOfRuns(rows.all() as MovedRun[])) yield { table, values: { ...run } };
  }
}

function prepare(db: Connection) {
  const hour = flooredSql('c.first_received_ms', HOUR_MS);
  const part = flooredSql('quarantine_no', BODIES_OF_PART);
  const day = flooredSql('at_ms', DAY_MS);
  const children = Object.entries(CHILDREN).map(([table, { order, own }]) => {
    const rows = db.prepare(`
      SELECT t.*, ${OF_CALLBACK} FROM callbacks AS c JOIN ${table} AS t ON t.callback_no = c.callback_no
      WHERE ${IN_HOUR} ORDER BY c.source, c.service_id, t.${order}`);
    return { table, own, rows };
  });
  return {
    groups: db.prepare('SELECT source, dbid FROM campaign_groups WHERE source <> ? ORDER BY source, dbid'),
    hours: db
      .prepare(`SELECT DISTINCT ${hour} FROM callbacks AS c WHERE ${isKept('callbacks', 'c')} ORDER BY 1`)
      .pluck(),
    parts: db.prepare(`SELECT DISTINCT ${part} FROM quarantine WHERE ${isKept('quarantine')} ORDER BY 1`).pluck(),
    days: db
      .prepare(
        `SELECT DISTINCT ${day} FROM legacy_callback_events WHERE ${isKept('legacy_callback_events')} ORDER BY 1`,
      )
      .pluck(),
    callbacks: db.prepare(`SELECT c.* FROM callbacks AS c WHERE ${IN_HOUR} ORDER BY c.source, c.service_id`),
    children,
    bodies: db.prepare(`
      SELECT * FROM quarantine WHERE quarantine_no >= ? AND quarantine_no < ? AND ${isKept('quarantine')}
      ORDER BY quarantine_no`),
    legacy: db.prepare(`
      SELECT * FROM legacy_callback_events WHERE at_ms >= ? AND at_ms < ? AND ${isKept('legacy_callback_events')}
      ORDER BY source, digest`),
  };
}
