/** What PostgreSQL has beside campaign groups, as every store tells it. */
import {
  BODIES_OF_PART,
  type Cells,
  DAY_MS,
  flooredSql,
  HOUR_MS,
  type MovedRow,
  type Unit,
} from '../../apply/migration/moved-row.js';
import { MOVED_NUMBERS, MOVED_SETTINGS, type WHOLE_TABLES } from '../../apply/migration/moved-tables.js';
import { type MovedRun, unionOfRuns } from '../../apply/migration/runs.js';
import {
  ATTACHMENTS,
  CALLBACKS,
  DIMENSION_SHAPES,
  EVENTS,
  INTERACTIONS,
  LEGACY,
  MISSING_KEYS,
  NOTIFICATIONS,
} from '../callback-shapes.js';
import type { Shape } from '../shape.js';
import { BODIES, HOLDS, KEPT_NUMBERS, NAMES } from '../shapes.js';
import type { Wire } from '../wire.js';
import { AUDIT_LOG, REMOVALS, RHYTHMS, SETTINGS, UPTIME, VOCABULARY } from './service-shapes.js';
import { allRows, type Told, toldRows } from './told-rows.js';

type OtherUnit = Exclude<Unit, { readonly kind: 'group' }>;
type Rows = AsyncGenerator<readonly MovedRow[], void>;
type WholeTable = (typeof WHOLE_TABLES)[number];

/** SQL: whether a row is not one that is being forgotten. */
function isKept(alias: string): string {
  return `${alias}.life = coalesce((SELECT l.life FROM source_lives AS l WHERE l.source = ${alias}.source), 0)`;
}

const IN_HOUR = `c.first_received_ms >= $1::bigint AND c.first_received_ms < $2::bigint AND ${isKept('c')}`;
const CHILDREN: readonly (readonly [Shape, order: string])[] = [
  [EVENTS, 't.digest'],
  [ATTACHMENTS, 't.digest'],
  [NOTIFICATIONS, 't.digest'],
  [INTERACTIONS, 't.interaction_id, t.role'],
];
const NAMED = { of_source: 'c.source', of_service_id: 'c.service_id' };

const quoted = (names: readonly string[]) => names.map((name) => `'${name}'`).join(', ');

/** How a table is read as a whole: its shape, what is told of it, and in which order. */
export const WHOLE: Readonly<
  Record<WholeTable, { readonly shape: Shape; readonly order: string; readonly where?: string }>
> = {
  dimension_names: { shape: NAMES, order: 't.dimension, t.dimension_key' },
  ...dimensions(),
  callback_missing_keys: { shape: MISSING_KEYS, order: 't.source, t.day, t.service, t.key' },
  holds: { shape: HOLDS, order: 't.hold_no' },
  customer_removals: { shape: REMOVALS, order: 't.removal_no' },
  settings: { shape: SETTINGS, order: 't.name', where: `t.name IN (${quoted(MOVED_SETTINGS)})` },
  vocabulary: { shape: VOCABULARY, order: 't.place', where: 't.place = 0' },
  source_rhythms: { shape: RHYTHMS, order: 't.source' },
  kept_numbers: { shape: KEPT_NUMBERS, order: 't.name', where: `t.name IN (${quoted(MOVED_NUMBERS)})` },
  audit_log: { shape: AUDIT_LOG, order: 't.audit_no' },
  uptime: { shape: UPTIME, order: 't.started_ms' },
};

type DimensionTables = Extract<WholeTable, `callback_${'resources' | 'dialings' | `dimensions_${string}`}`>;

function dimensions() {
  const shapes = [...DIMENSION_SHAPES.values()].map((shape) => [shape.table, { shape, order: 't.id' }] as const);
  return Object.fromEntries(shapes) as Record<DimensionTables, { shape: Shape; order: string }>;
}

export class OtherUnits {
  readonly #wire: Wire;

  constructor(wire: Wire) {
    this.#wire = wire;
  }

