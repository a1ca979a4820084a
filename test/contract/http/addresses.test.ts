import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { networkList } from '../../../src/config/config-values.js';
import { isLoopback } from '../../../src/domain/loopback.js';
import { addressIn, clientAddress, inNetworks } from '../../../src/http/address.js';

describe('an address', () => {
  it.each([
    ['10.1.2.3', '10.1.2.3'],
    ['10.1.2.3:51234', '10.1.2.3'],
    ['10.1.2.3:', '10.1.2.3'],
    [' \t10.1.2.3:_port ', '10.1.2.3'],
    ['[10.1.2.3]:80', '10.1.2.3'],
    ['"10.1.2.3:80"', '10.1.2.3'],
    ['for="[2001:DB8::5]:4711";proto=https', '2001:db8::5'],
    ['For=10.1.2.3', '10.1.2.3'],
    ['[2001:db8::5]:4711', '2001:db8::5'],
    ['[2001:db8::5]', '2001:db8::5'],
    ['2001:0db8:0:0:0:0:0:5', '2001:db8::5'],
    ['fe80::1%eth0', 'fe80::1'],
    ['[fe80::1%25eth0]:8080', 'fe80::1'],
    ['::ffff:10.1.2.3', '10.1.2.3'],
    ['[::FFFF:10.1.2.3]:9', '10.1.2.3'],
    ['::ffff:a01:203', '10.1.2.3'],
    ['0:0:0:0:0:ffff:10.1.2.3', '10.1.2.3'],
    ['::1', '::1'],
  ])('%j is %s', (written, address) => {
    expect(addressIn(written)).toBe(address);
  });

  it.each([
    '',
    ' ',
    'unknown',
    '_hidden',
    '010.1.2.3',
    '10.1.2',
    '10.1.2.3.4',
    '10.1.2.3 evil',
    '[::1',
    '::1]',
    '[]:80',
  ])('is not in %j', (written) => {
    expect(addressIn(written)).toBeNull();
    expect(addressIn('1'.repeat(100_000))).toBeNull();
  });

  it('is in a network whichever of the two wrote it as IPv6', () => {
    for (const network of ['10.0.0.0/8', '::ffff:10.0.0.0/104', '::/0', '::ffff:10.1.2.3', '10.1.2.3'])
      expect([network, inNetworks(networkList([network]), '10.1.2.3')]).toEqual([network, true]);
    for (const network of ['10.2.0.0/16', '2001:db8::/32'])
      expect(inNetworks(networkList([network]), '10.1.2.3')).toBe(false);
    expect(inNetworks(networkList(['2001:db8::/32']), '2001:db8::5')).toBe(true);
    expect(inNetworks(networkList(['::/0', '0.0.0.0/0']), 'unknown, behind 10.1.2.3')).toBe(false);
  });
});

describe('the sender of a request', () => {
  const trusted = networkList(['127.0.0.1', '10.0.0.0/8', '2001:db8::/64']);
  const sender = (remoteAddress: string | undefined, forwarded?: string) =>
    clientAddress(
      {
        socket: { remoteAddress },
        headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
      } as unknown as IncomingMessage,
      trusted,
    );

  it.each<readonly [string | undefined, string | undefined, string, string]>([
    ['192.0.2.1', '10.1.2.3', '192.0.2.1', 'a stranger is not believed'],
    ['::ffff:127.0.0.1', undefined, '127.0.0.1', 'nothing is forwarded'],
    ['127.0.0.1', '', '127.0.0.1', 'an empty header'],
    ['127.0.0.1', ' , ,', '127.0.0.1', 'empty elements'],
    ['127.0.0.1', '192.0.2.7:51234', '192.0.2.7', 'a port'],
    ['127.0.0.1', 'evil, 192.0.2.7:1, 10.9.9.9:2', '192.0.2.7', 'a port on a trusted hop'],
    [
      '::ffff:10.1.1.1',
      '192.0.2.7, [2001:db8::5]:4711 ,, ::ffff:10.2.2.2',
      '192.0.2.7',
      'hops in brackets and as IPv6',
    ],
    ['127.0.0.1', '10.3.3.3, 10.2.2.2', '10.3.3.3', 'all are trusted: the first'],
    ['127.0.0.1', 'unknown, 192.0.2.7', '192.0.2.7', 'unknown behind a stranger'],
    ['127.0.0.1', 'unknown', 'unknown, behind 127.0.0.1', 'unknown behind a trusted proxy'],
    ['127.0.0.1', '_obfuscated, 10.2.2.2:80', 'unknown, behind 10.2.2.2', 'obfuscated behind a trusted hop'],
    [undefined, '192.0.2.7', '', 'a connection that is gone'],
  ])('%s with X-Forwarded-For %j is %s: %s', (remote, forwarded, expected) => {
    expect(sender(remote, forwarded)).toBe(expected);
  });

  it('is found at a bounded cost', () => {
    expect(sender('127.0.0.1', '10.0.0.1,'.repeat(1600))).toBe('10.0.0.1');
  });
});

describe('loopback', () => {
  it.each([
    'localhost',
    'LOCALHOST',
    '127.0.0.1',
    '127.0.0.2',
    '127.255.0.1',
    '::1',
    '[::1]',
    '0:0:0:0:0:0:0:1',
    '::ffff:127.0.0.1',
  ])('is %s', (host) => {
    expect(isLoopback(host)).toBe(true);
  });

  it.each([
    '127.evil.example',
    '127.0.0.1.evil.example',
    '127.1',
    '127.0.0.256',
    '0.0.0.0',
    '::',
    '::11',
    '10.0.0.1',
    'localhost.evil.example',
    '',
  ])('is not %j', (host) => {
    expect(isLoopback(host)).toBe(false);
  });
});
