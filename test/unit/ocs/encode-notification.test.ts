import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { listsContent, statementContent, statisticsContent } from '../../../src/domain/identity.js';
import { compileNotificationSchema } from '../../../src/node/schemas.js';
import { encodeNotification } from '../../../src/ocs/encode-notification.js';
import { ALIASES, KNOWN_FIELDS } from '../../../src/ocs/fields.js';
import { aBody, decoded } from '../../support/bodies.js';

const { validate } = compileNotificationSchema();
const FIELDS = [...KNOWN_FIELDS, ...Object.keys(ALIASES), 'GSW_OTHER', '__proto__', 'ÄÖ', 'GSW_CALLING_LISTS'];

const number = fc.oneof(
  fc.integer({ min: -3, max: 40 }),
  fc.double({ min: 0, max: 2, noNaN: true }),
  fc.constant(1e300),
);
const scalar = fc.oneof(
  number,
  number.map(String),
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.constantFrom<unknown>('', ' ', 'NaN', '0,5', null, true, false),
);
const value = fc.oneof(
  { weight: 6, arbitrary: scalar },
  { weight: 1, arbitrary: fc.array(scalar, { maxLength: 2 }) },
  { weight: 1, arbitrary: fc.dictionary(fc.constantFrom('a', '__proto__', 'é'), scalar, { maxKeys: 2 }) },
);
const list = fc.record(
  {
    GSW_CALLING_LIST_NAME: scalar,
    GSW_CALLING_LIST_DBID: scalar,
    GSW_STAT_HIT_RATIO: scalar,
    GSW_STAT_TIME_TO_COMPLETE: scalar,
    GSW_LIST_OTHER: scalar,
  },
  { requiredKeys: ['GSW_STAT_HIT_RATIO'] },
);
const lists = fc.oneof(fc.array(list, { maxLength: 3 }), fc.dictionary(fc.constantFrom('A', 'B', '7'), list));
const body = fc
  .record({
    fields: fc.array(fc.tuple(fc.constantFrom(...FIELDS), value), { maxLength: 6 }),
    lists: fc.option(lists, { nil: undefined }),
  })
  .map(({ fields, lists: found }) => {
    const parts = new Map<string, unknown>([...Object.entries(aBody()), ...fields]);
    if (found !== undefined) parts.set('GSW_LISTS', found);
    return JSON.parse(
      `{${[...parts].map(([key, one]) => `${JSON.stringify(key)}:${JSON.stringify(one)}`).join(',')}}`,
    ) as unknown;
  });

function content(of: unknown) {
  const { notification } = decoded(of, validate);
  if (notification === null) return null;
  const { dbid, atMs, statement, statistics, callingLists } = notification;
  const says = [statementContent(statement), statisticsContent(statistics), listsContent(callingLists)];
  return { notification, says: [dbid, atMs, ...says] };
}

describe('a body made of a notification', () => {
  it('means the same, whatever was received', () => {
    fc.assert(
      fc.property(body, (received) => {
        const before = content(received);
        if (before === null) return;
        const written = encodeNotification(before.notification);
        expect(written).toMatch(/^[\x20-\x7e]*$/);
        expect(content(JSON.parse(written))?.says).toEqual(before.says);
      }),
      { numRuns: 5000 },
    );
  });

  it('says what could not be applied in the place where it stood', () => {
    const received = {
      ...aBody(),
      GSW_DIAL_MODE: 'fast',
      GSW_CAMPAIGN_GROUP_ACTOR: 'x',
      GSW_CAMPAIGN_GROUP_ACTOR_TYPE: 2,
    };
    const written: unknown = JSON.parse(encodeNotification(content(received)?.notification ?? (null as never)));
    expect(written).toMatchObject({ GSW_DIAL_MODE: 'fast', GSW_CAMPAIGN_GROUP_ACTOR: 'x' });
  });
});
