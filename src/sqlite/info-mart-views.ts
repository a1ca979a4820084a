/** Callbacks in the shape of Genesys Info Mart, as views. They are no migration: every opening for writing puts them right. */
import { callbackViews, type ViewWords } from '../apply/stored/callback-views.js';
import type { Connection } from './database.js';
import { isKept } from './removal-tables.js';

/** Creates the views, or creates anew those that an earlier version of this program made otherwise; the tables are there. */
export function createInfoMartViews(db: Connection): void {
  const held = db.prepare("SELECT sql FROM sqlite_schema WHERE type = 'view' AND name = ?").pluck();
  db.transaction(() => {
    for (const [name, select] of callbackViews(WORDS)) {
      const sql = `CREATE VIEW ${name} AS\n${select}`;
      if (held.get(name) !== sql) db.exec(`DROP VIEW IF EXISTS ${name}; ${sql};`);
    }
  })();
}

const WORDS: ViewWords = {
  seconds: (ms) => `${ms} / 1000`,
  callbackOf: (alias) => `JOIN callbacks AS c ON c.callback_no = ${alias}.callback_no`,
  // A removal goes in slices.
  kept: isKept('callbacks', 'c'),
  pairsOf: (json) => `json_each(${json}) AS k`,
  pairText: "CASE WHEN k.type IN ('true', 'false') THEN k.type ELSE CAST(k.value AS TEXT) END",
  isText: "k.type NOT IN ('object', 'array', 'null')",
};
