/** What may be kept of an event when its customer is forgotten. */
import { fieldOf } from './event-keys.js';
import { pairOf } from './key-value-pairs.js';

/** Beside the keys of the record: which callback service it is, and which calls belong to it. */
const KEPT_NAMES = /(?:service_?name|interaction_?id)$/i;

/**
 * Keys and values as received, a JSON object of texts, without those that say who the customer is: their numbers, and all
 * keys that are none of the record's, such as a name that a strategy added.
 */
export function withoutPerson(received: string): string {
  const kept = Object.entries(objectIn(received)).filter(([key]) => {
    const field = fieldOf(key);
    return field === undefined ? KEPT_NAMES.test(key) : pairOf(field).personal !== true;
  });
  return JSON.stringify(Object.fromEntries(kept));
}

function objectIn(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
