import type { QuarterRows } from '../apply/evidence-rows.js';
import {
  LIST_QUARTER_COLUMNS,
  listQuarterColumns,
  listQuarterOfRow,
  QUARTER_COLUMNS,
  quarterColumns,
  quarterOfRow,
  type QuarterRow,
} from '../apply/stored/quarter-row.js';
import type { ListQuarterHour, QuarterHour } from '../evidence/quarter-hours.js';
import type { Connection } from './database.js';

export class QuarterTable implements QuarterRows {
  readonly #sql;

  constructor(db: Connection) {
    this.#sql = prepare(db);
  }

  quarter(groupNo: number, startMs: number): QuarterHour | null {
    const row = this.#sql.quarter.get(groupNo, startMs) as QuarterRow | undefined;
    return row === undefined ? null : quarterOfRow(row);
  }

  putQuarter(groupNo: number, quarter: QuarterHour): void {
    this.#sql.putQuarter.run(groupNo, ...quarterColumns(quarter));
  }

  listQuarter(listNo: number, startMs: number): ListQuarterHour | null {
    const row = this.#sql.listQuarter.get(listNo, startMs) as QuarterRow | undefined;
    return row === undefined ? null : listQuarterOfRow(listNo, row);
  }

  putListQuarter(quarter: ListQuarterHour): void {
    this.#sql.putListQuarter.run(quarter.listNo, ...listQuarterColumns(quarter));
  }
}

function prepare(db: Connection) {
  const put = (table: string, columns: string) =>
    db.prepare(`INSERT OR REPLACE INTO ${table} VALUES (?, ${columns.replaceAll(/\w+/g, '?')})`);
  return {
    quarter: db.prepare(`SELECT ${QUARTER_COLUMNS} FROM quarter_hours WHERE group_no = ? AND start_ms = ?`).raw(),
    putQuarter: put('quarter_hours', QUARTER_COLUMNS),
    listQuarter: db
      .prepare(`SELECT ${LIST_QUARTER_COLUMNS} FROM list_quarter_hours WHERE list_no = ? AND start_ms = ?`)
      .raw(),
    putListQuarter: put('list_quarter_hours', LIST_QUARTER_COLUMNS),
  };
}
