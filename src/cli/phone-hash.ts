import { MonitorError } from '../domain/errors.js';
import { numberHashOf } from '../service/open-held.js';
import type { CliIo } from './io.js';
import { configOf, parseCommand } from './options.js';

export const PHONE_HASH_HELP = `ocs-monitor phone-hash NUMBER [settings] [--json]

Prints the hash by which a customer's callbacks are found: /api/v1/callbacks?phone_hash=HASH (also against ani_hash).
The hash is HMAC-SHA-256 over the digits of the number, without a leading 00, under OCM_PII_KEY, or under the key that
was made for the database; its first 16 hexadecimal digits. +49 151 1 and 0049-1511 are one number; 0151 1, without the
country, is another.

Example:
  ocs-monitor phone-hash +4915112345678
`;

export async function phoneHash(args: readonly string[], io: CliIo): Promise<number> {
  const parsed = parseCommand(args, { json: { type: 'boolean' } }, 1);
  const [number] = parsed.positionals;
  if (number === undefined || !/\d/.test(number)) {
    throw new MonitorError('OCM_USAGE', 'phone-hash takes one number');
  }
  const hash = await numberHashOf(configOf(parsed), number);
  io.out(parsed.own['json'] ? `${JSON.stringify({ phone_hash: hash })}\n` : `${hash}\n`);
  return 0;
}
