import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aBody, decoded, notificationIn } from '../../support/bodies.js';

const fatalOf = (value: unknown) => {
  const result = decoded(value);
  return 'fatal' in result ? result.fatal : [];
};

describe('the fields of a notification', () => {
  it('become our words for the same things', () => {
    const body = aBody({
      GSW_CAMPAIGN_TEMPLATE_NAME: 'Standard',
      GSW_DIAL_MODE: 1,
      GSW_OPTIMIZE_BY: 2,
      GSW_OPTIMIZE_GOAL: 3,
      GSW_CAMPAIGN_GROUP_ACTION: 9,
      GSW_CAMPAIGN_GROUP_ACTOR: 1,
      GSW_STAT_BUSY_FACTOR: 0.8,
      GSW_STAT_HIT_RATIO: 0.25,
      GSW_STAT_OVERDIAL_RATE: 1.5,
      GSW_STAT_TIME_TO_COMPLETE: 3600,
    });

    const { notification, warnings } = decoded(body);

    expect(warnings).toEqual([]);
    expect(notification).toMatchObject({
      source: 'default',
      dbid: '101',
      statement: {
        stateCode: 5,
        dialModeCode: 1,
        optimizeByCode: 2,
        optimizeGoal: 3,
        actionCode: 9,
        actorCode: 1,
        attributes: {
          name: 'Spring Sale@Agents',
          tenant: 'Environment',
          tenantCcid: '1',
          guid: '3f2504e0-4f89-11d3-9a0c-0305e82c3301',
          group: 'Agents',
          campaign: 'Spring Sale',
          template: 'Standard',
          queue: '8001',
        },
        sendsStatistics: true,
        extras: '',
      },
      statistics: { busyRatio: 0.8, hitRatio: 0.25, overdialRatio: 1.5, timeToCompleteSeconds: 3600 },
    });
  });

  it.each([
    ['GSW_CAMPAIGN_GROUP_STATUS', 4, 'GSW_CAMPAIGN_GROUP_STATE', ['stateCode'], 4],
    ['GSW_CAMPAIGN_GROUP_UUID', 'a-b', 'GSW_CAMPAIGN_GROUP_GUID', ['attributes', 'guid'], 'a-b'],
    ['GSW_CAMPAIGN_GROUP_ACTOR_TYPE', 2, 'GSW_CAMPAIGN_GROUP_ACTOR', ['actorCode'], 2],
    ['GSW_CAMPAIGN_TEMPLATE', 'Night', 'GSW_CAMPAIGN_TEMPLATE_NAME', ['attributes', 'template'], 'Night'],
  ])('are understood as %s too', (alias, value, name, path, expected) => {
    for (const original of [undefined, null, '', ' ']) {
      const result = decoded(aBody({ [name]: original, [alias]: value }));

      expect(result.warnings).toEqual([]);
      expect(result.notification?.statement).toHaveProperty(path, expected);
    }
  });

  it.each([
    ['GSW_CAMPAIGN_GROUP_UUID', 'GSW_CAMPAIGN_GROUP_GUID', 'a', 'b'],
    ['GSW_CAMPAIGN_TEMPLATE', 'GSW_CAMPAIGN_TEMPLATE_NAME', 'Day', 'Night'],
    ['GSW_CAMPAIGN_GROUP_ACTOR_TYPE', 'GSW_CAMPAIGN_GROUP_ACTOR', 1, 2],
  ])('that say another thing under their other spelling keep it, with a warning: %s', (alias, field, one, other) => {
    const { notification, warnings } = decoded(aBody({ [field]: one, [alias]: other }));

    expect(warnings).toEqual([{ field: alias, rule: `equal to ${field}`, found: JSON.stringify(other) }]);
    expect(notification?.statement.extras).toBe(JSON.stringify({ [alias]: other }));
    expect(decoded(aBody({ [field]: one, [alias]: String(one) })).warnings).toEqual([]);
  });

  it('fall back to another spelling when the first holds no text', () => {
    const body = aBody({ GSW_CAMPAIGN_GROUP_GUID: {}, GSW_CAMPAIGN_GROUP_UUID: 'a-b' });

    expect(notificationIn(body).statement.attributes.guid).toBe('a-b');
  });

  it.each([undefined, null, '', '  ', 0, '0'])('that hold %j say no mode, goal or action', (value) => {
    const { statement } = notificationIn(
      aBody({
        GSW_DIAL_MODE: value,
        GSW_OPTIMIZE_BY: value,
        GSW_OPTIMIZE_GOAL: value,
        GSW_CAMPAIGN_GROUP_ACTION: value,
      }),
    );

    expect(statement).toMatchObject({ dialModeCode: null, optimizeByCode: null, optimizeGoal: null, actionCode: null });
  });

  it('tell an actor that is said not to be known from one that is not said', () => {
    const actorOf = (value: unknown) => notificationIn(aBody({ GSW_CAMPAIGN_GROUP_ACTOR: value })).statement.actorCode;

    expect([actorOf(0), actorOf('0'), actorOf(''), actorOf(null), actorOf(undefined)]).toEqual([
      0,
      0,
      null,
      null,
      null,
    ]);
  });

  it('may hold integers as digit strings', () => {
    const asText = aBody({ GSW_DIAL_MODE: '5', GSW_OPTIMIZE_GOAL: '85', GSW_CAMPAIGN_GROUP_STATE: ' 5 ' });
    const asNumbers = aBody({ GSW_DIAL_MODE: 5, GSW_OPTIMIZE_GOAL: 85, GSW_CAMPAIGN_GROUP_STATE: 5 });

    expect(decoded(asText)).toEqual(decoded(asNumbers));
  });

  it('fall back to the DBID for the name and to Unknown for the tenant when those are absent', () => {
    for (const nothing of [undefined, null, '', ' ']) {
      const body = aBody({ GSW_CAMPAIGN_GROUP_NAME: nothing, GSW_TENANT_NAME: nothing, GSW_TENANT_CCID: nothing });

      expect(notificationIn(body).statement.attributes).toMatchObject({
        name: '101',
        tenant: 'Unknown',
        tenantCcid: 'Unknown',
      });
    }
  });

  it('lose stray surrogates, which no store keeps', () => {
    const { dbid, statement } = notificationIn(
      aBody({ GSW_CAMPAIGN_GROUP_DBID: '1\ud800', GSW_QUEUE_NAME: '\udc00Q', GSW_NEW: { '\ud801': 'x\udfff' } }),
    );

    expect([dbid, statement.attributes.queue]).toEqual(['1\ufffd', '\ufffdQ']);
    expect(statement.extras.isWellFormed()).toBe(true);
  });

  it('whose value broke the schema count as absent and are kept', () => {
    const violation = { field: 'GSW_DIAL_MODE', rule: 'integer', value: 'fast', fatal: false };

    const { notification, warnings } = decoded(aBody({ GSW_DIAL_MODE: 'fast' }), () => [violation, violation]);

    expect(warnings).toEqual([{ field: 'GSW_DIAL_MODE', rule: 'integer', found: '"fast"' }]);
    expect(notification?.statement).toMatchObject({ dialModeCode: null, extras: '{"GSW_DIAL_MODE":"fast"}' });
  });

  it('that are fatal for the schema refuse the body once, with the warnings beside them', () => {
    const violation = { field: 'GSW_CAMPAIGN_GROUP_DBID', rule: 'present', value: undefined, fatal: true };

    const result = decoded(aBody({ GSW_NEW: 1 }), () => [violation]);

    expect(result).toEqual({
      notification: null,
      fatal: [{ field: 'GSW_CAMPAIGN_GROUP_DBID', rule: 'present', found: 'nothing' }],
      warnings: [{ field: 'GSW_NEW', rule: 'a known field', found: '1' }],
    });
  });
});

