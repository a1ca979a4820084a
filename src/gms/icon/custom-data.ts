/**
 * ICON's G_CUSTOM_DATA_S: a row for each key of a user event (sources.md#icon-tables). Nothing in it says which rows are one
 * event but that they are of one moment, DN and call, or, without a call, stand beside each other; so what cannot be told apart
 * is damaged.
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
const OF_MOMENT = ['ADDED', 'ADDED_TS'];
const OF_OUR_EVENT = ['SERVICE_ID', 'EVENT_SEQUENCE', 'SOURCE'];

/**
 * Rows of one moment. An event has about 85 keys.
 * @bound rows of a moment that are looked at together for the events in them
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

/** Rows that may be of one event, and the first of them. */
interface Together {
  readonly about: TableRow;
  readonly rows: Row[];
  readonly isOfCall: boolean;
  /** Line of a damaged row that may be one of them. */
  damagedBy: number | null;
}

export class CustomData implements TableReader {
  readonly #columns: Columns;
  readonly #options: CustomDataOptions;
  /** Of one moment. Rows of a call are told by it wherever they stand; of none, only beside each other. */
  #open: Together[] = [];
  readonly #byCall = new Map<string, Together>();
  #moment = '';
  #together = '';
  #rows = 0;
  /** Of the row before. */
  #last: Together | null = null;
  /** Whether rows of others stand among those of one. */
  #isMixed = false;
  /** Lines of damaged rows: in this moment, and since the last whole row, which may be of what comes next, too. */
  #damagedInMoment: number | null = null;
  #damagedSince: number | null = null;

  constructor(columns: Columns, options: CustomDataOptions) {
    this.#columns = columns;
    this.#options = options;
  }

  row(row: TableRow): readonly Told[] {
    const valuesOf = (names: readonly string[]) => names.map((name) => this.#columns.valueOf(row, name)).join('\0');
    const moment = valuesOf(OF_MOMENT);
    const told = this.#open.length > 0 && moment !== this.#moment ? this.#flush() : [];
    this.#moment = moment;
    const { rows } = this.#togetherWith(row, valuesOf([...OF_EVENT, ...OF_OUR_EVENT]));
    this.#damagedSince = null;
    const { decode } = this.#options;
    const [key, value] = ['KEYNAME', 'VALUE'].map((name) => this.#columns.rawValueOf(row, name));
    // Beyond the bound only their number counts.
    if (++this.#rows <= MAX_ROWS_TOGETHER)
      rows.push({ line: row.line, key: decode(key ?? '').trim(), value: decode(value ?? ''), text: row.text });
    return told;
  }

  #togetherWith(row: TableRow, together: string): Together {
    const isOfCall = this.#columns.valueOf(row, 'CALLID') !== '';
    const before = together === this.#together ? this.#last : null;
    const known = isOfCall ? this.#byCall.get(together) : before;
    const found = known ?? { about: row, rows: [], isOfCall, damagedBy: null };
    if (known == null) this.#open.push(found);
    else if (known !== this.#last) this.#isMixed = true;
    if (isOfCall) this.#byCall.set(together, found);
    found.damagedBy ??= this.#damagedSince;
    this.#damagedInMoment ??= this.#damagedSince;
    this.#together = together;
    this.#last = found;
    return found;
  }

  /** It may be of the event before it, or of the one behind it; where rows are mixed, of any call of the moment. */
  damaged(line: number): void {
    if (this.#last !== null) this.#last.damagedBy ??= line;
    this.#damagedInMoment ??= line;
    this.#damagedSince ??= line;
  }

  end(): readonly Told[] {
    return this.#flush();
  }

  #flush(): readonly Told[] {
    const all = this.#open;
    const isTooMany = this.#rows > MAX_ROWS_TOGETHER;
    if (this.#isMixed) for (const one of all) if (one.isOfCall) one.damagedBy ??= this.#damagedInMoment;
    this.#open = [];
    this.#byCall.clear();
    this.#last = null;
    this.#rows = 0;
    this.#isMixed = false;
    this.#damagedInMoment = null;
    return all.flatMap((together) => this.#toldTogether(together, isTooMany));
  }

  #toldTogether({ about, rows, damagedBy }: Together, isTooMany: boolean): readonly Told[] {
    const damage = (reason: string): Told[] => [
      { line: about.line, damage: reason, text: rows.map(({ text }) => text).join('\n') },
    ];
    if (!rows.some(({ key }) => isOurs(key))) {
      this.#options.onOther();
      return [];
    }
    if (damagedBy !== null) return damage(`the damaged row in line ${damagedBy} may be one of this event`);
    if (isTooMany) return damage(`more than ${MAX_ROWS_TOGETHER} rows of one moment`);
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
