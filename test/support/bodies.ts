import type { Decoded } from '../../src/ocs/decode-notification.js';
import { decodeNotification } from '../../src/ocs/decode-notification.js';
import { ENUMERATIONS } from '../../src/ocs/enumerations.js';
import type { SchemaViolation } from '../../src/domain/notification.js';
import { T0 } from './notifications.js';

/** What a test changes of a body; undefined takes a field away. */
export type BodyParts = Readonly<Record<string, unknown>>;

/** A body of a running group as OCS posts it; say only what matters to the test. */
export function aBody(parts: BodyParts = {}): Record<string, unknown> {
  const body: Record<string, unknown> = {
    GSW_USER_EVENT: 'CampaignGroupState',
    GSW_DATE_TIME: String(T0 / 1000),
    GSW_TENANT_NAME: 'Environment',
    GSW_TENANT_CCID: '1',
    GSW_CAMPAIGN_GROUP_NAME: 'Spring Sale@Agents',
    GSW_CAMPAIGN_GROUP_GUID: '3f2504e0-4f89-11d3-9a0c-0305e82c3301',
    GSW_CAMPAIGN_GROUP_DBID: '101',
    GSW_GROUP_NAME: 'Agents',
    GSW_CAMPAIGN_NAME: 'Spring Sale',
    GSW_QUEUE_NAME: '8001',
    GSW_CAMPAIGN_GROUP_STATE: 5,
    ...parts,
  };
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
}

export const decoded = (
  value: unknown,
  validate: (value: unknown) => readonly SchemaViolation[] = () => [],
  latestMs = T0 + 3_600_000,
): Decoded =>
  decodeNotification(value, {
    source: 'default',
    receivedAtMs: T0 + 20,
    latestMs,
    enumerations: ENUMERATIONS,
    validate,
    show: (found) => JSON.stringify(found),
  });

/** The notification in a body that must hold one, however late it is. */
export function notificationIn(value: unknown) {
  const { notification } = decoded(value, undefined, Infinity);
  if (notification === null) throw new Error('the body was refused');
  return notification;
}