describe('the DBID', () => {
  it.each([
    [118, '118'],
    ['118', '118'],
    [' 118 ', '118'],
    ['0118', '0118'],
    ['9007199254740993', '9007199254740993'],
  ])('%j is the text %j', (value, dbid) => {
    expect(notificationIn(aBody({ GSW_CAMPAIGN_GROUP_DBID: value })).dbid).toBe(dbid);
  });
});

describe('the state', () => {
  it.each([
    ['absent under both spellings', undefined, undefined],
    ['null under both spellings', null, null],
    ['empty under both spellings', '', ' '],
    ['no number', 'Running', undefined],
  ])('refuses the body when it is %s', (_, state, status) => {
    const body = aBody({ GSW_CAMPAIGN_GROUP_STATE: state, GSW_CAMPAIGN_GROUP_STATUS: status });

    expect(fatalOf(body)).toMatchObject([{ field: 'GSW_CAMPAIGN_GROUP_STATE', rule: 'present' }]);
  });

  it('refuses the body when its two spellings differ', () => {
    expect(fatalOf(aBody({ GSW_CAMPAIGN_GROUP_STATE: 5, GSW_CAMPAIGN_GROUP_STATUS: '4' }))).toEqual([
      { field: 'GSW_CAMPAIGN_GROUP_STATE', rule: 'equal to GSW_CAMPAIGN_GROUP_STATUS', found: '5 and 4' },
    ]);
  });

  it('may stand under both spellings when they say the same', () => {
    expect(fatalOf(aBody({ GSW_CAMPAIGN_GROUP_STATE: 5, GSW_CAMPAIGN_GROUP_STATUS: '5' }))).toEqual([]);
  });

  it('0 is a state, not nothing said', () => {
    expect(notificationIn(aBody({ GSW_CAMPAIGN_GROUP_STATE: 0 })).statement.stateCode).toBe(0);
  });
});

