import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LocalTime } from '../../../../src/domain/local-time.js';
import { headOf, messageOf, stampOf } from '../../../../src/ocs/log/log-line.js';
import { type LogEntry, LogReader } from '../../../../src/ocs/log/log-reader.js';
import { startOf } from '../../../../src/ocs/log/log-start.js';
import { decodeLineIn } from '../../../../src/ocs/log/log-text.js';
import { OcsLogLines } from '../../../../src/ocs/log/encode-log.js';

const at = (text: string) => Date.parse(text);
const asIs = (text: string) => text;
const latin1 = (text: string) => Buffer.from(text).toString('latin1');
const URI = 'http://monitor:8080/ocs/eu-1/campaign-group-state';

/** The two messages of the reference, with a name and a URI for each %s. */
const SENDING = `Sending HTTP status notification CampaignGroupState for Campaign Group Spring@Agents to ${URI}`;
const SENDING_PERIODIC = `Sending periodic HTTP status notification CampaignGroupState for Campaign Group Spring@Agents to ${URI}`;

function readAll(
  lines: readonly string[],
  timeZone = 'UTC',
  start: string | null = '2026-03-01T00:00:00Z',
): LogEntry[] {
  const reader = new LogReader(timeZone, asIs);
  reader.begin(start === null ? null : at(start));
  return lines.map((line) => reader.read(line)).filter((entry) => entry !== null);
}

const timesOf = (stamps: readonly string[], timeZone: string, start: string) =>
  readAll(
    stamps.map((stamp) => `${stamp} Trc 81000 ${SENDING}`),
    timeZone,
    start,
  ).map(({ atMs }) => new Date(atMs).toISOString());

describe('a line of an OCS log', () => {
  it('is read as the reference prints it, on a change of state and periodically', () => {
    const lines = [`14:07:09.120 Trc 81000 ${SENDING}`, `14:07:19.121 Trc 81001 ${SENDING_PERIODIC}\r`];
    const said = { message: 'notification', name: 'Spring@Agents', uri: URI };
    expect(readAll(lines)).toEqual([
      { ...said, kind: 'state', atMs: at('2026-03-01T14:07:09.120Z') },
      { ...said, kind: 'periodic', atMs: at('2026-03-01T14:07:19.121Z') },
    ]);
  });

  it('tells of states of campaign groups', () => {
    const words = ['loaded', 'started', 'stopped', 'force unloaded', 'unloaded'];
    const lines = words.map(
      (word, n) => `10:00:00.000 Trc 5200${String(n)} Campaign Group A has been B has been ${word}`,
    );
    expect(readAll(lines)).toMatchObject(
      words.map((_, n) => ({ message: 'group', id: 52_000 + n, name: 'A has been B' })),
    );
  });

  it.each([
    `14:07:09.120 Trc 81000 ${SENDING}`,
    `14:07:09 Trace 81000 ${SENDING}`,
    `14:07:09,120 Trc   81000 HTTP POST about campaign group Spring@Agents to ${URI} `,
    `2026-03-01T14:07:09.120 Trc 81000 ${SENDING}`,
    `2026-03-01 14:07:09.120456 Trc 81000 ${SENDING}`,
    `2026-03-01T14:07:09.120 Trace ocs-host OCS primary GCTI-34-81000 ${SENDING}`,
  ])('is known by its number, whatever its words: %s', (line) => {
    expect(readAll([line])).toMatchObject([{ kind: 'state', name: 'Spring@Agents', uri: URI }]);
  });

  it.each([
    ...['', 'Trc 81000', '25:00:00.000 Trc 81000 x', '10:60:00.000 Trc 81000 x', '10:00:00.000 Trc 81002 x'],
    ...['2026-02-30T10:00:00.000 Trc 81000 x', 'aa:bb:cc.ddd Trc 81000 x', '10:00:00.000 Std 04500 81000 x to y'],
  ])('is nothing else: %j', (line) => {
    expect(readAll([line])).toEqual([]);
  });

  it('that is not understood is counted', () => {
    const reader = new LogReader('UTC', asIs);
    reader.begin(0);
    for (const text of ['81000 Sending to nobody', `81001 Campaign Group without an end`, '52000 Campaign Group A'])
      expect(reader.read(`10:00:00.000 Trc ${text}`)).toBeNull();
    expect(reader.counts).toEqual({ lines: 3, unreadable: 3 });
  });

  it('of no date is counted until one is known', () => {
    const reader = new LogReader('UTC', asIs);
    expect(reader.read(`10:00:00.000 Trc 81000 ${SENDING}`)).toBeNull();
    expect(reader.counts.unreadable).toBe(1);
    expect(reader.read('Local time:       2026-03-01T09:59:59.000')).toBeNull();
    expect(reader.read(`10:00:00.000 Trc 81000 ${SENDING}`)).toMatchObject({ atMs: at('2026-03-01T10:00:00Z') });
  });

  it('has names in UTF-8, or in the encoding that is given', () => {
    const decode = decodeLineIn('windows-1252');
    expect(decode(latin1('Océan@Zürich'))).toBe('Océan@Zürich');
    expect(decode('Oc\xe9an \x80')).toBe('Océan €');
    expect(decode('Oc\xe9an \x80')).toBe('Océan €');
  });

  it('may be any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (text, more) => {
        for (const line of [text, `10:00:00.000${text}`, `10:00:00.000 Trc 81000 ${text}${more}`]) {
          const stamp = stampOf(line);
          if (stamp !== null) messageOf(line, stamp);
          headOf(line);
        }
      }),
    );
  });
});

