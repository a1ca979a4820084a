import { pino } from 'pino';
import type { Logger } from './domain/log.js';

/** JSON lines on stderr (stdout is for data). Callers log chosen fields, never bodies, headers or URLs. */
export function openLog(level: string): Logger {
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: 2, sync: true }),
  );
}
