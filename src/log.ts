import { pino } from 'pino';
import type { Logger } from './domain/log.js';
import { visibleText } from './domain/visible-text.js';

/** Lines kept while they cannot be written; further ones are dropped. */
const KEPT_BYTES = 64 * 1024;

/**
 * JSON lines on stderr (stdout is for data), where they may be read on a terminal: what would act on it is escaped.
 * Callers log chosen fields, never bodies, headers or URLs.
 */
export function openLog(level: string): Logger {
  const destination = pino.destination({ dest: 2, sync: true, maxLength: KEPT_BYTES });
  // A log on a full disk must not end a service whose own disk is sound. What is kept comes with the next line that fits.
  destination.on('error', () => undefined);
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    { write: (line: string) => destination.write(visibleText(line)) },
  );
}
