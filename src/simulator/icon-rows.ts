/**
 * What ICON and Info Mart would have of callbacks and campaign groups, as rows of an export: of each the vendor's columns
 * that matter, names in its own case (sources.md#icon-tables). Pure.
 */
import type { Body } from '../domain/json.js';
import { DIMENSIONS, FACT_COLUMNS } from '../gms/info-mart.js';
import { pairOf } from '../gms/key-value-pairs.js';
import type { AttachedTelling, EventTelling } from './callbacks/telling.js';
import { isComplete } from './callbacks/telling.js';

const COLUMNS = {
  G_CUSTOM_DATA_S: ['ID', 'CallID', 'EndPointDN', 'KeyName', 'Value', 'Added', 'Added_ts'],
  G_USERDATA_HISTORY: ['ID', 'CallID', 'ChangeType', 'KeyName', 'Value', 'Added_ts'],
  CALLBACK_FACT: [
    'ADDED_TS',
    'EVENT_SEQUENCE',
    ...FACT_COLUMNS.map(({ column }) => column),
    ...DIMENSIONS.flatMap(({ columns }) => columns.map(([column]) => column)),
  ],
  GO_Campaign: ['ID', 'SessID', 'CampaignID', 'GroupID', 'State', 'OCSID'],
  GO_CampaignHistory: ['ID', 'SessID', 'State', 'PrevState', 'Cause', 'Added_ts'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type IconTable = keyof typeof COLUMNS;
export const ICON_TABLES = Object.keys(COLUMNS) as readonly IconTable[];

type Cell = string | number | null;

export interface IconRow {
  readonly table: IconTable;
  readonly cells: readonly Cell[];
}

export function columnsOf(table: IconTable): readonly string[] {
  return COLUMNS[table];
}

/** A row as text, in quotes where it has to be; with its end. */
export function rowText(cells: readonly Cell[], delimiter: string): string {
  const texts = cells.map((cell) => {
    const text = cell === null ? '' : String(cell);
    return /["\r\n]/.test(text) || text.includes(delimiter) ? `"${text.replaceAll('"', '""')}"` : text;
  });
  return `${texts.join(delimiter)}\r\n`;
}

/** A change of a campaign group; states by OCS's numbers. */
export interface GroupChange {
  readonly dbid: string;
  readonly atMs: number;
  readonly toState: number;
}

const REPORTING_DN = 'REPORTING';
/** OCS's numbers of states as ICON's: not loaded, waiting for the unload and unloading, inactive and active, running. */
const ICON_STATES = [0, 3, 3, 1, 1, 2] as const;

/** Numbers rows as ICON does, and knows which session each campaign group is in. */
export class IconRows {
  readonly #sessions = new Map<string, { id: string; state: number }>();
  #id = 0;
  #event = 0;
  #session = 0;

  /** A user event, and the record that Info Mart makes of it if it has the mandatory keys. */
  event({ atMs, record }: EventTelling, keys: Body): IconRow[] {
    const added = [new Date(atMs).toISOString().slice(0, 19).replace('T', ' '), secondsOf(atMs)];
    // T-Server sends keys in their order.
    const rows = Object.entries(keys)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]): IconRow => {
        return { table: 'G_CUSTOM_DATA_S', cells: [++this.#id, null, REPORTING_DN, key, String(value), ...added] };
      });
    if (!isComplete(record)) return rows;
    const fact = [
      ...FACT_COLUMNS.map(({ field, absent }) => cellOf(record, field, absent)),
      ...DIMENSIONS.flatMap(({ columns }) => columns.map(([, field]) => cellOf(record, field, defaultOf(field)))),
    ];
    return [...rows, { table: 'CALLBACK_FACT', cells: [secondsOf(atMs), ++this.#event, ...fact] }];
  }

  attached({ atMs, interactionId }: AttachedTelling, keys: Body): IconRow[] {
    return Object.entries(keys).map(([key, value]) => ({
      table: 'G_USERDATA_HISTORY',
      cells: [++this.#id, interactionId, 1, key, String(value), secondsOf(atMs)],
    }));
  }

  /** A change of another thing than the state makes no row. */
  change({ dbid, atMs, toState }: GroupChange): IconRow[] {
    const known = this.#sessions.get(dbid);
    const before = known?.state ?? 0;
    const state = ICON_STATES[toState] ?? 0;
    if (state === before) return [];
    const id = before === 0 || known === undefined ? this.#newSession() : known.id;
    this.#sessions.set(dbid, { id, state });
    const history: IconRow = {
      table: 'GO_CampaignHistory',
      cells: [++this.#id, id, state, before === 0 ? null : before, 1, secondsOf(atMs)],
    };
    return before === 0 ? [{ table: 'GO_Campaign', cells: [++this.#id, id, 101, dbid, state, 1] }, history] : [history];
  }

  #newSession(): string {
    return `ICON-SESSION-${String(++this.#session).padStart(12, '0')}`;
  }
}

function secondsOf(atMs: number): number {
  return Math.floor(atMs / 1000);
}

function cellOf(record: EventTelling['record'], field: keyof EventTelling['record'], absent: Cell): Cell {
  const value = record[field];
  if (value === undefined || value === null || value === '') return absent;
  return pairOf(field).type === 'timestamp' ? secondsOf(Number(value)) : value;
}

function defaultOf(field: keyof EventTelling['record']): Cell {
  const { type } = pairOf(field);
  return type === 'word' || type === 'text' ? 'UNKNOWN' : 0;
}
