/** SQL with named values, as every statement of a reader is written. */

export type Value = string | number | null | Uint8Array;
export type Values = Readonly<Record<string, Value>>;

export interface NamedSql {
  /** With `$1`, `$2`, … in the places of the names. */
  readonly text: string;
  /** In the order of these numbers, each once. */
  readonly names: readonly string[];
}

const NAME = /@([a-z]\w*)/gi;

/** `@name` stands for a value; `@name::bigint` where a statement does not tell its type, as one that may be null. */
export function named(sql: string): NamedSql {
  const names: string[] = [];
  const text = sql.replaceAll(NAME, (_, name: string) => {
    if (!names.includes(name)) names.push(name);
    return `$${names.indexOf(name) + 1}`;
  });
  return { text: text.trim(), names };
}

/** The values of a statement in its order. Moments may be infinite; the greatest number that is stored stands for that. */
export function valuesOf({ text, names }: NamedSql, values: Values): Value[] {
  return names.map((name) => {
    const value = values[name];
    if (value === undefined) throw new TypeError(`@${name} has no value in: ${text}`);
    if (typeof value !== 'number' || Number.isFinite(value)) return value;
    return Math.sign(value) * Number.MAX_SAFE_INTEGER;
  });
}

/** The text of a `bigint[]`: the driver would quote each number. */
export function bigints(list: readonly number[]): string {
  return `{${list.join(',')}}`;
}

/** The text of a `text[]`. */
export function texts(list: readonly string[]): string {
  return `{${list.map((text) => `"${text.replaceAll(/["\\]/g, '\\$&')}"`).join(',')}}`;
}
