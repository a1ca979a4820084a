/** The kinds of values a setting can have: what each should look like, and what it means. */
import { BlockList, isIP } from 'node:net';
import { parseDurationMs } from '../domain/duration.js';
import { parseHost } from '../domain/host.js';

export type Kind =
  | 'text'
  | 'host'
  | 'port'
  | 'count'
  | 'flag'
  | 'duration'
  | 'size'
  | 'tokens'
  | 'token'
  | 'networks'
  | 'names'
  | 'path'
  | 'level'
  | 'domain'
  | 'tenants'
  | 'amount'
  | 'ratio'
  | 'pii'
  | 'url';

export function numberIn(kind: Kind, text: string): number | null {
  if (text === '') return null;
  if (kind === 'duration') return parseDurationMs(text);
  if (kind === 'size') return parseSizeBytes(text);
  if (kind === 'amount' || kind === 'ratio') return AMOUNT.test(text) ? Number(text) : null;
  return /^\d+$/.test(text) ? Number(text) : null;
}

/** What a value of this kind should be, or null when it is. An empty text is "unset" and always right. */
export function faultIn(kind: Kind, text: string): string | null {
  if (text === '') return null;
  switch (kind) {
    case 'text':
      return null;
    case 'host':
      return isIP(text) !== 0 || isHostName(text)
        ? null
        : 'an address like 0.0.0.0 or ::1, or a host name, without brackets or port';
    case 'tokens':
      return /[\s"\\]/.test(text) ? 'tokens without white space, quotes or backslashes, comma-separated' : null;
    case 'token':
      return /[\s"\\,]/.test(text) ? 'one token without white space, quotes, commas or backslashes' : null;
    case 'tenants':
      return areTenants(text) ? null : 'DBIDs and names like 1=Environment,101=Sales, each DBID once';
    case 'amount':
      return AMOUNT.test(text) ? null : 'an amount like 0.05';
    case 'ratio':
      return AMOUNT.test(text) && Number(text) <= 1 ? null : 'a ratio from 0 to 1, like 0.03';
    case 'pii':
      return text === 'masked' || text === 'full' ? null : 'masked or full';
    case 'path':
      // Whoever resolves the steps asks for another path than the one that is served.
      return /^(\/(?!\.{1,2}(\/|$))[A-Za-z0-9._~-]+)+\/?$/.test(text)
        ? null
        : 'a path like /ocs-monitor, without . or ..';
    case 'port':
      return /^\d+$/.test(text) && Number(text) <= 65_535 ? null : 'a port, 0 to 65535';
    case 'count':
      return /^[1-9]\d*$/.test(text) ? null : 'a whole number, 1 or more';
    case 'flag':
      return text === 'true' || text === 'false' ? null : 'true or false';
    case 'duration':
      return parseDurationMs(text) === null ? 'a duration like 500ms, 10s, 5m, 1h or 30d' : null;
    case 'size':
      return parseSizeBytes(text) === null ? 'a size like 512b, 256kb, 10mb or 1gb' : null;
    case 'networks':
      return text.split(',').every((item) => isNetwork(item.trim()))
        ? null
        : 'CIDRs like 10.0.0.0/8 or 2001:db8::/32, comma-separated';
    case 'names':
      return text.split(',').every(isHost)
        ? null
        : 'names like monitor.example or monitor.example:8443, comma-separated, without http:// and path';
    case 'level':
      return ['error', 'warn', 'info', 'debug'].includes(text) ? null : 'error, warn, info or debug';
    case 'url':
      return isHttpAddress(text) ? null : 'an address like https://collector.example:4318, without user and password';
    case 'domain':
      return text === 'inline' || text === 'separate' ? null : 'inline or separate';
  }
}

function isHttpAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, hash } = new URL(text);
  return (protocol === 'http:' || protocol === 'https:') && username + password + hash === '';
}

/** One name, no pattern; in brackets an address. */
function isHost(text: string): boolean {
  const host = parseHost(text);
  if (host === null || /[*%]/.test(text)) return false;
  return !host.isBracketed || isIP(host.name) !== 0;
}

const AMOUNT = /^\d+(\.\d+)?$/;
const TENANT = /^\s*(\d+)\s*=\s*([^,=]*[^,=\s])\s*$/;

function areTenants(text: string): boolean {
  const items = text.split(',');
  return items.every((item) => TENANT.test(item)) && tenantsIn(text).size === items.length;
}

/** DBIDs to names. */
export function tenantsIn(text: string): Map<number, string> {
  const pairs = text.split(',').map((item) => TENANT.exec(item));
  return new Map(pairs.filter((pair) => pair !== null).map(([, dbid, name = '']) => [Number(dbid), name]));
}

function parseSizeBytes(text: string): number | null {
  const match = /^\s*(\d+)\s*(b|kb|mb|gb)?\s*$/i.exec(text);
  const scale = { b: 1, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 }[(match?.[2] ?? 'b').toLowerCase()];
  const bytes = Number(match?.[1]) * (scale ?? NaN);
  return bytes >= 1 ? bytes : null;
}

const LABEL = /^[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?$/;

/** A name whose last label is a number is an address that was mistyped, or abbreviated. */
function isHostName(text: string): boolean {
  const labels = text.replace(/\.$/, '').split('.');
  return (
    text.length <= 253 && labels.every((label) => LABEL.test(label)) && !/^(\d+|0x[\da-f]*)$/i.test(labels.at(-1) ?? '')
  );
}

function isNetwork(text: string): boolean {
  return networkIn(text) !== null;
}

interface Network {
  readonly address: string;
  readonly prefix: number;
  readonly family: 'ipv4' | 'ipv6';
}

/** Without zone, port or brackets: a network has none. */
function networkIn(text: string): Network | null {
  const { address = '', length } = /^(?<address>[\da-f.:]+)(?:\/(?<length>\d{1,3}))?$/i.exec(text)?.groups ?? {};
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  const longest = family === 'ipv6' ? 128 : 32;
  const prefix = length === undefined ? longest : Number(length);
  return isIP(address) === 0 || prefix > longest ? null : { address, prefix, family };
}

/** A list of CIDRs to match addresses with. */
export function networkList(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks.map(networkIn)) {
    if (network !== null) list.addSubnet(network.address, network.prefix, network.family);
  }
  return list;
}
