import type { HeadParts, HeadRows } from '../apply/tables.js';
import type { Connection } from './database.js';
import { headMarks } from './head-marks.js';
import { headParts } from './head-rows.js';
import { FORGOTTEN } from './removal-tables.js';

type Standing = readonly [groupNo: number, isLoaded: number, heardMs: number];

export class HeadReader implements HeadRows {
  readonly #db: Connection;

  constructor(db: Connection) {
    this.#db = db;
  }

  parts(groupNos: readonly number[] | null): Iterable<HeadParts> {
    return headParts(this.#db, groupNos);
  }

  marks(): ReadonlyMap<number, string> {
    return headMarks(this.#db);
  }

  count(): number {
    const query = this.#db.prepare(`SELECT count(*) FROM campaign_groups WHERE source <> '${FORGOTTEN}'`);
    return query.pluck().get() as number;
  }

  *standings(): Generator<{ readonly groupNo: number; readonly isLoaded: boolean; readonly heardMs: number }> {
    const rows = this.#db
      .prepare(
        `SELECT group_no, coalesce((
           SELECT s.state FROM steps AS s WHERE s.group_no = g.group_no
           ORDER BY s.at_ms DESC, s.action_rank DESC, s.content_digest DESC LIMIT 1), 'not_loaded') <> 'not_loaded', heard_ms
         FROM campaign_groups AS g WHERE source <> '${FORGOTTEN}' ORDER BY group_no`,
      )
      .raw();
    for (const [groupNo, isLoaded, heardMs] of rows.iterate() as Iterable<Standing>)
      yield { groupNo, isLoaded: isLoaded === 1, heardMs };
  }
}
