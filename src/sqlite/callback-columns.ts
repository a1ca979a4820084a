import type { CallbackRecord } from '../domain/callback-record.js';

/** The column in which `callbacks` and `callback_events` hold a field of the record: `dial1Ms` is `dial_1_ms`. */
export function columnOf(field: keyof CallbackRecord): string {
  return field.replace(/[A-Z]|\d+/g, (part) => `_${part.toLowerCase()}`);
}
