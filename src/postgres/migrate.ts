import { readdirSync, readFileSync } from 'node:fs';
import { type Dialect, inDialect, POSTGRESQL } from './dialect.js';
import type { Statement } from './statements.js';
import { viewStatements } from './views/views.js';

const FOLDER = new URL('../../migrations/postgres/', import.meta.url);

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

export function newestSchema(): number {
  return Math.max(...migrations().map(({ number }) => number));
}

/** Statements that bring a database to the newest schema, in one transaction. `version`: the one it has; null: none. */
export function migrating(version: number | null, dialect: Dialect = POSTGRESQL): readonly Statement[] {
  const pending = migrations().filter(({ number }) => number > (version ?? 0));
  const newest = pending.at(-1)?.number;
  if (newest === undefined) return [];
  const plain = (text: string): Statement => ({ text, values: [] });
  return [
    plain('BEGIN'),
    ...(version === null ? [plain('CREATE TABLE schema_version (version bigint NOT NULL)')] : []),
    ...pending.flatMap(({ sql }) => statementsIn(inDialect(sql, dialect)).map(plain)),
    ...viewStatements().map(plain),
    plain('DELETE FROM schema_version'),
    { text: 'INSERT INTO schema_version VALUES ($1)', values: [newest] },
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
