/** The statements of a lane: each takes or gives any number of rows, as one array for each column. */
import type { Kind } from './claim-kinds.js';
import { LOCKS, type LockKind, type LockName } from './locks.js';
import type { Claim } from './not-loaded.js';
import { QUESTIONS } from './questions.js';
import type { SetName } from './row-sets.js';
import type { AnyRow, Written } from './row-set.js';
import { type Shape, typeOf } from './shape.js';
import { arrayOf, type ColumnType, type Value } from './values.js';

/** What is sent; `values` are texts, as PostgreSQL reads them. */
export interface Statement {
  readonly text: string;
  readonly values: readonly (string | number | null)[];
}

const shapeNames = (shapes: Readonly<Record<SetName, { readonly shape: Shape }>>, set: SetName) => shapes[set].shape;

type Shapes = Parameters<typeof shapeNames>[0];

function asked(params: Readonly<Record<string, ColumnType>>, claims: readonly Claim[]) {
  const names = Object.keys(params);
  const arrays = names.map((name, n) => `$${n + 1}::${params[name] ?? 'text'}[]`);
  const values = names.map((name, n) =>
    arrayOf(
      params[name] ?? 'text',
      claims.map((claim) => claim.values[n] ?? null),
    ),
  );
  return { names, arrays, values };
}

/** The rows of claims of one kind: the number of the claim, from 1, then the columns of the table. */
export function loading(
  shapes: Shapes,
  { kind, claims, rowsAtOnce }: { kind: Kind; claims: readonly Claim[]; rowsAtOnce: number },
): Statement {
  const { table, names } = shapeNames(shapes, kind.set);
  const columns = names.map((name) => `t.${name}`).join(', ');
  const { names: params, arrays, values } = asked(kind.params, claims);
  const where = kind.where.replaceAll('$W', String(rowsAtOnce));
  if (params.length === 0) return { text: `SELECT 1::bigint, ${columns} FROM ${table} AS t WHERE ${where}`, values };
  return {
    text: `SELECT k.n, ${columns} FROM unnest(${arrays.join(', ')}) WITH ORDINALITY AS k (${params.join(', ')}, n)
      CROSS JOIN LATERAL (SELECT ${columns} FROM ${table} AS t WHERE ${where}) AS t`,
    values,
  };
}

/** The answer to one question, behind the number of its claim. */
export function asking({ kind, values }: Claim): Statement {
  const text = QUESTIONS[kind.slice('ask '.length) as keyof typeof QUESTIONS];
  return { text, values: values.map((value) => (value instanceof Uint8Array ? null : value)) };
}

/** `isKnown`: all rows are there. */
export function locking(
  shapes: Shapes,
  name: LockName,
  keys: readonly (readonly Value[])[],
  isKnown = false,
): { put: Statement | null; take: Statement } {
  const kind: LockKind = LOCKS[name];
  const { table, names } = shapeNames(shapes, kind.set);
  const {
    names: params,
    arrays,
    values,
  } = asked(
    kind.params,
    keys.map((key) => ({ kind: name, values: key })),
  );
  const given = `unnest(${arrays.join(', ')}) AS k (${params.join(', ')})`;
  const put = isKnown ? undefined : kind.put?.replace('FROM k', `FROM ${given}`);
  const where = isKnown ? (kind.takeKnown ?? kind.take) : kind.take;
  const columns = names.map((column) => `t.${column}`).join(', ');
  return {
    put: put === undefined ? null : { text: put, values },
    take: { text: `SELECT ${columns} FROM ${given}, ${table} AS t WHERE ${where}`, values },
  };
}

/** Removes the rows of these keys. */
export function removing({ table, key, columns }: Shape, rows: readonly AnyRow[]): Statement {
  const arrays = key.map((name, n) => `$${n + 1}::${typeOf(columns[name])}[]`);
  const same = key.map((name) => `t.${name} = k.${name}`).join(' AND ');
  return {
    text: `DELETE FROM ${table} AS t USING unnest(${arrays.join(', ')}) AS k (${key.join(', ')}) WHERE ${same}`,
    values: key.map((name) => columnOf(columns[name], name, rows)),
  };
}

function columnOf(column: Shape['columns'][string] | undefined, name: string, rows: readonly AnyRow[]): string {
  return arrayOf(
    typeOf(column),
    rows.map((row) => row[name] ?? null),
  );
}

/** Puts rows in the place of those with their keys. */
function putting({ table, key, columns, names, insertsOnly }: Shape, rows: readonly AnyRow[]): Statement {
  const arrays = names.map((name, n) => `$${n + 1}::${typeOf(columns[name])}[]`);
  const changed = names.filter((name) => !key.includes(name)).map((name) => `${name} = excluded.${name}`);
  const action = insertsOnly || changed.length === 0 ? 'NOTHING' : `UPDATE SET ${changed.join(', ')}`;
  return {
    text: `INSERT INTO ${table} (${names.join(', ')}) SELECT * FROM unnest(${arrays.join(', ')})
      ON CONFLICT ${insertsOnly ? '' : `(${key.join(', ')})`} DO ${action}`,
    values: names.map((name) => columnOf(columns[name], name, rows)),
  };
}

/** All that a batch has done, table by table. */
export function writing(written: readonly Written[]): Statement[] {
  return written.flatMap(({ shape, removed, put }) => [
    ...(removed.length > 0 ? [removing(shape, removed)] : []),
    ...(put.length > 0 ? [putting(shape, put)] : []),
  ]);
}
