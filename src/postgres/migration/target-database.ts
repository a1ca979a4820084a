/** A database of PostgreSQL that is being filled by a migration; no receiver starts on it until that has ended. */
import type { Mark } from '../../apply/migration/mark.js';
import { type MovedRow, type Unit, unitName } from '../../apply/migration/moved-row.js';
import type { MarkOf, MoveTarget } from '../../apply/migration/stores.js';
import type { AuditEntry } from '../../domain/audit.js';
import { MonitorError } from '../../domain/errors.js';
import type { Digest } from '../../domain/identity.js';
import type { AnyRow } from '../row-set.js';
import type { Shape } from '../shape.js';
import { MARKS } from '../schema.js';
import { type Statement, writing } from '../statements.js';
import { kept } from '../values.js';
import type { Wire } from '../wire.js';
import { GroupWriting, type Written } from './group-writing.js';
import { writersOf } from './look-at-source.js';
import { bringToSchema, markRows, mustNotBeNewer, schemaOf } from './marked-schema.js';
import { MovedDatabase } from './moved-database.js';
import { OtherWriting } from './other-writing.js';
import { removingNamed, removingUnit } from './removing.js';
import { allRows, plain } from './told-rows.js';

/** Tables with something in them that was received. */
const RECEIVED = [
  ...['campaign_groups', 'callbacks', 'quarantine', 'legacy_callback_events', 'callback_missing_keys'],
  ...['source_lives', 'holds'],
];

export class TargetDatabase extends MovedDatabase implements MoveTarget {
  readonly #wire: Wire;
  readonly #digest: Digest;

  private constructor(wire: Wire, shown: string, digest: Digest) {
    super(wire, shown);
    this.#wire = wire;
    this.#digest = digest;
  }

  /**
   * Brings it to the schema and marks it as being filled. `from` tells one migration from another. Throws OCM_UNAVAILABLE
   * when it holds something else, OCM_NEWER_SCHEMA.
   */
  static async open(wire: Wire, { shown, from, digest }: { shown: string; from: string; digest: Digest }) {
    const marks = await markRows(wire);
    if (marks === null) {
      await bringToSchema(wire, shown);
      await mustBeEmpty(wire, shown);
      const receivers = await writersOf(wire);
      if (receivers.length > 0) {
        const message = `${receivers.join(', ')} runs on ${shown}: stop it, and start it again when the migration was begun; it waits then until that has finished`;
        throw new MonitorError('OCM_UNAVAILABLE', message);
      }
      await wire.exchange([
        plain('BEGIN'),
        plain(`CREATE TABLE ${MARKS} (unit text COLLATE "C" NOT NULL PRIMARY KEY, mark text NOT NULL)`),
        { text: `INSERT INTO ${MARKS} VALUES ('', $1)`, values: [from] },
        plain('COMMIT'),
      ]);
    } else if (marks.get('') !== from) {
      const begun = marks.get('') ?? '';
      const message = `${shown} holds what a migration from ${begun} has moved so far: go on with --from ${begun}, or make the database anew`;
      throw new MonitorError('OCM_UNAVAILABLE', message);
    }
    return new TargetDatabase(wire, shown, digest);
  }

  /** Looks whether it can be filled, and changes nothing. Throws OCM_UNAVAILABLE, OCM_NEWER_SCHEMA. */
  static async mustTake(wire: Wire, shown: string): Promise<void> {
    const schema = await schemaOf(wire);
    mustNotBeNewer(schema, shown);
    if (schema !== null && (await markRows(wire)) === null) await mustBeEmpty(wire, shown);
  }

