/** The fields of a notification that the comparison programs ask for and store, and the smallest schema that says so. */

const TEXTS = [
  'GSW_USER_EVENT',
  'GSW_DATE_TIME',
  'GSW_TENANT_NAME',
  'GSW_TENANT_CCID',
  'GSW_CAMPAIGN_GROUP_NAME',
  'GSW_CAMPAIGN_GROUP_GUID',
  'GSW_CAMPAIGN_GROUP_DBID',
  'GSW_GROUP_NAME',
  'GSW_CAMPAIGN_NAME',
  'GSW_QUEUE_NAME',
] as const;
const NUMBERS = [
  'GSW_DIAL_MODE',
  'GSW_OPTIMIZE_BY',
  'GSW_OPTIMIZE_GOAL',
  'GSW_CAMPAIGN_GROUP_STATE',
  'GSW_CAMPAIGN_GROUP_ACTION',
  'GSW_CAMPAIGN_GROUP_ACTOR',
  'GSW_STAT_BUSY_FACTOR',
  'GSW_STAT_HIT_RATIO',
  'GSW_STAT_OVERDIAL_RATE',
  'GSW_STAT_TIME_TO_COMPLETE',
] as const;

export const COLUMNS: readonly string[] = [...TEXTS, ...NUMBERS];

const typed = (names: readonly string[], type: string) => names.map((name): [string, object] => [name, { type }]);

export const SMALL_SCHEMA = {
  type: 'object',
  required: [...TEXTS, 'GSW_CAMPAIGN_GROUP_STATE'],
  properties: Object.fromEntries<object>([...typed(TEXTS, 'string'), ...typed(NUMBERS, 'number')]),
};

export const CREATE_TABLE = `CREATE TABLE IF NOT EXISTS notifications (
  id INTEGER PRIMARY KEY, received_ms INTEGER, ${COLUMNS.join(', ')})`;
