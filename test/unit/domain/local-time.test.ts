import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { INTERVALS, isTimeZone, LocalTime } from '../../../src/domain/local-time.js';

const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Africa/Casablanca',
];
const HOUR_MS = 3_600_000;
const at = (text: string) => Date.parse(text);
const iso = (ms: number) => new Date(ms).toISOString();

/** What Intl itself shows: the definition to hold the arithmetic against. */
function shown(zone: string, ms: number) {
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone: zone,
    hourCycle: 'h23',
    dateStyle: 'short',
    timeStyle: 'medium',
  });
  const [date = '', time = ''] = format.format(ms).split(', ');
  const days = Date.parse(`${date}T00:00:00Z`) / 86_400_000;
  return { date, hour: `${date} ${time.slice(0, 2)}`, week: Math.floor((days + 3) / 7), month: date.slice(0, 7), time };
}

const LABEL = { hour: 'hour', day: 'date', week: 'week', month: 'month' } as const;

describe('isTimeZone', () => {
  it('knows IANA names, and no offsets, no nonsense', () => {
    expect([...ZONES, 'Etc/GMT+5'].filter((name) => !isTimeZone(name))).toEqual([]);
    expect(['', 'Mars/Olympus', '+01:00', 'Europe/Berlin ', '../etc', 'constructor'].filter(isTimeZone)).toEqual([]);
  });

  it('is what a zone is refused by', () => {
    expect(() => new LocalTime('Mars/Olympus')).toThrow(/^tz should be/);
  });
});