/** What is so much older than the line before was written by a slower thread. */
const DISORDER_MS = 60_000;

describe('times of day', () => {
  it('go on past midnight', () => {
    expect(timesOf(['23:59:59.900', '00:00:00.100', '12:00:00.000'], 'UTC', '2026-02-28T23:00:00Z')).toEqual([
      '2026-02-28T23:59:59.900Z',
      '2026-03-01T00:00:00.100Z',
      '2026-03-01T12:00:00.000Z',
    ]);
  });

  it('of a slower thread do not pass it', () => {
    const stamps = ['23:59:59.900', '00:00:00.050', '23:59:59.990', '00:00:00.100', '00:00:00.090'];
    expect(timesOf(stamps, 'UTC', '2026-02-28T23:00:00Z').map((time) => time.slice(5, 10))).toEqual([
      ...['02-28', '03-01', '02-28', '03-01', '03-01'],
    ]);
  });

  it('stand still over a change to winter time, and jump over one to summer time', () => {
    const autumn = ['02:59:59.000', '02:00:01.000', '02:30:00.000', '03:00:00.000'];
    expect(timesOf(autumn, 'Europe/Berlin', '2026-10-25T02:30:00Z')).toEqual([
      '2026-10-25T00:59:59.000Z',
      '2026-10-25T01:00:01.000Z',
      '2026-10-25T01:30:00.000Z',
      '2026-10-25T02:00:00.000Z',
    ]);
    expect(timesOf(['01:59:59.000', '03:00:01.000'], 'Europe/Berlin', '2026-03-29T01:00:00Z')).toEqual([
      '2026-03-29T00:59:59.000Z',
      '2026-03-29T01:00:01.000Z',
    ]);
  });

  it('go back with a clock that was set, without a day going by', () => {
    expect(timesOf(['10:00:00.000', '09:50:00.000', '10:00:00.000'], 'UTC', '2026-03-01T09:00:00Z')).toEqual([
      '2026-03-01T10:00:00.000Z',
      '2026-03-01T09:50:00.000Z',
      '2026-03-01T10:00:00.000Z',
    ]);
  });

  it('are those that were written, whenever and wherever, while no gap is a day long', () => {
    const zones = fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kathmandu', 'Australia/Lord_Howe');
    const gaps = fc.array(fc.integer({ min: 0, max: 20 * 3_600_000 }), { maxLength: 40 });
    const days = fc.integer({ min: at('2026-01-01T00:00:00Z'), max: at('2026-12-31T00:00:00Z') });
    fc.assert(
      fc.property(zones, days, gaps, fc.boolean(), (timeZone, startMs, some, hasDates) => {
        const times = some.reduce((all, gap) => [...all, (all.at(-1) ?? startMs) + gap], [startMs]);
        const reader = new LogReader(timeZone, asIs);
        const lines = new OcsLogLines({ timeZone, hasDates });
        for (const head of lines.head(startMs).split('\n')) reader.read(head);
        const read = times.map((ms) => reader.read(lines.line(ms, { event: 'loaded', name: 'A' }).trimEnd())?.atMs);
        // Of an hour that the clock shows twice, a head cannot say which it is, nor a line with neither of them behind it.
        const zone = new LocalTime(timeZone);
        const isCertain = (ms: number, n: number) => {
          const firstMs = zone.instantOf(zone.localMs(ms));
          return firstMs === ms || firstMs < (times[n - 1] ?? -Infinity) - DISORDER_MS;
        };
        if (times.every(isCertain)) expect(read).toEqual(times);
      }),
    );
  });
});

