import type { StatementRow, StatementRows } from '../apply/evidence-rows.js';
import type { GroupAttributes, Statement } from '../domain/notification.js';
import type { ImportedFrom } from '../domain/origin.js';
import type { Connection } from './database.js';

export interface StoredStatementRow {
  statement_no: number;
  content_digest: string;
  state_code: number;
  dial_mode_code: number | null;
  optimize_by_code: number | null;
  optimize_goal: number | null;
  action_code: number | null;
  actor_code: number | null;
  name: string;
  tenant: string;
  tenant_ccid: string;
  guid: string;
  agent_group: string;
  campaign: string;
  template: string;
  queue: string;
  sends_statistics: number;
  extras: string;
  origin: ImportedFrom | null;
}

export class StatementTable implements StatementRows {
  readonly #sql;

  constructor(db: Connection) {
    this.#sql = prepare(db);
  }

  find(groupNo: number, contentDigest: string): number | null {
    const found = this.#sql.find.get(groupNo, contentDigest) as { statement_no: number } | undefined;
    return found?.statement_no ?? null;
  }

  byNo(no: number): StatementRow {
    return statementRowOf(this.#sql.byNo.get(no) as StoredStatementRow);
  }

  insert(groupNo: number, contentDigest: string, statement: Statement): number {
    const { attributes } = statement;
    const row: Omit<StoredStatementRow, 'statement_no'> & { group_no: number } = {
      group_no: groupNo,
      content_digest: contentDigest,
      state_code: statement.stateCode,
      dial_mode_code: statement.dialModeCode,
      optimize_by_code: statement.optimizeByCode,
      optimize_goal: statement.optimizeGoal,
      action_code: statement.actionCode,
      actor_code: statement.actorCode,
      name: attributes.name,
      tenant: attributes.tenant,
      tenant_ccid: attributes.tenantCcid,
      guid: attributes.guid,
      agent_group: attributes.group,
      campaign: attributes.campaign,
      template: attributes.template,
      queue: attributes.queue,
      sends_statistics: statement.sendsStatistics ? 1 : 0,
      extras: statement.extras,
      origin: statement.origin ?? null,
    };
    return Number(this.#sql.insert.run(row).lastInsertRowid);
  }
}

export function statementRowOf(row: StoredStatementRow): StatementRow {
  return { no: row.statement_no, contentDigest: row.content_digest, statement: statementOf(row) };
}

function statementOf(row: StoredStatementRow): Statement {
  const attributes: GroupAttributes = {
    name: row.name,
    tenant: row.tenant,
    tenantCcid: row.tenant_ccid,
    guid: row.guid,
    group: row.agent_group,
    campaign: row.campaign,
    template: row.template,
    queue: row.queue,
  };
  return {
    stateCode: row.state_code,
    dialModeCode: row.dial_mode_code,
    optimizeByCode: row.optimize_by_code,
    optimizeGoal: row.optimize_goal,
    actionCode: row.action_code,
    actorCode: row.actor_code,
    attributes,
    sendsStatistics: row.sends_statistics === 1,
    extras: row.extras,
    ...(row.origin && { origin: row.origin }),
  };
}

function prepare(db: Connection) {
  return {
    find: db.prepare('SELECT statement_no FROM statements WHERE group_no = ? AND content_digest = ?'),
    byNo: db.prepare('SELECT * FROM statements WHERE statement_no = ?'),
    insert: db.prepare(`
      INSERT INTO statements (group_no, content_digest, state_code, dial_mode_code, optimize_by_code, optimize_goal,
        action_code, actor_code, name, tenant, tenant_ccid, guid, agent_group, campaign, template, queue,
        sends_statistics, extras, origin)
      VALUES (@group_no, @content_digest, @state_code, @dial_mode_code, @optimize_by_code, @optimize_goal,
        @action_code, @actor_code, @name, @tenant, @tenant_ccid, @guid, @agent_group, @campaign, @template, @queue,
        @sends_statistics, @extras, @origin)`),
  };
}
