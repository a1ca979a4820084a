import type { HeldOfCustomer } from '../apply/customers/held-of-customer.js';
import type { Config } from '../config/config.js';
import type { CustomerAsked } from '../domain/customer.js';
import { customerOf } from './customer-asked.js';
import type { Held } from './held.js';
import { hashUnder } from './number-hash.js';

/** Opens what the settings name for reading; nothing of another database is loaded. Throws OCM_UNAVAILABLE when there is none yet. */
export async function openHeld(config: Config): Promise<Held> {
  if (config.postgres === null) {
    const sqlite = await import('./sqlite/held.js');
    return sqlite.openHeld(config);
  }
  const postgres = await import('./postgres/held.js');
  return postgres.openHeld(config);
}

/** Opens it for some work, and closes it whatever becomes of that. */
export async function withHeld<T>(config: Config, work: (held: Held) => T | Promise<T>): Promise<T> {
  const held = await openHeld(config);
  try {
    return await work(held);
  } finally {
    await held.close();
  }
}

/** All that is held of a customer, table by table; `work` is told of some rows at a time. Throws OCM_UNAVAILABLE as above, and as `customerOf`. */
export function withRowsOf<T>(
  config: Config,
  asked: CustomerAsked,
  work: (held: Iterable<HeldOfCustomer>) => T | Promise<T>,
): Promise<T> {
  return withHeld(config, (held) => work(held.ofCustomer(customerOf(config.piiKey ?? held.numberKey(), asked))));
}

/** The hash of a customer's number, under the key of the settings or of what they name. Throws OCM_UNAVAILABLE when there is none yet. */
export async function numberHashOf(config: Config, number: string): Promise<string> {
  return hashUnder(config.piiKey ?? (await withHeld(config, (held) => held.numberKey())))(number);
}
