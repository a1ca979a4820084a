import { describe, expect, it } from 'vitest';
import { KEY_VALUE_PAIRS } from '../../../src/gms/key-value-pairs.js';
import { isSaid, readValue } from '../../../src/gms/read-value.js';
import { T0 } from '../../support/notifications.js';

const SECONDS = T0 / 1000;
const { accepted, acceptedMs, attempts, channel, disposition, establishMediaSeconds } = KEY_VALUE_PAIRS;
const { offered, offeredMs, offerSeconds, offerType, offerTiming, priorityWhenAccepted, serviceStartMs } =
  KEY_VALUE_PAIRS;

describe('a value that says nothing', () => {
  it.each([
    [undefined],
    [null],
    [''],
    [' \t\n '],
    ['undefined'],
    ['Undefined'],
    [' UNDEFINED '],
    ['null'],
    ['NULL'],
    ['\tnull\n'],
  ])('is absent: %j', (value) => {
    expect(isSaid(value)).toBe(false);
    for (const pair of [accepted, attempts, acceptedMs, offerSeconds, channel, disposition]) {
      expect(readValue(pair, value)).toBeNull();
    }
  });

  it.each([['undefined_1'], ['nullable'], ['null null'], [0], [false]])('is not %j', (value) => {
    expect(isSaid(value)).toBe(true);
  });

  // One pass over the blanks takes less than a millisecond, going back over them for each takes many seconds.
  it('is told from one that says something, however many blanks it has', { timeout: 2000 }, () => {
    expect(isSaid(`${' '.repeat(100_000)}x`)).toBe(true);
  });
});

describe('a whole number', () => {
  it.each([
    [3, 3],
    ['3', 3],
    [' 3 ', 3],
    ['003', 3],
    ['+3', 3],
    ['3.0', 3],
    ['3.', 3],
    [3.0, 3],
  ])('%j is %j', (value, read) => {
    expect(readValue(attempts, value)).toBe(read);
  });

  it('may be below 0 where the registry says so, and is left to the schema elsewhere', () => {
    expect(readValue(priorityWhenAccepted, '-10')).toBe(-10);
    expect(readValue(attempts, '-1')).toBe(-1);
  });

  it.each([['3.5'], [3.5], ['three'], ['0x10'], ['1e3'], ['3 4'], ['٣'], [true], [[3]], [{ value: 3 }]])(
    'is not %j, which stays as it is',
    (value) => {
      expect(readValue(attempts, value)).toEqual(value);
    },
  );
});

describe('0', () => {
  it.each([['0'], [0], ['000'], ['0.0']])('says nothing in an optional number: %j', (value) => {
    expect(readValue(attempts, value)).toBeNull();
    expect(readValue(establishMediaSeconds, value)).toBeNull();
    expect(readValue(acceptedMs, value)).toBeNull();
  });

  it.each([['0'], [0], ['00']])('is a value of a mandatory duration and of a flag: %j', (value) => {
    expect(readValue(offerSeconds, value)).toBe(0);
    expect(readValue(offered, value)).toBe(0);
    expect(readValue(accepted, value)).toBe(0);
  });

  it.each([['0'], [0], ['0000000000']])('says nothing in a mandatory time: %j', (value) => {
    expect(readValue(serviceStartMs, value)).toBeNull();
    expect(readValue(offeredMs, value)).toBeNull();
  });
});

describe('a time', () => {
  it.each([
    [SECONDS],
    [String(SECONDS)],
    [`0${String(SECONDS)}`],
    [T0],
    [String(T0)],
    [String(T0 + 999)],
    [SECONDS + 0.9],
    [`${String(SECONDS)}.999`],
  ])('is in whole seconds, whether it came as seconds or as 13-digit milliseconds: %j', (value) => {
    expect(readValue(acceptedMs, value)).toBe(SECONDS);
  });

  it.each([['2026-11-20T08:00:00Z'], ['-5s'], ['now'], [false]])('is not %j, which stays as it is', (value) => {
    expect(readValue(acceptedMs, value)).toBe(value);
  });
});

describe('a duration', () => {
  it.each([
    [12, 12],
    ['12', 12],
    ['012', 12],
    ['12.4', 12],
    [12.5, 13],
    ['-3', -3],
  ])('%j is %j whole seconds', (value, read) => {
    expect(readValue(offerSeconds, value)).toBe(read);
  });

  it.each([['12s'], ['00:12'], [true]])('is not %j, which stays as it is', (value) => {
    expect(readValue(offerSeconds, value)).toBe(value);
  });
});

describe('a flag', () => {
  it.each([
    [1, 1],
    ['1', 1],
    ['01', 1],
    [true, 1],
    ['true', 1],
    [' True ', 1],
    [2, 1],
    ['2', 1],
    [0, 0],
    [false, 0],
    ['FALSE', 0],
  ])('%j is %j', (value, read) => {
    expect(readValue(accepted, value)).toBe(read);
  });

  it.each([
    ['yes'],
    [-1],
    [0.5],
    ['constructor'],
    ['__proto__'],
    ['toString'],
    [[true]],
    [['1']],
    [{ toString: 1, valueOf: 1 }],
  ])('is not %j', (value) => {
    expect(readValue(accepted, value)).toEqual(value);
  });
});

describe('a word', () => {
  it.each([
    ['wait for agent'],
    ['WAIT FOR AGENT'],
    ['Wait-For-Agent'],
    ['wait_for_agent'],
    [' WAIT  FOR_AGENT '],
    ['WAIT - FOR AGENT'],
  ])('is the vendor’s, whatever its hyphens, blanks and case: %j', (value) => {
    expect(readValue(offerType, value)).toBe('WAIT_FOR_AGENT');
  });

  it.each([['OFF_HOURS'], ['off hours'], ['OFF-HOURS']])('of the offer’s timing has the hyphen: %j', (value) => {
    expect(readValue(offerTiming, value)).toBe('OFF-HOURS');
  });

  it('that nobody knows stands as it was sent, without the blanks around it', () => {
    expect(readValue(channel, ' Smart-Watch ')).toBe('Smart-Watch');
    expect(readValue(channel, 7)).toBe('7');
  });

  it('is no object', () => {
    expect(readValue(channel, { name: 'WEB' })).toEqual({ name: 'WEB' });
  });
});

describe('a text', () => {
  it.each([
    [' COMPLETED.AGENT ', 'COMPLETED.AGENT'],
    [12, '12'],
    [0, '0'],
    ['007', '007'],
    [false, 'false'],
    ['half \ud83d', 'half \ufffd'],
  ])('%j is %j', (value, read) => {
    expect(readValue(disposition, value)).toBe(read);
  });

  it('is no list', () => {
    expect(readValue(disposition, ['COMPLETED'])).toEqual(['COMPLETED']);
  });
});
