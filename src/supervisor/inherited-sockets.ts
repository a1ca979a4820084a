import { MonitorError } from '../domain/errors.js';
import { FIRST_FD } from './child-process.js';

/** Descriptors of the sockets a process was started with. */
export interface PassedOnSockets {
  readonly ingest: number;
  readonly read?: number;
}

/**
 * The sockets that systemd, or a supervisor like it, passed on (sd_listen_fds(3)): `LISTEN_FDS` of them from descriptor
 * 3 on, named by `LISTEN_FDNAMES`. The one named `read` is for reading, the one named `ingest`, else the first other, for
 * posts. Null when there are none, or `LISTEN_PID` says they were meant for another process. Throws OCM_CONFIG.
 */
export function inheritedSockets(
  environment: Readonly<Record<string, string | undefined>>,
  pid: number,
): PassedOnSockets | null {
  const { LISTEN_FDS: count = '', LISTEN_PID: meantFor = '', LISTEN_FDNAMES: named = '' } = environment;
  if (count === '' || count === '0' || (meantFor !== '' && meantFor !== String(pid))) return null;
  if (!/^[1-9]\d?$/.test(count))
    throw new MonitorError('OCM_CONFIG', `LISTEN_FDS should be the number of sockets passed on, not ${count}`);
  const names = named.split(':');
  const fds = Array.from({ length: Number(count) }, (_, index) => ({ name: names[index], fd: FIRST_FD + index }));
  const read = fds.find(({ name }) => name === 'read');
  const ingest = fds.find(({ name }) => name === 'ingest') ?? fds.find((one) => one !== read);
  if (ingest === undefined)
    throw new MonitorError('OCM_CONFIG', 'LISTEN_FDS passes on a socket for reading, but none for posts');
  return { ingest: ingest.fd, ...(read && { read: read.fd }) };
}
