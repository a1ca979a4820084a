import { describe, expect, it } from 'vitest';
import { likenessOf } from '../../../src/ocs/likeness.js';
import { aBody } from '../../support/bodies.js';

const alike = (one: Record<string, unknown> | string, other: Record<string, unknown> | string): boolean => {
  const [a, b] = [one, other].map((body) => likenessOf(typeof body === 'string' ? body : JSON.stringify(body)));
  return a?.text !== undefined && a.text === b?.text && a.dbid === b.dbid;
};
const FIGURES = { GSW_STAT_BUSY_FACTOR: 0.85, GSW_STAT_HIT_RATIO: null, GSW_STAT_TIME_TO_COMPLETE: '600' };
const LISTS = [{ GSW_CALLING_LIST: 'A', GSW_STAT_HIT_RATIO: 0.1 }];

describe('likeness', () => {
  it('does not see date-time and figures, of the group or of its calling lists', () => {
    const one = aBody({ ...FIGURES, GSW_LISTS: LISTS });
    const other = aBody({
      ...FIGURES,
      GSW_DATE_TIME: '1763689570.5',
      GSW_STAT_BUSY_FACTOR: null,
      GSW_STAT_HIT_RATIO: 1e-7,
      GSW_STAT_TIME_TO_COMPLETE: '580.25',
      GSW_LISTS: [{ GSW_CALLING_LIST: 'A', GSW_STAT_HIT_RATIO: null }],
    });
    expect(alike(one, other)).toBe(true);
    expect(alike(JSON.stringify(one, null, 2), JSON.stringify(other, null, 2))).toBe(true);
  });

  it.each([
    ['state', { GSW_CAMPAIGN_GROUP_STATE: 4 }],
    ['mode', { GSW_DIAL_MODE: 2 }],
    ['goal', { GSW_OPTIMIZE_GOAL: 4 }],
    ['action', { GSW_CAMPAIGN_GROUP_ACTION: 10 }],
    ['actor', { GSW_CAMPAIGN_GROUP_ACTOR: 2 }],
    ['name', { GSW_CAMPAIGN_GROUP_NAME: 'Another' }],
    ['an unknown field', { GSW_NEW: 1 }],
    ['an unknown statistic', { GSW_STAT_NEW: 8 }],
    ['a figure less', { GSW_STAT_BUSY_FACTOR: undefined }],
    ['another list', { GSW_LISTS: [{ GSW_CALLING_LIST: 'B', GSW_STAT_HIT_RATIO: 0.1 }] }],
  ])('sees another %s', (_what, parts) => {
    const said = {
      ...FIGURES,
      GSW_STAT_NEW: 7,
      GSW_LISTS: LISTS,
      GSW_DIAL_MODE: 1,
      GSW_OPTIMIZE_GOAL: 3,
      GSW_CAMPAIGN_GROUP_ACTION: 9,
    };
    expect(alike(aBody(said), aBody({ ...said, ...parts }))).toBe(false);
  });

  it.each(['-1', '"x"', '"1.5', '1e400', '01', '1.5.2', 'true', '""', '12345678901234567890'])(
    'sees a figure %s that would not be applied as it stands',
    (figure) => {
      const text = JSON.stringify(aBody(FIGURES));
      expect(alike(text, text.replace('0.85', figure))).toBe(false);
    },
  );

  it.each([
    ['a second date-time', (text: string) => text.replace('{', '{"GSW_DATE_TIME":1,')],
    ['a figure twice', (text: string) => text.replace('{', '{"GSW_STAT_BUSY_FACTOR":0.2,')],
    ['a figure twice around the lists', (text: string) => text.replace(/\}$/, ',"GSW_STAT_HIT_RATIO":0.2}')],
    ['a figure twice in a list', (text: string) => text.replace('[{', '[{"GSW_STAT_HIT_RATIO":0.2,')],
    ['a brace in a name', (text: string) => text.replace('Agents', '{Agents')],
    ['an escape in a name', (text: string) => text.replace('Agents', '\\u0041gents')],
  ])('says nothing about a body with %s', (_what, change) => {
    const text = JSON.stringify(aBody({ ...FIGURES, GSW_LISTS: LISTS }));
    expect(likenessOf(text)).not.toBeNull();
    expect(change(text)).not.toBe(text);
    expect(likenessOf(change(text))).toBeNull();
  });

  it.each([
    ['no DBID', { GSW_CAMPAIGN_GROUP_DBID: undefined }],
    ['an escaped DBID', { GSW_CAMPAIGN_GROUP_DBID: '1"1' }],
    ['no date-time', { GSW_DATE_TIME: undefined }],
    ['milliseconds', { GSW_DATE_TIME: 1763689560123 }],
    ['a date-time before 2000', { GSW_DATE_TIME: '900000000' }],
    ['a date-time with a comma', { GSW_DATE_TIME: '1763689560,123' }],
  ])('says nothing about a body with %s', (_what, parts) => {
    expect(likenessOf(JSON.stringify(aBody(parts)))).toBeNull();
  });
});
