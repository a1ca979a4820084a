import type { StatementRow, StatementRows } from '../apply/evidence-rows.js';
import {
  type StatementColumns,
  statementColumns,
  statementRowOf,
  type StoredStatementRow,
} from '../apply/stored/statement-row.js';
import type { Statement } from '../domain/notification.js';
import type { Connection } from './database.js';
import { type NameKeys, NameTable } from './name-table.js';

export class StatementTable implements StatementRows {
  readonly #sql;
  readonly #names: NameTable;

  constructor(db: Connection) {
    this.#sql = prepare(db);
    this.#names = new NameTable(db);
  }

  find(groupNo: number, contentDigest: string): number | null {
    const found = this.#sql.find.get(groupNo, contentDigest) as { statement_no: number } | undefined;
    return found?.statement_no ?? null;
  }

  byNo(no: number): StatementRow {
    return statementRowOf(this.#sql.byNo.get(no) as StoredStatementRow);
  }

  insert(groupNo: number, contentDigest: string, statement: Statement): number {
    const row: StatementColumns & NameKeys & { group_no: number } = {
      group_no: groupNo,
      ...statementColumns(contentDigest, statement),
      ...this.#names.keysOf(groupNo, statement.attributes),
    };
    return Number(this.#sql.insert.run(row).lastInsertRowid);
  }
}

function prepare(db: Connection) {
  return {
    find: db.prepare('SELECT statement_no FROM statements WHERE group_no = ? AND content_digest = ?'),
    byNo: db.prepare('SELECT * FROM statements WHERE statement_no = ?'),
    insert: db.prepare(`
      INSERT INTO statements (group_no, content_digest, state_code, dial_mode_code, optimize_by_code, optimize_goal,
        action_code, actor_code, name, tenant, tenant_ccid, guid, agent_group, campaign, template, queue,
        sends_statistics, extras, origin, tenant_key, campaign_key, agent_group_key)
      VALUES (@group_no, @content_digest, @state_code, @dial_mode_code, @optimize_by_code, @optimize_goal,
        @action_code, @actor_code, @name, @tenant, @tenant_ccid, @guid, @agent_group, @campaign, @template, @queue,
        @sends_statistics, @extras, @origin, @tenant_key, @campaign_key, @agent_group_key)`),
  };
}
