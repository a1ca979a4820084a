/**
 * File descriptors: each connection takes one, and so do the database, its log and what is read beside. A listener that
 * takes the last one can neither answer nor store; it stops before.
 */
import { readFileSync } from 'node:fs';

/**
 * @bound connections per listener (fewer where the system allows the process fewer open files)
 * @beyond the next hundred are answered 503, further ones are closed at once
 * @seen `ocs_monitor_unparsed_requests_total`, `process_open_fds`
 */
const MAX_CONNECTIONS = 10_000;
/** For the database, its readers, files that are served, standard streams; a quarter where there are few. */
const RESERVED = 256;
const RESERVED_SHARE = 4;
/** Connections beyond the bound that are accepted to be told so. */
export const ANSWERED_BEYOND = 100;

/** How many connections each of `listeners` listeners may hold, of so many open files that the process may have. */
export function connectionsWithin(openFiles: number, listeners: number): number {
  const reserved = Math.min(RESERVED, openFiles / RESERVED_SHARE) + ANSWERED_BEYOND;
  return Math.max(1, Math.min(MAX_CONNECTIONS, Math.floor((openFiles - reserved) / listeners)));
}

/** How many files this process may have open; Node raises it to what the system allows. Infinity where nobody says. */
export function allowedOpenFiles(): number {
  try {
    const soft = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1];
    return soft === undefined ? Infinity : Number(soft);
  } catch {
    return Infinity;
  }
}
