/**
 * What no statement for PostgreSQL may have, so that engines that speak its language can take its place: none of these is
 * what all of them do alike. Read by PostgreSQL's own parser.
 */
import { loadModule, parseSync } from 'libpg-query';

await loadModule();

type Node = Readonly<Record<string, unknown>>;

interface Rule {
  readonly why: string;
  /** Of a node under its name in the parse tree. */
  readonly breaks: (name: string, node: Node) => boolean;
}

const isOneOf =
  (...names: readonly string[]) =>
  (name: string) =>
    names.includes(name);

/** The last part of a name that may have a schema before it. */
function lastName(parts: unknown): string {
  const last = (Array.isArray(parts) ? (parts as Node[]).at(-1) : undefined)?.['String'] as Node | undefined;
  const name = last?.['sval'];
  return typeof name === 'string' ? name : '';
}

const calls = (what: RegExp) => (name: string, node: Node) =>
  name === 'FuncCall' && what.test(lastName(node['funcname']));
const isInteger = (node: unknown) =>
  (node as { A_Const?: { ival?: unknown } } | undefined)?.A_Const?.ival !== undefined;

const RULES: readonly Rule[] = [
  { why: 'a sequence', breaks: isOneOf('CreateSeqStmt', 'AlterSeqStmt') },
  { why: 'a sequence', breaks: calls(/^(next|curr|last|set)val$/) },
  { why: 'a sequence', breaks: (name, node) => name === 'Constraint' && node['contype'] === 'CONSTR_IDENTITY' },
  { why: 'a sequence', breaks: (name, node) => name === 'typeName' && lastName(node['names']).includes('serial') },
  { why: 'a trigger', breaks: isOneOf('CreateTrigStmt', 'CreateEventTrigStmt', 'RuleStmt') },
  { why: 'an advisory lock', breaks: calls(/^pg_(try_)?advisory/) },
  { why: 'LISTEN or NOTIFY', breaks: isOneOf('ListenStmt', 'NotifyStmt', 'UnlistenStmt') },
  { why: 'LISTEN or NOTIFY', breaks: calls(/^pg_notify$/) },
  {
    why: 'a temporary or unlogged table',
    breaks: (_, { relpersistence }) => relpersistence === 't' || relpersistence === 'u',
  },
  {
    why: 'a CTE that writes',
    breaks: (name, { ctequery }) => name === 'CommonTableExpr' && (ctequery as Node)['SelectStmt'] === undefined,
  },
  { why: 'jsonb', breaks: (name, node) => /^typeName$/i.test(name) && lastName(node['names']) === 'jsonb' },
  { why: 'jsonb', breaks: calls(/jsonb/) },
  { why: 'a domain', breaks: isOneOf('CreateDomainStmt') },
  { why: 'a foreign key', breaks: (name, node) => name === 'Constraint' && node['contype'] === 'CONSTR_FOREIGN' },
  {
    why: 'a savepoint',
    breaks: (name, node) => name === 'TransactionStmt' && String(node['kind']).includes('SAVEPOINT'),
  },
  // CockroachDB makes a decimal of it.
  {
    why: 'whole numbers divided: say `trunc(a / 1000.0)`',
    breaks: (name, node) => name === 'A_Expr' && lastName(node['name']) === '/' && isInteger(node['rexpr']),
  },
  { why: 'COPY', breaks: isOneOf('CopyStmt') },
];

const known = new Map<string, readonly string[]>();

/** What a statement, or several, should not have; empty: nothing. */
export function faultsOf(sql: string): readonly string[] {
  const before = known.get(sql);
  if (before !== undefined) return before;
  const faults = new Set<string>();
  for (const { stmt } of parseSync(sql).stmts ?? []) visit('', stmt, faults);
  const found = [...faults];
  known.set(sql, found);
  return found;
}

function visit(name: string, value: unknown, faults: Set<string>): void {
  if (Array.isArray(value)) for (const one of value) visit(name, one, faults);
  else if (typeof value === 'object' && value !== null) {
    for (const { why, breaks } of RULES) if (breaks(name, value as Node)) faults.add(why);
    for (const [inner, one] of Object.entries(value)) visit(inner, one, faults);
  }
}

/** Text columns whose order is not said to be bytewise, and keys that do not lead with the source. */
export function schemaFaultsOf(sql: string, withoutSource: readonly string[]): readonly string[] {
  return (parseSync(sql).stmts ?? []).flatMap(({ stmt }) => {
    const table = (stmt as { CreateStmt?: Node } | undefined)?.CreateStmt;
    return table === undefined ? [] : tableFaults(table, withoutSource);
  });
}

interface ColumnDef {
  readonly colname: string;
  readonly typeName: Node;
  readonly collClause?: unknown;
}

interface Key {
  readonly contype: string;
  readonly keys?: unknown;
}

function tableFaults(table: Node, withoutSource: readonly string[]): string[] {
  const name = String((table['relation'] as Node)['relname']);
  const parts = table['tableElts'] as readonly { readonly ColumnDef?: ColumnDef; readonly Constraint?: Key }[];
  const texts = parts.flatMap(({ ColumnDef: column }) => {
    if (column === undefined || lastName(column.typeName['names']) !== 'text') return [];
    return column.collClause === undefined ? [`${name}.${column.colname} is text without COLLATE "C"`] : [];
  });
  const keys = parts.flatMap(({ Constraint: key }) =>
    key?.contype === 'CONSTR_PRIMARY' && firstOf(key.keys) !== 'source' && !withoutSource.includes(name)
      ? [`the key of ${name} does not lead with the source`]
      : [],
  );
  return [...texts, ...keys];
}

function firstOf(keys: unknown): string {
  return lastName(Array.isArray(keys) ? keys.slice(0, 1) : []);
}
