/** ICON's G_USERDATA_HISTORY: what was attached to calls, a row for each change of a key (sources.md#icon-tables). */
import { asciiJson } from '../../domain/json.js';
import {
  type Columns,
  momentIn,
  type TableReader,
  type TableRow,
  type TableShape,
  type Told,
} from '../../domain/table-rows.js';
import { fieldOf } from '../event-keys.js';

export const USER_DATA_HISTORY: TableShape<'G_USERDATA_HISTORY'> = {
  table: 'G_USERDATA_HISTORY',
  columns: [['CALLID'], ['KEYNAME'], ['VALUE'], ['ADDED_TS', 'ADDED']],
};

/**
 * Rows of calls that go on at the same time are mixed.
 * @bound calls whose keys are collected from an export at the same time
 * @beyond the call that began first counts as over; what is attached to it later is a record of its own
 * @seen -
 */
const MAX_OPEN_CALLS = 10_000;

interface Call {
  readonly line: number;
  readonly atMs: number | null;
  readonly source: string | null;
  readonly callId: string;
  readonly keys: Map<string, string>;
}

export interface UserDataHistoryOptions {
  /** Text of what stands in a file. */
  readonly decode: (bytes: string) => string;
  /** To be told of a row that is not about a callback. */
  readonly onOther: () => void;
}

export class UserDataHistory implements TableReader {
  readonly #columns: Columns;
  readonly #options: UserDataHistoryOptions;
  readonly #open = new Map<string, Call>();

  constructor(columns: Columns, options: UserDataHistoryOptions) {
    this.#columns = columns;
    this.#options = options;
  }

  row(row: TableRow): readonly Told[] {
    const columns = this.#columns;
    const { decode, onOther } = this.#options;
    const key = decode(columns.valueOf(row, 'KEYNAME'));
    if (fieldOf(key) === undefined) {
      onOther();
      return [];
    }
    const callId = columns.valueOf(row, 'CALLID');
    if (callId === '')
      return [{ line: row.line, damage: 'CALLID is empty: whose key it is is not said', text: row.text }];
    // Our own view has a row for each key of each record, and says of which.
    const record = columns.has('SERVICE_ID')
      ? [columns.valueOf(row, 'SERVICE_ID'), columns.valueOf(row, 'ADDED_TS', 'ADDED')].join('\0')
      : '';
    const id = `${callId}\0${record}`;
    const call = this.#open.get(id) ?? this.#begun(row, callId);
    const value = decode(columns.rawValueOf(row, 'VALUE'));
    // A key that is taken away again was there.
    if (value !== '' || !call.keys.has(key)) call.keys.set(key, value);
    this.#open.set(id, call);
    if (this.#open.size <= MAX_OPEN_CALLS) return [];
    const [oldest] = this.#open;
    if (oldest === undefined) return [];
    this.#open.delete(oldest[0]);
    return [toldOf(oldest[1])];
  }

  damaged(): void {
    // Each row says whose it is: what is lost is one key.
  }

  end(): readonly Told[] {
    const told = [...this.#open.values()].map(toldOf);
    this.#open.clear();
    return told;
  }

  #begun(row: TableRow, callId: string): Call {
    const columns = this.#columns;
    return {
      line: row.line,
      atMs: momentIn(columns.valueOf(row, 'ADDED_TS', 'ADDED')),
      source: columns.valueOf(row, 'SOURCE') || null,
      callId: this.#options.decode(callId),
      keys: new Map(),
    };
  }
}

function toldOf({ line, atMs, source, callId, keys }: Call): Told {
  const body = asciiJson(JSON.stringify({ interaction_id: callId, ...Object.fromEntries(keys) }));
  return { line, body, atMs, source };
}
