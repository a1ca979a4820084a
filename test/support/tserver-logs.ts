/** Reads T-Server logs in tests: the whole of a log at once, and the vendor's samples in place. */
import { existsSync, readFileSync } from 'node:fs';
import { EventBlocks } from '../../src/gms/tserver-log/event-blocks.js';
import { type EventReading, readEvent } from '../../src/gms/tserver-log/read-event.js';

export function readLog(text: string): EventReading[] {
  const blocks = new EventBlocks();
  const found = text.split('\n').map((line) => blocks.push(line));
  return [...found, blocks.end()].filter((block) => block !== null).map(readEvent);
}

const REFERENCE = new URL('../../../shared/reference/', import.meta.url);

/** Whether the vendor's references are there. */
export const HAS_REFERENCE = existsSync(REFERENCE);

/** Both copies of the sample log: the web page's lost its indentation, the guide's is damaged. */
export function referenceCopy(which: 'web' | 'guide'): string {
  return readFileSync(new URL(`callback-historical-reporting-${which}.txt`, REFERENCE), 'latin1');
}
