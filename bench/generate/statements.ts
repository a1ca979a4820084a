/** What the groups of `bench/post.lua` say in words, so that posts of wrk go on with what was generated. */
import type { Notification, Statement } from '../../src/domain/notification.js';

interface Said {
  readonly stateCode: number;
  readonly actionCode: number;
}

export const LOADED: Said = { stateCode: 4, actionCode: 7 };
export const RUNNING: Said = { stateCode: 5, actionCode: 9 };

export function statementOf(
  group: number,
  { stateCode, actionCode }: Said,
): Pick<Notification, 'source' | 'dbid'> & { readonly statement: Statement } {
  const dbid = String(group + 1);
  const attributes = {
    name: `Spring Sale ${dbid}@Agents North`,
    tenant: 'Environment',
    tenantCcid: '1',
    guid: `3f2504e0-4f89-11d3-9a0c-${dbid.padStart(12, '0')}`,
    group: 'Agents North',
    campaign: `Spring Sale ${dbid}`,
    template: '',
    queue: '8001',
  };
  const mode = { dialModeCode: 1, optimizeByCode: 2, optimizeGoal: 3, actorCode: 1 };
  const statement = { stateCode, actionCode, ...mode, attributes, sendsStatistics: true, extras: '' };
  return { source: 'default', dbid, statement };
}
