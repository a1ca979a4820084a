import { pino } from 'pino';
import type { Logger } from './domain/log.js';
import { visibleText } from './domain/visible-text.js';

/**
 * JSON lines on stderr (stdout is for data), where they may be read on a terminal: what would act on it is escaped.
 * Callers log chosen fields, never bodies, headers or URLs.
 */
export function openLog(level: string): Logger {
  const stderr = pino.destination({ dest: 2, sync: true });
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    { write: (line: string) => stderr.write(visibleText(line)) },
  );
}
