import { describe, expect, it } from 'vitest';
import { parseMaintenance } from '../../../src/domain/maintenance.js';
import { Shifts } from '../../../src/domain/shifts.js';

function endOf(texts: readonly string[], asked: string): string | null {
  const shifts = new Shifts(texts.map(parseMaintenance).filter((window) => window !== null));
  const endMs = shifts.endMs(Date.parse(asked));
  return endMs === null ? null : new Date(endMs).toISOString();
}

describe('the end of a shift', () => {
  it.each([
    ['in winter', 'daily 08:00-20:00 Europe/Berlin', '2026-01-15T12:00:00Z', '2026-01-15T19:00:00.000Z'],
    ['in summer', 'daily 08:00-20:00 Europe/Berlin', '2026-07-15T12:00:00Z', '2026-07-15T18:00:00.000Z'],
    [
      'of the Saturday before summer',
      'daily 14:00-04:00 Europe/Berlin',
      '2026-03-28T20:00:00Z',
      '2026-03-29T02:00:00.000Z',
    ],
    [
      'of the Saturday before winter',
      'daily 14:00-04:00 Europe/Berlin',
      '2026-10-24T20:00:00Z',
      '2026-10-25T03:00:00.000Z',
    ],
    [
      'at a time that summer skips',
      'daily 14:00-02:30 Europe/Berlin',
      '2026-03-28T20:00:00Z',
      '2026-03-29T01:00:00.000Z',
    ],
    [
      'at a time that winter shows twice',
      'daily 14:00-02:30 Europe/Berlin',
      '2026-10-24T20:00:00Z',
      '2026-10-25T00:30:00.000Z',
    ],
    [
      'beyond midnight, asked before',
      'fri 18:00-01:30 America/New_York',
      '2026-06-06T03:00:00Z',
      '2026-06-06T05:30:00.000Z',
    ],
    [
      'beyond midnight, asked after',
      'fri 18:00-01:30 America/New_York',
      '2026-06-06T05:00:00Z',
      '2026-06-06T05:30:00.000Z',
    ],
    ['without a zone, in UTC', 'daily 08:00-20:00', '2026-07-15T12:00:00Z', '2026-07-15T20:00:00.000Z'],
    ['that begins now', 'daily 08:00-20:00', '2026-07-15T08:00:00Z', '2026-07-15T20:00:00.000Z'],
  ])('%s (%s)', (_when, text, asked, end) => {
    expect(endOf([text], asked)).toBe(end);
  });

  it.each([
    ['before it', '2026-07-15T07:59:59Z'],
    ['as soon as it is over', '2026-07-15T20:00:00Z'],
  ])('is none %s', (_when, asked) => {
    expect(endOf(['daily 08:00-20:00'], asked)).toBeNull();
  });

  it('is that of the last of the shifts that touch or overlap', () => {
    expect(endOf(['daily 06:00-14:00', 'daily 14:00-22:00', 'daily 21:00-23:00'], '2026-07-15T07:00:00Z')).toBe(
      '2026-07-15T23:00:00.000Z',
    );
  });

  it('is none where people always work, and where no shift is said', () => {
    expect(endOf(['daily 00:00-12:00', 'daily 12:00-24:00'], '2026-07-15T07:00:00Z')).toBeNull();
    expect(endOf([], '2026-07-15T07:00:00Z')).toBeNull();
  });
});
