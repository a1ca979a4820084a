/** Bodies as OCS posts them; say only what matters to the test. */
export function aBody(fields: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    GSW_USER_EVENT: 'CampaignGroupState',
    GSW_DATE_TIME: dateTime(new Date().getTime()),
    GSW_TENANT_NAME: 'Environment',
    GSW_TENANT_CCID: '1',
    GSW_CAMPAIGN_GROUP_NAME: 'Spring Sale@Agents',
    GSW_CAMPAIGN_GROUP_GUID: '3f2504e0-4f89-11d3-9a0c-0305e82c3301',
    GSW_CAMPAIGN_GROUP_DBID: '101',
    GSW_GROUP_NAME: 'Agents',
    GSW_CAMPAIGN_NAME: 'Spring Sale',
    GSW_QUEUE_NAME: '8001',
    GSW_CAMPAIGN_GROUP_STATE: 5,
    GSW_CAMPAIGN_GROUP_ACTION: 9,
    GSW_CAMPAIGN_GROUP_ACTOR: 1,
    ...fields,
  };
}

export const dateTime = (ms: number): string => (ms / 1000).toFixed(3);

export const LOADED = { GSW_CAMPAIGN_GROUP_STATE: 4, GSW_CAMPAIGN_GROUP_ACTION: 7 };
export const STARTED = { GSW_CAMPAIGN_GROUP_STATE: 5, GSW_CAMPAIGN_GROUP_ACTION: 9 };
export const STOPPED = { GSW_CAMPAIGN_GROUP_STATE: 4, GSW_CAMPAIGN_GROUP_ACTION: 10 };
export const UNLOADED = { GSW_CAMPAIGN_GROUP_STATE: 0, GSW_CAMPAIGN_GROUP_ACTION: 8 };
export const FIGURES = {
  GSW_STAT_BUSY_FACTOR: 0.85,
  GSW_STAT_HIT_RATIO: 0.3,
  GSW_STAT_OVERDIAL_RATE: 0.02,
  GSW_STAT_TIME_TO_COMPLETE: 600,
};
