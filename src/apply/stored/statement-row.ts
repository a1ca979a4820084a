/** The table `statements`, as every database has it. */
import type { GroupAttributes, Statement } from '../../domain/notification.js';
import type { ImportedFrom } from '../../domain/origin.js';
import type { StatementRow } from '../evidence-rows.js';

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

export type StatementColumns = Omit<StoredStatementRow, 'statement_no'>;

export function statementColumns(contentDigest: string, statement: Statement): StatementColumns {
  const { attributes } = statement;
  return {
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
