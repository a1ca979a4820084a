import { describe, expect, it } from 'vitest';
import { labelFor, stateLabel, wordFor } from '../../../src/domain/vocabulary.js';
import { wordsOf } from '../../../src/domain/words.js';
import { ENUMERATIONS, enumerationsWith } from '../../../src/ocs/enumerations.js';
import { aNotification } from '../../support/notifications.js';

describe('the numeric tables', () => {
  it('hold the vendor’s numbers, where seizing turns progressive and predictive round', () => {
    expect([0, 1, 2, 3, 4, 5].map((code) => wordFor(ENUMERATIONS.state, code))).toEqual([
      'not_loaded',
      'waiting_unload',
      'unload_in_progress',
      'inactive',
      'active',
      'running',
    ]);
    expect([4, 5].map((code) => wordFor(ENUMERATIONS.dialMode, code))).toEqual([
      'progressive_seizing',
      'predictive_seizing',
    ]);
    expect([7, 8, 9, 10, 11, 29].map((code) => wordFor(ENUMERATIONS.action, code))).toEqual([
      'load',
      'unload',
      'start',
      'stop',
      'set_dial_mode',
      'force_unload',
    ]);
  });

  it('are as they were when nothing is overridden', () => {
    expect(enumerationsWith({})).toEqual(ENUMERATIONS);
  });

  it('take new and other numbers of one table and leave the rest alone', () => {
    const tables = enumerationsWith({ state: { 6: 'Paused', 3: 'active' } });

    expect([3, 5, 6].map((code) => wordFor(tables.state, code))).toEqual(['active', 'running', 'paused']);
    expect(tables.action).toEqual(ENUMERATIONS.action);
    expect(ENUMERATIONS.state.has(6)).toBe(false);
  });

  it.each([
    ['NotLoaded', 'not_loaded'],
    ['not-loaded', 'not_loaded'],
    [' not_loaded ', 'not_loaded'],
    ['Waiting Unload', 'waiting_unload'],
    ['UnloadInProgress', 'unload_in_progress'],
    ['InActive', 'inactive'],
    ['Inactive', 'inactive'],
    ['Progressive GVP', 'progressive_gvp'],
  ])('fold the vendor’s spelling %j to %s', (spelling, word) => {
    expect(wordFor(enumerationsWith({ state: { 7: spelling } }).state, 7)).toBe(word);
  });
});

describe('the words of a statement', () => {
  const wordsFor = (statement: Parameters<typeof aNotification>[0]) =>
    wordsOf(aNotification(statement).statement, ENUMERATIONS);

  it('stand for its numbers, and nothing said stays nothing', () => {
    expect(wordsFor({ statement: { dialModeCode: 1, actionCode: 9, actorCode: 1 } })).toEqual({
      state: 'running',
      dialMode: 'predictive',
      optimizeBy: null,
      optimizeGoal: null,
      action: 'start',
      actor: 'client',
      guid: '3f2504e0-4f89-11d3-9a0c-0305e82c3301',
    });
  });

  it.each([
    ['', null],
    ['  ', null],
    ['00000000-0000-0000-0000-000000000000', null],
    ['{3F2504E0-4F89-11D3-9A0C-0305E82C3301}', '3f2504e0-4f89-11d3-9a0c-0305e82c3301'],
    ['Session 7', 'session 7'],
  ])('take the GUID %j for %j', (guid, compared) => {
    const { attributes } = aNotification().statement;
    expect(wordsFor({ statement: { attributes: { ...attributes, guid } } }).guid).toBe(compared);
  });

  it('show numbers that no table lists', () => {
    expect(
      wordsFor({ statement: { stateCode: 9, dialModeCode: 12, optimizeByCode: 6, actionCode: 30 } }),
    ).toMatchObject({
      state: 'unknown(9)',
      dialMode: 'unknown(12)',
      optimizeBy: 'unknown(6)',
      action: 'unknown(30)',
    });
  });

  it.each([
    [null, 'unknown'],
    [0, 'unknown'],
    [1, 'client'],
    [2, 'automatic'],
    [17, 'automatic'],
    [-1, 'unknown(-1)'],
  ])('call the actor %j %s', (actorCode, actor) => {
    expect(wordsFor({ statement: { actorCode } }).actor).toBe(actor);
  });

  it('call an actor as the site does when it says so', () => {
    const { statement } = aNotification({ statement: { actorCode: 3 } });

    expect(wordsOf(statement, enumerationsWith({ actor: { 3: 'Schedule' } })).actor).toBe('schedule');
  });
});

describe('labels', () => {
  it('are bounded: what no table lists is unknown', () => {
    expect(['running', 'paused', 'unknown(9)'].map(stateLabel)).toEqual(['running', 'unknown', 'unknown']);
    expect(['load', 'unknown(30)', 'constructor'].map((word) => labelFor(ENUMERATIONS.action, word))).toEqual([
      'load',
      'unknown',
      'unknown',
    ]);
  });
});
