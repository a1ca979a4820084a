import { MonitorError } from './errors.js';

/** Where a page of a list begins: what its sorted members have in order. */
export type Position = readonly (string | number)[];

/** A place in a list as an opaque, URL-safe text. */
export function writeCursor(list: string, position: Position): string {
  return Buffer.from(JSON.stringify([list, ...position])).toString('base64url');
}

/** The place a cursor of a list names: `types` in order. Throws OCM_BAD_PARAMETER for anything else. */
export function readCursor(list: string, cursor: string, types: readonly ('string' | 'number')[]): (string | number)[] {
  try {
    const [ofList, ...position] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
    const isOurs =
      ofList === list && position.length === types.length && types.every((type, i) => isOf(type, position[i]));
    if (isOurs) return position as (string | number)[];
  } catch {
    // Falls through to the one answer for every unreadable cursor.
  }
  throw madeUp();
}

/** The order of places in an ascending list, by their members in order. Both have the same types. */
export function comparePositions(a: Position, b: Position): number {
  for (const [at, one] of a.entries()) {
    const other = b[at];
    if (other !== undefined && one !== other) return one < other ? -1 : 1;
  }
  return 0;
}

function isOf(type: 'string' | 'number', value: unknown): boolean {
  return typeof value === type && (type === 'string' || Number.isFinite(value));
}

function madeUp(): MonitorError {
  return new MonitorError('OCM_BAD_PARAMETER', 'cursor is not one that this list returned; leave it out to start over');
}
