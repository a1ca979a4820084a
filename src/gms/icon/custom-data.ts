/**
 * ICON's G_CUSTOM_DATA_S: a row for each key of a user event (sources.md#icon-tables). Nothing in it says which rows are one
 * event but that they stand beside each other, of one moment and DN, so what cannot be told apart is damaged.
 */
import { asciiJson } from '../../domain/json.js';
import {
  type Columns,
  momentIn,
  type TableReader,
  type TableRow,
  type TableShape,
  type Told,
} from '../../domain/table-rows.js';
import { KEY_VALUE_PAIRS } from '../key-value-pairs.js';
import { legacyBody } from '../legacy-keys.js';
import { bodyOf, kindOf } from '../tserver-log/sort-event.js';

export const CUSTOM_DATA: TableShape<'G_CUSTOM_DATA_S'> = {
  table: 'G_CUSTOM_DATA_S',
  columns: [['KEYNAME'], ['VALUE'], ['ENDPOINTDN'], ['ADDED_TS', 'ADDED']],
  without: ['CHANGETYPE'],
};

/** Equal in all rows of one event, where they are there; the last two in our own view. */
const OF_EVENT = ['CALLID', 'PARTYID', 'PSEQ', 'ENDPOINTID', 'ENDPOINTDN', 'AGENTID', 'ADDED', 'ADDED_TS'];
const OF_OUR_EVENT = ['SERVICE_ID', 'EVENT_SEQUENCE', 'SOURCE'];

/**
 * Rows of one moment and DN. An event has about 85 keys.
 * @bound rows of a moment and DN that are looked at together for the events in them
 * @beyond they are damaged
 * @seen `damaged` in the summary of the import
 */
const MAX_ROWS_TOGETHER = 20_000;

interface Row {
  readonly line: number;
  readonly key: string;
  readonly value: string;
  readonly text: string;
}

export interface CustomDataOptions {
  /** Text of what stands in a file. */
  readonly decode: (bytes: string) => string;
  /** To be told of an event that is not about a callback. */
  readonly onOther: () => void;
}

export class CustomData implements TableReader {
  readonly #columns: Columns;
  readonly #options: CustomDataOptions;
  #together = '';
  #first: TableRow | null = null;
  #rows: Row[] = [];
  /** Line of a damaged row that stands among them, or before the first. */
  #damagedLine: number | null = null;

  constructor(columns: Columns, options: CustomDataOptions) {
    this.#columns = columns;
    this.#options = options;
  }

  row(row: TableRow): readonly Told[] {
    const together = [...OF_EVENT, ...OF_OUR_EVENT].map((name) => this.#columns.valueOf(row, name)).join('\0');
    const told = this.#first !== null && together !== this.#together ? this.#flush(row.line) : [];
    this.#first ??= row;
    this.#together = together;
    const { decode } = this.#options;
    const [key, value] = ['KEYNAME', 'VALUE'].map((name) => this.#columns.rawValueOf(row, name));
    // Beyond the bound only their number counts.
    const isKept = this.#rows.length <= MAX_ROWS_TOGETHER;
    if (isKept) {
      this.#rows.push({ line: row.line, key: decode(key ?? '').trim(), value: decode(value ?? ''), text: row.text });
    }
    return told;
  }

  damaged(line: number): void {
    this.#damagedLine ??= line;
  }

  end(): readonly Told[] {
    return this.#flush(Infinity);
  }

  /** `nextLine` is where the next event begins: a damaged row before it may belong to it, too. */
  #flush(nextLine: number): readonly Told[] {
    const { [0]: first } = this.#rows;
    const about = this.#first;
    const rows = this.#rows;
    const damagedLine = this.#damagedLine;
    this.#rows = [];
    this.#first = null;
    if (first === undefined || about === null) return [];
    const isLast = damagedLine !== null && damagedLine > (rows.at(-1)?.line ?? 0) && nextLine !== Infinity;
    if (!isLast) this.#damagedLine = null;
    const damage = (reason: string): Told[] => [
      { line: first.line, damage: reason, text: rows.map(({ text }) => text).join('\n') },
    ];
    if (!rows.some(({ key }) => isOurs(key))) {
      this.#options.onOther();
      return [];
    }
    if (damagedLine !== null) return damage(`the damaged row in line ${damagedLine} may be one of this event`);
    if (rows.length > MAX_ROWS_TOGETHER) return damage(`more than ${MAX_ROWS_TOGETHER} rows of one moment and DN`);
    const events = eventsIn(rows);
    if (events === null) {
      return damage('keys of several events of one moment and DN, which cannot be told apart: export them ORDER BY ID');
    }
    return events.flatMap((event) => this.#toldOf(event, about));
  }

  #toldOf(rows: readonly Row[], about: TableRow): readonly Told[] {
    const pairs = rows.map(({ key, value }) => ({ key, value }));
    const kind = kindOf(pairs);
    if (kind === 'other') {
      this.#options.onOther();
      return [];
    }
    const columns = this.#columns;
    const dn = this.#options.decode(columns.valueOf(about, 'ENDPOINTDN')) || null;
    const keys = bodyOf(pairs);
    return [
      {
        line: rows[0]?.line ?? about.line,
        body: asciiJson(kind === 'legacy' ? legacyBody(keys, { dn, sentToIcon: true }) : keys),
        atMs: momentIn(columns.valueOf(about, 'ADDED_TS', 'ADDED')),
        source: columns.valueOf(about, 'SOURCE') || null,
      },
    ];
  }
}

function isOurs(key: string): boolean {
  return kindOf([{ key, value: '' }]) !== 'other';
}

const SERVICE_ID = KEY_VALUE_PAIRS.serviceId.name;

/**
 * Which rows of a moment are one event: all, where no key is there twice. A T-Server sends the keys of an event in their
 * order, so the next begins where that goes back; else where the first key comes again. Null where in some part a key would
 * be there twice, or not just one service id.
 */
export function eventsIn<R extends { readonly key: string }>(rows: readonly R[]): readonly (readonly R[])[] | null {
  if (isOneEvent(rows)) return [rows];
  const isBack = (row: R, before: R | undefined) => before !== undefined && row.key <= before.key;
  const cuts = [isBack, (row: R) => row.key === rows[0]?.key];
  for (const begins of cuts) {
    const events: R[][] = [];
    rows.forEach((row, index) => {
      const open = events.at(-1);
      if (open === undefined || begins(row, rows[index - 1])) events.push([row]);
      else open.push(row);
    });
    const isWhole = (event: readonly R[]) => isOneEvent(event) && event.some(({ key }) => key === SERVICE_ID);
    if (events.every(isWhole)) return events;
  }
  return null;
}

function isOneEvent(rows: readonly { readonly key: string }[]): boolean {
  return new Set(rows.map(({ key }) => key)).size === rows.length;
}
