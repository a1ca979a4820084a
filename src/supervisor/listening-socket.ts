/** A socket that is bound here and listened on elsewhere. */
import { lookup } from 'node:dns/promises';
import * as net from 'node:net';
import { getSystemErrorMap } from 'node:util';
import { messageOf, MonitorError } from '../domain/errors.js';

/** A TCP handle of Node, as far as it is used here. */
interface Handle {
  readonly fd: number;
  /** Also tells a bind that failed: libuv keeps EADDRINUSE back until somebody asks. */
  getsockname(address: { port?: number }): number;
  close(): void;
}

/**
 * Node's public API cannot bind without accepting: a `net.Server` accepts whatever comes as soon as it listens, and the
 * connection is then the parent's. This is what `node:cluster` binds with for its workers; where a version of Node lacks
 * it, the service runs without a supervisor and says so.
 */
const { _createServerHandle: createServerHandle } = net as unknown as {
  _createServerHandle?: (address: string, port: number, family: 4 | 6, fd: -1, flags: 0) => Handle | number;
};

/** Windows cannot pass on a socket as a descriptor. */
export function canPassOnSockets(): boolean {
  return process.platform !== 'win32' && createServerHandle !== undefined;
}

export interface BoundSocket {
  readonly fd: number;
  readonly port: number;
  close(): void;
}

/**
 * Binds an address (a name is looked up, `::` takes IPv4 too); `settings` are those that name it. Throws
 * OCM_CANNOT_LISTEN.
 */
export async function bindSocket(host: string, port: number, settings = 'OCM_HOST and OCM_PORT'): Promise<BoundSocket> {
  const cannot = (why: string, cause?: unknown) =>
    new MonitorError(
      'OCM_CANNOT_LISTEN',
      `cannot listen on ${host}:${port} (${why}); choose another with ${settings}`,
      { cause },
    );
  const { address, family } = await lookup(host).catch((error: unknown) => {
    throw cannot(messageOf(error), error);
  });
  const bound = createServerHandle?.(address, port, family === 6 ? 6 : 4, -1, 0) ?? 0;
  if (typeof bound === 'number') throw cannot(errorText(bound));
  const name: { port?: number } = {};
  const fault = bound.getsockname(name);
  if (fault !== 0) {
    bound.close();
    throw cannot(errorText(fault));
  }
  return {
    fd: bound.fd,
    port: name.port ?? port,
    close: () => {
      bound.close();
    },
  };
}

function errorText(code: number): string {
  const [name, text] = getSystemErrorMap().get(code) ?? [`error ${code}`, 'unknown'];
  return `${name}: ${text}`;
}
