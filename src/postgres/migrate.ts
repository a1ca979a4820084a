import { readdirSync, readFileSync } from 'node:fs';
import { type Dialect, inDialect, POSTGRESQL } from './dialect.js';
import type { Statement } from './statements.js';
import { viewStatements } from './views/views.js';

const FOLDER = new URL('../../migrations/postgres/', import.meta.url);

/** Says in a migration from which schema on a program may go on writing behind it; left out: from this one. */
const COMPATIBLE_FROM = /^-- compatible from: (\d+)$/m;

export interface Migration {
  readonly number: number;
  readonly name: string;
  readonly sql: string;
}

/** In their order; a number means the same schema as in SQLite. */
export function migrations(): readonly Migration[] {
  return readdirSync(FOLDER)
    .sort()
    .map((name) => {
      return { number: Number.parseInt(name, 10), name, sql: readFileSync(new URL(name, FOLDER), 'utf8') };
    });
}

export function newestSchema(all: readonly Migration[] = migrations()): number {
  return Math.max(...all.map(({ number }) => number));
}

/** A schema, and the oldest one whose programs may write to it. */
export interface Schema {
  readonly version: number;
  readonly compatibleFrom: number;
}

/** What a database will have after all migrations; null: it has the newest, or one that is newer still. */
export function schemaAfter(before: Schema | null, all: readonly Migration[] = migrations()): Schema | null {
  const pending = all.filter(({ number }) => number > (before?.version ?? 0));
  if (pending.length === 0) return null;
  const froms = pending.map(({ number, sql }) => Number(COMPATIBLE_FROM.exec(sql)?.[1] ?? number));
  return { version: newestSchema(pending), compatibleFrom: Math.max(before?.compatibleFrom ?? 0, ...froms) };
}

export interface Migrating {
  readonly dialect?: Dialect;
  readonly all?: readonly Migration[];
}

/** Statements that bring a database to the newest schema, in one transaction. `before`: the one it has; null: none. */
export function migrating(
  before: Schema | null,
  { dialect = POSTGRESQL, all = migrations() }: Migrating = {},
): readonly Statement[] {
  const after = schemaAfter(before, all);
  if (after === null) return [];
  const pending = all.filter(({ number }) => number > (before?.version ?? 0));
  const plain = (text: string): Statement => ({ text, values: [] });
  return [
    plain('BEGIN'),
    ...(before === null ? [plain('CREATE TABLE schema_version (version bigint NOT NULL)')] : []),
    ...pending.flatMap(({ sql }) => statementsIn(inDialect(sql, dialect)).map(plain)),
    ...viewStatements().map(plain),
    plain('DELETE FROM schema_version'),
    {
      text: 'INSERT INTO schema_version (version, compatible_from) VALUES ($1, $2)',
      values: [after.version, after.compatibleFrom],
    },
    plain('COMMIT'),
  ];
}

/** Migrations are written so that a semicolon at the end of a line ends a statement. */
function statementsIn(sql: string): readonly string[] {
  return sql
    .split(/;\s*\n/)
    .map((text) => text.replace(/^\s*--.*$/gm, '').trim())
    .filter((text) => text !== '');
}
