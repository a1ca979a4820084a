/**
 * The address of whoever sent a request, in one form, however it is written: proxies add ports, brackets, quotes and
 * zones, and sockets that speak both protocols write IPv4 as IPv6.
 */
import type { IncomingMessage } from 'node:http';
import { type BlockList, isIP, isIPv4, isIPv6 } from 'node:net';
import { UNKNOWN_SENDER } from '../domain/arrival.js';

/**
 * Longer than any address with all that may stand around it.
 * @bound a written address
 * @beyond it is taken for none
 * @seen 403 where `OCM_INGEST_NETWORKS` is set
 */
const MAX_WRITTEN = 100;
/**
 * Proxies one behind another.
 * @bound hops read of a forwarded address
 * @beyond further ones are not looked at
 * @seen `/api/v1/arrivals`
 */
const MAX_HOPS = 50;

/** The address in a text like `10.1.2.3:4711`, `[2001:db8::5%eth0]:443` or `for="[::1]"`; null when there is none. */
export function addressIn(written: string): string | null {
  if (written.length > MAX_WRITTEN) return null;
  const bare = unquoted(unquoted(written.replace(/;.*$/s, '')).replace(/^for *= */i, ''));
  const [, inBrackets, beforePort] = /^(?:\[([^[\]]*)\]|([^:]*))(?::[\w.-]*)?$/.exec(bare) ?? [];
  const address = (inBrackets ?? beforePort ?? bare).replace(/%.*$/s, '');
  if (isIPv4(address)) return address;
  return isIPv6(address) ? plainV6(address) : null;
}

function unquoted(text: string): string {
  return text
    .trim()
    .replace(/^"(.*)"$/s, '$1')
    .trim();
}

/** In its one short form, and as IPv4 where it stands for that. */
function plainV6(address: string): string {
  const short = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [, high, low] = /^::ffff:([\da-f]+):([\da-f]+)$/.exec(short) ?? [];
  if (high === undefined || low === undefined) return short;
  const bits = [high, low].map((group) => Number.parseInt(group, 16));
  return bits.flatMap((group) => [group >> 8, group & 255]).join('.');
}

/**
 * Who sent a request: the connection's other end, or, as far as those are trusted, whom they name in X-Forwarded-For.
 * Where a trusted proxy names nobody by address (`unknown`), neither do we: what is returned then is in no network.
 */
export function clientAddress({ socket, headers }: IncomingMessage, trusted: BlockList): string {
  let address = addressIn(socket.remoteAddress ?? '') ?? '';
  const forwarded = headers['x-forwarded-for'];
  if (forwarded === undefined || !inNetworks(trusted, address)) return address;
  const hops = (typeof forwarded === 'string' ? forwarded : forwarded.join(',')).split(',').reverse();
  for (const hop of hops.filter((text) => text.trim() !== '').slice(0, MAX_HOPS)) {
    const named = addressIn(hop);
    if (named === null) return `${UNKNOWN_SENDER}${address}`;
    address = named;
    if (!inNetworks(trusted, address)) break;
  }
  return address;
}

/** A network may be written as IPv4, or as the IPv6 that stands for it. */
export function inNetworks(networks: BlockList, address: string): boolean {
  const version = isIP(address);
  if (version === 4) return networks.check(address) || networks.check(`::ffff:${address}`, 'ipv6');
  return version === 6 && networks.check(address, 'ipv6');
}
