/** A key-value pair (KVP) of callbacks: how it is spelled, written and kept. */

/** How a value is written on the wire: integer; whole seconds of UTC time; a duration in seconds; 0 or 1; open word; text. */
export type KeyType = 'integer' | 'timestamp' | 'seconds' | 'flag' | 'word' | 'text';

export const INFO_MART_TABLES = [
  'CALLBACK_FACT',
  'CALLBACK_DIM_1',
  'CALLBACK_DIM_2',
  'CALLBACK_DIM_3',
  'CALLBACK_DIM_4',
  'CALLBACK_DIAL_RESULTS',
] as const;
export type InfoMartTable = (typeof INFO_MART_TABLES)[number];

export interface KeyValuePair {
  readonly name: string;
  readonly type: KeyType;
  /** Words of a `word`; open: others are kept as they are. */
  readonly words?: readonly string[];
  /** Info Mart makes no record of an event that lacks it. */
  readonly mandatory?: true;
  /** Also attached to the call, so that the callback can be tied to its interactions. */
  readonly attached?: true;
  /** Spelling in the request that starts a callback. */
  readonly parameter?: string;
  /** First version that sends it; absent: 8.5.105.12, with which reporting began; null: unknown. */
  readonly since?: string | null;
  readonly infoMart?: { readonly table: InfoMartTable; readonly columns: readonly string[] };
  /** Holds a customer's number. */
  readonly personal?: true;
  /** May be below 0. */
  readonly signed?: true;
  readonly help: string;
}

/** GMS version that introduced reporting through UserEvents. */
export const BASE_VERSION = 'GMS 8.5.105.12';
