import { pino } from 'pino';
import type { Logger } from './domain/log.js';
import { visibleText } from './domain/visible-text.js';
import { openLineWriter } from './line-writer.js';
import { RepeatedLines } from './repeated-lines.js';

/** stdout is for data. */
const STDERR = 2;

export interface Log extends Logger {
  /** Lines that were dropped because they could not be written. */
  readonly dropped: number;
}

/**
 * JSON lines on stderr, where they may be read on a terminal: what would act on it is escaped. Callers log chosen fields,
 * never bodies, headers or URLs. Whatever becomes of a line, it keeps nobody waiting and ends nothing.
 */
export function openLog(level: string): Log {
  const settings = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  const writer = openLineWriter(STDERR, droppedLine, { waitsForDisk: false });
  const lines = pino(settings, { write: (line: string) => void writer.write(visibleText(line)) });
  const log = new RepeatedLines(lines, {
    nowMs: () => performance.now(),
    after: (ms, work) => void setTimeout(work, ms).unref(),
  });
  // Before the writer's own last words.
  process.prependOnceListener('exit', () => {
    log.sumUp();
  });
  return {
    error: (fields, message) => void log.error(fields, message),
    warn: (fields, message) => void log.warn(fields, message),
    info: (fields, message) => void log.info(fields, message),
    debug: (fields, message) => void log.debug(fields, message),
    get dropped() {
      return writer.dropped;
    },
  };

  function droppedLine(dropped: number): string {
    let said = '';
    pino(settings, { write: (line: string) => (said = line) }).warn(
      { dropped },
      'lines could not be written to the log',
    );
    return said;
  }
}
