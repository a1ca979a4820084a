import type { Enumerations, WordTable } from '../domain/vocabulary.js';
import { ENUMERATIONS } from '../ocs/enumerations.js';
import type { Connection } from './database.js';

/** Which column of `statements` speaks in the words of which table. Actors name nobody's state, but transitions show them. */
const COLUMNS: Readonly<Record<keyof Enumerations, string>> = {
  state: 'state_code',
  dialMode: 'dial_mode_code',
  optimizeBy: 'optimize_by_code',
  action: 'action_code',
  actor: 'actor_code',
};

type Tables = Record<string, Record<string, string>>;

/**
 * Remembers the words under which history was told. Returns the groups that have sent a number whose word is another
 * now (none for a new database): their steps no longer say what their evidence means.
 */
export function groupsUnderOtherWords(db: Connection, enumerations: Enumerations): number[] {
  const now = tablesOf(enumerations);
  const found = db.prepare('SELECT tables FROM vocabulary').pluck().get() as string | undefined;
  const groups = new Set<number>();
  if (found !== undefined) {
    const before = JSON.parse(found) as Tables;
    for (const [name, column] of Object.entries(COLUMNS)) {
      const changed = changedCodes(before[name] ?? {}, now[name] ?? {});
      if (changed.length === 0) continue;
      const query = db.prepare(
        `SELECT DISTINCT group_no FROM statements WHERE ${column} IN (SELECT value FROM json_each(?))`,
      );
      for (const groupNo of query.pluck().all(JSON.stringify(changed)) as number[]) groups.add(groupNo);
    }
  }
  return [...groups];
}

/** Writes down that history is told in these words now. */
export function rememberWords(db: Connection, enumerations: Enumerations): void {
  const tables = JSON.stringify(tablesOf(enumerations));
  // In most cases nothing has changed: connections wait while this is written.
  if (db.prepare('SELECT tables FROM vocabulary').pluck().get() === tables) return;
  db.exec('DELETE FROM vocabulary');
  db.prepare('INSERT INTO vocabulary (tables) VALUES (?)').run(tables);
}

/** The words under which history was told. */
export function rememberedWords(db: Connection): Enumerations {
  const found = db.prepare('SELECT tables FROM vocabulary').pluck().get() as string | undefined;
  if (found === undefined) return ENUMERATIONS;
  const tables = JSON.parse(found) as Tables;
  const table = (name: keyof Enumerations): WordTable =>
    new Map(Object.entries(tables[name] ?? {}).map(([code, word]) => [Number(code), word]));
  return {
    state: table('state'),
    dialMode: table('dialMode'),
    optimizeBy: table('optimizeBy'),
    action: table('action'),
    actor: table('actor'),
  };
}

function tablesOf(enumerations: Enumerations): Tables {
  const tables = Object.entries(enumerations) as [string, WordTable][];
  return Object.fromEntries(tables.map(([name, table]) => [name, Object.fromEntries(table)]));
}

function changedCodes(before: Readonly<Record<string, string>>, now: Readonly<Record<string, string>>): number[] {
  const codes = new Set([...Object.keys(before), ...Object.keys(now)]);
  return [...codes].filter((code) => before[code] !== now[code]).map(Number);
}
