import { isatty } from 'node:tty';
import { pino } from 'pino';
import type { Logger } from '../domain/log.js';
import { visibleText } from '../domain/visible-text.js';
import { type LineWriter, openLineWriter } from './line-writer.js';
import { RepeatedLines } from './repeated-lines.js';
import { terminalLine } from './terminal-line.js';

/** stdout is for data. */
const STDERR = 2;

export interface Log extends Logger {
  /** Lines that were dropped because they could not be written. */
  readonly dropped: number;
}

/**
 * JSON lines on stderr, and on a terminal lines for people: what would act on it is escaped. Callers log chosen fields,
 * never bodies, headers or URLs. Whatever becomes of a line, it keeps nobody waiting and ends nothing.
 */
export function openLog(level: string): Log {
  const shown = isatty(STDERR) ? terminalLine : visibleText;
  const droppedLine = (dropped: number) => {
    let said = '';
    const aside = linesTo(level, (line) => (said = line));
    aside.error({ dropped }, 'lines could not be written to the log');
    return shown(said);
  };
  const writer = openLineWriter(STDERR, droppedLine, { waitsForDisk: false });
  const lines = linesTo(level, (line) => {
    writer.write(shown(line));
  });
  const log = new ProgramLog(lines, writer);
  // Before the writer's own last words.
  process.prependOnceListener('exit', () => {
    log.sumUp();
  });
  return log;
}

class ProgramLog extends RepeatedLines implements Log {
  readonly #writer: LineWriter;

  constructor(lines: Logger, writer: LineWriter) {
    super(lines, {
      nowMs: () => performance.now(),
      after: (ms, work) => {
        setTimeout(work, ms).unref();
      },
    });
    this.#writer = writer;
  }

  get dropped(): number {
    return this.#writer.dropped;
  }
}

function linesTo(level: string, write: (line: string) => void): Logger {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, { write });
}
