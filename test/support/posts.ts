import { aBody, type BodyParts } from './bodies.js';

/** A body as OCS posts it now: a running group, started by a client. */
export function aPost(parts: BodyParts = {}): Record<string, unknown> {
  const now = { GSW_DATE_TIME: dateTime(new Date().getTime()) };
  return aBody({ ...now, GSW_CAMPAIGN_GROUP_ACTION: 9, GSW_CAMPAIGN_GROUP_ACTOR: 1, ...parts });
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