describe('numbers that no table lists', () => {
  it.each([
    ['GSW_CAMPAIGN_GROUP_STATE', 'stateCode', 9],
    ['GSW_DIAL_MODE', 'dialModeCode', 12],
    ['GSW_OPTIMIZE_BY', 'optimizeByCode', 6],
    ['GSW_CAMPAIGN_GROUP_ACTION', 'actionCode', 30],
    ['GSW_CAMPAIGN_GROUP_ACTOR', 'actorCode', -1],
  ])('of %s are kept with a warning', (field, property, code) => {
    const { notification, warnings } = decoded(aBody({ [field]: code }));

    expect(notification?.statement).toHaveProperty(property, code);
    expect(warnings).toEqual([{ field, rule: 'a known number', found: String(code) }]);
  });

  it('of the actor above 1 mean OCS itself and need no warning', () => {
    expect(decoded(aBody({ GSW_CAMPAIGN_GROUP_ACTOR: 7 })).warnings).toEqual([]);
  });
});

describe('the statistics', () => {
  it.each([null, '', ' ', undefined])('%j are not known, never 0', (value) => {
    expect(notificationIn(aBody({ GSW_STAT_HIT_RATIO: value })).statistics.hitRatio).toBeNull();
  });

  it('0 is a figure', () => {
    expect(notificationIn(aBody({ GSW_STAT_HIT_RATIO: 0 })).statistics.hitRatio).toBe(0);
  });

  it.each([
    ['0,5', 0.5],
    ['1.2e-2', 0.012],
    [' 3 ', 3],
    ['0x10', null],
    ['0b1', null],
    ['Infinity', null],
    ['1.2.3', null],
    [true, null],
    [[1], null],
  ])('as %j are %j', (value, figure) => {
    expect(notificationIn(aBody({ GSW_STAT_HIT_RATIO: value })).statistics.hitRatio).toBe(figure);
  });

  it('are told to be sent as soon as one key is there, null or not', () => {
    const sends = (parts: Record<string, unknown>) => notificationIn(aBody(parts)).statement.sendsStatistics;

    expect([sends({}), sends({ GSW_STAT_HIT_RATIO: null }), sends({ GSW_STAT_BUSY_FACTOR: 1 })]).toEqual([
      false,
      true,
      true,
    ]);
  });
});

describe('what has no field of its own', () => {
  it('is kept as canonical JSON, whatever the order of its keys', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 })), fc.func(fc.nat()), (unknown, weigh) => {
        const body = aBody(Object.fromEntries(Object.entries(unknown).map(([key, value]) => [`X-${key}`, value])));
        const shuffled = Object.fromEntries(Object.entries(body).sort(([a], [b]) => weigh(a) - weigh(b)));

        expect(notificationIn(shuffled).statement.extras).toBe(notificationIn(body).statement.extras);
      }),
    );
  });

  it('is kept with sorted keys at every level', () => {
    const { extras } = notificationIn(aBody({ GSW_Z: { b: [1, null], a: 'ä' }, GSW_A: false })).statement;

    expect(extras).toBe('{"GSW_A":false,"GSW_Z":{"a":"ä","b":[1,null]}}');
  });

  it('keeps __proto__ and constructor as plain names and pollutes nothing', () => {
    const hostile: unknown = JSON.parse(
      JSON.stringify(aBody()).replace(
        '{',
        '{"__proto__":{"isAdmin":true},"constructor":{"prototype":{"isAdmin":true}},',
      ),
    );

    const { notification, warnings } = decoded(hostile);

    expect(warnings.map(({ field }) => field)).toEqual(['__proto__', 'constructor']);
    expect(notification?.statement.extras).toBe(
      '{"__proto__":{"isAdmin":true},"constructor":{"prototype":{"isAdmin":true}}}',
    );
    expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined();
  });
});

describe('a body that is no object', () => {
  it.each([[null], [5], ['text'], [true], [[aBody()]]])('is refused: %j', (value) => {
    expect(fatalOf(value)).toMatchObject([{ field: '', rule: 'a JSON object' }]);
  });
});
