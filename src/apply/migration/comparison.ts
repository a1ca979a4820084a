/** Whether two stores hold the same, unit by unit, and what is the first thing that differs where they do not. */
import type { Digest } from '../../domain/identity.js';
import { type Mark, NO_ROWS, rowText } from './mark.js';
import { type Cells, type MovedRow, type Unit, unitName, unitShown } from './moved-row.js';
import { CHANGED_BY_STARTS } from './moved-tables.js';
import { markOf } from './pass.js';
import type { MovedStore } from './stores.js';

/**
 * @bound differing units that a comparison describes
 * @beyond they are counted
 * @seen `different` beside `differences` of the report
 */
const MAX_DIFFERENCES = 20;
/** Columns by which a row is told from others. None says a customer's number. */
const KEYS = [
  ...['source', 'dbid', 'at_ms', 'action_rank', 'content_digest', 'from_ms', 'hour', 'chunk_no', 'start_ms', 'place'],
  ...['of_service_id', 'digest', 'quarantine_no', 'dimension', 'dimension_key', 'id', 'name', 'hold_no'],
];

export interface Counted {
  readonly count: number;
  readonly different: number;
  /** Of all digests of one side, in the order of the units. */
  readonly fromDigest: string;
  readonly toDigest: string;
}

export interface Difference {
  readonly unit: string;
  /** The first row that is not the same, by table and key, as each side has it; null: it has no more. */
  readonly from: string | null;
  readonly to: string | null;
  /** In which columns it differs; none, where a whole row does. */
  readonly columns: readonly string[];
}

export interface Compared {
  /** Rows by table. */
  readonly tables: ReadonlyMap<string, { readonly from: number; readonly to: number }>;
  readonly groups: Counted;
  readonly callbacks: Counted;
  /** Units of any kind. */
  readonly units: number;
  readonly different: number;
  readonly differences: readonly Difference[];
}

export interface CompareOptions {
  readonly digest: Digest;
  /** Of the source, where it was just read and cannot have changed. */
  readonly known: ReadonlyMap<string, Mark>;
  /** Whether the target was in use since: then what every start changes is not compared. */
  readonly wasStarted: boolean;
  readonly onUnit: (done: number, of: number) => void;
}

export async function compare(from: MovedStore, to: MovedStore, options: CompareOptions): Promise<Compared> {
  const { digest, known, wasStarted, onUnit } = options;
  const [here, there] = [await from.units(), await to.units()];
  const all = new Map([...here, ...there].map((unit) => [unitName(unit), unit]));
  const units = [...all.values()].filter((unit) => !wasStarted || !isChangedByStarts(unit));
  const tables = new Map<string, { from: number; to: number }>();
  const counts = { group: new Count(digest), callbacks: new Count(digest) };
  const differences: Difference[] = [];
  let different = 0;
  for (const [done, unit] of units.entries()) {
    onUnit(done, units.length);
    const ofFrom = known.get(unitName(unit)) ?? (await markOf(from, unit, digest));
    const ofTo = await markOf(to, unit, digest);
    addUp(tables, 'from', ofFrom);
    addUp(tables, 'to', ofTo);
    if (unit.kind === 'group' || unit.kind === 'callbacks') counts[unit.kind].add(ofFrom, ofTo);
    if (ofFrom.digest === ofTo.digest) continue;
    different++;
    if (differences.length < MAX_DIFFERENCES) differences.push(await firstDifference(from, to, unit));
  }
  onUnit(units.length, units.length);
  const { group, callbacks } = counts;
  return { tables, groups: group.counted, callbacks: callbacks.counted, units: units.length, different, differences };
}

function isChangedByStarts(unit: Unit): boolean {
  return unit.kind === 'table' && CHANGED_BY_STARTS.includes(unit.table);
}

function addUp(tables: Map<string, { from: number; to: number }>, side: 'from' | 'to', { rows }: Mark): void {
  for (const [table, count] of Object.entries(rows)) {
    const sum = tables.get(table) ?? { from: 0, to: 0 };
    tables.set(table, { ...sum, [side]: sum[side] + count });
  }
}

/** Groups by themselves, callbacks by their own number. */
class Count {
  readonly #digest: Digest;
  #count = 0;
  #different = 0;
  #from = '';
  #to = '';

  constructor(digest: Digest) {
    this.#digest = digest;
  }

  add(from: Mark = NO_ROWS, to: Mark = NO_ROWS): void {
    this.#count += from.rows['campaign_groups'] ?? from.rows['callbacks'] ?? 0;
    if (from.digest !== to.digest) this.#different++;
    this.#from = this.#digest(`${this.#from} ${from.digest}`);
    this.#to = this.#digest(`${this.#to} ${to.digest}`);
  }

  get counted(): Counted {
    return { count: this.#count, different: this.#different, fromDigest: this.#from, toDigest: this.#to };
  }
}

async function firstDifference(from: MovedStore, to: MovedStore, unit: Unit): Promise<Difference> {
  const [a, b] = [eachOf(from.rows(unit)), eachOf(to.rows(unit))];
  try {
    for (;;) {
      const [one, other] = [rowIn(await a.next()), rowIn(await b.next())];
      if (one === null || other === null || rowText(one) !== rowText(other))
        return { unit: unitShown(unit), from: keyOf(one), to: keyOf(other), columns: columnsApart(one, other) };
    }
  } finally {
    await a.return(undefined);
    await b.return(undefined);
  }
}

function rowIn({ done, value }: IteratorResult<MovedRow, unknown>): MovedRow | null {
  return done === true ? null : value;
}

function keyOf(row: MovedRow | null): string | null {
  if (row === null) return null;
  const key = KEYS.filter((name) => name in row.values).map(
    (name) => `${name} ${String(row.values[name] as string | number | null)}`,
  );
  return `${row.table}: ${key.join(', ')}`;
}

/** Of two rows with one key. */
function columnsApart(one: MovedRow | null, other: MovedRow | null): string[] {
  if (one === null || other === null || keyOf(one) !== keyOf(other)) return [];
  const text = (name: string, values: Cells) => rowText({ table: '', values: { [name]: values[name] ?? null } });
  const names = new Set([...Object.keys(one.values), ...Object.keys(other.values)]);
  return [...names].filter((name) => text(name, one.values) !== text(name, other.values));
}

async function* eachOf(rows: AsyncIterable<readonly MovedRow[]>): AsyncGenerator<MovedRow> {
  for await (const some of rows) yield* some;
}
