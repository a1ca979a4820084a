import { Ajv2020 } from 'ajv/dist/2020.js';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Violation } from '../../../src/domain/notification.js';
import { decodeTextIn } from '../../../src/ingest/decode-text.js';
import { makeJudge } from '../../../src/ingest/judge.js';
import { ENUMERATIONS } from '../../../src/ocs/enumerations.js';
import { readSchema } from '../../../src/node/schema-files.js';
import { compileNotificationSchema } from '../../../src/node/schemas.js';
import { DEVIATIONS } from './deviations.js';

const EXAMPLES = new URL('../../../schemas/examples/', import.meta.url);
const RECEIVED_MS = Date.UTC(2026, 10, 20, 8, 30, 0);
const FOLDERS = ['valid', 'warned', 'fatal'] as const;
type Folder = (typeof FOLDERS)[number];

/** The fields of the vendor's reference, as docs of the sender list them. */
const REFERENCE_FIELDS = [
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
  'GSW_STAT_BUSY_FACTOR',
  'GSW_STAT_HIT_RATIO',
  'GSW_STAT_OVERDIAL_RATE',
  'GSW_STAT_TIME_TO_COMPLETE',
  'GSW_CAMPAIGN_GROUP_UUID',
  'GSW_CAMPAIGN_TEMPLATE',
  'GSW_CAMPAIGN_GROUP_STATUS',
  'GSW_CAMPAIGN_GROUP_ACTOR_TYPE',
];

const judge = makeJudge({
  decodeTextOf: () => decodeTextIn('utf-8'),
  validate: compileNotificationSchema().validate,
  enumerations: ENUMERATIONS,
  maxClockAheadMs: 3_600_000,
});

const filesOf = (folder: Folder) => readdirSync(new URL(`${folder}/`, EXAMPLES)).sort();

function judged(folder: Folder, file: string) {
  const bytes = readFileSync(new URL(`${folder}/${file}`, EXAMPLES), 'latin1');
  const delivery = { endpoint: 'campaign-group-state', source: 'default', receivedAtMs: RECEIVED_MS, bytes } as const;
  return judge(delivery, RECEIVED_MS);
}

/** Patterns are left out: they may be written differently and mean the same. */
const told = (violations: readonly Violation[]) => violations.map(({ field, rule }) => `${field}: ${rule}`).sort();

describe('the schemas', () => {
  it.each(['campaign-group-state.schema.json', 'callback-event.schema.json'])('%s is one by the metaschema', (name) => {
    const ajv = new Ajv2020({ strict: false });
    void ajv.validateSchema(readSchema(name));
    expect(ajv.errors ?? []).toEqual([]);
    void ajv.validateSchema({ ...readSchema(name), required: 'GSW_DATE_TIME' });
    expect(ajv.errors).toHaveLength(1);
  });
});

describe('the example bodies of the notification schema', () => {
  it.each(FOLDERS)('number at least 20 in %s/', (folder) => {
    expect(filesOf(folder).length).toBeGreaterThanOrEqual(20);
  });

  it.each(filesOf('valid'))('apply without a warning when valid: %s', (file) => {
    const judgement = judged('valid', file);

    expect(judgement.kind).toBe('notification');
    expect(judgement).toMatchObject({ warnings: [] });
  });

  it.each(filesOf('warned'))('apply with exactly the warnings expected when warned: %s', (file) => {
    const judgement = judged('warned', file);

    expect(judgement.kind).toBe('notification');
    const warnings = 'warnings' in judgement ? judgement.warnings : [];
    expect(warnings).not.toEqual([]);
    expect(told(warnings)).toEqual([...(DEVIATIONS.warned[file] ?? [])].sort());
  });

  it.each(filesOf('fatal'))('are refused for exactly the reasons expected when fatal: %s', (file) => {
    const judgement = judged('fatal', file);

    expect(judgement.kind).toBe('refused');
    const [reason, ...violations] = DEVIATIONS.fatal[file] ?? [];
    expect(judgement).toMatchObject({ reason });
    expect(told('violations' in judgement ? judgement.violations : [])).toEqual(violations.sort());
  });

  it.each(['warned', 'fatal'] as const)('are all there that the table of %s ones names', (folder) => {
    expect(Object.keys(DEVIATIONS[folder]).sort()).toEqual(filesOf(folder));
  });
});

describe('the notification schema', () => {
  it.each(REFERENCE_FIELDS)('describes %s', (field) => {
    const properties = readSchema('campaign-group-state.schema.json')['properties'];

    expect(properties).toHaveProperty([field, 'description'], expect.stringMatching(/\w{3}/));
  });

  it('names a version that quarantined bodies can carry', () => {
    expect(compileNotificationSchema().version).toMatch(/^\d+\.\d+\.\d+$/);
  });
});
