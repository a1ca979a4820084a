/** Writes a callback record as the pairs a sender puts into a body: the other direction of decoding. */
import type { CallbackRecord } from '../domain/callback-record.js';
import type { Body } from '../domain/json.js';
import { FIELDS, pairOf } from './key-value-pairs.js';

/** What a sender tells: absent fields are not written at all. */
export type PartialRecord = Partial<CallbackRecord>;

/** How a sender writes. Senders differ in all of it (sources.md#callback-kvps). */
export interface Spelling {
  /** Names as in a UserEvent, or as in the start request for the keys that have such a name. */
  readonly keys: 'upper-case' | 'request';
  readonly values: 'texts' | 'numbers';
  /** What stands for a field that is null: ECMAScript strategies write out what they never set. */
  readonly nulls: 'omitted' | 'undefined' | 'null' | 'empty';
  /** Zeros before numbers that are written as text. */
  readonly leadingZeros: number;
}

const NULLS = { undefined: 'undefined', null: 'null', empty: '' } as const;

/** Names and values in the registry's order; times become whole seconds, rounded down. */
export function encodeRecord(record: PartialRecord, spelling: Spelling): Body {
  const pairs: [string, string | number][] = [];
  for (const field of FIELDS) {
    const value = record[field];
    if (value === undefined) continue;
    const { name, parameter, type } = pairOf(field);
    const key = spelling.keys === 'request' ? (parameter ?? name) : name;
    if (value !== null) pairs.push([key, written(type === 'timestamp' ? secondsOf(value) : value, spelling)]);
    else if (spelling.nulls !== 'omitted') pairs.push([key, NULLS[spelling.nulls]]);
  }
  return Object.fromEntries(pairs);
}

function secondsOf(ms: string | number): number {
  return Math.floor(Number(ms) / 1000);
}

function written(value: string | number, { values, leadingZeros }: Spelling): string | number {
  if (typeof value === 'string' || values === 'numbers') return value;
  return '0'.repeat(leadingZeros) + String(value);
}
