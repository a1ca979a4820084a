import { MonitorError } from '../domain/errors.js';

/** A place in a sorted list as an opaque, URL-safe text. */
export function writeCursor(place: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

/** The place a cursor names: `types` in order. Throws OCM_BAD_PARAMETER for anything else. */
export function readCursor(cursor: string, types: readonly ('string' | 'number')[]): (string | number)[] {
  try {
    const place: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (Array.isArray(place) && place.length === types.length && types.every((type, i) => typeof place[i] === type)) {
      return place as (string | number)[];
    }
  } catch {
    // Falls through to the one answer for every unreadable cursor.
  }
  throw madeUp();
}

/** The order of places in an ascending list, by their members in order. Both have the same types. */
export function comparePlaces(a: readonly (string | number)[], b: readonly (string | number)[]): number {
  for (const [at, one] of a.entries()) {
    const other = b[at];
    if (other !== undefined && one !== other) return one < other ? -1 : 1;
  }
  return 0;
}

function madeUp(): MonitorError {
  return new MonitorError('OCM_BAD_PARAMETER', 'cursor: not one that this list gave out; leave it out to start over');
}