  async units(): Promise<Unit[]> {
    const numbers = async (sql: string) => (await allRows(this.#wire, sql)).map(([number]) => Number(number));
    const distinct = (what: string, table: string) =>
      numbers(`SELECT DISTINCT ${what} FROM ${table} AS t WHERE ${isKept('t')} ORDER BY 1`);
    const groups = await allRows(
      this.#wire,
      'SELECT source, dbid FROM campaign_groups WHERE forgotten = 0 ORDER BY source, dbid',
    );
    const hours = await distinct(flooredSql('t.first_received_ms', HOUR_MS), 'callbacks');
    const parts = await distinct(flooredSql('t.quarantine_no', BODIES_OF_PART), 'quarantine');
    const days = await distinct(flooredSql('t.at_ms', DAY_MS), 'legacy_callback_events');
    return [
      ...groups.map(([source, dbid]) => ({ kind: 'group', source: String(source), dbid: String(dbid) }) as const),
      ...hours.map((hour) => ({ kind: 'callbacks', hour }) as const),
      ...parts.map((part) => ({ kind: 'bodies', part }) as const),
      ...days.map((day) => ({ kind: 'legacy', day }) as const),
    ];
  }

  /** Within a transaction. */
  async *rows(unit: OtherUnit): Rows {
    switch (unit.kind) {
      case 'callbacks':
        return yield* this.#callbacks(unit.hour * HOUR_MS);
      case 'bodies':
        return yield* this.#range(BODIES, 'quarantine_no', unit.part, BODIES_OF_PART);
      case 'legacy':
        return yield* this.#range(LEGACY, 'at_ms', unit.day, DAY_MS);
      case 'table':
        return yield* this.#whole(unit.table as WholeTable);
    }
  }

  async *#callbacks(fromMs: number): Rows {
    const values = [fromMs, fromMs + HOUR_MS];
    const all = `FROM callbacks AS c WHERE ${IN_HOUR} ORDER BY c.source, c.service_id`;
    const names = CALLBACKS.names.filter((name) => !['callback_no', 'life'].includes(name));
    const sql = Object.fromEntries(names.map((name) => [name, `c.${name}`]));
    yield* this.#told('callbacks', { names, from: all, values, sql });
    for (const [{ table, names: columns }, order] of CHILDREN) {
      const own = columns.filter((name) => !['callback_no', 'source'].includes(name));
      const from = `FROM callbacks AS c JOIN ${table} AS t ON t.source = c.source AND t.callback_no = c.callback_no
        WHERE ${IN_HOUR} ORDER BY c.source, c.service_id, ${order}`;
      yield* this.#told(table, { names: [...own, ...Object.keys(NAMED)], from, values, sql: NAMED });
    }
  }

  #range({ table, names }: Shape, column: string, part: number, width: number): Rows {
    const order = column === 'at_ms' ? 't.source, t.digest' : `t.${column}`;
    const from = `FROM ${table} AS t WHERE t.${column} >= $1::bigint AND t.${column} < $2::bigint AND ${isKept('t')}
      ORDER BY ${order}`;
    const told = names.filter((name) => !['life', 'bytes', 'legacy_no'].includes(name));
    return this.#told(table, {
      names: told,
      from,
      values: [part * width, (part + 1) * width],
      isLarge: table === 'quarantine',
    });
  }

  async *#whole(table: WholeTable): Rows {
    const { shape, order, where = 'true' } = WHOLE[table];
    const from = `FROM ${shape.table} AS t WHERE ${where} ORDER BY ${order}`;
    const names = shape.names.filter((name) => !['place', 'receiver', 'run_no'].includes(name));
    if (table !== 'uptime') return yield* this.#told(table, { names, from });
    const runs: MovedRun[] = [];
    for await (const some of toldRows(this.#wire, { names, from })) runs.push(...(some as unknown as MovedRun[]));
    yield unionOfRuns(runs).map((run) => ({ table, values: { ...run } }));
  }

  async *#told(table: string, told: Told): Rows {
    for await (const some of toldRows(this.#wire, told)) yield some.map((values: Cells) => ({ table, values }));
  }
}
