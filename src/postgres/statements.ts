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
  /**
   * It is sent by most batches, and parsed once a connection. Such a one looks for each row by its key, whatever the server
   * knows of its tables: its plan is made when they may be empty.
   */
  readonly isPrepared?: true;
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

/** Puts rows where there are none, so that they can be locked; null: of these there is nothing to put. */
export function putting(shapes: Shapes, name: LockName, keys: readonly (readonly Value[])[]): Statement | null {
  const { put }: LockKind = LOCKS[name];
  if (put === undefined) return null;
  const { given, values } = givenKeys(shapes, name, keys);
  return { text: put.replace('FROM k', `FROM ${given}`), values };
}

/** Locks rows, and answers them. `ofSource`: all are of this one, and the statement says so. */
export function locking(
  shapes: Shapes,
  name: LockName,
  keys: readonly (readonly Value[])[],
  ofSource: string | null = null,
): Statement {
  const { given, values, table, names } = givenKeys(shapes, name, keys);
  const columns = names.map((column) => `t.${column}`).join(', ');
  const select = `SELECT ${columns} FROM ${given}, ${table} AS t WHERE`;
  if (ofSource === null) return { text: `${select} ${LOCKS[name].take}`, values };
  const text = `${select} t.source = $${values.length + 1}::text AND ${LOCKS[name].take}`;
  return { text, values: [...values, ofSource] };
}

function givenKeys(shapes: Shapes, name: LockName, keys: readonly (readonly Value[])[]) {
  const { set, params }: LockKind = LOCKS[name];
  const claims = keys.map((values) => ({ kind: name, values }));
  const { names: columns, arrays, values } = asked(params, claims);
  const { table, names } = shapeNames(shapes, set);
  return { given: `unnest(${arrays.join(', ')}) AS k (${columns.join(', ')})`, values, table, names };
}

/** By which of `kept_numbers` it is told what is too old. */
const NUMBERS_OF_POSTS = ['history_ms', 'thinned_ms'];

const lockKept = (
  ofSource = '',
) => `SELECT count(t.locked) FROM unnest($1::text[], $2::bigint[]) AS k (source, group_no)
  CROSS JOIN LATERAL (SELECT 1 AS locked FROM campaign_groups AS u
    WHERE ${ofSource}u.source = k.source AND u.group_no = k.group_no FOR UPDATE OF u) AS t`;
const LOCK_KEPT = lockKept();
const LOCK_KEPT_OF_SOURCE = lockKept('u.source = $3::text AND ');
const STILL_KEPT = `SELECT 1 / (CASE WHEN count(*) = $5::bigint AND coalesce((
    SELECT string_agg(n.name || n.value, ',' ORDER BY n.name) FROM kept_numbers AS n
    WHERE n.name IN (${NUMBERS_OF_POSTS.map((name) => `'${name}'`).join(', ')})), '') = $6::text THEN 1 ELSE 0 END)
  FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[]) AS k (source, group_no, changes, last_no)
  CROSS JOIN LATERAL (SELECT u.changes, u.evidence_no, coalesce((SELECT j.entry_no FROM journal AS j
      WHERE j.source = k.source AND j.group_no = k.group_no ORDER BY j.entry_no DESC LIMIT 1), 0) AS last_no
    FROM campaign_groups AS u WHERE u.source = k.source AND u.group_no = k.group_no AND u.forgotten = 0 LIMIT 1) AS t
  WHERE t.changes = k.changes AND greatest(t.evidence_no, t.last_no) = k.last_no`;

/**
 * Locks groups, in their order, and fails (see `isOutdated`) unless they and these numbers are what they were. `perSource`: see
 * `Dialect`.
 */
