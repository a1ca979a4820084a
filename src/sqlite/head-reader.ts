import type { HeadParts, HeadRows, ShownGroups } from '../apply/tables.js';
import type { Connection } from './database.js';
import { headMarks } from './head-marks.js';
import { headParts } from './head-rows.js';
import { shownGroups } from './shown-groups.js';

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

  shown(maxGroups: number): ShownGroups {
    return shownGroups(this.#db, maxGroups);
  }
}
