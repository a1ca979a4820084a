/** By which evidence it is found again what was done last to a group, once some of it was taken back. */
import type { Evidence } from './evidence.js';
import { LastSaid, NO_MARKS } from './last-said.js';
import type { Statements, StoredStatement } from './statements.js';
import type { SaidMarks } from './tables.js';

/** Looks back from the newest evidence to where another action was said. */
export function marksAnew(groupNo: number, evidence: Evidence, statements: Statements): SaidMarks {
  const newestMs = evidence.newestAtMs(groupNo);
  const places: { atMs: number; statements: readonly StoredStatement[] }[] = [];
  let last: string | null = null;
  for (let atMs = newestMs; atMs !== null; atMs = evidence.lastAtMsBefore(groupNo, atMs)) {
    const place = statements.at(groupNo, atMs);
    const actions = place.flatMap(({ words }) => words.action ?? []);
    places.unshift({ atMs, statements: place });
    last ??= actions.at(-1) ?? null;
    if (actions.some((action) => action !== last)) break;
  }
  const said = new LastSaid();
  for (const place of places) for (const one of place.statements) said.note(place.atMs, one);
  return said.marksToKeep(newestMs ?? NaN) ?? NO_MARKS;
}
