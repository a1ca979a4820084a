import { describe, expect, it } from 'vitest';
import { Columns, delimiterOf, momentIn, tableOf, type TableShape } from '../../../src/domain/table-rows.js';

const SHAPES: readonly TableShape<'calls' | 'keys'>[] = [
  { table: 'keys', columns: [['KEYNAME'], ['ADDED_TS', 'ADDED']], without: ['CHANGETYPE'] },
  { table: 'calls', columns: [['CALL_ID']] },
];
const columns = (...names: readonly string[]) => new Columns(names);

describe('the columns of an exported table', () => {
  it.each([
    ['KeyName', 'Added_ts'],
    ['g_custom_data_s.keyname', '"ADDED"'],
    ['[KEY_NAME]', 'k.`added_ts`'],
  ])('are known in whatever case and quotes: %s, %s', (key, added) => {
    expect(tableOf(columns('ID', key, added), SHAPES)).toBe('keys');
  });

  it('tell the first table that has all of its own, and none that has another’s', () => {
    expect(tableOf(columns('KEYNAME', 'ADDED', 'ChangeType', 'CallID'), SHAPES)).toBe('calls');
    expect(tableOf(columns('KEYNAME'), SHAPES)).toBeNull();
  });

  it('give the first value that says anything', () => {
    const row = { fields: [' 1 ', 'NULL', '', 'x', 'second'] };
    const all = columns('A', 'B', 'C', 'D', 'D');
    expect(['A', 'B', 'C', 'D', 'E'].map((name) => all.valueOf(row, name))).toEqual(['1', '', '', 'x', '']);
    expect(all.valueOf(row, 'B', 'D')).toBe('x');
    expect(all.rawValueOf(row, 'A')).toBe(' 1 ');
  });

  it.each([
    ['KEYNAME,ADDED', ','],
    ['KEYNAME;ADDED;a,b,c,d,e', ';'],
    ['KEYNAME\tADDED', '\t'],
    ['KEYNAME|ADDED', '|'],
    ['x;y;z', ';'],
    ['x', ','],
  ])('are delimited as makes a table of them, else by what is there most often: %j', (header, delimiter) => {
    expect(delimiterOf(header, SHAPES)).toBe(delimiter);
  });
});

describe('a moment in an export', () => {
  const T = Date.UTC(2026, 10, 20, 8, 0, 5);
  it.each([
    ['1795161605', T],
    ['1795161605.0', T],
    ['1795161605123', T + 123],
    ['2026-11-20 08:00:05', T],
    ['2026-11-20 08:00:05.123', T + 123],
    ['2026-11-20T08:00:05Z', T],
    ['2026-11-20 08:00:05 UTC', T],
    ['2026-11-20 09:00:05+01', T],
    ['2026-11-20 09:00:05.5 +01:00', T + 500],
    ['20.11.2026 08:00', null],
    ['11/20/2026 08:00', null],
    ['2026-11-20', null],
    ['5', null],
    ['', null],
  ])('is seconds, milliseconds, or a date and time of UTC: %j', (text, atMs) => {
    expect(momentIn(text)).toBe(atMs);
  });
});
