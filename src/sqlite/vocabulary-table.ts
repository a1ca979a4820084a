import { changedWords, enumerationsIn, wordsText } from '../apply/stored/vocabulary-row.js';
import type { Enumerations } from '../domain/vocabulary.js';
import { ENUMERATIONS } from '../ocs/enumerations.js';
import type { Connection } from './database.js';

/**
 * Remembers the words under which history was told. Returns the groups that have sent a number whose word is another
 * now (none for a new database): their steps no longer say what their evidence means.
 */
export function groupsUnderOtherWords(db: Connection, enumerations: Enumerations): number[] {
  const found = db.prepare('SELECT tables FROM vocabulary').pluck().get() as string | undefined;
  const groups = new Set<number>();
  if (found !== undefined) {
    for (const { column, codes } of changedWords(found, enumerations)) {
      const query = db.prepare(
        `SELECT DISTINCT group_no FROM statements WHERE ${column} IN (SELECT value FROM json_each(?))`,
      );
      for (const groupNo of query.pluck().all(JSON.stringify(codes)) as number[]) groups.add(groupNo);
    }
  }
  return [...groups];
}

/** Writes down that history is told in these words now. */
export function rememberWords(db: Connection, enumerations: Enumerations): void {
  const tables = wordsText(enumerations);
  // In most cases nothing has changed: connections wait while this is written.
  if (db.prepare('SELECT tables FROM vocabulary').pluck().get() === tables) return;
  db.exec('DELETE FROM vocabulary');
  db.prepare('INSERT INTO vocabulary (tables) VALUES (?)').run(tables);
}

/** The words under which history was told. */
export function rememberedWords(db: Connection): Enumerations {
  const found = db.prepare('SELECT tables FROM vocabulary').pluck().get() as string | undefined;
  return found === undefined ? ENUMERATIONS : enumerationsIn(found);
}
