import { describe, expect, it } from 'vitest';
import { MaintenanceCalendar, parseMaintenance } from '../../../src/domain/maintenance.js';

const at = (iso: string) => Date.parse(iso);
const calendar = (...texts: readonly string[]) =>
  new MaintenanceCalendar(texts.map(parseMaintenance).filter((window) => window !== null));
const quietUntil = (text: string, iso: string) => {
  const ms = calendar(text).quietUntilMs(at(iso));
  return ms === null ? null : new Date(ms).toISOString();
};

describe('a maintenance window', () => {
  it.each([
    'sun',
    'sun 2:00-4:00',
    'sun 02:00-02:00',
    'sun 25:00-26:00',
    'sun 02:00-24:30',
    'sunday 02:00-04:00',
    'sun 02:00-04:00 Mars/Olympus',
    '2026-12-24/2026-12-25',
    '2026-12-24T20:00/2026-12-25T04:00',
    '2026-12-25T04:00Z/2026-12-24T20:00Z',
    '2026-12-24T20:00Z/2026-12-25T04:00Z/2026-12-26T04:00Z',
    '2026-02-28T20:00Z/2026-02-30T04:00Z',
    '2026-12-24T20:00+99:99/2026-12-25T04:00Z',
    '',
  ])('is not what %j says', (text) => {
    expect(parseMaintenance(text)).toBeNull();
  });

  // 2026-11-22 is a Sunday.
  it.each([
    ['sun 02:00-04:00', '2026-11-22T02:00:00Z', '2026-11-22T04:00:00.000Z'],
    ['sun 02:00-04:00', '2026-11-22T01:59:59Z', '2026-11-15T04:00:00.000Z'],
    ['SUN 02:00-04:00', '2026-11-25T12:00:00Z', '2026-11-22T04:00:00.000Z'],
    ['sun 23:00-01:00', '2026-11-23T00:30:00Z', '2026-11-23T01:00:00.000Z'],
    ['sun 22:00-24:00', '2026-11-22T23:00:00Z', '2026-11-23T00:00:00.000Z'],
    ['daily 23:30-00:15 Europe/Berlin', '2026-07-01T21:30:00Z', '2026-07-01T22:15:00.000Z'],
    ['daily 23:30-00:15 Europe/Berlin', '2026-12-01T22:30:00Z', '2026-12-01T23:15:00.000Z'],
    ['2026-12-24T20:00Z/2026-12-25T04:00+01:00', '2026-12-24T21:00:00Z', '2026-12-25T03:00:00.000Z'],
  ])('%s, asked at %s, is over at %s', (text, asked, over) => {
    expect(quietUntil(text, asked)).toBe(over);
  });

  it('that is still to come keeps nobody quiet', () => {
    expect(quietUntil('2026-12-24T20:00Z/2026-12-25T04:00Z', '2026-12-24T19:59:59Z')).toBeNull();
    expect(calendar().quietUntilMs(at('2026-12-24T20:00:00Z'))).toBeNull();
  });

  it('among several counts with the one that is over last, at every second anew', () => {
    const both = calendar('daily 10:00-11:00', 'daily 10:30-12:00');

    expect(both.quietUntilMs(at('2026-11-22T10:15:00Z'))).toBe(at('2026-11-22T11:00:00Z'));
    expect(both.quietUntilMs(at('2026-11-22T10:45:00Z'))).toBe(at('2026-11-22T12:00:00Z'));
    expect(both.quietUntilMs(at('2026-11-22T10:15:00Z'))).toBe(at('2026-11-22T11:00:00Z'));
  });
});
