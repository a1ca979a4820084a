import type { Customer } from '../apply/customers/customer-search.js';
import type { CustomerAsked } from '../domain/customer.js';
import { MonitorError } from '../domain/errors.js';
import { numberAsked } from '../domain/number-spellings.js';
import { hashUnder } from './number-hash.js';

/** Who is meant, under the key of a store. Throws OCM_UNAVAILABLE where none was made yet, OCM_USAGE for what is no number. */
export function customerOf(key: string | null, { number, hash }: CustomerAsked): Customer {
  const hashOf = hashUnder(key);
  const digits = number === null ? null : numberAsked(number);
  if (digits !== null) return { hash: hashOf(digits), isMeant: (found) => found === digits };
  if (hash === null) throw new MonitorError('OCM_USAGE', 'a number has 7 to 15 digits');
  return { hash, isMeant: (found) => hashOf(found) === hash };
}
