/**
 * Info Mart's CALLBACK_FACT, joined with its dimensions: a row for each event of a callback (sources.md#icon-tables). Info
 * Mart writes 0, -1 and UNKNOWN for what was not reported, so these say nothing, but for 0 where a key is mandatory.
 */
import type { CallbackRecord } from '../../domain/callback-record.js';
import { asciiJson } from '../../domain/json.js';
import {
  type Columns,
  momentIn,
  type TableReader,
  type TableRow,
  type TableShape,
  type Told,
} from '../../domain/table-rows.js';
import { DIMENSIONS, FACT_COLUMNS } from '../info-mart.js';
import { pairOf } from '../key-value-pairs.js';

export const CALLBACK_FACT: TableShape<'CALLBACK_FACT'> = {
  table: 'CALLBACK_FACT',
  columns: [['SERVICE_ID'], ['SERVICE_START_TS'], ['CALLBACK_OFFERED_TS'], ['CALLBACK_OFFERED']],
};

/** Where each field of a record stands in the join. */
const FIELD_COLUMNS: readonly (readonly [column: string, field: keyof CallbackRecord])[] = [
  ...FACT_COLUMNS.map(({ column, field }) => [column, field] as const),
  ...DIMENSIONS.flatMap(({ columns }) => columns),
];

export class CallbackFact implements TableReader {
  readonly #columns: Columns;
  readonly #decode: (bytes: string) => string;

  constructor(columns: Columns, decode: (bytes: string) => string) {
    this.#columns = columns;
    this.#decode = decode;
  }

  row(row: TableRow): readonly Told[] {
    const columns = this.#columns;
    return [
      {
        line: row.line,
        body: asciiJson(JSON.stringify(this.keysOf(row))),
        atMs: momentIn(columns.valueOf(row, 'ADDED_TS', 'ADDED')),
        source: columns.valueOf(row, 'SOURCE') || null,
      },
    ];
  }

  /** What a row says, under the names of the registry. */
  keysOf(row: TableRow): Readonly<Record<string, string>> {
    const said: [string, string][] = [];
    for (const [column, field] of FIELD_COLUMNS) {
      const value = this.#decode(this.#columns.valueOf(row, column));
      if (value !== '' && !isDefault(field, value)) said.push([pairOf(field).name, written(field, value)]);
    }
    return Object.fromEntries(said);
  }

  damaged(): void {
    // A row is an event of its own.
  }

  end(): readonly Told[] {
    return [];
  }
}

function isDefault(field: keyof CallbackRecord, value: string): boolean {
  const { type, mandatory } = pairOf(field);
  if (type === 'word' || type === 'text') return value.toUpperCase() === 'UNKNOWN';
  return (field === 'tenantDbid' && value === '-1') || (mandatory !== true && /^0+(?:\.0*)?$/.test(value));
}

/** A time may have been exported as one. */
function written(field: keyof CallbackRecord, value: string): string {
  const isDate = pairOf(field).type === 'timestamp' && value.includes('-');
  const atMs = isDate ? momentIn(value) : null;
  return atMs === null ? value : String(Math.floor(atMs / 1000));
}
