import type { KeptNumber, NumberRows } from '../apply/tables.js';
import type { Connection } from './database.js';

export class NumberTable implements NumberRows {
  readonly #sql;

  constructor(db: Connection) {
    this.#sql = {
      kept: db.prepare('SELECT value FROM kept_numbers WHERE name = ?').pluck(),
      keep: db.prepare('INSERT OR REPLACE INTO kept_numbers VALUES (?, ?)'),
      drop: db.prepare('DELETE FROM kept_numbers WHERE name = ?'),
    };
  }

  kept(name: KeptNumber): number | null {
    return (this.#sql.kept.get(name) as number | undefined) ?? null;
  }

  keep(name: KeptNumber, value: number | null): void {
    if (value === null) this.#sql.drop.run(name);
    else this.#sql.keep.run(name, value);
  }
}
