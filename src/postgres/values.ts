/** Values as statements take them: each column of many rows is one array, written as PostgreSQL reads arrays. */

export type ColumnType = 'bigint' | 'float8' | 'text' | 'bytea';
export type Value = number | string | Uint8Array | null;

/** What PostgreSQL cannot keep in a text: U+0000, and halves of characters. Replaced after every digest was made. */
// eslint-disable-next-line no-control-regex -- that is the one it refuses
const UNKEEPABLE = /\u0000|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;

/** A text as PostgreSQL keeps it. */
export function pgText(text: string): string {
  return text.isWellFormed() && !text.includes('\u0000') ? text : text.replace(UNKEEPABLE, '\uFFFD');
}

/** Values as one text, another one for any others. */
export function nameOf(values: readonly Value[]): string {
  let name = '';
  for (const value of values) {
    if (typeof value === 'string') name += `${value.length}:${value};`;
    else name += `${value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value};`;
  }
  return name;
}

/** A value as it will be read again. */
export function kept(value: Value): Value {
  return typeof value === 'string' ? pgText(value) : value;
}

/** The text of an array of values of one type. */
export function arrayOf(type: ColumnType, values: readonly Value[]): string {
  return `{${values.map((value) => elementOf(type, value)).join(',')}}`;
}

function elementOf(type: ColumnType, value: Value): string {
  if (value === null) return 'NULL';
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  if (typeof value === 'string') {
    if (type !== 'text') throw new Error(`a text is no ${type}`);
    return `"${value.replace(/["\\]/g, '\\$&')}"`;
  }
  return `"\\\\x${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')}"`;
}