describe('writing and reading', () => {
  it('gives back every name and URI', () => {
    const names = fc.string({ minLength: 1, unit: 'grapheme' }).filter((name) => !/[\r\n\u2028\u2029]/.test(name));
    const uris = fc.webUrl({ withQueryParameters: true });
    const lines = new OcsLogLines({ timeZone: 'UTC', hasDates: true });
    const decode = decodeLineIn('windows-1252');
    fc.assert(
      fc.property(names, uris, fc.constantFrom('state' as const, 'periodic' as const), (name, uri, event) => {
        const reader = new LogReader('UTC', decode);
        const line = latin1(lines.line(at('2026-03-01T10:00:00Z'), { event, name, uri })).slice(0, -1);
        expect(reader.read(line)).toMatchObject({ kind: event, name, uri: latin1(uri) });
      }),
    );
  });
});

describe('the date of a log', () => {
  const first = '23:30:00.000 Std 05060 Application started';

  it.each([
    ['ocs.log', ['Local time:       2026-03-28T23:29:59.000', 'UTC time:         2026-03-28T22:29:59.000', first]],
    ['ocs.20260328_232959_123.log', [first]],
    ['ocs-2026-03-28.log.gz', ['*****', first]],
    ['OCS_20260101.log.20260328', [first]],
    ['ocs.log', [first, '23:59:00.000 Trc 1', '00:10:00.000 Trc 1', '2026-03-29T00:11:00.000 Trc 1']],
    ['ocs.log', [first, '00:10:00.000 Trc 1', 'Local time:       2026-03-29T00:11:00.000', '00:12:00.000 Trc 1']],
  ])('is in its lines, its head or its name: %s %j', (name, lines) => {
    expect(new Date(startOf(name, lines).localMs ?? 0).toISOString().slice(0, 10)).toBe('2026-03-28');
  });

  it('of a name whose time is just before midnight may be the next one', () => {
    const start = startOf('ocs.20260328_235959_900.log', ['00:00:00.100 Std 05060 Application started']);
    expect(new Date(start.localMs ?? 0).toISOString()).toBe('2026-03-29T00:00:00.100Z');
  });

  it('may be said nowhere', () => {
    expect(startOf('ocs.log', [first])).toMatchObject({ localMs: null, offsetMs: null });
    expect(startOf('ocs.123456789.log', [])).toEqual({ localMs: null, timeMs: null, offsetMs: null, lines: [] });
  });

  it('comes with the offset of its clock, in the order of either line', () => {
    const head = ['UTC time:         2026-03-28T22:29:59.000', 'Local time:       2026-03-28T23:29:59.003'];
    for (const lines of [head, head.toReversed()])
      expect(startOf('ocs.log', [...lines, first]).offsetMs).toBe(3_600_000);
  });
});