export function stillKept(
  groups: readonly AnyGroup[],
  numbers: readonly (readonly Value[])[],
  perSource = false,
): readonly Statement[] {
  const inOrder = [...groups].sort((a, b) =>
    a.source === b.source ? a.group_no - b.group_no : a.source < b.source ? -1 : 1,
  );
  const columnsOf = (rows: readonly AnyGroup[]) =>
    (['source', 'group_no', 'changes', 'evidence_no'] as const).map((name) =>
      arrayOf(
        name === 'source' ? 'text' : 'bigint',
        rows.map((group) => group[name]),
      ),
    );
  const columns = columnsOf(inOrder);
  const told = NUMBERS_OF_POSTS.flatMap((name) => numbers.filter(([of]) => of === name).map((row) => row.join('')));
  const locks = perSource
    ? [...bySource(inOrder)].map(([source, rows]): Statement => {
        return { text: LOCK_KEPT_OF_SOURCE, values: [...columnsOf(rows).slice(0, 2), source], isPrepared: true };
      })
    : [{ text: LOCK_KEPT, values: columns.slice(0, 2), isPrepared: true } as const];
  return [...locks, { text: STILL_KEPT, values: [...columns, inOrder.length, told.join(',')], isPrepared: true }];
}

/** Rows by their sources, in the order of these; where rows have none, all of them together. */
function bySource<R extends object>(rows: readonly R[]): ReadonlyMap<string, readonly R[]> {
  const found = new Map<string, R[]>();
  for (const row of rows) {
    const source = String((row as { readonly source?: Value }).source ?? '');
    found.set(source, [...(found.get(source) ?? []), row]);
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

interface AnyGroup {
  readonly source: string;
  readonly group_no: number;
  readonly changes: number;
  readonly evidence_no: number;
}

/** Removes the rows of these keys. */
export function removing(shape: Shape, rows: readonly AnyRow[]): Statement {
  const { given, same, values } = givenRows(shape, rows);
  return { text: `DELETE FROM ${shape.table} AS t USING ${given} WHERE ${same}`, values };
}

/** Source by source. Removed by one statement, rows are locked in whatever order they are found. */
function lockingRows(shape: Shape, rows: readonly AnyRow[]): Statement[] {
  const order = shape.key.map((name) => `t.${name}`).join(', ');
  return Array.from(bySource(rows).values(), (ofSource) => {
    const { given, same, values } = givenRows(shape, ofSource);
    const text = `SELECT 1 FROM ${given}, ${shape.table} AS t WHERE ${same} ORDER BY ${order} FOR UPDATE OF t`;
    return { text, values };
  });
}

function givenRows({ key, columns }: Shape, rows: readonly AnyRow[]) {
  const arrays = key.map((name, n) => `$${n + 1}::${typeOf(columns[name])}[]`);
  return {
    given: `unnest(${arrays.join(', ')}) AS k (${key.join(', ')})`,
    same: key.map((name) => `t.${name} = k.${name}`).join(' AND '),
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
function storing({ table, key, columns, names, insertsOnly }: Shape, rows: readonly AnyRow[]): Statement {
  const arrays = names.map((name, n) => `$${n + 1}::${typeOf(columns[name])}[]`);
  const changed = names.filter((name) => !key.includes(name)).map((name) => `${name} = excluded.${name}`);
  const action = insertsOnly || changed.length === 0 ? 'NOTHING' : `UPDATE SET ${changed.join(', ')}`;
  return {
    text: `INSERT INTO ${table} (${names.join(', ')}) SELECT * FROM unnest(${arrays.join(', ')})
      ON CONFLICT ${insertsOnly ? '' : `(${key.join(', ')})`} DO ${action}`,
    values: names.map((name) => columnOf(columns[name], name, rows)),
    isPrepared: true,
  };
}

/** All that a batch has done, table by table. */
export function writing(written: readonly Written[]): Statement[] {
  return written.flatMap(({ shape, removed, put }) => [
    ...(removed.length > 1 && shape.isOfNobody ? lockingRows(shape, removed) : []),
    ...(removed.length > 0 ? [removing(shape, removed)] : []),
    ...(put.length > 0 ? [storing(shape, put)] : []),
  ]);
}
