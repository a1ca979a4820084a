import { createHash } from 'node:crypto';
import type { Notification, Statement } from '../../src/domain/notification.js';

export const digest = (text: string): string => createHash('sha256').update(text).digest('base64url').slice(0, 22);

export const T0 = Date.UTC(2026, 10, 20, 8, 0, 0);

type Parts = Partial<Omit<Notification, 'statement'>> & { statement?: Partial<Statement> };

/** A notification of a running group; say only what matters to the test. */
export function aNotification({ statement, ...parts }: Parts = {}): Notification {
  const dbid = parts.dbid ?? '101';
  const atMs = parts.atMs ?? T0;
  return {
    source: 'default',
    dbid,
    atMs,
    receivedAtMs: atMs + 20,
    statistics: { busyRatio: null, hitRatio: null, overdialRatio: null, timeToCompleteSeconds: null },
    callingLists: [],
    ...parts,
    statement: {
      stateCode: 5,
      dialModeCode: null,
      optimizeByCode: null,
      optimizeGoal: null,
      actionCode: null,
      actorCode: null,
      attributes: {
        name: `Spring Sale@Agents ${dbid}`,
        tenant: 'Environment',
        tenantCcid: '1',
        guid: '3f2504e0-4f89-11d3-9a0c-0305e82c3301',
        group: 'Agents',
        campaign: 'Spring Sale',
        template: '',
        queue: '8001',
      },
      sendsStatistics: true,
      extras: '',
      ...statement,
    },
  };
}
