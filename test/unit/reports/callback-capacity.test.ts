import { describe, expect, it } from 'vitest';
import {
  CAPACITY_COLUMNS,
  capacityReport,
  type CapacityRequest,
  parseCapacity,
} from '../../../src/reports/callback-capacity.js';
import { rowOf } from '../../../src/reports/rows.js';
import { aCallback } from '../../support/callbacks.js';

const HEADER = 'queue,weekday,from,to,agents';
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const at = (text: string) => Date.parse(text);

describe('parseCapacity', () => {
  it('reads quoted names, every line ending, a byte order mark, and no empty lines', () => {
    const file = `\uFEFF${HEADER}\r\n"VQ ""one"", two", mon ,08:00,12:30,3\n\nVQ_2,SUN,00:00,24:00,0`;
    expect(parseCapacity(file)).toEqual({
      slots: [
        { queue: 'VQ "one", two', weekday: 0, fromMinute: 480, toMinute: 750, agents: 3 },
        { queue: 'VQ_2', weekday: 6, fromMinute: 0, toMinute: 1440, agents: 0 },
      ],
      faults: [],
    });
  });

  it('names every fault with its line', () => {
    const lines = [
      'queue,day,from,to,agents',
      ',monday,8:00,25:00,-1',
      'a,mon,12:00,12:00,1',
      'a,mon,08:00,10:00',
      '"a,mon,08:00,10:00,1',
      'a,mon,08:00,10:00,1',
      'a,mon,09:59,11:00,1',
      'a,mon,10:00,11:00,1.5',
    ];
    expect(parseCapacity(lines.join('\n')).faults).toEqual([
      `line 1: should be ${HEADER}`,
      'line 2: queue is empty',
      'line 2: weekday should be one of mon, tue, wed, thu, fri, sat, sun',
      'line 2: from should be a time from 00:00 to 24:00',
      'line 2: to should be a time from 00:00 to 24:00',
      'line 2: agents should be a whole number',
      'line 3: from should be before to, on the same day',
      'line 4: should have five cells, with quotes closed',
      'line 5: should have five cells, with quotes closed',
      'line 7: overlaps line 6',
      'line 8: agents should be a whole number',
    ]);
  });
});

/** Friday, 20 November 2026, 09:30 in Berlin. */
const NOW = at('2026-11-20T08:30:00Z');
const request = (lines: readonly string[], parts: Partial<CapacityRequest> = {}): CapacityRequest => ({
  slots: parseCapacity([HEADER, ...lines].join('\n')).slots,
  fromMs: at('2026-11-20T00:00:00Z'),
  toMs: at('2026-11-21T00:00:00Z'),
  timeZone: 'Europe/Berlin',
  nowMs: NOW,
  ttlMs: DAY_MS,
  ...parts,
});

describe('capacityReport', () => {
  const SLOTS = ['a,fri,09:00,10:00,2', 'a,fri,10:00,11:00,4', 'b,fri,09:00,10:00,0', 'a,mon,09:00,10:00,9'];
  const accepted = (time: string, vq: string | null = 'a') => aCallback({ record: { vq, acceptedMs: at(time) } });
  const open = (record: NonNullable<Parameters<typeof aCallback>[0]>['record']) =>
    aCallback({ isFinal: false, lastEventMs: NOW, record: { vq: 'a', ...record } });

  it('sets the callbacks accepted, due and waiting of each slot against its agents', () => {
    const report = capacityReport(request(SLOTS), [
      accepted('2026-11-20T08:00:00Z'),
      accepted('2026-11-20T08:59:59Z'),
      accepted('2026-11-20T09:00:00Z'),
      accepted('2026-11-20T08:10:00Z', 'b'),
      open({ nextRedialMs: at('2026-11-20T09:30:00Z') }),
      open({ callbackType: 'SCHEDULED', serviceStartMs: at('2026-11-20T09:45:00Z') }),
      open({ acceptedMs: at('2026-11-20T08:20:00Z') }),
    ]);
    expect(report.rows.map((row) => rowOf(CAPACITY_COLUMNS, row))).toEqual([
      {
        slot_start: '2026-11-20T08:00:00.000Z',
        slot_end: '2026-11-20T09:00:00.000Z',
        queue: 'a',
        agents: 2,
        accepted: 3,
        due: 0,
        waiting: 1,
        open: 1,
        accepted_per_agent: 1.5,
        open_per_agent: 0.5,
      },
      expect.objectContaining({ queue: 'b', agents: 0, accepted: 1, open: 0, accepted_per_agent: null }),
      expect.objectContaining({ queue: 'a', agents: 4, accepted: 1, due: 2, waiting: 0, open_per_agent: 0.5 }),
    ]);
    expect(report.outside).toEqual({ accepted: 0, due: 0, waiting: 0 });
  });

  it('counts apart what falls into no slot, and leaves out what is not in the range', () => {
    const report = capacityReport(request(SLOTS), [
      accepted('2026-11-20T07:59:59Z'),
      accepted('2026-11-20T08:30:00Z', 'other'),
      accepted('2026-11-20T08:30:00Z', null),
      accepted('2026-11-19T08:30:00Z'),
      open({ vq: 'other' }),
      open({ nextRedialMs: at('2026-11-20T20:00:00Z') }),
    ]);
    expect(report.outside).toEqual({ accepted: 3, due: 1, waiting: 1 });
    expect(report.rows.every(({ accepted: count, due, waiting }) => count + due + waiting === 0)).toBe(true);
  });

  it('does not take a callback whose session died for open', () => {
    const dead = aCallback({
      isFinal: false,
      lastEventMs: NOW - 2 * DAY_MS,
      record: { serviceStartMs: null, vq: 'a' },
    });
    expect(capacityReport(request(SLOTS), [dead]).rows[0]).toMatchObject({ due: 0, waiting: 0 });
  });

  it('follows the clock of the zone over a change: a slot is longer, shorter or not there', () => {
    const lengths = (day: string, slot: string) => {
      const fromMs = at(`${day}T00:00:00Z`) - 2 * HOUR_MS;
      const { rows } = capacityReport(request([slot], { fromMs, toMs: fromMs + DAY_MS }), []);
      return rows.map(({ startMs, endMs }) => (endMs - startMs) / HOUR_MS);
    };
    expect(lengths('2026-10-25', 'a,sun,02:00,04:00,1')).toEqual([3]);
    expect(lengths('2026-03-29', 'a,sun,01:00,04:00,1')).toEqual([2]);
    expect(lengths('2026-03-29', 'a,sun,02:00,03:00,1')).toEqual([]);
  });

  it('repeats a weekly slot in each week of the range', () => {
    const toMs = at('2026-12-11T00:00:00Z');
    const { rows } = capacityReport(request(['a,fri,09:00,10:00,2'], { toMs }), []);
    expect(rows.map(({ startMs }) => new Date(startMs).toISOString())).toEqual([
      '2026-11-20T08:00:00.000Z',
      '2026-11-27T08:00:00.000Z',
      '2026-12-04T08:00:00.000Z',
    ]);
  });

  it('refuses a range that would make too many rows', () => {
    const endless = request(SLOTS, { toMs: 8.64e15 });
    expect(() => capacityReport(endless, [])).toThrow(expect.objectContaining({ code: 'OCM_BAD_PARAMETER' }));
  });
});
