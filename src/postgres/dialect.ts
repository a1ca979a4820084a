/**
 * The one seam for engines that speak PostgreSQL's language. What a schema says is written for PostgreSQL, and read by
 * another engine as this says. No other engine is run by the tests: they are argued, statement by statement.
 */

export interface Dialect {
  readonly name: 'PostgreSQL' | 'Citus' | 'YugabyteDB' | 'CockroachDB';
  /** Whether rows of several sources may lie on several machines: a statement that locks rows names those of one source. */
  readonly perSource: boolean;
  /** Has texts ordered bytewise; '' where they are anyhow, and the clause is refused. */
  readonly collate: ' COLLATE "C"' | '';
  /** A table's key by the columns that PostgreSQL has it of. */
  readonly keyOf: (columns: readonly string[]) => string;
}

const ORDERED = (columns: readonly string[]) => `PRIMARY KEY (${columns.join(', ')})`;

/** Rows of a group lie together, in their order, and groups all over the machines. */
function hashed([source, ...columns]: readonly string[]): string {
  if (source !== 'source' || columns.length === 0) return ORDERED([source ?? '', ...columns]);
  const [first = '', ...others] = columns;
  return `PRIMARY KEY ((source, ${first}) HASH${others.map((column) => `, ${column} ASC`).join('')})`;
}

const COLLATE = ' COLLATE "C"';
export const POSTGRESQL: Dialect = { name: 'PostgreSQL', perSource: false, collate: COLLATE, keyOf: ORDERED };
const CITUS: Dialect = { ...POSTGRESQL, name: 'Citus', perSource: true };
const YUGABYTE: Dialect = { ...POSTGRESQL, name: 'YugabyteDB', keyOf: hashed };
const COCKROACH: Dialect = { ...POSTGRESQL, name: 'CockroachDB', collate: '' };

/** By what `version()` answers, and the names of the extensions that are installed. */
export function dialectOf(version: string, extensions: readonly string[]): Dialect {
  if (version.includes('CockroachDB')) return COCKROACH;
  if (/-YB-|Yugabyte/.test(version)) return YUGABYTE;
  return extensions.includes('citus') ? CITUS : POSTGRESQL;
}

const KEY = /PRIMARY KEY \(([^()]+)\)/g;

/** The SQL of a migration as an engine takes it. */
export function inDialect(sql: string, { collate, keyOf }: Dialect): string {
  return sql.replaceAll(COLLATE, collate).replaceAll(KEY, (_, columns: string) => keyOf(columns.split(/,\s*/)));
}
