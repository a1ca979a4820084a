/** What the service knows of the demo's campaign groups from an earlier start. */
import { MonitorError } from '../domain/errors.js';
import type { Known } from '../simulator/demo/join.js';
import type { Past } from '../simulator/demo/past.js';
import { type Asking, callService } from './service-call.js';

type KnownOf = (source: string, dbid: string) => Known | null;

interface Page<T> {
  readonly items: readonly T[];
  readonly next_cursor: string | null;
}

interface Group {
  readonly id: string;
  readonly source: string;
  readonly dbid: string;
  readonly state: string;
  readonly guid: string;
  readonly dial_mode: string | null;
  readonly optimize_by: string | null;
  readonly optimize_goal: number | null;
  readonly last_event_at: string;
}

interface Transition {
  readonly at: string;
  readonly campaign_group_id: string;
  readonly from_state: string | null;
}

export async function knownGroups(config: Asking, readUrl: string, past: Past): Promise<KnownOf> {
  const groups = await all<Group>(config, `${readUrl}/api/v1/campaign-groups?limit=1000`);
  const firstLoads = past.isMissing ? await firstLoadsSince(config, readUrl, past.fromMs) : new Map<string, number>();
  const known = groups.map((group): [string, Known] => [
    `${group.source} ${group.dbid}`,
    {
      state: group.state,
      guid: group.guid,
      dialMode: group.dial_mode,
      optimizeBy: group.optimize_by,
      optimizeGoal: group.optimize_goal,
      atMs: Date.parse(group.last_event_at),
      firstLoadMs: firstLoads.get(group.id) ?? null,
    },
  ]);
  const byKey = new Map(known);
  return (source, dbid) => byKey.get(`${source} ${dbid}`) ?? null;
}

/** By group: its first transition, where that was its load. */
async function firstLoadsSince(config: Asking, readUrl: string, fromMs: number): Promise<Map<string, number>> {
  const from = new Date(fromMs - 3_600_000).toISOString();
  const newestFirst = await all<Transition>(config, `${readUrl}/api/v1/transitions?limit=1000&from=${from}`);
  const first = new Map(newestFirst.map((transition) => [transition.campaign_group_id, transition]));
  const loads = [...first].filter(([, { from_state }]) => from_state === 'not_loaded');
  return new Map(loads.map(([id, { at }]) => [id, Date.parse(at)]));
}

async function all<T>(config: Asking, url: string): Promise<T[]> {
  const token = config.readTokens[0] ?? config.adminTokens[0];
  const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` };
  const items: T[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const page: string = cursor === '' ? url : `${url}&cursor=${encodeURIComponent(cursor)}`;
    const { status, text } = await callService(config, page, { method: 'GET', headers, timeoutMs: null });
    if (status !== 200) throw new MonitorError('OCM_UNAVAILABLE', `${page} answered ${status}`);
    const answer = JSON.parse(text) as Page<T>;
    items.push(...answer.items);
    cursor = answer.next_cursor;
  }
  return items;
}
