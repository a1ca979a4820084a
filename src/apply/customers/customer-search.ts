/** Whether a customer stands in a row, and the row without them. */
import { type IsMeant, meantIn, withoutNumbers } from '../../domain/number-spellings.js';
import type { SearchedTable } from './searched-tables.js';

export type SearchedRow = Readonly<Record<string, string | number | Uint8Array | null>>;

/** The customer: whether digits are theirs, and the keyed hash of their number. */
export interface Customer {
  readonly isMeant: IsMeant;
  readonly hash: string;
}

/** How customers' numbers are hashed in a store. */
export interface NumberHashing {
  readonly hash: (number: string) => string;
  /** Tells the key from others. */
  readonly key: string;
}

type Where = Pick<SearchedTable, 'texts' | 'bytes'>;

/** Whether a row says a customer's number, or its hash. */
export function standsIn(row: SearchedRow, { texts, bytes }: Where, { isMeant, hash }: Customer): boolean {
  if (row['phone_hash'] === hash || row['ani_hash'] === hash) return true;
  const said = (text: string) => meantIn(text, isMeant).length > 0;
  const body = bytes === null ? null : row[bytes];
  if (body instanceof Uint8Array && said(latin1(body))) return true;
  return texts.some((column) => typeof row[column] === 'string' && said(row[column]));
}

/** What a row's columns are without the number; only those that change. */
export function covered(
  row: SearchedRow,
  { texts, bytes }: Where,
  isMeant: IsMeant,
): Record<string, string | Uint8Array> {
  const changes: Record<string, string | Uint8Array> = {};
  for (const column of texts) {
    const text = row[column];
    const without = typeof text === 'string' ? withoutNumbers(text, isMeant) : null;
    if (without !== null) changes[column] = without;
  }
  const body = bytes === null ? null : row[bytes];
  const without = body instanceof Uint8Array ? withoutNumbers(latin1(body), isMeant) : null;
  if (bytes !== null && without !== null) changes[bytes] = Buffer.from(without, 'latin1');
  return changes;
}

function latin1({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('latin1');
}
