/** What OCS posts of a running campaign group, in parts that are made once: the body of bench/post.lua. */

export interface BodyParts {
  /** Up to the time. */
  readonly before: string;
  /** From the time on. Figures have four decimals, as OCS has them. */
  readonly after: (busy: number, hit: number, overdial: number, secondsToComplete: number) => string;
}

export function bodyParts(group: number): BodyParts {
  const fixed = {
    GSW_TENANT_NAME: 'Environment',
    GSW_TENANT_CCID: '1',
    GSW_CAMPAIGN_GROUP_NAME: `Spring Sale ${group}@Agents North`,
    GSW_CAMPAIGN_GROUP_GUID: `3f2504e0-4f89-11d3-9a0c-${String(group).padStart(12, '0')}`,
    GSW_CAMPAIGN_GROUP_DBID: String(group),
    GSW_GROUP_NAME: 'Agents North',
    GSW_CAMPAIGN_NAME: `Spring Sale ${group}`,
    GSW_QUEUE_NAME: '8001',
    GSW_DIAL_MODE: 1,
    GSW_OPTIMIZE_BY: 2,
    GSW_OPTIMIZE_GOAL: 3,
    GSW_CAMPAIGN_GROUP_STATE: 5,
    GSW_CAMPAIGN_GROUP_ACTION: 9,
    GSW_CAMPAIGN_GROUP_ACTOR: 1,
  };
  const middle = `",${JSON.stringify(fixed).slice(1, -1)},"GSW_STAT_BUSY_FACTOR":`;
  return {
    before: '{"GSW_USER_EVENT":"CampaignGroupState","GSW_DATE_TIME":"',
    after: (busy, hit, overdial, secondsToComplete) =>
      `${middle}${busy},"GSW_STAT_HIT_RATIO":${hit},"GSW_STAT_OVERDIAL_RATE":${overdial},` +
      `"GSW_STAT_TIME_TO_COMPLETE":${secondsToComplete}}`,
  };
}

/** Drawn at random: 0 to 0.9999. */
export function drawnFigure(): number {
  return Math.floor(Math.random() * 10_000) / 10_000;
}