describe('LocalTime.startOf', () => {
  it.each([
    // Berlin: clocks go on at 01:00Z on 29 March 2026 and back at 01:00Z on 25 October 2026.
    ['Europe/Berlin', 'day', '2026-03-29T12:00:00Z', '2026-03-28T23:00:00Z'],
    ['Europe/Berlin', 'hour', '2026-03-29T01:10:00Z', '2026-03-29T01:00:00Z'],
    ['Europe/Berlin', 'day', '2026-10-25T12:00:00Z', '2026-10-24T22:00:00Z'],
    ['Europe/Berlin', 'hour', '2026-10-25T00:30:00Z', '2026-10-25T00:00:00Z'],
    ['Europe/Berlin', 'hour', '2026-10-25T01:30:00Z', '2026-10-25T01:00:00Z'],
    ['Europe/Berlin', 'week', '2026-11-01T22:59:59.999Z', '2026-10-25T23:00:00Z'],
    ['Europe/Berlin', 'week', '2026-10-25T12:00:00Z', '2026-10-18T22:00:00Z'],
    ['Europe/Berlin', 'month', '2026-10-31T23:00:00Z', '2026-10-31T23:00:00Z'],
    ['Europe/Berlin', 'month', '2026-10-31T22:59:59.999Z', '2026-09-30T22:00:00Z'],
    ['America/New_York', 'day', '2026-03-08T12:00:00Z', '2026-03-08T05:00:00Z'],
    ['America/New_York', 'day', '2026-11-01T23:00:00Z', '2026-11-01T04:00:00Z'],
    ['Asia/Kathmandu', 'hour', '2026-11-20T08:20:00Z', '2026-11-20T08:15:00Z'],
    ['Asia/Kathmandu', 'day', '2026-11-20T18:14:59Z', '2026-11-19T18:15:00Z'],
    // Lord Howe: half an hour on at 15:30Z on 3 October 2026, back at 15:00Z on 4 April 2026.
    ['Australia/Lord_Howe', 'hour', '2026-10-03T15:40:00Z', '2026-10-03T15:30:00Z'],
    ['Australia/Lord_Howe', 'hour', '2026-04-04T15:10:00Z', '2026-04-04T14:00:00Z'],
    // Midnight itself is skipped, is shown twice, and comes back from beyond.
    ['Asia/Beirut', 'day', '2026-03-29T12:00:00Z', '2026-03-28T22:00:00Z'],
    ['America/Havana', 'day', '2026-11-01T12:00:00Z', '2026-11-01T04:00:00Z'],
    ['America/St_Johns', 'day', '2010-11-07T02:40:00Z', '2010-11-06T02:30:00Z'],
    ['America/St_Johns', 'day', '2010-11-07T12:00:00Z', '2010-11-07T02:30:00Z'],
  ] as const)('in %s the %s of %s begins %s', (zone, interval, instant, start) => {
    expect(iso(new LocalTime(zone).startOf(interval, at(instant)))).toBe(iso(at(start)));
  });

  it('is the earliest moment that Intl shows in the same interval, at random and around changes of clocks', () => {
    const nearChange = fc
      .tuple(
        fc.constantFrom(
          '2026-03-29T01:00Z',
          '2026-10-25T01:00Z',
          '2026-03-08T07:00Z',
          '2026-11-01T06:00Z',
          '2026-10-03T15:30Z',
          '2026-04-04T15:00Z',
        ),
        fc.integer({ min: -3 * HOUR_MS, max: 3 * HOUR_MS }),
      )
      .map(([text, distance]) => at(text) + distance);
    const anywhere = fc.integer({ min: at('2000-01-01T00:00Z'), max: at('2040-01-01T00:00Z') });
    fc.assert(
      fc.property(
        fc.constantFrom(...ZONES),
        fc.constantFrom(...INTERVALS),
        fc.oneof(nearChange, anywhere),
        (zone, interval, ms) => {
          const time = new LocalTime(zone);
          const startMs = time.startOf(interval, ms);
          const label = LABEL[interval];
          expect(startMs).toBeLessThanOrEqual(ms);
          expect(shown(zone, startMs)[label]).toBe(shown(zone, ms)[label]);
          expect(time.startOf(interval, startMs)).toBe(startMs);
          // Just before it another interval ends, or the same hour for the first time.
          const isEntered = shown(zone, startMs - 1)[label] !== shown(zone, startMs)[label];
          const isRepeated = interval === 'hour' && shown(zone, startMs).time.endsWith('00:00');
          expect(isEntered || isRepeated).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('answers the same for a clock that was asked before, in any order', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ZONES),
        fc.array(fc.integer({ min: at('2026-03-01T00:00Z'), max: at('2026-11-10T00:00Z') }), { maxLength: 30 }),
        (zone, instants) => {
          const asked = new LocalTime(zone);
          for (const ms of instants) {
            for (const interval of INTERVALS) {
              expect(asked.startOf(interval, ms)).toBe(new LocalTime(zone).startOf(interval, ms));
            }
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  it('bears the ends of time', () => {
    const time = new LocalTime('Europe/Berlin');
    for (const ms of [0, 8.64e15]) expect(time.startOf('month', ms)).toBeLessThanOrEqual(ms);
  });
});

describe('LocalTime.startOfStep', () => {
  const MINUTE_MS = 60_000;

  it.each([
    ['Europe/Berlin', 24 * HOUR_MS, '2026-10-25T12:00:00Z', '2026-10-24T22:00:00Z'],
    ['Europe/Berlin', 48 * HOUR_MS, '2026-10-25T12:00:00Z', '2026-10-23T22:00:00Z'],
    ['Europe/Berlin', 168 * HOUR_MS, '2026-10-25T12:00:00Z', '2026-10-18T22:00:00Z'],
    ['UTC', 168 * HOUR_MS, '2026-11-22T23:59:59.999Z', '2026-11-16T00:00:00Z'],
    // A step ends with the change of clocks at 01:00Z, and the next one begins there.
    ['Europe/Berlin', 6 * HOUR_MS, '2026-10-25T00:59:00Z', '2026-10-24T22:00:00Z'],
    ['Europe/Berlin', 6 * HOUR_MS, '2026-10-25T01:01:00Z', '2026-10-25T01:00:00Z'],
    ['Europe/Berlin', 6 * HOUR_MS, '2026-10-25T05:00:00Z', '2026-10-25T05:00:00Z'],
    ['Asia/Kathmandu', HOUR_MS, '2026-11-20T08:20:00Z', '2026-11-20T08:15:00Z'],
    ['UTC', 7 * MINUTE_MS, '1970-01-01T00:15:00Z', '1970-01-01T00:14:00Z'],
  ] as const)('in %s the step of %i ms that %s is in begins %s', (zone, stepMs, instant, start) => {
    expect(iso(new LocalTime(zone).startOfStep(stepMs, at(instant)))).toBe(iso(at(start)));
  });

  it('never goes back as time goes on, is not longer than the step but for days, and begins where it says', () => {
    const steps = [
      1000,
      7 * MINUTE_MS,
      30 * MINUTE_MS,
      HOUR_MS,
      80 * MINUTE_MS,
      6 * HOUR_MS,
      24 * HOUR_MS,
      168 * HOUR_MS,
    ];
    const around = fc
      .tuple(
        fc.constantFrom('2026-03-29T01:00Z', '2026-10-25T01:00Z', '2026-11-01T06:00Z', '2026-04-04T15:00Z'),
        fc.array(fc.integer({ min: -9 * HOUR_MS, max: 9 * HOUR_MS }), { minLength: 2, maxLength: 20 }),
      )
      .map(([text, distances]) => distances.sort((a, b) => a - b).map((distance) => at(text) + distance));
    fc.assert(
      fc.property(fc.constantFrom(...ZONES), fc.constantFrom(...steps), around, (zone, stepMs, instants) => {
        const time = new LocalTime(zone);
        const starts = instants.map((ms) => time.startOfStep(stepMs, ms));
        expect(starts).toEqual([...starts].sort((a, b) => a - b));
        starts.forEach((startMs, n) => {
          const longestMs = stepMs + (stepMs % (24 * HOUR_MS) === 0 ? HOUR_MS : 0);
          expect(startMs).toBeLessThanOrEqual(instants[n] ?? 0);
          expect((instants[n] ?? 0) - startMs).toBeLessThan(longestMs);
          expect(time.startOfStep(stepMs, startMs)).toBe(startMs);
        });
      }),
      { numRuns: 500 },
    );
  });
});

describe('LocalTime.instantOf', () => {
  it.each([
    ['Europe/Berlin', '2026-03-29T02:30', '2026-03-29T01:00:00.000Z'],
    ['Europe/Berlin', '2026-10-25T02:30', '2026-10-25T00:30:00.000Z'],
    ['Europe/Berlin', '2026-11-20T08:00', '2026-11-20T07:00:00.000Z'],
    ['Asia/Kathmandu', '2026-11-20T08:00', '2026-11-20T02:15:00.000Z'],
  ])('in %s %s is %s: the first time, or the change that skips it', (zone, local, instant) => {
    expect(iso(new LocalTime(zone).instantOf(at(`${local}:00Z`)))).toBe(instant);
  });
});
