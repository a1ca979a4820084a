/**
 * By which names browsers reach this service. A page of another site can point its own name at our address (DNS
 * rebinding), and then asks as if it were ours; its name in Host is what gives it away.
 */
import type { IncomingMessage } from 'node:http';
import { type BlockList, isIP } from 'node:net';
import { parseHost } from '../domain/host.js';
import { isLoopback } from '../domain/loopback.js';
import { addressIn, inNetworks } from './address.js';

/** What a browser leaves out. */
const DEFAULT_PORTS: readonly string[] = ['80', '443'];

interface Host {
  /** As `parseHost` has it; an address in its one short form. */
  readonly name: string;
  /** Empty: not said. */
  readonly port: string;
}

/** The name and port of a Host header; null when it is none. */
export function hostIn(text: string): Host | null {
  const host = parseHost(text);
  if (!host?.isBracketed) return host;
  const address = addressIn(`[${host.name}]`);
  return address === null ? null : { name: address, port: host.port };
}

export class OwnNames {
  /** Names for any port, and names with theirs. */
  readonly #names: ReadonlySet<string>;

  /** `names` as configured: `monitor.example`, `monitor.example:8443`, `[2001:db8::5]:8443`. */
  constructor(names: readonly string[]) {
    this.#names = new Set(names.flatMap((name) => hostIn(name) ?? []).map(written));
  }

  /** Whether a Host names this service: by a loopback name, the address that was reached, or a configured name. */
  has(text: string, reached: string | undefined): boolean {
    const host = hostIn(text);
    if (host === null) return false;
    return isLoopback(host.name) || host.name === addressIn(reached ?? '') || this.#isPublic(host);
  }

  /** Whether an origin is a configured name: without a port there, the one that a browser leaves out. */
  hasOrigin({ host: text, protocol }: URL): boolean {
    const host = hostIn(text);
    if (host === null) return false;
    const port = protocol === 'https:' ? '443' : '80';
    return this.#names.has(written(host)) || (host.port === '' && this.#names.has(written({ ...host, port })));
  }

  #isPublic({ name, port }: Host): boolean {
    const ports = port === '' ? DEFAULT_PORTS : [port];
    return this.#names.has(name) || ports.some((one) => this.#names.has(written({ name, port: one })));
  }
}

function written({ name, port }: Host): string {
  return port === '' ? name : `${name}:${port}`;
}

/** The hosts by which a request names us: Host, and what a trusted proxy says was asked of it. */
export function hostsOf({ headers, socket }: IncomingMessage, trustedProxies: BlockList): string[] {
  const hosts = headers.host === undefined ? [] : [headers.host];
  const forwarded = headers['x-forwarded-host'];
  if (forwarded === undefined || !inNetworks(trustedProxies, addressIn(socket.remoteAddress ?? '') ?? '')) return hosts;
  return [...hosts, ...String(forwarded).split(',')];
}

/** Whether a Host is an address: no name that could be pointed elsewhere. */
export function isAddress(text: string): boolean {
  return isIP(hostIn(text)?.name ?? '') !== 0;
}
