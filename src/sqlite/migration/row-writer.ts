import type { Statement } from 'better-sqlite3';
import type { Cells } from '../../apply/migration/moved-row.js';
import type { Connection } from '../database.js';

/** Inserts rows whose columns are told with them. */
export class RowWriter {
  readonly #db: Connection;
  /** Each text once: what is prepared is never collected (retain.ts). As many as tables have sets of columns. */
  readonly #prepared = new Map<string, Statement>();

  constructor(db: Connection) {
    this.#db = db;
  }

  /** Returns its number, where the table gives one. */
  insert(table: string, cells: Cells): number {
    const names = Object.keys(cells);
    const places = names.map(() => '?').join(', ');
    const values = names.map((name) => cells[name]);
    const insert = this.#statement(`INSERT INTO ${table} (${names.join(', ')}) VALUES (${places})`);
    return Number(insert.run(...values).lastInsertRowid);
  }

  run(sql: string, ...values: readonly (number | string)[]): void {
    this.#statement(sql).run(...values);
  }

  number(sql: string, ...values: readonly (number | string)[]): number | null {
    const row = this.#statement(sql).get(...values) as Readonly<Record<string, number>> | undefined;
    return row === undefined ? null : (Object.values(row)[0] ?? null);
  }

  #statement(sql: string): Statement {
    const known = this.#prepared.get(sql) ?? this.#db.prepare(sql);
    this.#prepared.set(sql, known);
    return known;
  }
}
