/** Figures of a group's calling lists, as its notifications tell them. */
import type { ListFigures, ListRows } from '../../reports/newest-list-figures.js';
import type { Connection } from '../database.js';

interface StoredSet {
  readonly list_set_no: number;
  readonly at_ms: number;
}

interface StoredFigures {
  readonly list_no: number;
  readonly name: string;
  readonly dbid: string;
  readonly hit_ratio: number | null;
  readonly time_to_complete_seconds: number | null;
}

export class ListReader {
  readonly #sql;

  constructor(db: Connection) {
    this.#sql = prepare(db);
  }

  rowsOf(groupNo: number): ListRows {
    const sql = this.#sql;
    return {
      count: () => sql.lists.pluck().get(groupNo) as number,
      *sets(limit) {
        for (const row of sql.listSets.iterate(groupNo, limit)) {
          const { list_set_no: no, at_ms: atMs } = row as StoredSet;
          yield { no, atMs };
        }
      },
      figures: (setNo) => (sql.listFigures.all(setNo) as StoredFigures[]).map(figuresOf),
    };
  }
}

function figuresOf(row: StoredFigures): ListFigures {
  const { list_no: no, name, hit_ratio: hitRatio, time_to_complete_seconds: timeToCompleteSeconds } = row;
  return { no, name, dbid: row.dbid === '' ? null : row.dbid, hitRatio, timeToCompleteSeconds };
}

function prepare(db: Connection) {
  return {
    lists: db.prepare('SELECT count(*) FROM calling_lists WHERE group_no = ?'),
    listSets: db.prepare(`
      SELECT list_set_no, at_ms FROM evidence INDEXED BY evidence_lists
      WHERE group_no = ? AND list_set_no <> 0 ORDER BY at_ms DESC, lag_ms DESC LIMIT ?`),
    listFigures: db.prepare(`
      SELECT l.list_no, l.name, l.dbid, f.hit_ratio, f.time_to_complete_seconds
      FROM list_figures AS f JOIN calling_lists AS l ON l.list_no = f.list_no WHERE f.list_set_no = ?`),
  };
}
