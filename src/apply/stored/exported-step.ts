/** Steps with their groups' names, as exports tell them: of any database. */
import type { ExportedSession, ExportedTransition, NamedGroup } from '../../reports/export/campaign-tables.js';
import { type StepRow, transitionOf } from './step-row.js';

interface Named {
  readonly campaign_group_id: string;
  readonly source: string;
  readonly dbid: string;
  readonly tenant: string;
  readonly name: string;
  readonly campaign: string;
  readonly agent_group: string;
}

export interface NamedStep extends StepRow, Named {
  readonly group_no: number;
  readonly transition_id: string;
}

export interface SessionStep extends NamedStep {
  readonly end_ms: number | null;
  readonly observed_ms: number | null;
}

function named(row: Named): NamedGroup {
  const { campaign_group_id: campaignGroupId, source, dbid, tenant, name, campaign, agent_group: agentGroup } = row;
  return { campaignGroupId, source, dbid, tenant, campaignGroup: name, campaign, agentGroup };
}

export function exportedTransition(row: NamedStep): ExportedTransition {
  return { ...named(row), transition: transitionOf(row, row.transition_id) };
}

export function exportedSession(row: SessionStep): ExportedSession {
  return {
    ...named(row),
    id: row.transition_id,
    fromState: row.from_state,
    firstSeenMs: row.at_ms,
    endMs: row.end_ms,
    inferred: row.inferred === 1,
    observedMs: row.observed_ms,
  };
}