  async marks(): Promise<Map<string, Mark>> {
    const rows = [...((await markRows(this.#wire)) ?? [])].filter(([unit]) => unit !== '');
    return new Map(rows.map(([unit, mark]) => [unit, JSON.parse(mark) as Mark]));
  }

  async replace(
    unit: Unit,
    rows: AsyncIterable<readonly MovedRow[]>,
    { markOf, isNew }: { readonly markOf: MarkOf; readonly isNew: boolean },
  ): Promise<void> {
    const writer = unit.kind === 'group' ? new GroupWriting(this.#digest) : new OtherWriting(this.#digest);
    await this.#wire.exchange([plain('BEGIN')]);
    try {
      if (!isNew || unit.kind === 'table') await this.#wire.exchange(removingUnit(unit, this.#digest));
      for await (const some of rows) {
        if (some.length === 0) continue;
        const written = some.map((row) => writer.written(row));
        await this.#wire.exchange([...(isNew ? [] : removingNamed(written)), ...puttingAll(written)]);
      }
      await this.#wire.exchange(marking(unit, markOf()));
    } catch (error) {
      if (!this.#wire.isLost) await this.#wire.exchange([plain('ROLLBACK')]);
      throw error;
    }
  }

  /** Ends the migration: receivers may start. */
  async finish({ atMs, action, actor, address, detail, result }: AuditEntry): Promise<void> {
    const entry = [atMs, action, actor, address, JSON.stringify(detail), result];
    await this.#wire.exchange([
      plain('BEGIN'),
      plain('DELETE FROM quarantine_tallies'),
      plain(`INSERT INTO quarantine_tallies (source, life, reason, replayed, rows, bytes)
        SELECT source, life, reason, CASE WHEN replayed_ms IS NULL THEN 0 ELSE 1 END, count(*), sum(bytes)::bigint
        FROM quarantine GROUP BY 1, 2, 3, 4`),
      numberOf(
        'chunk',
        `SELECT max(no) FROM (
        SELECT max(chunk_no) AS no FROM chunks UNION ALL SELECT max(chunk_no) FROM damaged_chunks
        UNION ALL SELECT max(value) FROM kept_numbers WHERE name IN ('thinned', 'history_chunk')) AS n`,
      ),
      numberOf('quarantine', 'SELECT max(quarantine_no) FROM quarantine'),
      numberOf('audit', 'SELECT max(audit_no) + 1 FROM audit_log', 1),
      numberOf('chunk_changes', 'SELECT 0'),
      numberOf('customer_removals', 'SELECT max(removal_no) FROM customer_removals'),
      {
        text: `INSERT INTO audit_log (audit_no, at_ms, action, actor, address, detail, result)
          SELECT value, $1::bigint, $2, $3, $4, $5, $6 FROM kept_numbers WHERE name = 'audit'`,
        values: entry,
      },
      plain(`DROP TABLE ${MARKS}`),
      plain('COMMIT'),
    ]);
    // So that the first questions are planned for what is there.
    await this.#wire.exchange([plain('ANALYZE')]);
  }
}

async function mustBeEmpty(wire: Wire, shown: string): Promise<void> {
  for (const table of RECEIVED) {
    const [found] = await allRows(wire, `SELECT 1 FROM ${table} LIMIT 1`);
    if (found === undefined) continue;
    const message = `${shown} is in use (there are rows in ${table}), and nothing is moved into a database that holds something: name an empty one`;
    throw new MonitorError('OCM_UNAVAILABLE', message);
  }
}

/** All rows of a table at once, tables in the order in which they are told. */
function puttingAll(written: readonly Written[]): Statement[] {
  const rows = new Map<Shape, AnyRow[]>();
  for (const { shape, row } of written) {
    const cells = Object.fromEntries(Object.entries(row).map(([name, value]) => [name, kept(value)]));
    const ofShape = rows.get(shape);
    if (ofShape === undefined) rows.set(shape, [cells]);
    else ofShape.push(cells);
  }
  return writing([...rows].map(([shape, put]) => ({ shape, removed: [], put })));
}

function marking(unit: Unit, mark: Mark | null): Statement[] {
  const name = unitName(unit);
  return [
    { text: `DELETE FROM ${MARKS} WHERE unit = $1`, values: [name] },
    ...(mark === null ? [] : [{ text: `INSERT INTO ${MARKS} VALUES ($1, $2)`, values: [name, JSON.stringify(mark)] }]),
    plain('COMMIT'),
  ];
}

function numberOf(name: string, sql: string, least = 0): Statement {
  return {
    text: `INSERT INTO kept_numbers (name, value) SELECT $1, coalesce((${sql}), $2::bigint)
      ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
    values: [name, least],
  };
}
