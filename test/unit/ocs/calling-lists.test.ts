import { describe, expect, it } from 'vitest';
import { aBody, decoded, notificationIn } from '../../support/bodies.js';

const FIGURES = { GSW_STAT_HIT_RATIO: 0.25, GSW_STAT_TIME_TO_COMPLETE: 600 };
const named = (name: string) => ({ name, dbid: null, hitRatio: 0.25, timeToCompleteSeconds: 600 });
const listsIn = (parts: Record<string, unknown>) => notificationIn(aBody(parts)).callingLists;

describe('calling lists', () => {
  it.each([
    ['an array', { GSW_LISTS: [{ GSW_CALLING_LIST: 'A', ...FIGURES }] }],
    ['an array named in another way', { lists: [{ GSW_CALLING_LIST_NAME: 'A', ...FIGURES }] }],
    ['a third way', { lists: [{ GSW_LIST_NAME: 'A', ...FIGURES }] }],
    ['a map by name', { GSW_LISTS: { A: FIGURES } }],
    ['a map by number with names inside', { GSW_LISTS: { 0: { GSW_CALLING_LIST: 'A', ...FIGURES } } }],
    ['a single object', { GSW_LIST: { GSW_CALLING_LIST: 'A', ...FIGURES } }],
    ['an array within an object', { GSW_STATS: { lists: [{ GSW_CALLING_LIST: 'A', ...FIGURES }] } }],
    ['a map within an array', { GSW_STATS: [{ A: FIGURES }] }],
    ['a map three levels down', { GSW_STATS: { a: { b: { A: FIGURES } } } }],
    ['digit strings', { GSW_LISTS: { A: { GSW_STAT_HIT_RATIO: '0,25', GSW_STAT_TIME_TO_COMPLETE: '600' } } }],
  ])('are found without a warning in %s', (_, parts) => {
    const { notification, warnings } = decoded(aBody(parts));

    expect(warnings).toEqual([]);
    expect(notification?.callingLists).toEqual([named('A')]);
    expect(notification?.statement.extras).toBe('');
  });

  it('are not looked for deeper than four levels: there they are an unknown field', () => {
    const { notification, warnings } = decoded(aBody({ GSW_STATS: { a: { b: { c: { d: { A: FIGURES } } } } } }));

    expect(notification?.callingLists).toEqual([]);
    expect(warnings).toMatchObject([{ field: 'GSW_STATS', rule: 'a known field' }]);
  });

  it.each([
    ['their name before the map key', { key: { GSW_CALLING_LIST: ' A ', ...FIGURES } }, 'A', null],
    ['the map key when their name is empty', { A: { GSW_CALLING_LIST: '', ...FIGURES } }, 'A', null],
    [
      'another name when the first holds no text',
      { k: { GSW_CALLING_LIST: {}, GSW_LIST_NAME: 'A', ...FIGURES } },
      'A',
      null,
    ],
    ['the DBID when the map key is empty', { '': { GSW_LIST_DBID: 7, ...FIGURES } }, '7', '7'],
    ['the DBID in an array', [{ GSW_CALLING_LIST_DBID: '7', ...FIGURES }], '7', '7'],
    ['a number as name', [{ GSW_CALLING_LIST: 12, ...FIGURES }], '12', null],
  ])('are called by %s', (_, container, name, dbid) => {
    expect(listsIn({ GSW_LISTS: container })).toEqual([{ ...named(name), dbid }]);
  });

  it('without any name are called Unknown, with a warning', () => {
    const { notification, warnings } = decoded(aBody({ GSW_LISTS: [FIGURES] }));

    expect(notification?.callingLists).toEqual([named('Unknown')]);
    expect(warnings).toMatchObject([{ field: 'GSW_LISTS/0', rule: 'a calling list with a name' }]);
  });

  it('lose stray surrogates in their names, from the map key too', () => {
    expect(listsIn({ GSW_LISTS: { 'A\ud800': FIGURES } })).toEqual([named('A\ufffd')]);
  });

  it.each([[-0.1], ['many'], ['0x10'], [true], [Infinity]])(
    'with the hit ratio %j have none, with a warning',
    (value) => {
      const { notification, warnings } = decoded(
        aBody({ GSW_LISTS: { A: { ...FIGURES, GSW_STAT_HIT_RATIO: value } } }),
      );

      expect(notification?.callingLists).toEqual([{ ...named('A'), hitRatio: null }]);
      expect(warnings).toMatchObject([{ field: 'GSW_LISTS/A/GSW_STAT_HIT_RATIO' }]);
      expect(notification?.statement.extras).toContain('GSW_LISTS/A/GSW_STAT_HIT_RATIO');
    },
  );

  it('with null figures are lists without figures', () => {
    const figures = { GSW_STAT_HIT_RATIO: null, GSW_STAT_TIME_TO_COMPLETE: '' };

    expect(decoded(aBody({ GSW_LISTS: { A: figures } })).warnings).toEqual([]);
    expect(listsIn({ GSW_LISTS: { A: figures } })).toEqual([
      { ...named('A'), hitRatio: null, timeToCompleteSeconds: null },
    ]);
  });

  it('that stand twice are one, and which one does not depend on their order', () => {
    const [low, high] = [
      { GSW_CALLING_LIST: 'A', GSW_STAT_HIT_RATIO: 0.1 },
      { GSW_CALLING_LIST: 'A', GSW_STAT_HIT_RATIO: 0.2 },
    ];

    expect(listsIn({ GSW_LISTS: [low, high] })).toHaveLength(1);
    expect(listsIn({ GSW_LISTS: [low, high] })).toEqual(listsIn({ GSW_LISTS: [high, low] }));
  });

  it('of one name and different DBIDs are different lists', () => {
    const items = ['7', '8'].map((dbid) => ({ GSW_CALLING_LIST: 'A', GSW_LIST_DBID: dbid, ...FIGURES }));

    expect(listsIn({ GSW_LISTS: items }).map(({ dbid }) => dbid)).toEqual(['7', '8']);
  });

  it('of several containers all count', () => {
    expect(listsIn({ GSW_LISTS: { A: FIGURES }, GSW_MORE_LISTS: { B: FIGURES } })).toEqual([named('A'), named('B')]);
  });

  it.each([
    ['beside items of a map', { count: 1, A: FIGURES }, 'GSW_LISTS/count'],
    ['between items of an array', [{ GSW_CALLING_LIST: 'A', ...FIGURES }, { GSW_CALLING_LIST: 'B' }], 'GSW_LISTS/1'],
    ['around the container', { version: 2, lists: { A: FIGURES } }, 'GSW_LISTS/version'],
    ['within an item', { A: { ...FIGURES, GSW_RECORDS: 3 } }, 'GSW_LISTS/A/GSW_RECORDS'],
  ])('leave what stands %s kept, with a warning', (_, container, path) => {
    const { notification, warnings } = decoded(aBody({ GSW_LISTS: container }));

    expect(notification?.callingLists).toEqual([named('A')]);
    expect(warnings).toMatchObject([{ field: path, rule: 'a known field' }]);
    expect(Object.keys(JSON.parse(notification?.statement.extras ?? '') as object)).toEqual([path]);
  });

  it('named __proto__ are lists like any other', () => {
    const container: unknown = JSON.parse('{"__proto__":{"GSW_STAT_HIT_RATIO":0.25,"GSW_STAT_TIME_TO_COMPLETE":600}}');

    expect(listsIn({ GSW_LISTS: container })).toEqual([named('__proto__')]);
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  it('with more unknown fields than a call may have arguments do no harm', () => {
    const crowd = Object.fromEntries(Array.from({ length: 150_000 }, (_, i) => [`x${i}`, i]));

    const { notification, warnings } = decoded(aBody({ GSW_LISTS: { A: { ...FIGURES, ...crowd } } }));

    expect(notification?.callingLists).toEqual([named('A')]);
    expect(warnings).toHaveLength(150_000);
  });
});
