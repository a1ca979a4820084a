import { describe, expect, it } from 'vitest';
import { IconLogLines } from '../../../../src/gms/icon-log/encode-icon-log.js';
import { iconMessageOf } from '../../../../src/gms/icon-log/icon-line.js';

const STAMP = { end: 12 };
const read = (line: string) => iconMessageOf(line, STAMP);

describe('a line of an ICON log', () => {
  it('tells of user events on a DN, and of records on their way, as the reference prints it', () => {
    const lines = [
      '00:39:19.569 Int 04543 Interaction message "EventUserEvent" received from 65200 ("SIP_Server@REPORTING")',
      '00:39:19.987 Trc 25016 Persistent Queue GUD: transaction 10929 is committed. 5 records written into the queue',
      '00:39:19.987 Trc 25003 Database queue [GUD]: persistent queue transaction 10929 is being processed.',
      '00:39:20.001 Trc 25004 Database queue [GUD]: persistent queue transaction 10929 is processed, committed and removed. 5 records are written.',
    ];
    expect(lines.map(read)).toEqual([
      { message: 'arrival', dn: 'REPORTING' },
      { message: 'queued', transaction: 'GUD 10929', records: 5 },
      { message: 'begun', transaction: 'GUD 10929', records: null },
      { message: 'written', transaction: 'GUD 10929', records: 5 },
    ]);
    // A web copy breaks the last line.
    expect(read((lines[3] ?? '').slice(0, 103))).toEqual({
      message: 'written',
      transaction: 'GUD 10929',
      records: null,
    });
  });

  it('is read by its number, in full records too, whatever application and DN are called', () => {
    const full = 'Interaction host Icon_Voice GCTI-42-04543 Interaction message "EventUserEvent" received from 7';
    expect(read(`00:39:19.569 ${full} ("sip@eu@REP 1")`)).toEqual({ message: 'arrival', dn: 'REP 1' });
    expect(read(`00:39:19.569 ${full}`)).toEqual({ message: 'unreadable' });
    expect(read('00:39:19.569 Int 04543 Nothing known')).toEqual({ message: 'unreadable' });
    expect(read('00:39:19.987 Trc 25016 Queue GUD is full')).toEqual({ message: 'unreadable' });
  });

  it('tells nothing of calls, of requests, or of other messages', () => {
    for (const text of [
      'Int 04543 Interaction message "EventRinging" received from 65200 ("SIP_Server@7001")',
      'Int 04543 Interaction message "RequestDistributeUserEvent" received from 516 ("OrchestrationServer")',
      'Trc 25005 Database queue [GUD]: transaction 1',
      'no message at all',
    ])
      expect(read(`00:39:19.569 ${text}`)).toBeNull();
  });

  it('reads as it is written', () => {
    const lines = new IconLogLines('Europe/Berlin');
    const atMs = Date.parse('2026-03-01T10:00:00.250Z');
    const line = lines.arrival(atMs, 'REPORTING').trimEnd();
    expect([line.slice(0, 12), read(line)]).toEqual(['11:00:00.250', { message: 'arrival', dn: 'REPORTING' }]);
    const transaction = { queue: 'GUD', no: 7, records: 3 };
    for (const message of ['queued', 'begun', 'written'] as const) {
      const records = message === 'begun' ? null : 3;
      expect(read(lines.step(atMs, message, transaction))).toEqual({ message, transaction: 'GUD 7', records });
    }
    expect(lines.head(atMs)).toContain('2026-03-01T11:00:00.250');
  });
});
