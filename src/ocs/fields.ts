/** The names OCS uses, and the other spellings under which they have been seen. */
export const ALIASES: Readonly<Record<string, string>> = {
  GSW_CAMPAIGN_GROUP_STATUS: 'GSW_CAMPAIGN_GROUP_STATE',
  GSW_CAMPAIGN_GROUP_UUID: 'GSW_CAMPAIGN_GROUP_GUID',
  GSW_CAMPAIGN_GROUP_ACTOR_TYPE: 'GSW_CAMPAIGN_GROUP_ACTOR',
  GSW_CAMPAIGN_TEMPLATE: 'GSW_CAMPAIGN_TEMPLATE_NAME',
};

export const STATISTICS = {
  busyRatio: 'GSW_STAT_BUSY_FACTOR',
  hitRatio: 'GSW_STAT_HIT_RATIO',
  overdialRatio: 'GSW_STAT_OVERDIAL_RATE',
  timeToCompleteSeconds: 'GSW_STAT_TIME_TO_COMPLETE',
} as const;

/** Whether a key is a statistic's: of the group or of a calling list, known or not. */
export function isStatistic(key: string): boolean {
  return key.startsWith('GSW_STAT_');
}

/** Every key with a meaning at the top level of a body. */
export const KNOWN_FIELDS: ReadonlySet<string> = new Set([
  'GSW_USER_EVENT',
  'GSW_DATE_TIME',
  'GSW_TENANT_NAME',
  'GSW_TENANT_CCID',
  'GSW_CAMPAIGN_GROUP_NAME',
  'GSW_CAMPAIGN_GROUP_GUID',
  'GSW_CAMPAIGN_GROUP_DBID',
  'GSW_GROUP_NAME',
  'GSW_CAMPAIGN_NAME',
  'GSW_CAMPAIGN_TEMPLATE_NAME',
  'GSW_QUEUE_NAME',
  'GSW_DIAL_MODE',
  'GSW_OPTIMIZE_BY',
  'GSW_OPTIMIZE_GOAL',
  'GSW_CAMPAIGN_GROUP_STATE',
  'GSW_CAMPAIGN_GROUP_ACTION',
  'GSW_CAMPAIGN_GROUP_ACTOR',
  ...Object.values(STATISTICS),
  ...Object.keys(ALIASES),
]);

/** Absent, null and "" all mean that nothing is said. */
export function isSaid(value: unknown): boolean {
  return value !== undefined && value !== null && !(typeof value === 'string' && value.trim() === '');
}

/** Text without lone surrogates (which no store or encoder keeps), '' when nothing is said. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value.toWellFormed();
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

/** As OCS may write a number in text. Number() alone would also read "0x10", "0b1" and "". */
const DECIMAL = /^\s*[+-]?\d+([.,]\d*)?([eE][+-]?\d+)?\s*$/;

/** A finite number from a number or its text, null when nothing (readable) is said. */
export function numberOf(value: unknown): number | null {
  const isText = typeof value === 'string' && DECIMAL.test(value);
  const number = typeof value === 'number' ? value : isText ? Number(value.replace(',', '.')) : NaN;
  return Number.isFinite(number) ? number : null;
}
