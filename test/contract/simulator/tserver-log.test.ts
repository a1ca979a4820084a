import { describe, expect, it } from 'vitest';
import { bodyOf, isSentToIcon, kindOf } from '../../../src/gms/tserver-log/sort-event.js';
import { LOG_DAMAGES, type LoggedEvent, TserverLog } from '../../../src/simulator/callbacks/tserver-log.js';
import { T0 } from '../../support/notifications.js';
import { readLog } from '../../support/tserver-logs.js';

const OPTIONS = {
  seed: 7,
  startMs: T0,
  callbacks: 80,
  habit: { style: 'tserver', stamps: 'short', indentation: 'tabs' },
  damaged: 0.1,
  sentToIcon: 0.8,
} as const;

function written(options: ConstructorParameters<typeof TserverLog>[0]): { text: string; events: LoggedEvent[] } {
  const events: LoggedEvent[] = [];
  const text = [...new TserverLog(options).text((event) => events.push(event))].join('');
  return { text, events };
}

describe('the log of a simulated T-Server', () => {
  it.each([
    ['short stamps, tabs', OPTIONS.habit],
    ['long stamps, spaces', { style: 'tserver', stamps: 'long', indentation: 'spaces' }],
    ['no indentation', { style: 'tserver', stamps: 'short', indentation: 'none' }],
  ] as const)('is read with every event and every damage where it is, no more and no less: %s', (_, habit) => {
    const { text, events } = written({ ...OPTIONS, habit });
    const readings = readLog(text);
    expect(readings.length).toBe(events.length);
    expect(new Set(events.map(({ damage }) => damage))).toEqual(new Set([null, ...LOG_DAMAGES]));
    for (const [index, { line, lines, atMs, dn, kind, body, damage, sentToIcon }] of events.entries()) {
      const reading = readings[index];
      if (reading?.kind === 'event') {
        const { event } = reading;
        const said = { kind: kindOf(event.pairs), body: bodyOf(event.pairs), sent: isSentToIcon(event.sentTo, null) };
        expect(said).toEqual({ kind, body, sent: sentToIcon });
        expect([event.line, event.atMs, event.dn, damage]).toEqual([line, atMs, dn, null]);
      } else {
        expect([reading?.kind, damage]).toEqual(['damaged', expect.any(String)]);
        const at = reading?.kind === 'damaged' ? reading.line : 0;
        expect(at >= line && at < line + lines).toBe(true);
      }
    }
  });

  it('of a PSDK client has no sizes, and says of no event whom it was sent to', () => {
    const habit = { style: 'psdk', stamps: 'long', indentation: 'tabs' } as const;
    const { text, events } = written({ ...OPTIONS, habit, damaged: 0 });
    const bodies = readLog(text).map((reading) => reading.kind === 'event' && bodyOf(reading.event.pairs));
    expect(bodies).toEqual(events.map(({ body }) => body));
    expect(events.every(({ sentToIcon }) => sentToIcon === null)).toBe(true);
  });

  it('is the same for the same seed', () => {
    expect(written(OPTIONS).text === written(OPTIONS).text).toBe(true);
    expect(written({ ...OPTIONS, seed: 8 }).text === written(OPTIONS).text).toBe(false);
  });
});
