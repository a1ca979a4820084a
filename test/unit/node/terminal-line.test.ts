import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { terminalLine } from '../../../src/node/terminal-line.js';

/** What is logged, as a terminal shows it, without the clock time. */
function shown(log: (lines: pino.Logger) => void): string {
  let line = '';
  log(pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime }, { write: (text) => (line = text) }));
  const text = terminalLine(line);
  expect(text).toMatch(/^\d\d:\d\d:\d\d {2}/);
  return text.slice('00:00:00  '.length);
}

describe('a line of the log on a terminal', () => {
  it('tells the message, then each field; levels above info by their name', () => {
    expect(
      shown((log) => {
        log.info({ url: 'http://127.0.0.1:8080', pid: 7 }, 'receiving');
      }),
    ).toBe('receiving  url=http://127.0.0.1:8080 pid=7\n');
    expect(
      shown((log) => {
        log.warn('slow');
      }),
    ).toBe('warning: slow\n');
    expect(
      shown((log) => {
        log.fatal({ ports: { ingest: 1 } }, 'over');
      }),
    ).toBe('fatal: over  ports={"ingest":1}\n');
  });

  it('quotes a value of several words, so that it makes up no field', () => {
    expect(
      shown((log) => {
        log.info({ path: 'a b=c' }, 'x');
      }),
    ).toBe('x  path="a b=c"\n');
  });

  it('has the stack of an error on lines of its own', () => {
    const lines = shown((log) => {
      log.error({ err: new Error('no space') }, 'write failed');
    }).split('\n');
    expect(lines.slice(0, 2)).toEqual(['error: write failed', '    Error: no space']);
    expect(lines.slice(2, -1).every((line) => line.startsWith('        at '))).toBe(true);
  });

  it('lets nothing from elsewhere act on the terminal or begin a line', () => {
    const told = shown((log) => {
      log.info({ name: '\u001b[2J\n00:00:00 fatal' }, 'a\u001b]0;b\nc');
    });
    expect(told).toBe('a\\u001b]0;b\\nc  name="\\\\u001b[2J\\\\n00:00:00 fatal"\n'.replaceAll('\\\\', '\\'));
    expect(['\n', '\u001b'].filter((character) => told.slice(0, -1).includes(character))).toEqual([]);
  });

  it('leaves alone what is no line of the log', () => {
    expect(terminalLine('not JSON\u0007\n')).toBe('not JSON\\u0007\n');
    expect(terminalLine('7\n')).toBe('7\n');
  });
});
